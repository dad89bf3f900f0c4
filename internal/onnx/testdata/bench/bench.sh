#!/usr/bin/env bash
# Encoders and heads beside onnxruntime and PyTorch, in one run (beside.py says how):
#
#   bench.sh FOLDER [ROUNDS [CASE ...]]
#
# FOLDER gets a Python environment of 6 GB (PyTorch from PyPI, by the hashes of
# ../whole/requirements.txt) and the models, once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
mkdir -p "$folder"
needs=$here/../whole/requirements.txt
if ! cmp -s "$needs" "$folder/venv/requirements.txt"; then
  rm -rf "$folder/venv"
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$needs"
  cp "$needs" "$folder/venv/requirements.txt" # last: what is there is whole
fi
if ! cmp -s "$here/peer.py" "$folder/peer.py"; then
  "$folder/venv/bin/python" "$here/peer.py" make "$folder"
  cp "$here/peer.py" "$folder/peer.py" # last, too
fi
(cd "$here" && go build -o "$folder/ours" ./ours)
exec "$folder/venv/bin/python" "$here/beside.py" "$folder/ours" "$folder" "$@"
