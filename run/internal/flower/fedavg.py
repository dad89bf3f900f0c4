"""Federated averaging of the built-in digits in plain PyTorch, without Flower: its mean
of the updates of flower.py's members, for many seeds of the members' shuffling. Prints
the mean and the standard deviation of the last accuracies (%), and all of them.

    python fedavg.py DATA HEAD ROUNDS SEEDS     # of export, and head.safetensors of a package
"""
import statistics
import sys

import numpy as np
import torch

import digits

data, head, rounds, seeds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
shares = [digits.samples(data, f"share-{i}") for i in range(digits.MEMBERS)]
sizes = [len(y) for _, y in shares]
test = digits.samples(data, "test")
got = []
for seed in range(seeds):
    torch.manual_seed(seed)
    weights = digits.safetensors(head)
    for _ in range(rounds):
        trained = [digits.fit(weights, x, y) for x, y in shares]
        weights = [np.average(w, axis=0, weights=sizes).astype(np.float32) for w in zip(*trained)]
    got.append(100 * digits.accuracy(weights, *test))
    print(f"seed {seed}: {got[-1]:.1f} %", file=sys.stderr, flush=True)
print(f"{seeds} seeds: mean {statistics.mean(got):.2f} %, standard deviation {statistics.stdev(got):.2f}")
print(" ".join(f"{a:.1f}" for a in sorted(got)))
