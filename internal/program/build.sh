#!/bin/sh
# Builds decloud.so (sBPF version 0) with Debian's packages rustc-web, libstd-rust-web-dev-bpf and llvm-22, and renews
# decloud.lock.json. The bytes depend on the sources and the compilers' versions only, not on the directory.
#
#   ./build.sh           build into this directory
#   ./build.sh OUT.so    build elsewhere, and leave the lock alone
#
# RUSTC, LLVM (a version suffix) and SBPFLINK choose other tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
out=${1:-decloud.so}
case $out in /*) ;; *) out=$OLDPWD/$out ;; esac
[ $# -gt 0 ] || out=$here/decloud.so

RUSTC=${RUSTC:-/usr/bin/rustc}
LLVM=${LLVM:-22}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$RUSTC" --edition 2021 --crate-type lib --crate-name decloud --target bpfel-unknown-none \
	-C opt-level=3 -C panic=abort -C codegen-units=1 -C metadata=decloud -C llvm-args=-disable-loop-idiom-all \
	--emit=llvm-bc -o "$work/decloud.bc" src/lib.rs

# What the crate uses of libcore and is not inlined: its object in the library is LLVM bitcode too.
core=$(echo "$("$RUSTC" --print sysroot)"/lib/rustlib/bpfel-unknown-none/lib/libcore-*.rlib)
(cd "$work" && "llvm-ar-$LLVM" x "$core")

"llvm-link-$LLVM" -only-needed "$work/decloud.bc" "$work"/core-*.o -o "$work/linked.bc"
"opt-$LLVM" -disable-loop-idiom-all -passes='internalize,default<O2>,strip' -internalize-public-api-list=entrypoint \
	"$work/linked.bc" -o "$work/optimized.bc"
"llc-$LLVM" -march=bpfel -mcpu=v2 -mattr=+allows-misaligned-mem-access -bpf-stack-size=4096 -filetype=obj \
	"$work/optimized.bc" -o "$work/decloud.o"
${SBPFLINK:-go run ./sbpflink} -o "$out" "$work/decloud.o"

if [ $# -eq 0 ]; then
	go run ./relock -rustc "$("$RUSTC" --version)" -llvm "$("llc-$LLVM" --version | sed -n 's/.*LLVM version //p')"
fi
