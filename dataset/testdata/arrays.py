"""Writes the NumPy fixtures of this folder.

    pip install numpy
    python arrays.py
"""
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
x = np.arange(12, dtype=np.float32).reshape(3, 4) / 8 - 0.5
y = np.array([2, 0, 1])
np.savez("stored.npz", x=x, y=y)
np.savez_compressed("packed.npz", x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
for name, a in {
    "f8": x.astype("<f8"), "i2": (x * 8).astype("<i2"), "big": x.astype(">f4"),
    "fortran": np.asfortranarray(x), "half": x.astype("<f2"), "object": np.array(["a", None], dtype=object),
    "text": np.array(["a", "b"]), "record": np.zeros(2, dtype=[("a", "<f4")]), "nan": np.full((3, 4), np.nan, np.float32),
    "u1": (np.arange(2 * 2 * 3 * 3) % 256).astype(np.uint8).reshape(2, 2, 3, 3), "scalar": np.float32(1),
    "y": y, "y_column": y.astype("<u1").reshape(3, 1), "y_float": y.astype("<f4"), "y_negative": -y, "y2": np.array([0, 1]),
    "y_bool": np.array([True, False, True]), "y_u8": np.array([0, 1, 2**63], dtype="<u8"),
}.items():
    np.save(name + ".npy", a, allow_pickle=True)
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, x, version=(2, 0))
