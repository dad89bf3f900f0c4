"""The engine's networks as PyTorch modules whose parts have the names that adapters use.

A network is a Stack: its layer i is the module named i. torch.nn's attention keeps queries,
keys and values in one weight, which PEFT cannot adapt apart; here they are q_proj, k_proj and
v_proj, and an adapter written by package lora loads as it is:

    model = models.load("head.safetensors", layers)       # layers: those of config.json
    model = peft.PeftModel.from_pretrained(model, "adapter")
"""
import math

import torch
from torch import nn


class SelfAttention(nn.Module):
    """torch.nn.MultiheadAttention(x, x, x), batch first, with its projections apart."""

    def __init__(self, embed_dim, num_heads, bias=True, is_causal=False, dropout=0.0):
        super().__init__()
        self.heads, self.causal, self.p = num_heads, is_causal, dropout
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            setattr(self, name, nn.Linear(embed_dim, embed_dim, bias=bias))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = (p(x).view(n, t, self.heads, -1).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        scores = q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)
        if self.causal:
            scores = scores.masked_fill(torch.ones(t, t, dtype=torch.bool).triu(1), float("-inf"))
        weights = nn.functional.dropout(scores.softmax(-1), self.p, self.training)
        return self.out_proj((weights @ v).transpose(1, 2).reshape(n, t, d))


class EncoderLayer(nn.Module):
    """torch.nn.TransformerEncoderLayer."""

    def __init__(self, d_model, nhead, dim_feedforward=2048, dropout=0.1, activation="relu", layer_norm_eps=1e-5,
                 norm_first=False, is_causal=False, batch_first=True):
        super().__init__()
        self.self_attn = SelfAttention(d_model, nhead, is_causal=is_causal, dropout=dropout)
        self.linear1, self.linear2 = nn.Linear(d_model, dim_feedforward), nn.Linear(dim_feedforward, d_model)
        self.norm1, self.norm2 = nn.LayerNorm(d_model, layer_norm_eps), nn.LayerNorm(d_model, layer_norm_eps)
        self.activation = {"relu": nn.functional.relu, "gelu": nn.functional.gelu}[activation]
        self.dropout, self.first = nn.Dropout(dropout), norm_first

    def feed(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def forward(self, x):
        if self.first:
            x = x + self.dropout(self.self_attn(self.norm1(x)))
            return x + self.dropout(self.feed(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.self_attn(x)))
        return self.norm2(x + self.dropout(self.feed(x)))


class Positions(nn.Module):
    """A learned vector for every place in a sequence."""

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_embeddings, embedding_dim))

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


OURS = {"TransformerEncoderLayer": EncoderLayer, "MultiheadAttention": SelfAttention, "PositionEmbedding": Positions}


class Stack(nn.Module):
    """Layers (type, arguments) in order; tied names weights that are those of earlier layers."""

    def __init__(self, layers, tied=None):
        super().__init__()
        for i, (kind, arguments) in enumerate(layers):
            self.add_module(str(i), (OURS.get(kind) or getattr(nn, kind))(**arguments))
        for name, of in (tied or {}).items():
            _, i, parameter = name.split(".", 2)
            _, j, other = of.split(".", 2)
            setattr(self.get_submodule(i), parameter, self.get_submodule(j).get_parameter(other))

    def forward(self, x):
        for module in self.children():
            x = module(x)
        return x


def engine_weights(model):
    """The weights under the engine's names: layers.<i>.<parameter>, attention's in one."""
    out, once = {}, {name for name, _ in model.named_parameters()}
    once |= {name for name, _ in model.named_buffers()}
    for name, value in model.state_dict().items():
        if name not in once:
            continue  # tied
        if ".k_proj." in "." + name or ".v_proj." in "." + name:
            continue
        if ".q_proj." in "." + name:
            parts = [model.state_dict()[name.replace("q_proj", p)] for p in ("q_proj", "k_proj", "v_proj")]
            name, value = name.replace("q_proj.", "in_proj_"), torch.cat(parts)
        out["layers." + name] = value
    return out


def load_weights(model, weights):
    """The reverse of engine_weights."""
    state = {}
    for name, value in weights.items():
        name = name[len("layers."):]
        if "in_proj_" in name:
            for part, chunk in zip(("q_proj.", "k_proj.", "v_proj."), value.chunk(3)):
                state[name.replace("in_proj_", part)] = chunk
        else:
            state[name] = value
    missing, unexpected = model.load_state_dict(state, strict=False)
    tied = {name for name in model.state_dict()} - {name for name, _ in model.named_parameters()} - {name for name, _ in model.named_buffers()}
    assert not unexpected and set(missing) <= tied, (missing, unexpected)
    return model


def load(file, layers, tied=None):
    """The model of a package's head.safetensors and its layers [{"type", "params"}]."""
    from safetensors.torch import load_file
    return load_weights(Stack([(layer["type"], layer["params"]) for layer in layers], tied), load_file(file))
