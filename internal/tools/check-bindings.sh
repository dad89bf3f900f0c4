#!/bin/sh
# Fails where the committed bindings are not what the generator makes of the
# committed IDL.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tools/../.." && pwd)
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
for program in round run; do
	"$tools/generate-bindings.sh" $program "$fresh/$program"
	if ! diff -r -u -x generate.go "$root/$program/internal/bindings" "$fresh/$program"; then
		echo "$program/internal/bindings does not fit the IDL: run go generate ./$program/internal/bindings" >&2
		exit 1
	fi
done
