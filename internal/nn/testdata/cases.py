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


def convolutions():
    one = lambda name, t, shape, x=None, **kw: case(name, [(t, kw)], shape, x=x)
    c2 = lambda name, shape=(2, 4, 7, 9), **kw: one(name, "Conv2d", shape, **{**dict(in_channels=4, out_channels=6, kernel_size=3), **kw})
    c1 = lambda name, shape=(3, 4, 11), **kw: one(name, "Conv1d", shape, **{**dict(in_channels=4, out_channels=6, kernel_size=3), **kw})
    return [
        c1("conv1d"), c1("conv1d stride", stride=2), c1("conv1d padding", padding=2), c1("conv1d dilation", dilation=3),
        c1("conv1d groups", groups=2), c1("conv1d no bias", bias=False), c1("conv1d same", padding="same", kernel_size=4),
        c1("conv1d valid", padding="valid"), c1("conv1d reflect", padding=2, padding_mode="reflect"),
        c1("conv1d replicate", padding=3, padding_mode="replicate"), c1("conv1d circular", padding=2, padding_mode="circular"),
        c1("conv1d batch of 1", (1, 4, 3)),
        c2("conv2d"), c2("conv2d stride", stride=[2, 3]), c2("conv2d padding", padding=[1, 2]), c2("conv2d dilation", dilation=[2, 3]),
        c2("conv2d groups", groups=2), c2("conv2d depthwise", groups=4, out_channels=8), c2("conv2d no bias", bias=False),
        c2("conv2d kernel", kernel_size=[1, 4], padding=[0, 3]), c2("conv2d same", padding="same", kernel_size=[4, 3], dilation=[1, 2]),
        c2("conv2d reflect", padding=2, padding_mode="reflect"), c2("conv2d circular", padding=[1, 3], padding_mode="circular"),
        c2("conv2d all", stride=2, padding=3, dilation=2, groups=2, kernel_size=[3, 2]), c2("conv2d batch of 1", (1, 4, 3, 3)),
        c2("conv2d big", (2, 2, 33, 35), in_channels=2, out_channels=3, padding=1),
        c2("conv2d same 5x3", padding="same", kernel_size=[5, 3]), c2("conv2d same wide", padding="same", kernel_size=[3, 11]),
        c2("conv2d same tall", padding=[0, 1]), c1("conv1d padded", padding=1), c1("conv1d same wide", padding="same", kernel_size=21),
        case("conv relu", [("Conv2d", dict(in_channels=2, out_channels=4, kernel_size=3, padding=1)), ("ReLU", {}),
                           ("Conv2d", dict(in_channels=4, out_channels=3, kernel_size=3)), ("ReLU", {})], (2, 2, 7, 6)),
        one("groupnorm", "GroupNorm", (3, 6, 5, 3), num_groups=3, num_channels=6),
        one("groupnorm flat", "GroupNorm", (3, 6), num_groups=2, num_channels=6),
        one("groupnorm plain", "GroupNorm", (1, 6, 5), num_groups=6, num_channels=6, affine=False, eps=0.1),
        one("instancenorm1d", "InstanceNorm1d", (3, 4, 7), num_features=4),
        one("instancenorm1d affine", "InstanceNorm1d", (1, 4, 7), num_features=4, affine=True, eps=0.01),
        one("instancenorm2d", "InstanceNorm2d", (3, 4, 5, 7), num_features=4),
        one("instancenorm2d affine", "InstanceNorm2d", (3, 4, 5, 7), num_features=4, affine=True),
        case("cnn", [("Conv2d", dict(in_channels=1, out_channels=4, kernel_size=3, padding=1)), ("BatchNorm2d", {"num_features": 4}), ("ReLU", {}),
                     ("MaxPool2d", {"kernel_size": 2}), ("Conv2d", dict(in_channels=4, out_channels=5, kernel_size=3)), ("SiLU", {}),
                     ("AdaptiveAvgPool2d", {"output_size": 1}), ("Flatten", {}), linear(5, 3)], (3, 1, 9, 11)),
    ]


