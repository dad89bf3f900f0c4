#!/usr/bin/env python3
"""Writes language_model.pt, the state_dict of a GPT as PyTorch's users write one, and language_model.safetensors, tokens and
what it makes of them in float64; labels, of which every third is ignored (-100), and the cross-entropy.

    python languagemodel.py
"""
import os

import torch
from safetensors.torch import save_file
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class GPT(nn.Module):
    def __init__(self, vocabulary=31, context=20, width=8, heads=2, blocks=2):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True) for _ in range(blocks))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, tokens):
        time = tokens.shape[1]
        x = self.tok(tokens) + self.pos(torch.arange(time))
        mask = torch.full((time, time), float("-inf"), dtype=x.dtype).triu(1)
        for block in self.blocks:
            x = block(x, src_mask=mask)
        return self.head(self.norm(x))


if __name__ == "__main__":
    torch.manual_seed(4)
    model = GPT()
    torch.save(model.state_dict(), os.path.join(HERE, "language_model.pt"))
    tokens = torch.randint(0, 31, (3, 17))
    logits = model.double()(tokens).detach()
    labels = torch.cat([tokens[:, 1:], torch.full((3, 1), -100)], 1)
    labels[:, ::3] = -100
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())  # ignores -100, the mean over the rest
    save_file({"tokens": tokens.float(), "logits": logits, "labels": labels.float(), "loss": loss.reshape(1)}, os.path.join(HERE, "language_model.safetensors"))
