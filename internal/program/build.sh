#!/bin/sh
# Builds decloud.so (sBPF version 0) with Debian's packages rustc-web, libstd-rust-web-dev-bpf and llvm-22, and renews
# decloud.lock.json. The bytes depend on the sources and the compilers' versions only, not on the directory.
#
#   ./build.sh           build into this directory
#   ./build.sh OUT.so    build elsewhere, and leave the lock alone
#   ./build.sh --check   build elsewhere and compare: the locked compilers must give the committed bytes; what others give
#                        must behave like them, on the local chain and on a real Solana runtime
#
# RUSTC, LLVM (a version suffix) and SBPFLINK choose other tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cwd=$PWD
cd "$here"
RUSTC=${RUSTC:-/usr/bin/rustc}
LLVM=${LLVM:-22}
rustc=$("$RUSTC" --version)
llvm=$("llc-$LLVM" --version | sed -n 's/.*LLVM version //p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case ${1:-} in
'') out=$here/decloud.so ;;
--check) out=$work/check.so ;;
/*) out=$1 ;;
*) out=$cwd/$1 ;;
esac

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

case ${1:-} in
'') go run ./relock -rustc "$rustc" -llvm "$llvm" ;;
--check)
	echo "the program's tests, on the local chain and on litesvm:"
	# Six times, so that every pair of instruction and error comes up five times at least.
	if ! PROGRAM_MIRROR=1 PROGRAM_MIRROR_LEAST=5 go test -count=6 -timeout 40m -skip Rebuild -v . >"$work/mirror.log" 2>&1; then
		grep -B3 -A25 -E 'FAIL|too few hits' "$work/mirror.log" | head -100
		exit 1
	fi
	grep -E '^ *[0-9]+  [a-z_]+ |^transactions compared' "$work/mirror.log"
	if grep -qF "\"rustc\": \"$rustc\"" decloud.lock.json && grep -qF "\"llvm\": \"$llvm\"" decloud.lock.json; then
		cmp "$out" decloud.so
		echo "the locked compilers gave the committed bytes"
	else
		echo "NOTE: these are not the locked compilers ($rustc, LLVM $llvm): the same tests on the bytes that they gave:"
		PROGRAM_ELF=$out PROGRAM_MIRROR=1 go test -count=1 -skip 'Rebuild|Lock|Costs' .
	fi
	;;
esac
