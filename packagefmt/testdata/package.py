"""Rebuilds a package's model in PyTorch, from its files alone, and prints how
many of the built-in test digits it gets right: python package.py DIRECTORY"""
import gzip
import json
import os
import sys

import torch
from safetensors.torch import load_file
from torch import nn

directory = sys.argv[1]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "dataset", "data")


def network(layers, weights):
    net = nn.Sequential(*[getattr(nn, l["type"])(**l["params"]) for l in layers])
    net.load_state_dict({k.removeprefix("layers."): v for k, v in load_file(weights).items()})  # strict
    return net.eval()


def bytes_of(name, header):
    with gzip.open(os.path.join(DATA, name)) as f:
        return torch.frombuffer(bytearray(f.read()[header:]), dtype=torch.uint8)


config = json.load(open(directory + "/config.json"))
encoder = json.load(open(directory + "/encoder.json"))
head = network(config["layers"], directory + "/head.safetensors")
encoder = network(encoder["layers"], directory + "/encoder.safetensors")
pre = config["preprocessing"]
x = bytes_of("mnist-test-images.idx.gz", 16).float().div(255).reshape(-1, *pre["shape"])
x = (x - torch.tensor(pre["mean"])) / torch.tensor(pre["std"])
y = bytes_of("mnist-test-labels.idx.gz", 8).long()
embeddings = load_file(directory + "/embeddings.safetensors")["embeddings"]
with torch.no_grad():
    assert torch.allclose(encoder(x), embeddings, atol=1e-5), "embeddings are not the encoder's"
    print((head(embeddings).argmax(1) == y).sum().item())