def pools():
    one = lambda name, t, shape=(2, 3, 9, 11), x=None, **kw: case(name, [(t, kw)], shape, x=x)
    return [
        one("maxpool1d", "MaxPool1d", (2, 3, 11), kernel_size=3), one("maxpool1d options", "MaxPool1d", (2, 3, 12), kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True),
        one("maxpool1d negative", "MaxPool1d", x=-torch.rand(2, 3, 8) - 1, kernel_size=3, padding=1),
        one("maxpool2d", "MaxPool2d", kernel_size=2), one("maxpool2d stride", "MaxPool2d", kernel_size=[3, 2], stride=[1, 3]),
        one("maxpool2d padding", "MaxPool2d", kernel_size=3, padding=1), one("maxpool2d dilation", "MaxPool2d", kernel_size=3, dilation=[2, 3]),
        one("maxpool2d ceil", "MaxPool2d", kernel_size=2, stride=3, ceil_mode=True, shape=(1, 2, 8, 12)),
        one("maxpool2d ceil padding", "MaxPool2d", kernel_size=3, stride=4, padding=1, ceil_mode=True),
        one("avgpool1d", "AvgPool1d", (2, 3, 11), kernel_size=3), one("avgpool1d options", "AvgPool1d", (2, 3, 12), kernel_size=3, stride=2, padding=1, ceil_mode=True),
        one("avgpool1d no pad", "AvgPool1d", (2, 3, 12), kernel_size=3, padding=1, count_include_pad=False),
        one("avgpool2d", "AvgPool2d", kernel_size=2), one("avgpool2d options", "AvgPool2d", kernel_size=[3, 2], stride=[2, 1], padding=[1, 0]),
        one("avgpool2d ceil", "AvgPool2d", kernel_size=3, stride=2, padding=1, ceil_mode=True, shape=(1, 2, 8, 12)),
        one("avgpool2d no pad", "AvgPool2d", kernel_size=3, padding=1, count_include_pad=False),
        one("avgpool2d divisor", "AvgPool2d", kernel_size=3, divisor_override=5),
        one("adaptiveavgpool1d", "AdaptiveAvgPool1d", (2, 3, 11), output_size=4),
        one("adaptiveavgpool2d", "AdaptiveAvgPool2d", output_size=4), one("adaptiveavgpool2d pair", "AdaptiveAvgPool2d", output_size=[None, 5]),
        one("adaptiveavgpool2d up", "AdaptiveAvgPool2d", output_size=13),
        one("adaptivemaxpool1d", "AdaptiveMaxPool1d", (2, 3, 11), output_size=4),
        one("adaptivemaxpool2d", "AdaptiveMaxPool2d", output_size=[4, 3]), one("adaptivemaxpool2d one", "AdaptiveMaxPool2d", (1, 3, 9, 11), output_size=1),
        one("upsample", "Upsample", (2, 3, 5, 4), scale_factor=2), one("upsample size", "Upsample", (2, 3, 5, 4), size=[7, 3]),
        one("upsample length", "Upsample", (2, 3, 5), scale_factor=1.7), one("upsample exact", "Upsample", (2, 3, 5, 4), size=7, mode="nearest-exact"),
        one("upsample linear", "Upsample", (2, 3, 5), scale_factor=1.7, mode="linear"),
        one("upsample linear corners", "Upsample", (2, 3, 5), size=8, mode="linear", align_corners=True),
        one("upsample bilinear", "Upsample", (2, 3, 5, 4), scale_factor=[2.0, 1.5], mode="bilinear"),
        one("upsample bilinear corners", "Upsample", (1, 3, 5, 4), size=[3, 9], mode="bilinear", align_corners=True),
        one("unflatten", "Unflatten", (3, 12), dim=1, unflattened_size=[3, 4]),
        one("embedding", "Embedding", None, x=torch.tensor([[0, 6, 2], [6, 6, 1]]), num_embeddings=7, embedding_dim=5),
        one("embedding padding", "Embedding", None, x=torch.tensor([[0, 6, 2], [5, 6, 5]]), num_embeddings=7, embedding_dim=5, padding_idx=-2),
        case("embedding net", [("Embedding", dict(num_embeddings=9, embedding_dim=4)), ("Flatten", {}), linear(12, 3)], None, x=torch.tensor([[0, 6, 2], [8, 6, 1]])),
    ]


