#!/usr/bin/env python3
"""Writes what PEFT computes, for the tests of internal/nn and of this package.

    python fixtures.py       # needs torch and peft: .ci/peft-requirements.txt

Each case is a model with adapters that is trained for some steps, in float64 and in float32.
Stored are the float64 results and how far float32 strayed from them, as in
internal/nn/testdata/gen.py.
"""
import copy
import json
import os
import shutil
import sys

import peft
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
NN = os.path.join(HERE, "../../../internal/nn/testdata")
sys.path.insert(0, NN)
from gen import plain, ref, spread  # noqa: E402

import models  # noqa: E402

ROWS = {"q_proj": 0, "k_proj": 1, "v_proj": 2}


def linear(i, o, **kw):
    return ("Linear", dict(in_features=i, out_features=o, **kw))


GPT = [
    ("Embedding", dict(num_embeddings=23, embedding_dim=12)),
    ("PositionEmbedding", dict(num_embeddings=40, embedding_dim=12)),
    *[("TransformerEncoderLayer", dict(d_model=12, nhead=3, dim_feedforward=20, dropout=0.0, activation="gelu", norm_first=True, batch_first=True, is_causal=True))] * 2,
    ("LayerNorm", dict(normalized_shape=12)),
    linear(12, 23, bias=False),
]
TIED = {"layers.5.weight": "layers.0.weight"}
CNN = [("Conv2d", dict(in_channels=2, out_channels=6, kernel_size=3, stride=2, padding=1)), ("ReLU", {}),
       ("Conv2d", dict(in_channels=6, out_channels=5, kernel_size=[2, 3])), ("BatchNorm2d", dict(num_features=5)), ("ReLU", {}), ("Flatten", {}), linear(45, 4)]
MLP = [linear(9, 17), ("ReLU", {}), linear(17, 4)]
WORDS = [("Embedding", dict(num_embeddings=11, embedding_dim=6, padding_idx=3)), ("Flatten", {}), linear(30, 4)]


def place(path, model):
    """The engine's name of what PEFT calls path: layer, weight, outputs from and to."""
    layer, _, rest = path.partition(".")
    head, _, last = ("." + rest).rpartition(".")
    if last in ROWS:
        width = model.get_submodule(path).out_features
        return dict(layer=int(layer), weight=(head + ".in_proj_weight").lstrip("."), lo=ROWS[last] * width, hi=(ROWS[last] + 1) * width)
    return dict(layer=int(layer), weight=(rest + ".weight").lstrip("."), lo=0, hi=0)


def adapters(model, base):
    """What PEFT put beside the layers, in the order of the modules."""
    found = []
    for name, module in model.base_model.model.named_modules():
        if not isinstance(module, peft.tuners.lora.LoraLayer):
            continue
        if "default" in module.lora_A:
            a, b = module.lora_A["default"].weight, module.lora_B["default"].weight
        else:
            a, b = module.lora_embedding_A["default"], module.lora_embedding_B["default"]
        found.append(dict(place(name, base), path=name, rank=module.r["default"], scale=module.scaling["default"], parameters=(a, b)))
    return found


def tensors(model, base, f):
    return {f"{j}.{part}": f(p) for j, a in enumerate(adapters(model, base)) for part, p in zip("AB", a["parameters"])}


