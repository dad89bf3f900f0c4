"""Trains the small model of the language tests: tokenizer.json (WordPiece, 1,800 tokens) and languages.pt (an Embedding, the mean over the
tokens, and two Linear layers), on the first 150 sentences of dataset/testdata/languages/train.csv.gz, so that trainers have something to
improve. It needs PyTorch (written with 1.13) and tokenizers 0.23.3:

    python train.py
"""
import csv
import gzip
import os

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "../../../dataset/testdata/languages")
LENGTH, TOKENS, BASE = 64, 1800, 150
CLASSES = "dutch english french german italian polish portuguese spanish swedish turkish".split()


def read(name):
    with gzip.open(os.path.join(DATA, name), "rt", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    return [r["text"] for r in rows], torch.tensor([CLASSES.index(r["label"]) for r in rows])


def tokenizer(texts):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=False)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    t.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=TOKENS, special_tokens=special, show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.save(os.path.join(HERE, "tokenizer.json"))
    t.enable_truncation(LENGTH)
    t.enable_padding(length=LENGTH, pad_id=0, pad_token="[PAD]")
    return t


def main():
    torch.manual_seed(7)
    texts, labels = read("train.csv.gz")
    t = tokenizer(texts)
    ids = lambda part: torch.tensor([e.ids for e in t.encode_batch(part)])
    x, y = ids(texts[:BASE]), labels[:BASE]
    model = nn.Sequential(
        nn.Embedding(TOKENS, 32, padding_idx=0), nn.Unflatten(1, (1, LENGTH)), nn.AvgPool2d((LENGTH, 1)), nn.Flatten(),
        nn.Linear(32, 256), nn.ReLU(), nn.Linear(256, len(CLASSES)))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    model.eval()
    test, want = read("test.csv.gz")
    with torch.no_grad():
        print("right: %d of %d" % ((model(ids(test)).argmax(1) == want).sum(), len(want)))
    torch.save(model, os.path.join(HERE, "languages.pt"))


if __name__ == "__main__":
    main()
