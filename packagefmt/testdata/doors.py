#!/usr/bin/env python3
"""Writes doors_*.pt and doors.safetensors: models as PyTorch users save them, beside
other things or in wrappers, with the outputs of the models in eval mode.

    python doors.py     # PyTorch 1.13 and safetensors
"""
import argparse
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import os
import pathlib
import random
import re
import uuid

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(11)
outputs = {}


def keep(name, saved, model, x):
    torch.save(saved, f"doors_{name}.pt")
    with torch.no_grad():
        outputs[name + ".x"], outputs[name + ".y"] = x, model.eval()(x).clone()


plain = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
x = torch.randn(5, 3)
history = collections.defaultdict(list)
history["loss"] += [0.5, 0.25]
beside = {
    "history": history, "last": collections.deque([1, 2, 3], maxlen=5), "seen": collections.Counter("aab"),
    "confusion": np.arange(6, dtype=np.float64).reshape(2, 3), "best": np.float32(0.75), "labels": np.array(["a", "b"]),
    "sparse": torch.eye(3).to_sparse(), "rng": np.random.RandomState(1).get_state(), "args": {"lr": 0.1, "name": "run"},
}
keep("beside", {"model": plain, **beside}, plain, x)
keep("beside_state", {"state_dict": plain.state_dict(), **beside}, plain, x)
keep("compiled", {"_orig_mod." + k: v for k, v in plain.state_dict().items()}, plain, x)
keep("parallel_state", nn.DataParallel(plain).state_dict(), plain, x)
keep("parallel", nn.DataParallel(plain), plain, x)

layer = nn.TransformerEncoderLayer(8, 2, 12, batch_first=True)
encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8), enable_nested_tensor=False)
net = nn.Sequential(encoder, nn.Flatten(), nn.Linear(24, 3))
keep("encoder", net, net, torch.randn(2, 3, 8))

block = nn.Linear(8, 8)  # 72 parameters, in two places
tied = nn.Sequential(block, nn.ReLU(), block, nn.Linear(8, 12))
keep("tied", tied, tied, torch.randn(4, 8))
torch.save(tied.state_dict(), "doors_tied_state.pt")

pictures = nn.Sequential(
    nn.ZeroPad2d(1), nn.ConvTranspose2d(2, 4, 3, stride=2, output_padding=1), nn.ReLU6(), nn.LocalResponseNorm(3, alpha=0.1), nn.PixelShuffle(2),
    nn.CELU(0.5), nn.Hardtanh(-0.7, 0.8), nn.Softplus(2.0, 5.0), nn.GLU(), nn.SELU(), nn.Flatten(), nn.AlphaDropout(0.2), nn.LogSoftmax(1))
keep("pictures", pictures, pictures, torch.randn(2, 2, 3, 4))
volumes = nn.Sequential(
    nn.Conv3d(1, 2, 2, padding=1), nn.BatchNorm3d(2), nn.MaxPool3d(2, stride=1), nn.AvgPool3d(2), nn.Dropout3d(), nn.AdaptiveAvgPool3d((1, 2, 2)),
    nn.Flatten(), nn.Linear(8, 3))
keep("volumes", volumes, volumes, torch.randn(2, 1, 4, 5, 6))
words = nn.Sequential(nn.EmbeddingBag(9, 4, mode="max", padding_idx=0), nn.Linear(4, 3))
keep("words", words, words, torch.tensor([[1, 2, 0], [8, 3, 3]]))
tokens = nn.Sequential(nn.Embedding(30, 8), nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), nn.LayerNorm(8), nn.Linear(8, 3))
keep("tokens", tokens, tokens, torch.randint(0, 30, (40, 6)))



class Phase(enum.Enum):
    TRAIN = 1


@dataclasses.dataclass
class Settings:
    rate: float = 0.1
    folder: pathlib.Path = pathlib.Path("/runs/1")


class Record(dict):
    """A dictionary of a class of its own, as configuration libraries have."""


class Averages(list):
    pass


Step = collections.namedtuple("Step", "epoch loss")
optimizer = torch.optim.Adam(plain.parameters())
plain(x).sum().backward()
optimizer.step()
beside = {
    "args": argparse.Namespace(lr=0.1, out=pathlib.Path("out")), "phase": Phase.TRAIN, "path": pathlib.PureWindowsPath("c:/x"), "settings": Settings(),
    "record": Record(a=Record(b=1)), "averages": Averages([1.0, 2.0]), "step": Step(3, 0.5), ("tuple", 1): b"x", 2.5: {Phase.TRAIN: None},
    "optimizer": optimizer, "optimizer_state": optimizer.state_dict(), "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 3).state_dict(),
    "loss": nn.CrossEntropyLoss(weight=torch.ones(2)), "generator": np.random.default_rng(1), "random": random.Random(1), "objects": np.array([{"a": 1}, None]),
    "when": datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc), "decimal": decimal.Decimal("1.5"), "id": uuid.UUID(int=7), "partial": functools.partial(int, base=2),
    "function": nn.functional.relu, "type": int, "range": range(3), "complex": 1 + 2j, "array": array.array("f", [1, 2]), "surrogate": "\udc80", "pattern": re.compile("a+"),
    "quantized": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8), "rows": torch.eye(3).to_sparse_csr(), "meta": torch.empty(2, device="meta"),
    "dtype": torch.float16, "device": torch.device("cuda:0"), "big": 10**50, "set": {1, 2},
}
keep("checkpoint", {"model": plain, **beside}, plain, x)
keep("checkpoint_state", {"state_dict": plain.state_dict(), **beside}, plain, x)
torch.save({"model": plain, **beside}, "doors_checkpoint4.pt", pickle_protocol=4)
torch.save({"weight": torch.quantize_per_tensor(torch.ones(2, 3), 0.1, 0, torch.quint8), "bias": torch.ones(2)}, "doors_quantized_state.pt")

outputs = {k: v.float().contiguous().clone() for k, v in outputs.items()}
save_file(outputs, "doors.safetensors")
np.savez("doors_check.npz", x=outputs["compiled.x"].numpy(), logits=outputs["compiled.y"].numpy())
