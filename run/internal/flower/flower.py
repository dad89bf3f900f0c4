"""Federated averaging of the built-in digits with Flower's simulation and PyTorch: the
same model, first weights, shares and local steps as run/internal/flower/compare.sh has
for the run. Prints accuracy (%) by round and the wall time.

    python flower.py DATA HEAD ROUNDS     # of export, and head.safetensors of a package
"""
import sys
import time

import flwr as fl

import digits

data, head, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])


class Member(fl.client.NumPyClient):
    def __init__(self, share):
        self.x, self.y = digits.samples(data, f"share-{share}")

    def fit(self, parameters, config):
        return digits.fit(parameters, self.x, self.y), len(self.y), {}


def client_fn(context):
    return Member(int(context.node_config["partition-id"])).to_client()


def evaluate(server_round, parameters, config):
    right = digits.accuracy(parameters, *digits.samples(data, "test"))
    print(f"round {server_round}: {100 * right:.2f} %", flush=True)
    return 0.0, {"accuracy": right}


if __name__ == "__main__":
    start = time.time()
    strategy = fl.server.strategy.FedAvg(
        fraction_fit=1.0, fraction_evaluate=0.0, min_fit_clients=digits.MEMBERS, min_available_clients=digits.MEMBERS, evaluate_fn=evaluate,
        initial_parameters=fl.common.ndarrays_to_parameters(digits.safetensors(head)),
    )
    fl.simulation.start_simulation(
        client_fn=client_fn, num_clients=digits.MEMBERS, config=fl.server.ServerConfig(num_rounds=rounds), strategy=strategy, client_resources={"num_cpus": 1},
    )
    print(f"{time.time() - start:.1f} s")
