"""Reads what dataset's BenchmarkRead reads, with pandas, numpy and Pillow on one thread, and prints MB of the
files by second of CPU time (the best of five). `make bench-data` runs both.

    python peers.py DIR
"""
import os
import sys
import time

for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[v] = "1"
import numpy as np
import pandas as pd
import PIL
from PIL import Image, features

root = sys.argv[1]


def best(name, path, read):
    paths = [path] if os.path.isfile(path) else [os.path.join(d, f) for d, _, fs in os.walk(path) for f in fs]
    size, took = sum(os.path.getsize(p) for p in paths), 1e9
    for _ in range(5):
        start = time.process_time()
        read(paths)
        took = min(took, time.process_time() - start)
    print(f"{name:28} {size / took / 1e6:8.1f} cpu-MB/s  {size / 1e6:7.1f} MB")


def npz(paths):
    with np.load(paths[0]) as z:
        return z["x"], z["y"]


def jpegs(paths):
    for p in paths:
        img = Image.open(p).convert("RGB").resize((224, 224), Image.BILINEAR)
        np.asarray(img, np.float32) / 255


print(f"pandas {pd.__version__}, numpy {np.__version__}, Pillow {PIL.__version__} (libjpeg-turbo: {features.check_feature('libjpeg_turbo')})")
best("CSV pandas", root + "/floats.csv", lambda p: pd.read_csv(p[0], header=None, dtype={i: np.float32 for i in range(20)}))
best("CSV of pixels pandas", root + "/pixels.csv", lambda p: pd.read_csv(p[0], header=None))
best("JSONL pandas", root + "/rows.jsonl", lambda p: pd.read_json(p[0], lines=True))
best("npz stored numpy", root + "/stored.npz", npz)
best("npz compressed numpy", root + "/packed.npz", npz)
best("JPEG folder Pillow", root + "/jpeg", jpegs)
