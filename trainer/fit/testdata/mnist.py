#!/usr/bin/env python3
"""What PyTorch reaches on the MNIST digits of package dataset: writes
mnist.json, which TestAccuracyMatchesPyTorch compares with.

    python mnist.py      # needs torch (2.6 wrote the committed file) and numpy
"""
import gzip
import json
import os

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "..", "..", "dataset", "data")


def part(name):
    def read(kind, skip):
        with gzip.open(os.path.join(DATA, f"mnist-{name}-{kind}.idx.gz")) as f:
            return np.frombuffer(f.read(), dtype=np.uint8)[skip:]
    y = read("labels", 8).astype(np.int64)
    x = read("images", 16).reshape(len(y), 784).astype(np.float32) / 255
    return torch.from_numpy(x), torch.from_numpy(y)


def initial(shape, bound):
    """Uniform numbers that Go can draw too: SplitMix64 from 0."""
    z = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9e3779b97f4a7c15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
    z = z ^ (z >> np.uint64(31))
    return torch.from_numpy((((z >> np.uint64(32)).astype(np.float64) / 2**31 - 1) * bound).astype(np.float32).reshape(shape))


def main():
    torch.set_num_threads(1)
    (x, y), (tx, ty) = part("train"), part("test")
    got = []
    for seed in range(1, 6):
        torch.manual_seed(seed)
        m = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(64, 10))
        with torch.no_grad():
            for layer, bound in ((m[0], 1 / 28), (m[3], 1 / 8)):
                layer.weight.copy_(initial(layer.weight.shape, bound))
                layer.bias.zero_()
        opt, loss_fn = torch.optim.Adam(m.parameters(), lr=1e-3), torch.nn.CrossEntropyLoss()
        for _ in range(5):
            m.train()
            for i in torch.randperm(len(y)).split(32):
                opt.zero_grad()
                loss_fn(m(x[i]), y[i]).backward()
                opt.step()
        m.eval()
        with torch.no_grad():
            got.append(float((m(tx).argmax(1) == ty).float().mean()) * 100)
    with open(os.path.join(HERE, "mnist.json"), "w") as f:
        json.dump({"torch": torch.__version__, "accuracies": got, "mean": sum(got) / len(got)}, f, indent=1)
        f.write("\n")
    print(got, sum(got) / len(got))


if __name__ == "__main__":
    main()
