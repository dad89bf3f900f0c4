"""Writes the NumPy fixtures of this folder.

    pip install --require-hashes -r requirements.txt
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
    "big8": x.astype(">f8"), "fortran3": np.asfortranarray(np.arange(36, dtype=np.int32).reshape(2, 2, 3, 3)),
    "y_text": np.array(["çat", "ant", "bee"]), "y_bytes": np.array([b"cat", b"ant", b"bee"]), "y_big": y.astype(">i2"),
    "y_onehot": np.eye(3)[y], "y_twohot": np.ones((3, 3), np.uint8), "y_none": np.array([1, np.nan, 0]),
    "y_bool": np.array([True, False, True]), "y_u8": np.array([0, 1, 2**63], dtype="<u8"),
}.items():
    np.save(name + ".npy", a, allow_pickle=True)
np.savez("medmnist.npz", train_images=(x * 8 + 4).astype(np.uint8).reshape(3, 2, 2), train_labels=y.reshape(3, 1).astype(np.uint8))
np.savez("keras.npz", x_train=x[:1], y_train=y[:1], x_test=x, y_test=y)
np.savez("positional.npz", x, y)
np.savez("capital.npz", X=x, y=y)
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, x, version=(2, 0))
