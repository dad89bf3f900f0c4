"""The trainer's side of a package: the base's head with other weights, and the base's config.json as it is.

    python -m kit.gradient BASE GRADIENT

writes the directory GRADIENT. Only the standard library is used: a safetensors file is a header in JSON and then the
numbers. In place of training, every weight gets the noise that the newest kit adds before it submits."""
import json
import random
import shutil
import struct
import sys
from pathlib import Path

NOISE_SCALE = 0.001


def read_tensors(path: Path):
    """The names, shapes and values of a file of F32 tensors."""
    data = path.read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header, values = json.loads(data[8 : 8 + size]), data[8 + size :]
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32", f"{name} is {entry['dtype']}"
        start, end = entry["data_offsets"]
        tensors[name] = (entry["shape"], [v for (v,) in struct.iter_unpack("<f", values[start:end])])
    return tensors


def write_tensors(path: Path, tensors):
    header, values = {"__metadata__": {"format": "pt"}}, b""
    for name, (shape, numbers) in tensors.items():
        data = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(values), len(values) + len(data)]}
        values += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)


def write_gradient(base: Path, gradient: Path):
    rng = random.Random(1)
    gradient.mkdir()
    shutil.copy(base / "config.json", gradient)
    head = read_tensors(base / "head.safetensors")
    noisy = {
        name: (shape, [v + rng.gauss(0, NOISE_SCALE) for v in numbers]) for name, (shape, numbers) in head.items()
    }
    write_tensors(gradient / "head.safetensors", noisy)


if __name__ == "__main__":
    write_gradient(Path(sys.argv[1]), Path(sys.argv[2]))
