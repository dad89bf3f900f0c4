"""Writes the ONNX models of the tests, as PyTorch's users write them: in one line each. They are trained for a moment on
this repository's MNIST digits. Usage: python make.py MNIST.npz (x [n, 784] in 0 … 1, y [n]); PyTorch 2.6."""
import pathlib
import sys

import numpy as np
import torch
from torch import nn

here = pathlib.Path(__file__).parent


class Skip(nn.Module):
    """A small network whose head is a residual block, and which no list of layers is."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 6, 5, stride=3), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2))
        self.down = nn.Linear(96, 32)
        self.a, self.b, self.norm = nn.Linear(32, 32), nn.Linear(32, 32), nn.LayerNorm(32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.down(self.stem(x).flatten(1)))
        x = self.norm(x + self.b(nn.functional.gelu(self.a(x))))
        return self.fc(x)


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 4, 5, stride=2), nn.Conv2d(4, 8, 3, stride=2)
        self.f1, self.f2 = nn.Linear(200, 24), nn.Linear(24, 10)

    def forward(self, x):
        x = torch.relu(self.c2(torch.relu(self.c1(x))))
        return self.f2(torch.relu(self.f1(x.flatten(1))))


data = np.load(sys.argv[1])
x, y = torch.from_numpy(data["x"].reshape(-1, 1, 28, 28)), torch.from_numpy(data["y"])
for name, model in [("skip", Skip()), ("plain", Plain())]:
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for epoch in range(6):
        for i in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[i]), y[i]).backward()
            optimizer.step()
    model.eval()
    torch.onnx.export(model, x[:1], here / f"{name}.onnx", dynamo=False)
    torch.onnx.export(model, x[:2], here / f"{name}_batch.onnx", dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
    print(name, float((model(x).argmax(1) == y).float().mean()))
torch.onnx.export(model, (x[:1],), dynamo=True, optimize=True).save(here / "dynamo.onnx", external_data=True)