def case(name, layers, x, labels, batch, epochs, make, config, rate=1e-2, tied=None, save=False):
    torch.manual_seed(sum(map(ord, name)))
    base = models.Stack(layers, tied).float()
    spread(base)
    model = peft.get_peft_model(copy.deepcopy(base), peft.LoraConfig(**config))
    y = torch.tensor(labels)
    whole = x.dtype == torch.int64
    out = {"name": name, "layers": [{"type": t, "params": p} for t, p in layers], "tied": tied,
           "weights": {k: plain(v) for k, v in models.engine_weights(base).items()},
           "x": plain(x), "labels": y.flatten().tolist(), "batch": batch, "epochs": epochs, "rate": rate,
           "adapters": [{**{k: v for k, v in a.items() if k != "parameters"}, "a": plain(a["parameters"][0]), "b": plain(a["parameters"][1])}
                        for a in adapters(model, base)]}

    def train(m, dt):
        m.eval()  # the base's dropouts and BatchNorms stay what they are; these adapters have no dropout
        opt = make([p for p in m.parameters() if p.requires_grad], rate)
        got, losses = {}, []
        for _ in range(epochs):
            for i in range(0, len(x), batch):
                opt.zero_grad()
                logits = m(x[i:i + batch] if whole else x[i:i + batch].to(dt))
                loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), y[i:i + batch].flatten())
                loss.backward()
                if not losses:
                    got["logits"] = logits.detach().clone()
                    got.update({"grad." + k: v for k, v in tensors(m, base, lambda p: p.grad.detach().clone()).items()})
                losses.append(loss.detach())
                opt.step()
                if len(losses) == 1:
                    got.update({"step." + k: v for k, v in tensors(m, base, lambda p: p.detach().clone()).items()})
        got["losses"] = torch.stack(losses)
        got.update({"final." + k: v for k, v in tensors(m, base, lambda p: p.detach().clone()).items()})
        got["answers"] = m(x if whole else x.to(dt)).detach()
        return got, m

    (a, m64), (b, m32) = train(copy.deepcopy(model).double(), torch.float64), train(model, torch.float32)
    if save:
        where = os.path.join(HERE, save)
        shutil.rmtree(where, ignore_errors=True)
        m32.save_pretrained(where)
        for f in os.listdir(where):
            if not f.startswith("adapter_"):
                os.remove(os.path.join(where, f))
    if not tied:  # PEFT merges into the one weight that both have
        merged64, merged32 = models.engine_weights(m64.merge_and_unload()), models.engine_weights(m32.merge_and_unload())
        a.update({"merged." + k: v for k, v in merged64.items()})
        b.update({"merged." + k: v for k, v in merged32.items()})
    out["want"] = {k: ref(a[k], b[k]) for k in a}
    return out


def random_labels(n, classes):
    return [i * 7919 % classes for i in range(n)]


def text(n, time, vocabulary, ignore=False):
    torch.manual_seed(5)
    x = torch.randint(0, vocabulary, (n, time))
    y = torch.roll(x, -1, 1)
    y[:, -1] = -100
    if ignore:
        y[:, : time // 3] = -100
    return x, y.tolist()


def main():
    adam = lambda p, rate: torch.optim.Adam(p, lr=rate)
    adamw = lambda p, rate: torch.optim.AdamW(p, lr=rate, weight_decay=0.1)
    sgd = lambda p, rate: torch.optim.SGD(p, lr=rate)
    warm = dict(init_lora_weights=False)
    torch.manual_seed(1)
    flat, pictures, words = torch.randn(40, 9), torch.randn(12, 2, 7, 9), torch.randint(0, 11, (24, 5))
    x, y = text(6, 37, 23)
    xi, yi = text(6, 19, 23, ignore=True)
    all_of = ["q_proj", "k_proj", "v_proj", "out_proj", "linear1", "linear2"]
    cases = [
        case("linear", MLP, flat, random_labels(40, 4), 8, 4, adam, dict(r=4, lora_alpha=8, target_modules=["0", "2"], **warm)),
        case("linear fresh", MLP, flat, random_labels(40, 4), 8, 4, adam, dict(r=3, lora_alpha=16, target_modules=["0"]), save="linear"),
        case("linear sgd", MLP, flat, random_labels(40, 4), 40, 3, sgd, dict(r=2, lora_alpha=1, use_rslora=True, target_modules=["2"], **warm)),
        case("convolutions", CNN, pictures, random_labels(12, 4), 4, 4, adam, dict(r=3, lora_alpha=6, target_modules=["0", "2", "6"], **warm), save="convolutions"),
        case("embedding", WORDS, words, random_labels(24, 4), 6, 5, adam, dict(r=2, lora_alpha=5, target_modules=["0"], **warm), save="embedding"),
        case("gpt q and v", GPT, x, y, 2, 3, adam, dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], **warm), tied=TIED),
        case("gpt last block", GPT, xi, yi, 3, 6, adamw, dict(r=2, lora_alpha=4, target_modules=["3.self_attn.out_proj", "3.linear2"]), tied=TIED),
        case("gpt everything", GPT, xi, yi, 3, 4, adam,
             dict(r=4, lora_alpha=8, target_modules=["0", "5"] + all_of, use_rslora=True, rank_pattern={"linear1": 2}, alpha_pattern={"2.self_attn.k_proj": 3}, **warm), rate=3e-3, tied=TIED, save="gpt"),
        case("gpt not tied", GPT, xi, yi, 3, 3, adam, dict(r=4, lora_alpha=8, target_modules=["0", "5"] + all_of, **warm)),
    ]
    with open(os.path.join(NN, "lora.json"), "w") as f:
        json.dump({"torch": torch.__version__, "peft": peft.__version__, "cases": cases}, f, separators=(",", ":"))


if __name__ == "__main__":
    main()
