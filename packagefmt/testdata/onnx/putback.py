"""Exports a model to DIRECTORY (export), and after the training of its head puts the weights back and writes what the model
computes of the first built-in test digits (put): python putback.py export|put DIRECTORY DIGITS"""
import gzip
import os
import sys

import torch
from safetensors.torch import save_file
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "..", "..", "examples", "creator"))
from putback import put_back

step, directory, digits = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.bare, self.norm = nn.Conv2d(1, 4, 5, stride=4), nn.Conv2d(4, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.biased, self.other = nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8)
        self.a, self.b, self.layer_norm, self.out = nn.Linear(8, 10), nn.Linear(10, 10), nn.LayerNorm(10), nn.Linear(10, 10)
        self.scale = nn.Parameter(torch.rand(10, 10))

    def forward(self, x):
        x = self.norm(self.bare(self.first(x).relu())).relu()
        x = self.a(self.other(self.biased(x)).relu().mean((2, 3))).relu()
        return self.out(self.layer_norm(x + self.b(x) @ self.scale))


torch.manual_seed(0)
model = Net().eval()
for norm in model.norm, model.other:
    for value in norm.weight, norm.bias, norm.running_mean, norm.running_var:
        nn.init.uniform_(value, 0.5, 1.5)
with gzip.open(os.path.join(here, "..", "..", "..", "dataset", "data", "mnist-test-images.idx.gz")) as f:
    x = torch.frombuffer(bytearray(f.read()[16:]), dtype=torch.uint8)[:784 * digits].reshape(-1, 1, 28, 28) / 255
if step == "export":
    torch.onnx.export(model, x[:2], directory + "/model.onnx", input_names=["x"], dynamic_axes={"x": {0: "batch"}})
else:
    print(put_back(model, directory + "/package", directory + "/won"))
    with torch.no_grad():
        save_file({"logits": model(x)}, directory + "/logits.safetensors")
