"""Trains the launch's base model with PyTorch and saves it as mnist.pt.

    pip install torch
    python train.py

The model sees only the first 100 of the 2,000 training digits that come with
the module (ten of each class), so that trainers have something to improve.
Written with torch 2.6.0; other versions may give slightly other weights.
"""
import gzip
import os
import struct

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "..", "dataset", "data")
MEAN, STD = 0.1307, 0.3081


def idx(name):
    with gzip.open(os.path.join(DATA, name)) as f:
        raw = f.read()
    rank = raw[3]
    shape = struct.unpack(">" + "I" * rank, raw[4 : 4 + 4 * rank])
    return torch.frombuffer(bytearray(raw[4 + 4 * rank :]), dtype=torch.uint8).reshape(shape)


def load(part):
    x = idx(f"mnist-{part}-images.idx.gz").float().div(255).sub(MEAN).div(STD).unsqueeze(1)
    return x, idx(f"mnist-{part}-labels.idx.gz").long()


torch.manual_seed(7)
torch.set_num_threads(1)

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(784, 64),
    nn.ReLU(),
    nn.Linear(64, 128),
    nn.ReLU(),
    nn.Linear(128, 10),
)

x, y = load("train")
x, y = x[:100], y[:100]
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(30):
    for batch in torch.randperm(100).split(20):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
        optimizer.step()

model.eval()
tx, ty = load("test")
with torch.no_grad():
    correct = (model(tx).argmax(1) == ty).sum().item()
print(f"test accuracy {correct}/{len(ty)}")
torch.save(model, os.path.join(HERE, "mnist.pt"))
