"""Federated averaging of the built-in digits with Flower's simulation and PyTorch: the
same model, first weights, shares and local steps as run/internal/flower/compare.sh has
for the run. Prints accuracy (%) by round and the wall time.

    python flower.py DATA HEAD ROUNDS     # of export, and head.safetensors of a package
"""
import gzip
import json
import sys
import time

import flwr as fl
import numpy as np
import torch
from torch import nn

MEMBERS, BATCH, RATE = 6, 32, 0.1
data, head, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)


def idx(path):
    raw = gzip.open(path).read()
    dims = raw[3]
    shape = np.frombuffer(raw, ">u4", dims, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def samples(name):
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


first = safetensors(head)


def network(weights):
    sizes = [w.shape for w in first if w.ndim == 2]
    layers = []
    for i, (outputs, inputs) in enumerate(sizes):
        layers += [nn.Linear(inputs, outputs)] + ([nn.ReLU()] if i + 1 < len(sizes) else [])
    net = nn.Sequential(*layers)
    with torch.no_grad():
        for p, w in zip(net.parameters(), weights):
            p.copy_(torch.from_numpy(np.array(w)))
    return net


class Member(fl.client.NumPyClient):
    def __init__(self, share):
        self.x, self.y = samples(f"share-{share}")

    def fit(self, parameters, config):
        net = network(parameters)
        sgd, loss = torch.optim.SGD(net.parameters(), lr=RATE), nn.CrossEntropyLoss()
        order = torch.randperm(len(self.y))
        for i in range(0, len(order) - BATCH + 1, BATCH):
            part = order[i : i + BATCH]
            sgd.zero_grad()
            loss(net(self.x[part]), self.y[part]).backward()
            sgd.step()
        return [p.detach().numpy() for p in net.parameters()], len(self.y), {}


def client_fn(context):
    return Member(int(context.node_config["partition-id"])).to_client()


def evaluate(server_round, parameters, config):
    x, y = samples("test")
    with torch.no_grad():
        right = (network(parameters)(x).argmax(1) == y).float().mean().item()
    print(f"round {server_round}: {100 * right:.2f} %", flush=True)
    return 0.0, {"accuracy": right}


if __name__ == "__main__":
    start = time.time()
    strategy = fl.server.strategy.FedAvg(
        fraction_fit=1.0, fraction_evaluate=0.0, min_fit_clients=MEMBERS, min_available_clients=MEMBERS, evaluate_fn=evaluate,
        initial_parameters=fl.common.ndarrays_to_parameters(first),
    )
    fl.simulation.start_simulation(
        client_fn=client_fn, num_clients=MEMBERS, config=fl.server.ServerConfig(num_rounds=rounds), strategy=strategy, client_resources={"num_cpus": 1},
    )
    print(f"{time.time() - start:.1f} s")
