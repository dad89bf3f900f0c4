"""Trains a head with PyTorch, on a GPU if there is one: a training command by trainer/fit/external/CONTRACT.md.

    decloud-trainer start --fit-command "python3 fit.py"

It takes every head that a package can hold, lists of layers and graphs; needs torch and safetensors."""
import json
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

folder = pathlib.Path(sys.argv[-1])
task = json.loads((folder / "task.json").read_text())
if task["contract"] != 1:
    sys.exit(f"this program knows version 1 of the contract, not {task['contract']}")

options = task["options"]
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(task["seed"])
if options["threads"]:
    torch.set_num_threads(options["threads"])


# Nodes of graphs that torch.nn has no class for (packagefmt/FORMAT.md, Graphs), by their arguments and weights.
FUNCTIONS = {
    "Add": lambda *x: sum(x[1:], x[0]),
    "Mul": lambda x, y: x * y,
    "Div": lambda x, y: x / y,
    "MatMul": torch.matmul,
    "Concat": lambda *x, dim=0: torch.cat(x, dim),
    "Select": lambda x, dim=0, index=0: x.select(dim, index),
    "Narrow": lambda x, dim=0, start=0, length=1: x.narrow(dim, start, length),
    "Permute": lambda x, dims: x.permute(dims),
    "Expand": lambda x, size: x.expand(size),
    "Scale": lambda x, factor=1, weight=None: x * (factor if weight is None else weight),
    "Bias": lambda x, value=0, weight=None: x + (value if weight is None else weight),
    "Equal": lambda x, value=0: (x == value).to(x.dtype),
    "CausalMask": lambda x, value=torch.finfo(torch.float32).min: x.masked_fill(torch.ones_like(x, dtype=torch.bool).triu(1), value),
    "PositionEmbedding": lambda x, weight: x + weight[: x.shape[-2]],
}


class Function(nn.Module):
    """A node of a graph; a weight of a shape is a parameter."""

    def __init__(self, kind, shape=None, num_embeddings=None, embedding_dim=None, **arguments):
        super().__init__()
        self.kind, self.arguments = kind, {name: value for name, value in arguments.items() if value is not None}
        if shape := shape or num_embeddings and [num_embeddings, embedding_dim]:
            self.weight = nn.Parameter(torch.empty(shape))

    def forward(self, *x):
        return FUNCTIONS[self.kind](*x, **self.arguments, **dict(self.named_parameters()))


class Layer:
    """How a layer is called: most take their inputs as they are."""

    def __init__(self, layer):
        arguments = dict(layer["params"])
        self.causal = arguments.pop("is_causal", False)  # of no constructor
        self.module = Function(layer["type"], **arguments) if layer["type"] in FUNCTIONS else getattr(nn, layer["type"])(**arguments)

    def __call__(self, x, *more):
        module = self.module
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], device=x.device) if self.causal else None
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
            return module(x.long())
        if isinstance(module, nn.RNNBase):
            return module(x)[0]
        if isinstance(module, nn.MultiheadAttention):
            return module(x, x, x, attn_mask=mask, need_weights=False)[0]
        if isinstance(module, nn.TransformerEncoderLayer):
            return module(x, src_mask=mask)
        if isinstance(module, nn.TransformerDecoderLayer):
            return module(x, *more or [x])
        return module(x, *more)


class Head(nn.Module):
    """The layers, under the names that their weights have: layers.<i>.<param>."""

    def __init__(self, head):
        super().__init__()
        self.calls = [Layer(layer) for layer in head["layers"]]
        self.inputs = head.get("inputs") or [[i] for i in range(len(self.calls))]
        self.layers = nn.ModuleList(call.module for call in self.calls)
        for name, of in head.get("tied", {}).items():
            module, _, weight = name.rpartition(".")
            setattr(self.get_submodule(module), weight, self.get_parameter(of))

    def forward(self, x):
        values = [x]
        for call, inputs in zip(self.calls, self.inputs):
            values.append(call(*(values[i] for i in inputs)))
        return values[-1]


head = Head(task["head"])
start, own = load_file(folder / "head.safetensors"), head.state_dict()
for name, of in task["head"].get("tied", {}).items():
    start[name] = start[of]
head.load_state_dict({name: t.to(own[name].dtype) for name, t in start.items()})
head.to(device)
samples = load_file(folder / "samples.safetensors")
x, y = samples["features"].to(device), samples["labels"].to(device)
before = [p.detach().clone() for p in head.parameters()]

kinds = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "SGD": torch.optim.SGD}
extra = {"momentum": options["momentum"], "nesterov": options["nesterov"]} if options["optimizer"] == "SGD" else {}
optimizer = kinds[options["optimizer"]](head.parameters(), lr=options["learning_rate"], weight_decay=options["weight_decay"], **extra)
weights = torch.tensor(options["class_weights"], device=device) if options["class_weights"] else None
criterion = nn.CrossEntropyLoss(weight=weights)
for epoch in range(options["epochs"]):
    head.train()
    order, loss_sum, right, seen = torch.randperm(len(x)).to(device), 0.0, 0, 0
    for k, batch in enumerate(order.split(options["batch_size"])):
        if options["max_batches"] and k >= options["max_batches"]:
            break
        if len(batch) == 1 and seen:
            continue  # BatchNorm cannot learn from one sample
        optimizer.zero_grad()
        out = head(x[batch])
        loss = criterion(out, y[batch])
        if options["prox"]:
            loss = loss + options["prox"] / 2 * sum(((p - q) ** 2).sum() for p, q in zip(head.parameters(), before))
        loss.backward()
        if options["clip_norm"]:
            nn.utils.clip_grad_norm_(head.parameters(), options["clip_norm"])
        optimizer.step()
        loss_sum, right, seen = loss_sum + loss.item() * len(batch), right + (out.argmax(1) == y[batch]).sum().item(), seen + len(batch)
    print(json.dumps({"epoch": epoch + 1, "epochs": options["epochs"], "loss": loss_sum / seen, "accuracy": right / seen}), flush=True)

left = {name: t.detach().cpu().contiguous() for name, t in head.state_dict().items() if name not in task["head"].get("tied", {})}
save_file(left, folder / "trained.safetensors")
print(f"trained on {device}", file=sys.stderr)
