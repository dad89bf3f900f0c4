"""Loads an adapter with PEFT, as a user would: python check.py DIR

DIR holds model.json (layers, tied), model.safetensors, x.safetensors and adapter/; written are y.safetensors, what the model
computes with the adapter, and merged.safetensors, its weights after PEFT has merged it.
"""
import json
import os
import sys

import peft
import torch
from safetensors.torch import load_file, save_file

import models

DIR = sys.argv[1]
path = lambda name: os.path.join(DIR, name)  # noqa: E731
described = json.load(open(path("model.json")))
base = models.load(path("model.safetensors"), described["layers"], described["tied"]).eval()
x = load_file(path("x.safetensors"))["x"]
if described["layers"][0]["type"] == "Embedding":
    x = x.long()
model = peft.PeftModel.from_pretrained(base, path("adapter")).eval()
with torch.no_grad():
    save_file({"y": model(x).contiguous()}, path("y.safetensors"))
left = [n for n, p in model.named_parameters() if "lora_" in n]
assert len(left) == len(load_file(path("adapter/adapter_model.safetensors"))), left
if not described["tied"]:
    save_file({k: v.contiguous() for k, v in models.engine_weights(model.merge_and_unload()).items()}, path("merged.safetensors"))
