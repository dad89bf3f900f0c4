"""The speed of PyPI's tokenizers, one thread, on what `kinds.py compare DIR` wrote: MB/s of UTF-8, the best of five."""
import gzip
import json
import os
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
import tokenizers  # noqa: E402

folder = sys.argv[1]
lines = json.load(gzip.open(os.path.join(folder, "want.json.gz")))["lines"]
size = sum(len(line.encode()) for line in lines)
print("tokenizers", tokenizers.__version__)
for name in sys.argv[2:] or ["wordpiece", "bpe-bytes", "bpe-llama", "unigram", "unigram-nfkc"]:
    t = tokenizers.Tokenizer.from_str(gzip.open(os.path.join(folder, name + ".json.gz")).read().decode())
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        for line in lines:
            t.encode(line)
        best = min(best, time.perf_counter() - start)
    batch = 1e9
    for _ in range(3):
        start = time.perf_counter()
        t.encode_batch_fast(lines)
        batch = min(batch, time.perf_counter() - start)
    print("%-14s %6.2f MB/s  encode_batch_fast %6.2f" % (name, size / best / 1e6, size / batch / 1e6))
