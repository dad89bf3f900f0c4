"""Writes the fixtures of this folder with Python's safetensors, and checks ours.

    pip install torch safetensors numpy
    python fixtures.py            # writes f32.safetensors and mixed.safetensors
    python fixtures.py check F    # reads F (written by Go) and compares it with f32's tensors
"""
import os
import sys

import torch
from safetensors.torch import load_file, save_file

HERE = os.path.dirname(os.path.abspath(__file__))

F32 = {
    "layers.0.weight": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4 - 0.5,
    "layers.0.bias": torch.tensor([1e-30, -3.4e38]),
    "scalar": torch.tensor(7.25),
    "empty": torch.zeros(0, 3),
    "näme <&> \"q\"": torch.tensor([1.0]),
}

VALUES = torch.tensor([0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, 0.333251953125])
MIXED = {
    "f16": VALUES.to(torch.float16),
    "bf16": VALUES.to(torch.bfloat16),
    "f64": VALUES.to(torch.float64) * 1.0000001,
    "f32": VALUES,
    "layers.1.num_batches_tracked": torch.tensor(123456789),
}

if len(sys.argv) == 3:
    got = load_file(sys.argv[2])
    assert set(got) == set(F32), set(got) ^ set(F32)
    for name, want in F32.items():
        assert got[name].dtype == torch.float32 and got[name].shape == want.shape, name
        assert torch.equal(got[name], want), name
    print("equal")
else:
    save_file(F32, os.path.join(HERE, "f32.safetensors"))
    save_file(MIXED, os.path.join(HERE, "mixed.safetensors"), metadata={"format": "pt"})
    with open(os.path.join(HERE, "mixed.txt"), "w") as f:
        for name, t in sorted(MIXED.items()):
            bits = t.to(torch.float32).reshape(-1).view(torch.int32).tolist()
            f.write(name + " " + " ".join(f"{b & 0xFFFFFFFF:08x}" for b in bits) + "\n")
