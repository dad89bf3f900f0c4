"""Writes node.zip: of ONNX's own test cases (onnx 1.18.0, Apache-2.0) the two smallest for each operator that is not
refused. Usage: python subset.py DIRECTORY_OF_CASES"""
import os
import pathlib
import sys
import zipfile

import onnx

here = pathlib.Path(__file__).parent
refused = {case for line in (here / "refused.txt").read_text().splitlines() if not line.startswith("#") for case in line.split(": ")[-1].split()}
root = pathlib.Path(sys.argv[1])
by_op = {}
for case in sorted(os.listdir(root)):
    if case in refused:
        continue
    model = onnx.load(root / case / "model.onnx", load_external_data=False)
    files = [f for f in sorted((root / case).rglob("*")) if f.is_file()]
    size = sum(f.stat().st_size for f in files)
    if len(model.graph.node) == 1 and size < 6000:
        by_op.setdefault(model.graph.node[0].op_type, []).append((size, case, files))
with zipfile.ZipFile(here / "node.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for op in sorted(by_op):
        for _, case, files in sorted(by_op[op])[:2]:
            for f in files:
                info = zipfile.ZipInfo(str(f.relative_to(root)), (1980, 1, 1, 0, 0, 0))
                z.writestr(info, f.read_bytes(), zipfile.ZIP_DEFLATED)