def sequences():
    def rnn(name, t, shape=(3, 5, 4), **kw):
        return case(name, [(t, {**dict(input_size=4, hidden_size=6, batch_first=True), **kw})], shape)

    def attention(name, shape=(3, 5, 8), **kw):
        return case(name, [("MultiheadAttention", {**dict(embed_dim=8, num_heads=2, batch_first=True), **kw})], shape)

    def encoder(name, shape=(3, 5, 8), **kw):
        return case(name, [("TransformerEncoderLayer", {**dict(d_model=8, nhead=2, dim_feedforward=11, dropout=0.0, batch_first=True), **kw})], shape)

    all = []
    for t in ("LSTM", "GRU", "RNN"):
        n = t.lower()
        all += [rnn(n, t), rnn(n + " one step", t, (1, 1, 4)), rnn(n + " no bias", t, bias=False), rnn(n + " layers", t, num_layers=3),
                rnn(n + " both", t, bidirectional=True), rnn(n + " both layers", t, bidirectional=True, num_layers=2, hidden_size=3)]
    return all + [
        rnn("rnn relu", "RNN", nonlinearity="relu"),
        case("lstm head", [("LSTM", dict(input_size=4, hidden_size=6, batch_first=True)), ("Flatten", {}), linear(30, 3)], (3, 5, 4)),
        attention("attention"), attention("attention heads", num_heads=4), attention("attention one step", (1, 1, 8)), attention("attention no bias", bias=False),
        encoder("encoder"), encoder("encoder gelu", activation="gelu"), encoder("encoder norm first", norm_first=True),
        encoder("encoder eps", layer_norm_eps=0.1), encoder("encoder no bias", bias=False, dim_feedforward=3), encoder("encoder one step", (1, 1, 8), nhead=8),
        case("encoder net", [("Embedding", dict(num_embeddings=9, embedding_dim=8)),
                             ("TransformerEncoderLayer", dict(d_model=8, nhead=2, dim_feedforward=11, dropout=0.0, batch_first=True)),
                             ("Flatten", {}), linear(24, 3)], None, x=torch.tensor([[0, 6, 2], [8, 6, 1]])),
    ]


def trainings():
    adam = lambda ps, lr: torch.optim.Adam(ps, lr=lr)
    head = [linear(24, 19), ("ReLU", {}), linear(19, 5)]
    return [
        training("adam", head, (24,), 5, 64, 10, 3, adam),
        training("adam class weights", head, (24,), 5, 64, 10, 3, adam, weight=[0.5, 2.0, 1.0, 0.25, 3.0]),
        training("adam clip", head, (24,), 5, 64, 10, 3, adam, clip=0.3),
        training("adam decay", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.Adam(ps, lr=lr, weight_decay=0.1)),
        training("adamw", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.AdamW(ps, lr=lr, weight_decay=0.1)),
        training("adam options", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.Adam(ps, lr=lr, betas=(0.8, 0.99), eps=1e-3)),
        training("sgd", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.SGD(ps, lr=lr), rate=0.05),
        training("sgd decay", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.SGD(ps, lr=lr, weight_decay=0.1), rate=0.05, prox=0.2),
        training("sgd momentum", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.SGD(ps, lr=lr, momentum=0.9, weight_decay=0.01), rate=0.02),
        training("sgd nesterov", head, (24,), 5, 64, 10, 3, lambda ps, lr: torch.optim.SGD(ps, lr=lr, momentum=0.9, nesterov=True), rate=0.02),
    ]


