#!/usr/bin/env python3
"""Writes the PyTorch fixtures that the tests of this package compare with.

    python gen.py            # needs torch and numpy; each file says which version wrote it
    python gen.py graphs     # only that file

Each case is one network on one small batch, run in float64 and in float32.
Stored are the float64 results and how far float32 strayed from them, since
that is what our own float32 is allowed: see tolerance() in fixture_test.go.
"""
import base64
import copy
import json
import os
import sys

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def b64(t):
    return base64.b64encode(np.ascontiguousarray(t).tobytes()).decode()


def plain(t):
    """A float32 tensor."""
    a = t.detach().to(torch.float32).numpy()
    return {"shape": list(a.shape), "f32": b64(a)}


def ref(t64, t32):
    """A float64 result, and float32's distance from it."""
    a, b = t64.detach().double().numpy(), t32.detach().double().numpy()
    assert np.isfinite(a).all()
    return {"shape": list(a.shape), "f64": b64(a.astype("<f8")),
            "strayed": float(np.abs(a - b).max()) if a.size else 0.0,
            "top": float(np.abs(a).max()) if a.size else 0.0}


class LSTM(torch.nn.LSTM):
    def forward(self, x):
        return super().forward(x)[0]


class GRU(torch.nn.GRU):
    def forward(self, x):
        return super().forward(x)[0]


class RNN(torch.nn.RNN):
    def forward(self, x):
        return super().forward(x)[0]


def causal_mask(x):
    return torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype).triu(1)


class MultiheadAttention(torch.nn.MultiheadAttention):
    def __init__(self, *args, is_causal=False, **kw):
        super().__init__(*args, **kw)
        self.causal = is_causal

    def forward(self, x):
        return super().forward(x, x, x, need_weights=False, attn_mask=causal_mask(x) if self.causal else None)[0]


class TransformerEncoderLayer(torch.nn.TransformerEncoderLayer):
    def __init__(self, *args, is_causal=False, **kw):
        super().__init__(*args, **kw)
        self.causal = is_causal

    def forward(self, x):
        return super().forward(x, src_mask=causal_mask(x)) if self.causal else super().forward(x)


class TransformerDecoderLayer(torch.nn.TransformerDecoderLayer):
    def forward(self, x, memory=None):
        return super().forward(x, x if memory is None else memory)


class RMSNorm(torch.nn.Module):
    """torch.nn.RMSNorm by the formula in its documentation: PyTorch has it from 2.4 on."""

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True):
        super().__init__()
        self.shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = torch.finfo(torch.float32).eps if eps is None else eps
        self.weight = torch.nn.Parameter(torch.ones(self.shape)) if elementwise_affine else None

    def forward(self, x):
        y = x / torch.sqrt((x * x).mean(tuple(range(-len(self.shape), 0)), keepdim=True) + self.eps)
        return y if self.weight is None else y * self.weight


# Layers that return more than the next one takes, or that this PyTorch has not.
FIRST = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN, "MultiheadAttention": MultiheadAttention, "RMSNorm": RMSNorm,
         "TransformerDecoderLayer": TransformerDecoderLayer, "TransformerEncoderLayer": TransformerEncoderLayer}


class Add(torch.nn.Module):
    def forward(self, *xs):
        return sum(xs[1:], xs[0])


class Mul(torch.nn.Module):
    def forward(self, *xs):
        y = xs[0]
        for x in xs[1:]:
            y = y * x
        return y


class Concat(torch.nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, *xs):
        return torch.cat(xs, self.dim)


class Select(torch.nn.Module):
    def __init__(self, dim, index):
        super().__init__()
        self.dim, self.index = dim, index

    def forward(self, x):
        return x.select(self.dim, self.index)


class Function(torch.nn.Module):
    """A method of tensors with fixed arguments."""

    def __init__(self, name, *args):
        super().__init__()
        self.name, self.args = name, args

    def forward(self, *xs):
        return getattr(xs[0], self.name)(*xs[1:], *self.args)


class Broadcast(torch.nn.Module):
    def __init__(self, f, number, shape):
        super().__init__()
        self.f, self.number = f, number
        self.weight = torch.nn.Parameter(torch.randn(shape)) if shape else None

    def forward(self, x):
        return self.f(x, self.number if self.weight is None else self.weight)


class PositionEmbedding(torch.nn.Embedding):
    def forward(self, x):
        return x + super().forward(torch.arange(x.shape[1]))


JOINS = {
    "PositionEmbedding": PositionEmbedding,
    "Add": Add, "Mul": Mul, "Concat": Concat, "Select": Select,
    "MatMul": lambda: Function("matmul"),
    "Narrow": lambda dim, start, length: Function("narrow", dim, start, length),
    "Permute": lambda dims: Function("permute", *dims),
    "Expand": lambda size: Function("expand", *size),
    "Scale": lambda factor=1, shape=None: Broadcast(torch.mul, factor, shape),
    "Bias": lambda value=0, shape=None: Broadcast(torch.add, value, shape),
}


class Graph(torch.nn.Module):
    """Nodes (module, inputs): value 0 is the input, value i+1 the output of node i."""

    def __init__(self, nodes):
        super().__init__()
        self.inputs = [inputs for _, inputs in nodes]
        for i, (module, _) in enumerate(nodes):
            self.add_module(str(i), module)

    def forward(self, x):
        values = [x]
        for module, inputs in zip(self.children(), self.inputs):
            values.append(module(*[values[v] for v in inputs]))
        return values[-1]


