#!/bin/sh
# Builds the programs (sBPF version 0) with Debian's packages rustc-web, libstd-rust-web-dev-bpf and llvm-22, and renews
# their lock files. The bytes depend on the sources and the compilers' versions only, not on the directory.
#
#   ./build.sh [NAME]           build the program in folder NAME there, or every program
#   ./build.sh NAME OUT.so      build elsewhere, and leave the lock alone
#   ./build.sh [NAME] --check   build elsewhere and compare: the locked compilers must give the committed bytes; what
#                               others give must behave like them, on the local chain and on a real Solana runtime
#   ./build.sh [NAME] --soak    the same, with the tests run six times over
#
# RUSTC, LLVM (a version suffix) and SBPFLINK choose other tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cwd=$PWD
cd "$here"

case ${1:-} in
'' | --*) # every program
	for lock in */program.lock.json; do
		"$here/build.sh" "$(dirname "$lock")" "$@"
	done
	exit
	;;
esac
name=$1
action=${2:-} source=$here

RUSTC=${RUSTC:-/usr/bin/rustc}
LLVM=${LLVM:-22}
rustc=$("$RUSTC" --version)
llvm=$("llc-$LLVM" --version | sed -n 's/.*LLVM version //p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $action in
'') out=$here/$name/program.so ;;
--*) # of a copy: the directory must make no difference
	out=$work/check.so source=$work/elsewhere
	mkdir "$source"
	cp -R sdk "$name" "$source"
	;;
/*) out=$action ;;
*) out=$cwd/$action ;;
esac

# compile CRATE ARGS…: one crate to LLVM bitcode. Paths in it (of panics) are relative to the workspace.
compile() {
	crate=$1
	shift
	(cd "$source" && "$RUSTC" --edition 2021 --crate-type lib --crate-name "$crate" --target bpfel-unknown-none \
		-C opt-level=3 -C panic=abort -C codegen-units=1 -C "metadata=$crate" -C llvm-args=-disable-loop-idiom-all \
		--remap-path-prefix "$source=." "$@" "$crate/src/lib.rs")
}
compile sdk "--emit=metadata=$work/libsdk.rmeta,llvm-bc=$work/sdk.bc"
compile "$name" --extern "sdk=$work/libsdk.rmeta" "--emit=llvm-bc=$work/program.bc"

# What the crates use of libcore and is not inlined: its object in the library is LLVM bitcode too.
core=$(echo "$("$RUSTC" --print sysroot)"/lib/rustlib/bpfel-unknown-none/lib/libcore-*.rlib)
(cd "$work" && "llvm-ar-$LLVM" x "$core")

"llvm-link-$LLVM" "$work/program.bc" "$work/sdk.bc" -o "$work/crates.bc"
"llvm-link-$LLVM" -only-needed "$work/crates.bc" "$work"/core-*.o -o "$work/linked.bc"
"opt-$LLVM" -disable-loop-idiom-all -passes='internalize,default<O2>,strip' -internalize-public-api-list=entrypoint \
	"$work/linked.bc" -o "$work/optimized.bc"
"llc-$LLVM" -march=bpfel -mcpu=v2 -mattr=+allows-misaligned-mem-access -bpf-stack-size=4096 -filetype=obj \
	"$work/optimized.bc" -o "$work/program.o"
${SBPFLINK:-go run ./sbpflink} -o "$out" "$work/program.o"

# mirror COUNT LEAST: the program's tests, so many times, every transaction on litesvm too; each pair of instruction and
# outcome must come up so often at least.
mirror() {
	echo "$name: the tests, on the local chain and on litesvm, run $1 times:"
	if ! PROGRAM_MIRROR=1 PROGRAM_MIRROR_LEAST=$2 go test "-count=$1" -timeout 40m -v "./$name" >"$work/mirror.log" 2>&1; then
		grep -B3 -A25 -E 'FAIL|too few hits' "$work/mirror.log" | head -100
		exit 1
	fi
	grep '^transactions compared' "$work/mirror.log"
}

# compare: the bytes are the committed ones, or come from other compilers and behave the same.
compare() {
	lock=$name/program.lock.json
	if grep -qF "\"rustc\": \"$rustc\"" "$lock" && grep -qF "\"llvm\": \"$llvm\"" "$lock"; then
		cmp "$out" "$name/program.so"
		echo "$name: the locked compilers gave the committed bytes"
	else
		echo "NOTE: these are not the locked compilers ($rustc, LLVM $llvm): the same tests on the bytes that they gave:"
		PROGRAM_ELF=$out PROGRAM_MIRROR=1 go test -count=1 -skip 'Lock|Costs' "./$name"
	fi
}

case $action in
'') go run ./relock -rustc "$rustc" -llvm "$llvm" "$name" ;;
--check)
	mirror 1 1
	compare
	;;
--soak)
	mirror 6 5
	compare
	;;
--*)
	echo "build.sh: unknown option $action" >&2
	exit 2
	;;
esac