def functions():
    """What graphs alone can hold: functions of torch that are no class of torch.nn."""
    def one(name, t, sample, **kw):
        return case(name, [(t, kw, [0])], sample)

    def graph(name, shape, *nodes):
        return case(name, [(t, p, list(inputs)) for (t, p), *inputs in nodes], shape)

    def decoder(name, **kw):
        return one(name, "TransformerDecoderLayer", (3, 5, 8), **{**small, **kw})

    small = dict(d_model=8, nhead=2, dim_feedforward=11, dropout=0.0, batch_first=True)
    memory = [(linear(8, 8), 0), (("Narrow", dict(dim=1, start=1, length=3)), 1), (("TransformerDecoderLayer", small), 0, 2), (("Flatten", {}), 3), (linear(40, 4), 4)]

    def tied(name, x, *nodes):
        return case(name, list(nodes), None, x=x)

    def select(index, dim=1):
        return "Select", {"dim": dim, "index": index}

    def permute(*dims):
        return "Permute", {"dims": list(dims)}

    qkv, heads, time = ("Linear", dict(in_features=8, out_features=24)), ("Unflatten", dict(dim=2, unflattened_size=[3, 2, 4])), permute(0, 2, 1, 3)
    matmul, add, both = ("MatMul", {}), ("Add", {}), {"weight": "layers.0.weight", "bias": "layers.0.bias"}
    mha, conv = dict(embed_dim=8, num_heads=2, batch_first=True), dict(in_channels=3, out_channels=3, kernel_size=3, padding=1)
    attention = [
        (qkv, 0), (heads, 1), (select(0, 2), 2), (time, 3), (select(1, 2), 2), (permute(0, 2, 3, 1), 5), (select(2, 2), 2), (time, 7), (matmul, 4, 6),
        (("Scale", {"factor": 0.5}), 9), (("Softmax", {"dim": -1}), 10), (matmul, 11, 8), (time, 12), (("Flatten", {"start_dim": 2}), 13), (linear(8, 8), 14),
        (add, 0, 15), (("LayerNorm", {"normalized_shape": 8}), 16)]
    gate = [(("AdaptiveAvgPool2d", {"output_size": 1}), 0), (("Sigmoid", {}), 1), (("Expand", {"size": [-1, 3, 4, 5]}), 2), (("Mul", {}), 0, 3)]
    return [
        one("select", "Select", (3, 4, 5), dim=1, index=-2), one("select last", "Select", (3, 4, 5), dim=-1, index=0), one("select number", "Select", (3, 4), dim=1, index=3),
        one("narrow", "Narrow", (3, 4, 5), dim=1, start=1, length=2), one("narrow last", "Narrow", (3, 4, 5), dim=-1, start=-3, length=2),
        one("narrow all", "Narrow", (2, 4), dim=1, start=0, length=4),
        one("permute", "Permute", (2, 3, 4, 5), dims=[0, 3, 1, 2]), one("permute back", "Permute", (2, 3, 4, 5), dims=[0, 2, -1, 1]),
        one("permute nothing", "Permute", (2, 3, 4), dims=[0, 1, 2]), one("permute swap", "Permute", (2, 3, 4, 5), dims=[0, 2, 1, 3]),
        one("expand", "Expand", (2, 1, 4, 1), size=[-1, 3, -1, 5]), one("expand nothing", "Expand", (2, 3), size=[-1, 3]),
        one("scale", "Scale", (3, 4, 5), factor=-1.75), one("scale row", "Scale", (3, 4, 5), shape=[5]), one("scale channels", "Scale", (3, 4, 5), shape=[4, 1]),
        one("bias", "Bias", (3, 4, 5), value=0.3), one("bias all", "Bias", (3, 4, 5), shape=[4, 5]), one("bias one", "Bias", (3, 4, 5), shape=[1, 1]),
        graph("matmul", (2, 3, 4, 5), (permute(0, 1, 3, 2), 0), (matmul, 0, 1)), graph("matmul square", (3, 4, 4), (matmul, 0, 0)),
        graph("matmul of weights", (2, 3, 4), (linear(4, 5), 0), (permute(0, 2, 1), 1), (matmul, 2, 0)),
        graph("attention", (3, 5, 8), *attention), graph("gate", (2, 3, 4, 5), *gate),
        decoder("decoder"), decoder("decoder norm first", norm_first=True, activation="gelu", nhead=4), decoder("decoder eps", layer_norm_eps=0.1, nhead=1),
        graph("decoder memory", (3, 5, 8), *memory), graph("decoder of a batch of 1", (1, 5, 8), *memory),
        one("flatten all", "Flatten", (4, 1), start_dim=0), one("flatten nothing", "Flatten", (4, 3), start_dim=0, end_dim=0),
        graph("flatten and back", (4, 3), (linear(3, 1), 0), (("Flatten", {"start_dim": 0}), 1), (("Sigmoid", {}), 2),
              (("Unflatten", {"dim": 0, "unflattened_size": [-1, 1]}), 3), (linear(1, 3), 4)),
        graph("number to word", (4, 3), (linear(3, 1), 0), (("Flatten", {"start_dim": 0}), 1), (("Tanh", {}), 2)),
        tied("tied linear", torch.randn(5, 6), (*linear(6, 6), [0]), ("Tanh", {}, [1]), (*linear(6, 6), [2], both), ("ReLU", {}, [3]),
             (*linear(6, 6), [4], {"weight": "layers.0.weight"}), ("Add", {}, [1, 5])),
        tied("tied embedding", torch.tensor([[0, 6, 2], [8, 6, 1]]), ("Embedding", dict(num_embeddings=9, embedding_dim=4), [0]), ("Tanh", {}, [1]),
             (*linear(4, 9), [2], {"weight": "layers.0.weight"})),
        tied("tied attention", torch.randn(2, 3, 8), ("MultiheadAttention", mha, [0]), ("MultiheadAttention", mha, [1], {"in_proj_weight": "layers.0.in_proj_weight"})),
        tied("tied norms", torch.randn(4, 6), ("BatchNorm1d", {"num_features": 6}, [0]), (*linear(6, 6), [1]), ("BatchNorm1d", {"num_features": 6}, [2], both)),
        tied("tied conv", torch.randn(2, 3, 5, 5), ("Conv2d", conv, [0]), ("SiLU", {}, [1]), ("Conv2d", conv, [2], both)),
    ]


