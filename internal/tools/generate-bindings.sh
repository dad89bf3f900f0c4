#!/bin/sh
# Generates the Go bindings of an on-chain program from its IDL.
#
#   internal/tools/generate-bindings.sh PROGRAM [DIR]
#
# PROGRAM is round or run. DIR is where they go, PROGRAM/internal/bindings unless
# told otherwise. The generator is built from this folder's own module, whose versions are pinned.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tools/../.." && pwd)
program=$1
out=${2:-$root/$program/internal/bindings}
mkdir -p "$out"
out=$(cd "$out" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$tools"
GOWORK=off GOFLAGS=-mod=readonly go build -o "$work/anchor-go" github.com/gagliardetto/anchor-go

# Once it has written its files, the generator runs `go mod tidy` over them,
# which would change versions of this module, and `go build`, which comes with
# the next build anyway: it is given a go command that does nothing.
mkdir "$work/bin"
printf '#!/bin/sh\nexit 0\n' >"$work/bin/go"
chmod +x "$work/bin/go"
PATH="$work/bin:$PATH" "$work/anchor-go" -idl "$root/internal/program/$program/idl.json" \
	-output "$work/out" -name bindings -no-go-mod >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2; exit 1; }
gofmt -w "$work/out"

# Files that the generator wrote before and does not write any more go.
for f in "$out"/*.go; do
	[ "$(basename "$f")" = generate.go ] || rm -f "$f"
done
rm -f "$work"/out/*_test.go
cp "$work"/out/*.go "$out/"
