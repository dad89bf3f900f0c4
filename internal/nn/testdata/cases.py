"""The cases that gen.py runs: every layer, every option off its default once,
odd sizes, batches of one."""
import torch

from gen import case, training, write


def linear(i, o, **kw):
    return ("Linear", dict(in_features=i, out_features=o, **kw))


def dense():
    return [
        case("linear", [linear(7, 5)], (3, 7)),
        case("linear batch of 1", [linear(13, 1)], (1, 13)),
        case("linear wide", [linear(67, 131)], (33, 67)),
        case("linear without bias", [linear(7, 5, bias=False)], (4, 7)),
        case("linear on sequences", [linear(6, 9)], (2, 5, 6)),
        case("two linears", [linear(9, 17), ("ReLU", {}), linear(17, 4)], (11, 9)),
        case("relu and dropout of 0", [linear(9, 33), ("ReLU", {}), ("Dropout", {"p": 0.0}), linear(33, 4)], (11, 9)),
        case("flatten", [("Flatten", {}), linear(24, 3)], (5, 2, 3, 4)),
        case("batchnorm1d", [("BatchNorm1d", {"num_features": 5})], (7, 5)),
        case("batchnorm1d eps", [("BatchNorm1d", {"num_features": 5, "eps": 0.1})], (7, 5)),
        case("batchnorm1d momentum", [("BatchNorm1d", {"num_features": 5, "momentum": 0.7})], (7, 5)),
        case("batchnorm1d cumulative", [("BatchNorm1d", {"num_features": 5, "momentum": None})], (7, 5)),
        case("batchnorm1d plain", [("BatchNorm1d", {"num_features": 5, "affine": False})], (7, 5)),
        case("batchnorm1d sequence", [("BatchNorm1d", {"num_features": 3})], (4, 3, 9)),
        case("batchnorm1d batch of 1", [("BatchNorm1d", {"num_features": 3})], (1, 3, 9)),
        case("batchnorm in between", [linear(6, 8), ("BatchNorm1d", {"num_features": 8}), ("ReLU", {}), linear(8, 3)], (9, 6)),
        case("batchnorm2d", [("BatchNorm2d", {"num_features": 3})], (4, 3, 5, 7)),
    ]


def trainings():
    adam = lambda ps, lr: torch.optim.Adam(ps, lr=lr)
    head = [linear(24, 19), ("ReLU", {}), linear(19, 5)]
    return [
        training("adam", head, (24,), 5, 64, 10, 3, adam),
    ]


def write_all():
    write("dense", dense())
    write("training", trainings())