def graphs():
    """Heads with branches. Value 0 is the input, value i+1 the output of node i."""
    add, mul, relu, flatten = ("Add", {}), ("Mul", {}), ("ReLU", {}), ("Flatten", {})
    norm = lambda n: ("LayerNorm", {"normalized_shape": n})
    pool = ("AdaptiveAvgPool1d", {"output_size": 1})
    conv = lambda i, o: ("Conv2d", dict(in_channels=i, out_channels=o, kernel_size=3, padding=1))
    attention = ("MultiheadAttention", dict(embed_dim=8, num_heads=2, batch_first=True))
    encoder = lambda **kw: ("TransformerEncoderLayer", dict(d_model=8, nhead=4, dim_feedforward=12, dropout=0.0, batch_first=True, **kw))
    lstm = ("LSTM", dict(input_size=8, hidden_size=5, batch_first=True))

    def graph(*nodes):
        return [(t, p, list(inputs)) for (t, p), *inputs in nodes]

    residual = graph((linear(10, 12), 0), (relu, 1), (linear(12, 12), 2), (add, 3, 2), (relu, 4), (linear(12, 4), 5))
    input_residual = graph((norm(10), 0), (linear(10, 10), 1), (relu, 2), (linear(10, 10), 3), (add, 0, 4), (norm(10), 5), (linear(10, 4), 6))
    norm_residual = graph((linear(10, 12), 0), (("BatchNorm1d", {"num_features": 12}), 1), (relu, 2), (linear(12, 12), 3),
                          (("BatchNorm1d", {"num_features": 12}), 4), (add, 3, 5), (relu, 6), (linear(12, 4), 7))
    conv_residual = graph((conv(2, 4), 0), (relu, 1), (conv(4, 4), 2), (("GroupNorm", dict(num_groups=2, num_channels=4)), 3), (add, 2, 4), (relu, 5),
                          (("AdaptiveAvgPool2d", {"output_size": 1}), 6), (flatten, 7), (linear(4, 4), 8))
    attention_flatten = graph((attention, 0), (flatten, 1), (linear(24, 4), 2))
    attention_residual = graph((norm(8), 0), (attention, 1), (add, 0, 2), (pool, 3), (flatten, 4), (linear(3, 4), 5))
    encoder_pool = graph((encoder(), 0), (encoder(norm_first=True, activation="gelu"), 1), (pool, 2), (flatten, 3), (linear(3, 4), 4))
    encoder_residual = graph((encoder(), 0), (add, 0, 1), (flatten, 2), (linear(24, 4), 3))
    concat = graph((linear(10, 7), 0), (relu, 1), (linear(10, 6), 0), (("Tanh", {}), 3), (("Concat", {"dim": 1}), 2, 4, 0), (linear(23, 4), 5))
    concat_dense = graph((linear(10, 5), 0), (relu, 1), (("Concat", {"dim": -1}), 0, 2), (linear(15, 5), 3), (relu, 4), (("Concat", {"dim": -1}), 0, 2, 5),
                         (linear(20, 4), 6))
    concat_channels = graph((conv(2, 3), 0), (("MaxPool2d", dict(kernel_size=3, stride=1, padding=1)), 0), (("Concat", {"dim": 1}), 1, 2), (relu, 3), (flatten, 4),
                            (linear(100, 4), 5))
    gate = graph((linear(10, 9), 0), (("Sigmoid", {}), 1), (linear(10, 9), 0), (mul, 2, 3), (linear(9, 4), 4))
    branches = graph((lstm, 0), (attention, 0), (("Concat", {"dim": -1}), 1, 2), (flatten, 3), (linear(39, 4), 4))
    shared = graph((flatten, 0), (add, 1, 1), (flatten, 0), (mul, 2, 3), (mul, 4, 1), (linear(10, 4), 5))
    two_readers = graph((linear(10, 6), 0), (("Tanh", {}), 1), (relu, 1), (add, 2, 3), (linear(6, 4), 4))  # the ReLU is not the product's only reader
    select = lambda dim, index: ("Select", {"dim": dim, "index": index})
    first_token = graph((encoder(), 0), (select(1, 0), 1), (linear(8, 8), 2), (("Tanh", {}), 3), (linear(8, 4), 4))
    last_step = graph((lstm, 0), (select(1, -1), 1), (select(-1, 2), 0), (("Concat", {"dim": 1}), 2, 3), (linear(8, 4), 4))
    norm_first = graph((("BatchNorm1d", {"num_features": 10}), 0), (linear(10, 4), 1))
    vectors, pictures, sequences = (10,), (2, 4, 5), (3, 8)
    all = [("residual", residual, vectors), ("residual of the input", input_residual, vectors), ("residual batchnorm", norm_residual, vectors),
           ("residual conv", conv_residual, pictures), ("attention flatten", attention_flatten, sequences), ("attention residual", attention_residual, sequences),
           ("encoder pool", encoder_pool, sequences), ("encoder residual", encoder_residual, sequences), ("concat", concat, vectors),
           ("concat dense", concat_dense, vectors), ("concat channels", concat_channels, pictures), ("gate", gate, vectors), ("branches", branches, sequences),
           ("shared", shared, vectors), ("two readers", two_readers, vectors), ("first token", first_token, sequences),
           ("last step", last_step, sequences), ("batchnorm first", norm_first, vectors)]
    sgd = lambda ps, lr: torch.optim.SGD(ps, lr=lr, momentum=0.9, weight_decay=0.01)
    adam = lambda ps, lr: torch.optim.Adam(ps, lr=lr)
    out = [case(name, nodes, (5, *shape)) for name, nodes, shape in all]
    for name, nodes, shape in all:
        steps = 1 if "batchnorm" in name else 3  # PyTorch itself strays far after one
        out.append(training("sgd momentum: " + name, nodes, shape, 4, 6 * steps, 6, 1, sgd, rate=0.05, only="final"))
        if steps > 1:
            out.append(training("adam: " + name, nodes, shape, 4, 6 * steps, 6, 1, adam, only="final"))
    return out


