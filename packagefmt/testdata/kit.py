"""Writes packages in the public kits' format (version 1), as their README
describes it, into kit-creator/ (only layers with parameters are numbered) and
kit-trainer/ (every layer is), with the outputs of the head in kit.safetensors.

    pip install torch safetensors
    python kit.py
"""
import json
import os

import torch
from safetensors.torch import save_file
from torch import nn

os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(2)

head = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 3))
head(torch.randn(32, 6))
head.eval()
embeddings = torch.randn(20, 6)
with torch.no_grad():
    save_file({"outputs": head(embeddings)}, "kit.safetensors")

config = {
    "layers": [
        {"type": "Linear", "params": {"in_features": 6, "out_features": 8}},
        {"type": "BatchNorm1d", "params": {"num_features": 8}},
        {"type": "ReLU", "params": {}},
        {"type": "Dropout", "params": {"p": 0.1}},
        {"type": "Linear", "params": {"in_features": 8, "out_features": 3}},
    ],
    "metadata": {"dataset": "Iris", "embedding_dim": 6, "num_samples": 20, "head_params_ratio": 0.15},
}
with_params = [i for i, layer in enumerate(head) if layer.state_dict()]
for kit, number in [("creator", with_params.index), ("trainer", int)]:
    os.makedirs("kit-" + kit, exist_ok=True)
    weights = {
        f"layers.{number(i)}.{name}": t
        for i, layer in enumerate(head)
        for name, t in layer.state_dict().items()
    }
    save_file(weights, f"kit-{kit}/head.safetensors")
    save_file({"embeddings": embeddings}, f"kit-{kit}/embeddings.safetensors")
    form = config if kit == "creator" else {"head": {"layers": config["layers"]}, "metadata": config["metadata"]}
    with open(f"kit-{kit}/config.json", "w") as f:
        json.dump(form, f)
os.system("chmod 644 kit.safetensors kit-*/*")