def build(layers):
    """A list of (type, arguments), or a graph of (type, arguments, inputs)."""
    def module(t, p):
        p = {k: tuple(v) if isinstance(v, list) else v for k, v in p.items()}
        return (FIRST.get(t) or JOINS.get(t) or getattr(torch.nn, t))(**p)
    if len(layers[0]) >= 3:
        nodes = [(module(t, p), inputs) for t, p, inputs, *_ in layers]
        for (node, _), layer in zip(nodes, layers):
            for name, of in (layer[3] if len(layer) > 3 else {}).items():
                _, i, param = of.split(".", 2)
                setattr(node, name, getattr(nodes[int(i)][0], param))
        return Graph(nodes)
    return torch.nn.Sequential(*[module(t, p) for t, p in layers])


def described(layers):
    return [dict(zip(("type", "params", "inputs", "tied"), layer)) for layer in layers]


def weights(net):
    once = {k for k, _ in net.named_parameters()} | {k for k, _ in net.named_buffers()}  # what is tied has its first name only
    return {f"layers.{k}": plain(v) for k, v in net.state_dict().items() if k in once}


def spread(net):
    """Parameters and buffers away from their defaults (weights 1, biases 0, means 0)."""
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.dim() <= 1:
                p.copy_(torch.randn_like(p) * 0.5 + (1 if name.endswith("weight") else 0))
        for name, b in net.named_buffers():
            if name.endswith("running_mean"):
                b.copy_(torch.randn_like(b) * 0.3)
            if name.endswith("running_var"):
                b.copy_(torch.rand_like(b) + 0.5)


def twice(net, f):
    """f(net) in float64 and in float32."""
    return f(copy.deepcopy(net).double(), torch.float64), f(copy.deepcopy(net), torch.float32)


def case(name, layers, shape, x=None, train=True, dx=True):
    torch.manual_seed(sum(map(ord, name)) * 31 + len(name))
    net = build(layers).float()
    spread(net)
    if x is None:
        x = torch.randn(*shape)
    out = {"name": name, "layers": described(layers),
           "weights": weights(net), "x": plain(x)}
    whole = x.dtype in (torch.int64, torch.int32)

    def evaluate(m, dt):
        return m.eval()(x if whole else x.to(dt))

    out["y"] = ref(*twice(net, evaluate))
    if train:
        r = torch.randn(out["y"]["shape"])
        out["r"] = plain(r)

        def step(m, dt):
            m.train()
            xi = x.clone() if whole else x.to(dt).clone().requires_grad_(True)
            y = m(xi)
            (y * r.to(dt)).sum().backward()
            got = {"y": y}
            if dx and not whole:
                got["dx"] = xi.grad
            for k, p in m.named_parameters():
                got["layers." + k] = p.grad
            for k, b in m.named_buffers():
                if b.dtype.is_floating_point:
                    got["layers." + k] = b
            return got

        a, b = twice(net, step)
        out["train"] = {k: ref(a[k], b[k]) for k in a}
    return out


def training(name, layers, shape, classes, n, batch, epochs, make, rate=1e-3, weight=None, clip=0.0, prox=0.0, only="", data=None):
    """Epochs of an optimizer on the cross-entropy over batches in order; only says what of the results to keep. Data are tokens, and the label of each."""
    torch.manual_seed(sum(map(ord, name)))
    net = build(layers).float()
    spread(net)
    x, y = data or (torch.randn(n, *shape), torch.randint(0, classes, (n,)))
    out = {"name": name, "layers": described(layers),
           "weights": weights(net), "x": plain(x), "labels": y.flatten().tolist(),
           "batch": batch, "epochs": epochs, "rate": rate, "class_weights": weight, "clip": clip, "prox": prox}

    def train(m, dt):
        m.train()
        w = None if weight is None else torch.tensor(weight, dtype=dt)
        loss_fn = torch.nn.CrossEntropyLoss(weight=w)
        opt = make(m.parameters(), rate)
        got, losses, start = {}, [], None
        for _ in range(epochs):
            for i in range(0, n, batch):
                opt.zero_grad()
                logits = m(x[i:i + batch] if data else x[i:i + batch].to(dt))
                loss = loss_fn(logits.reshape(-1, logits.shape[-1]), y[i:i + batch].flatten())
                start = start or [p.detach().clone() for p in m.parameters()]
                (loss + prox / 2 * sum(((p - p0) ** 2).sum() for p, p0 in zip(m.parameters(), start))).backward()
                if not losses:
                    got["logits"] = logits.detach().clone()
                    for k, p in m.named_parameters():
                        got["grad.layers." + k] = p.grad.detach().clone()
                losses.append(loss.detach())
                if clip:
                    torch.nn.utils.clip_grad_norm_(m.parameters(), clip)
                opt.step()
                if len(losses) == 1:
                    for k, p in m.named_parameters():
                        got["step.layers." + k] = p.detach().clone()
        got["losses"] = torch.stack(losses)
        for k, p in m.named_parameters():
            got["final.layers." + k] = p.detach().clone()
        return got

    a, b = twice(net, train)
    out["want"] = {k: ref(a[k], b[k]) for k in a if k.startswith(only)}
    return out


def write(name, cases):
    with open(os.path.join(HERE, name + ".json"), "w") as f:
        json.dump({"torch": torch.__version__, "cases": cases}, f, indent=1)
        f.write("\n")
    print(name, len(cases), "cases")


def main():
    import cases
    torch.set_num_threads(1)
    cases.write_all(sys.argv[1:])


if __name__ == "__main__":
    main()