def vocabulary():
    """The rest of what the Python kits build."""
    wide = torch.linspace(-9, 9, 66).reshape(2, 3, 11) + 0.01
    bags = torch.tensor([[0, 6, 2, 6], [5, 5, 5, 1], [5, 5, 5, 5]])

    def one(name, t, shape=(2, 4, 5, 6), x=None, **kw):
        return case(name, [(t, kw)], shape, x=x)

    def conv(t, name, shape, **kw):
        return one(t.lower() + name, t, shape, **{**dict(in_channels=4, out_channels=6, kernel_size=3), **kw})

    c3 = lambda name, shape=(2, 4, 5, 6, 7), **kw: conv("Conv3d", name, shape, **kw)
    t1 = lambda name, shape=(3, 4, 7), **kw: conv("ConvTranspose1d", name, shape, **kw)
    t2 = lambda name, shape=(2, 4, 5, 6), **kw: conv("ConvTranspose2d", name, shape, **kw)
    t3 = lambda name, shape=(2, 4, 3, 4, 5), **kw: conv("ConvTranspose3d", name, shape, **kw)
    pool = lambda name, t, shape=(2, 3, 6, 7, 9), **kw: one(name, t, shape, **kw)
    bag = lambda name, **kw: one("embeddingbag" + name, "EmbeddingBag", None, x=bags, **dict(num_embeddings=7, embedding_dim=5, **kw))
    return [
        one("relu6", "ReLU6", x=wide), one("hardtanh", "Hardtanh", x=wide), one("hardtanh bounds", "Hardtanh", x=wide, min_val=-2.5, max_val=0.75),
        one("selu", "SELU", x=wide), one("celu", "CELU", x=wide), one("celu alpha", "CELU", x=wide, alpha=0.3),
        one("softplus", "Softplus", x=wide * 4), one("softplus options", "Softplus", x=wide, beta=2.5, threshold=3),
        one("logsoftmax", "LogSoftmax", (3, 7)), one("logsoftmax dim", "LogSoftmax", dim=1), one("logsoftmax wide", "LogSoftmax", x=wide * 20, dim=-1),
        one("glu", "GLU"), one("glu dim", "GLU", dim=1), one("glu wide", "GLU", x=wide[:, :2] * 3, dim=1),
        one("zeropad", "ZeroPad2d", padding=2), one("zeropad sides", "ZeroPad2d", padding=[1, 0, 3, 2]), one("zeropad crop", "ZeroPad2d", padding=[-1, 2, 1, -2]),
        one("pixelshuffle", "PixelShuffle", (2, 8, 3, 5), upscale_factor=2), one("pixelshuffle three", "PixelShuffle", (1, 9, 2, 3), upscale_factor=3),
        one("localresponse", "LocalResponseNorm", (2, 7, 3, 5), size=3, alpha=0.4), one("localresponse even", "LocalResponseNorm", (2, 5, 6), size=4, alpha=2.0, beta=0.6, k=1.7),
        one("localresponse wide", "LocalResponseNorm", (2, 3, 2, 2), size=9, alpha=1.0),
        one("rmsnorm", "RMSNorm", (2, 5, 11), normalized_shape=11), one("rmsnorm dims", "RMSNorm", (2, 3, 5), normalized_shape=[3, 5], eps=0.1),
        one("rmsnorm plain", "RMSNorm", (3, 8), normalized_shape=8, elementwise_affine=False),
        one("batchnorm3d", "BatchNorm3d", (3, 4, 2, 3, 5), num_features=4), one("batchnorm3d plain", "BatchNorm3d", (3, 4, 2, 3, 5), num_features=4, affine=False, eps=0.1),
        one("dropout1d", "Dropout1d", (2, 3, 5), p=0.0), one("dropout3d", "Dropout3d", (2, 3, 2, 4, 5), p=0.0), one("alphadropout", "AlphaDropout", (3, 7), p=0.0),
        c3("", kernel_size=2), c3(" stride", stride=[1, 2, 3]), c3(" padding", padding=[0, 1, 2]), c3(" dilation", dilation=[1, 2, 3]), c3(" groups", groups=2),
        c3(" depthwise", groups=4, out_channels=8, bias=False), c3(" same", padding="same", kernel_size=[2, 3, 4]), c3(" one", (1, 4, 3, 3, 3)),
        c3(" reflect", padding=1, padding_mode="reflect"), c3(" all", stride=2, padding=3, dilation=2, groups=2, kernel_size=[3, 2, 1]),
        c3(" blocks", (1, 2, 9, 10, 11), in_channels=2, out_channels=3, kernel_size=[5, 6, 7], padding=3),
        t1(""), t1(" stride", stride=3), t1(" all", stride=3, padding=2, output_padding=1, dilation=2, groups=2), t1(" one", (1, 4, 1), bias=False),
        t2(""), t2(" stride", stride=[2, 3]), t2(" padding", padding=[1, 2]), t2(" groups", groups=2, bias=False), t2(" depthwise", groups=4, out_channels=8),
        t2(" all", stride=[3, 2], padding=[1, 3], output_padding=[2, 1], dilation=[1, 3], groups=2, kernel_size=[2, 4]),
        t2(" blocks", (1, 3, 12, 13), in_channels=3, out_channels=2, kernel_size=21), t3(""), t3(" all", stride=[1, 2, 3], padding=1, output_padding=[0, 1, 2], groups=2),
        pool("maxpool3d", "MaxPool3d", kernel_size=2), pool("maxpool3d options", "MaxPool3d", kernel_size=[3, 2, 3], stride=[2, 1, 3], padding=1, dilation=[1, 2, 1], ceil_mode=True),
        pool("avgpool3d", "AvgPool3d", kernel_size=2), pool("avgpool3d options", "AvgPool3d", kernel_size=[3, 2, 3], stride=[2, 1, 3], padding=1, ceil_mode=True),
        pool("avgpool3d no pad", "AvgPool3d", kernel_size=3, padding=1, count_include_pad=False), pool("avgpool3d divisor", "AvgPool3d", kernel_size=3, divisor_override=5),
        pool("adaptiveavgpool3d", "AdaptiveAvgPool3d", output_size=[2, None, 4]), pool("adaptiveavgpool3d one", "AdaptiveAvgPool3d", output_size=1),
        pool("adaptivemaxpool3d", "AdaptiveMaxPool3d", output_size=[4, 3, 2]),
        bag(""), bag(" sum", mode="sum"), bag(" max", mode="max"), bag(" padding", padding_idx=5), bag(" sum padding", mode="sum", padding_idx=-2), bag(" max padding", mode="max", padding_idx=5),
        case("volumes", [("Conv3d", dict(in_channels=1, out_channels=4, kernel_size=3, padding=1)), ("BatchNorm3d", {"num_features": 4}), ("ReLU6", {}),
                         ("MaxPool3d", {"kernel_size": 2}), ("Conv3d", dict(in_channels=4, out_channels=5, kernel_size=2)), ("SELU", {}),
                         ("AdaptiveAvgPool3d", {"output_size": 1}), ("Flatten", {}), linear(5, 3), ("LogSoftmax", {"dim": 1})], (3, 1, 6, 7, 8)),
        case("upscaling", [("ConvTranspose2d", dict(in_channels=2, out_channels=4, kernel_size=2, stride=2)), ("CELU", {}), ("PixelShuffle", {"upscale_factor": 2}),
                           ("ZeroPad2d", {"padding": 1}), ("GLU", {"dim": -1}), ("Flatten", {}), linear(14 * 9, 3)], (3, 2, 3, 4)),
    ]


