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


def activations():
    shape = (5, 3, 11)
    wide = torch.linspace(-9, 9, 66).reshape(2, 3, 11) + 0.01
    one = lambda name, t, x=None, shape=shape, **kw: case(name, [(t, kw)], shape, x=x)
    return [
        one("relu", "ReLU"),
        one("tanh", "Tanh"), one("tanh wide", "Tanh", wide),
        one("sigmoid", "Sigmoid"), one("sigmoid wide", "Sigmoid", wide * 9),
        one("silu", "SiLU"), one("silu wide", "SiLU", wide),
        one("gelu", "GELU"), one("gelu wide", "GELU", wide),
        one("gelu tanh", "GELU", approximate="tanh"), one("gelu tanh wide", "GELU", wide, approximate="tanh"),
        one("leakyrelu", "LeakyReLU"), one("leakyrelu slope", "LeakyReLU", negative_slope=0.3),
        one("elu", "ELU"), one("elu alpha", "ELU", wide, alpha=1.7),
        one("mish", "Mish"), one("mish wide", "Mish", wide * 5),
        one("hardswish", "Hardswish"), one("hardswish wide", "Hardswish", wide),
        one("hardsigmoid", "Hardsigmoid"), one("hardsigmoid wide", "Hardsigmoid", wide),
        one("prelu", "PReLU"), one("prelu channels", "PReLU", num_parameters=3), one("prelu init", "PReLU", init=0.5, shape=(1, 7)),
        one("softmax", "Softmax", dim=1, shape=(4, 7)), one("softmax last", "Softmax", dim=-1),
        one("softmax middle", "Softmax", dim=1, shape=(2, 5, 3, 4)), one("softmax no dim", "Softmax", shape=(3, 6)),
        one("softmax wide", "Softmax", wide * 20, dim=2),
        one("layernorm", "LayerNorm", normalized_shape=11),
        one("layernorm two dims", "LayerNorm", normalized_shape=[3, 11]),
        one("layernorm plain", "LayerNorm", normalized_shape=11, elementwise_affine=False),
        one("layernorm no bias", "LayerNorm", normalized_shape=11, bias=False),
        one("layernorm eps", "LayerNorm", normalized_shape=[11], eps=0.1, shape=(1, 11)),
    ]


def trainings():
    adam = lambda ps, lr: torch.optim.Adam(ps, lr=lr)
    head = [linear(24, 19), ("ReLU", {}), linear(19, 5)]
    return [
        training("adam", head, (24,), 5, 64, 10, 3, adam),
    ]


def write_all():
    write("dense", dense())
    write("activations", activations())
    write("training", trainings())
