"""Writes torch1.pt, torch1_legacy.pt and torch1.json with an old PyTorch.

    apt install python3-torch
    python3 torch1.py

Written with Debian's torch 1.13.0.
"""
import json
import os

import torch
from torch import nn

os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(3)


def no_source(*args):
    raise TypeError  # the older form would store PyTorch's own source code


torch.serialization.get_source_lines_and_file = no_source
model = nn.Sequential(
    nn.Flatten(), nn.Linear(8, 6), nn.BatchNorm1d(6), nn.GELU(), nn.LayerNorm(6), nn.Dropout(0.1), nn.Linear(6, 3)
)
model(torch.randn(16, 2, 4))
model.eval()
x = torch.randn(4, 2, 4)
torch.save(model, "torch1.pt")
torch.save(model, "torch1_legacy.pt", _use_new_zipfile_serialization=False)
with open("torch1.json", "w") as f:
    json.dump({"x": x.flatten().tolist(), "y": model(x).flatten().tolist()}, f)
print(torch.__version__)