def language():
    """What a language model needs: causal attention, places, tied weights, a loss for every token."""
    block = ("TransformerEncoderLayer", dict(d_model=12, nhead=3, dim_feedforward=20, dropout=0.0, activation="gelu", norm_first=True, batch_first=True, is_causal=True))
    gpt = [("Embedding", dict(num_embeddings=19, embedding_dim=12)), ("PositionEmbedding", dict(num_embeddings=50, embedding_dim=12)), block, block,
           ("LayerNorm", {"normalized_shape": 12}), linear(12, 19, bias=False)]
    graph = [(*layer, [i], {"weight": "layers.0.weight"} if i == len(gpt) - 1 else {}) for i, layer in enumerate(gpt)]
    torch.manual_seed(3)
    x = torch.randint(0, 19, (6, 41))
    y = torch.roll(x, -1, 1)
    y[:, -1], y[2, :20] = -100, -100
    adam = lambda p, rate: torch.optim.Adam(p, lr=rate)
    sgd = lambda p, rate: torch.optim.SGD(p, lr=rate)
    attention = ("MultiheadAttention", dict(embed_dim=8, num_heads=2, batch_first=True, is_causal=True))
    return [
        case("causal attention", [(*attention, [0])], (3, 7, 8)),
        case("causal attention of blocks", [(*attention, [0])], (2, 71, 8)),
        case("causal encoder layer", [(block[0], dict(block[1], norm_first=False, activation="relu"), [0])], (2, 33, 12)),
        case("places", [("PositionEmbedding", dict(num_embeddings=9, embedding_dim=4), [0])], (3, 5, 4)),
        training("adam gpt", graph, None, None, 6, 2, 2, adam, rate=1e-3, data=(x, y)),
        training("sgd gpt", graph, None, None, 6, 6, 2, sgd, rate=0.1, data=(x, y)),
    ]


def write_all(only):
    for name, make in dict(dense=dense, activations=activations, convolutions=convolutions, pools=pools, sequences=sequences,
                           training=trainings, graphs=graphs, functions=functions, vocabulary=vocabulary, language=language).items():
        if name in only or not only:
            write(name, make())
