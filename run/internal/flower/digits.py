"""What the comparisons share: the members' shares of the built-in digits, as export
writes them, the model (an MLP whose first weights are those of a package's head), and
one local epoch of a member.
"""
import gzip
import json

import numpy as np
import torch
from torch import nn

MEMBERS, BATCH, RATE = 6, 32, 0.1
torch.set_num_threads(1)


def idx(path):
    raw = gzip.open(path).read()
    dims = raw[3]
    shape = np.frombuffer(raw, ">u4", dims, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def samples(data, name):
    x = idx(f"{data}/{name}/images.idx.gz").reshape(-1, 784).astype(np.float32) / 255
    return torch.from_numpy(x), torch.from_numpy(idx(f"{data}/{name}/labels.idx.gz").astype(np.int64))


def safetensors(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    body = raw[8 + n :]
    names = sorted(header, key=lambda k: (int(k.split(".")[1]), k.endswith("bias")))
    return [np.frombuffer(body[slice(*header[k]["data_offsets"])], np.float32).reshape(header[k]["shape"]).copy() for k in names]


def network(weights):
    sizes = [w.shape for w in weights if w.ndim == 2]
    layers = []
    for i, (outputs, inputs) in enumerate(sizes):
        layers += [nn.Linear(inputs, outputs)] + ([nn.ReLU()] if i + 1 < len(sizes) else [])
    net = nn.Sequential(*layers)
    with torch.no_grad():
        for p, w in zip(net.parameters(), weights):
            p.copy_(torch.from_numpy(np.array(w)))
    return net


def fit(weights, x, y):
    """One epoch in full batches, in an order that torch's generator draws."""
    net = network(weights)
    sgd, loss = torch.optim.SGD(net.parameters(), lr=RATE), nn.CrossEntropyLoss()
    order = torch.randperm(len(y))
    for i in range(0, len(order) - BATCH + 1, BATCH):
        part = order[i : i + BATCH]
        sgd.zero_grad()
        loss(net(x[part]), y[part]).backward()
        sgd.step()
    return [p.detach().numpy() for p in net.parameters()]


def accuracy(weights, x, y):
    with torch.no_grad():
        return (network(weights)(x).argmax(1) == y).float().mean().item()
