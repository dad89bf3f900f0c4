#!/usr/bin/env bash
# How accurate federated averaging is, ours and PyTorch's, over many seeds of the members' shuffling: a single run says
# little. The same model (MLP 784-64-128-10), first weights, shares and local steps as in compare.sh; no chain, no Flower.
# Needs a Python with PyTorch and numpy: PYTHON, by default that of Debian's python3-torch.
#
#   run/internal/flower/accuracy.sh [SEEDS] [ROUNDS]     # default 40, 20
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=$PWD/run/internal/flower seeds=${1:-40} rounds=${2:-20}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go run ./run/internal/flower/export "$dir/data"
go run ./examples/run new-package --home "$dir/home" --cars "$dir/cars" --hidden 64,128 --output "$dir/pkg" >/dev/null
echo "== ours"
go run ./run/internal/measure -seeds "$seeds" -rounds "$rounds" -package "$dir/pkg"
echo "== PyTorch"
"${PYTHON:-/usr/bin/python3}" "$here/fedavg.py" "$dir/data" "$dir/pkg/head.safetensors" "$rounds" "$seeds"
