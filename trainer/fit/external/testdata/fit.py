"""Trains a head with PyTorch, on a GPU if there is one: a training command by trainer/fit/external/CONTRACT.md.

    decloud-trainer start --fit-command "python3 fit.py"

It takes heads that are a list of layers of torch.nn; needs torch and safetensors."""
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
if "inputs" in task["head"] or "tied" in task["head"]:
    sys.exit("this program trains lists of layers, and the head is a graph")

options = task["options"]
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(task["seed"])
if options["threads"]:
    torch.set_num_threads(options["threads"])


class Head(nn.Module):
    """The layers, under the names that their weights have: layers.<i>.<param>."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(getattr(nn, layer["type"])(**layer["params"]) for layer in task["head"]["layers"])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


head = Head()
start, own = load_file(folder / "head.safetensors"), head.state_dict()
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

save_file({name: t.detach().cpu().contiguous() for name, t in head.state_dict().items()}, folder / "trained.safetensors")
print(f"trained on {device}", file=sys.stderr)
