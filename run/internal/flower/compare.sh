#!/usr/bin/env bash
# Federated averaging by six members: ours in processes on a local chain beside Flower's simulation with PyTorch. The same
# model (MLP 784-64-128-10), first weights, shares and local steps. Needs Python 3.11 on x86-64 Linux with Debian's
# python3-torch; everything else goes into a venv of its own, by hashes.
#
#   run/internal/flower/compare.sh [ROUNDS]     # default 20
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=$PWD/run/internal/flower rounds=${1:-20}
venv="${XDG_CACHE_HOME:-$HOME/.cache}/decloud-ci/flower"
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  rm -rf "$venv"
  /usr/bin/python3 -m venv --system-site-packages "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --ignore-installed --require-hashes -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$venv/requirements.txt" # last: what is there is whole
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/" ./examples/localnet ./examples/run
go run ./run/internal/flower/export "$dir/data"
"$dir/run" new-package --home "$dir/home" --cars "$dir/cars" --hidden 64,128 >"$dir/package.txt"
package=$(awk '$1 == "package" { print $2 }' "$dir/package.txt") model=$(awk '$1 == "model" { print $2 }' "$dir/package.txt")
"$dir/run" new-package --home "$dir/home" --cars "$dir/cars" --hidden 64,128 --output "$dir/pkg" >/dev/null

echo "== ours, $rounds rounds"
python3 "$here/peak.py" bash "$here/ours.sh" "$dir" "$package" "$model" "$dir/cars" "$rounds"
echo "== Flower, $rounds rounds"
cd "$dir"
RAY_DEDUP_LOGS=0 "$venv/bin/python" "$here/peak.py" "$venv/bin/python" "$here/flower.py" "$dir/data" "$dir/pkg/head.safetensors" "$rounds" 2>flower.log | grep -E '^(round|peak|[0-9])' || { tail -20 flower.log; exit 1; }
