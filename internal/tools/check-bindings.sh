#!/bin/sh
# Fails where the committed bindings are not what the generator makes of the
# committed IDL.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tools/../.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$tools/generate-bindings.sh" "$fresh"
if ! diff -r -u -x generate.go "$root/round/internal/bindings" "$fresh"; then
	echo "round/internal/bindings does not fit the IDL: run go generate ./round/internal/bindings" >&2
	exit 1
fi
