"""Writes ../heads.zip: small models with attention and recurrent layers as PyTorch's two exporters write them, with the
gradients that PyTorch computes for them in float64, and how far its float32 strays from those.

A case has model.onnx and case.json: samples, labels, the cross-entropy's gradient of every parameter behind the part that
is to be the encoder ("from"). Usage: python make.py, in an environment of ../whole/requirements.txt.
"""
import base64
import copy
import io
import json
import os
import pathlib
import sys
import warnings
import zipfile

import numpy as np
import onnx
import torch
from torch import nn

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent


class Logits(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


class Encoder(nn.Module):
    """Token ids, an embedding, layers of PyTorch's own encoder, the mean of the tokens."""

    def __init__(self, **kw):
        super().__init__()
        self.embed = nn.Embedding(30, 12)
        layer = nn.TransformerEncoderLayer(12, 3, 20, **{**dict(batch_first=True), **kw})
        self.layers = nn.TransformerEncoder(layer, 2, nn.LayerNorm(12), enable_nested_tensor=False)
        self.fc, self.batch_first = nn.Linear(12, 4), layer.self_attn.batch_first

    def forward(self, x):
        x = self.embed(x)
        if not self.batch_first:
            return self.fc(self.layers(x.transpose(0, 1)).mean(0))
        return self.fc(self.layers(x).mean(1))


class Recurrent(nn.Module):
    """Token ids, an embedding, a recurrent layer, and its last output or its last states."""

    def __init__(self, kind, states=False, **kw):
        super().__init__()
        self.embed, self.rnn, self.states = nn.Embedding(30, 6), kind(6, 5, **{**dict(batch_first=True), **kw}), states
        self.fc = nn.Linear(10 if kw.get("bidirectional") else 5, 4)

    def forward(self, x):
        x = self.embed(x)
        if not self.rnn.batch_first:
            x = x.transpose(0, 1)
        y, h = self.rnn(x)
        if self.states:
            h = h[0] if isinstance(h, tuple) else h
            return self.fc(torch.cat([h[-2], h[-1]], 1) if self.rnn.bidirectional else h[-1])
        return self.fc(y[:, -1] if self.rnn.batch_first else y[-1])


class Tied(nn.Module):
    """One Linear in two places."""

    def __init__(self):
        super().__init__()
        self.embed, self.block, self.fc = nn.Embedding(30, 8), nn.Linear(8, 8), nn.Linear(8, 4)

    def forward(self, x):
        x = self.embed(x)
        return self.fc(torch.relu(self.block(torch.tanh(self.block(x)))).mean(1))


def models():
    """Name, model, the shape of a sample (of token ids if it has one dimension), where the head must begin at the latest."""
    import timm
    import torchvision.models as tv
    import transformers as hf

    small = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, vocab_size=30, num_labels=4,
                 max_position_embeddings=10, attn_implementation="eager")
    yield "vit", tv.VisionTransformer(8, 4, 2, 3, 12, 20, num_classes=4), (3, 8, 8), "encoder.layers"
    yield "timm_vit", timm.models.vision_transformer.VisionTransformer(
        img_size=8, patch_size=4, embed_dim=12, depth=2, num_heads=3, mlp_ratio=2, num_classes=4), (3, 8, 8), "blocks"
    yield "bert", Logits(hf.BertForSequenceClassification(hf.BertConfig(**small))), (7,), "model.bert.encoder"
    yield "distilbert", Logits(hf.DistilBertForSequenceClassification(hf.DistilBertConfig(
        dim=12, n_layers=2, n_heads=3, hidden_dim=20, vocab_size=30, num_labels=4, max_position_embeddings=10, attn_implementation="sdpa"))), (7,), "model.distilbert.transformer"
    yield "encoder", Encoder(), (7,), "layers"
    yield "encoder_first", Encoder(norm_first=True, activation="gelu", batch_first=False), (7,), "layers"
    yield "tied", Tied(), (5,), "block"
    for kind in (nn.LSTM, nn.GRU, nn.RNN):
        yield kind.__name__.lower(), Recurrent(kind), (6,), "rnn"
        yield kind.__name__.lower() + "_both", Recurrent(kind, True, bidirectional=True, num_layers=2), (6,), "rnn"
    yield "rnn_relu", Recurrent(nn.RNN, nonlinearity="relu", batch_first=False), (6,), "rnn"
    yield "lstm_states", Recurrent(nn.LSTM, True, bias=False), (6,), "rnn"


DYNAMO = {"vit", "timm_vit", "bert", "encoder", "encoder_first", "tied"}


def spread(model):
    """No parameter is left at ones or zeros, or is a copy of another, as in a new TransformerEncoder."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.add_(torch.randn_like(p) * 0.02)
            if p.dim() <= 1 or not p.any():
                p.copy_(torch.randn_like(p) * 0.2 + (1 if "norm" in name.lower() and name.endswith("weight") else 0))


def export(model, x, how):
    out = io.BytesIO()
    if how == "dynamo":
        dim = torch.export.Dim("batch", min=1, max=1024)
        program = torch.onnx.export(model, (x,), dynamo=True, optimize=True, dynamic_shapes=({0: dim},))
        program.save("/tmp/heads.onnx")
        m = onnx.load("/tmp/heads.onnx")
    else:
        torch.onnx.export(model, (x,), out, input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, dynamo=False)
        m = onnx.load_from_string(out.getvalue())
    for node in [n for f in m.functions for n in f.node] + list(m.graph.node):
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    for keep in (m.metadata_props, m.graph.value_info):
        del keep[:]
    return m.SerializeToString()


def b64(t, dtype):
    return base64.b64encode(np.ascontiguousarray(t.detach().numpy().astype(dtype)).tobytes()).decode()


def gradients(model, x, labels):
    model.zero_grad()
    loss = nn.functional.cross_entropy(model(x), labels)
    loss.backward()
    return {k: p.grad.double() for k, p in model.named_parameters() if p.grad is not None}


def case(name, model, shape, start):
    n = 5
    whole = len(shape) == 1
    x = torch.randint(1, 30, (n, *shape)) if whole else torch.randn(n, *shape)
    labels = torch.arange(n) % 4
    spread(model)
    model.eval()
    double = copy.deepcopy(model).double()
    want = gradients(double, x if whole else x.double(), labels)
    got = gradients(model, x, labels)
    names = [k for k, _ in model.named_parameters()]
    first = next(i for i, k in enumerate(names) if k.startswith(start))
    params = [{"name": k, "shape": list(p.shape), "head": i >= first, "w": b64(p, "<f4"), "g": b64(want[k], "<f8"),
               "strayed": float((want[k] - got[k]).abs().max()), "top": float(want[k].abs().max())}
              for i, (k, p) in enumerate(model.named_parameters()) if k in want]
    return x, {"shape": list(x.shape), "x": b64(x, "<f4"), "labels": labels.tolist(), "params": params}


def main():
    torch.manual_seed(3)
    torch.backends.mha.set_fastpath_enabled(False)
    path = here.parent / "heads.zip"
    with zipfile.ZipFile(f"{path}.tmp", "w") as z:
        for name, model, shape, start in models():
            x, described = case(name, model, shape, start)
            for how in ["legacy"] + (["dynamo"] if name in DYNAMO else []):
                with torch.no_grad():
                    exported = export(model, x[:2], how)
                for file, data in ("model.onnx", exported), ("case.json", json.dumps(described)):
                    z.writestr(zipfile.ZipInfo(f"{name}.{how}/{file}", (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
                print(name, how, len(exported), len(described["params"]), flush=True)
    os.replace(f"{path}.tmp", path)


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    main()
