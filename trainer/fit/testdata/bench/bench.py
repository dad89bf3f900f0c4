#!/usr/bin/env python3
"""The PyTorch side of bench.sh, on the given number of threads.

Every run is a line "threads|what|who|milliseconds". A line before says what kind
of peer this is: its sgemm shows whether it is a crippled one.
"""
import math
import sys
import time

import torch
from torch.nn import AdaptiveAvgPool2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential

THREADS, RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 1, 5


def spread(scale, *shape):
    """The numbers of spread in bench_test.go."""
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    hashed = (i * 2654435761 & 0xffffffff) >> 8
    return ((hashed.float() / (1 << 24) - 0.5) * scale).reshape(shape)


def layered(*layers):
    net = Sequential(*layers)
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, (Linear, Conv2d)):
                scale = 2 / math.sqrt(layer.weight[0].numel())
                layer.weight.copy_(spread(scale, *layer.weight.shape))
                layer.bias.copy_(spread(scale, *layer.bias.shape))
    return net


def reference_head():
    return layered(Linear(512, 256), ReLU(), Dropout(0.1), Linear(256, 10))


def sgemm():
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best = min(timed(lambda: torch.mm(a, b)) for _ in range(12))
    return 2 * 1024 ** 3 / best / 1e9 / THREADS


def timed(f):
    start = time.perf_counter()
    f()
    return time.perf_counter() - start


def report(what, who, f):
    f()
    for _ in range(RUNS):
        print(f"{THREADS}|{what}|{who}|{timed(f) * 1e3:.1f}")


def epoch(model, opt, loss_fn, x, y, batch):
    for i in range(0, len(y), batch):
        opt.zero_grad()
        loss_fn(model(x[i:i + batch]), y[i:i + batch]).backward()
        opt.step()


def main():
    torch.set_num_threads(THREADS)
    built = torch.__config__.show().replace("\n", ",").split(",")
    print("PyTorch", torch.__version__, torch.backends.cpu.get_cpu_capability(),
          *[p.strip(" -").split(" (")[0] for p in built if "BLAS_INFO" in p or "MKL-DNN" in p],
          f"sgemm {sgemm():.0f} GFLOP/s a thread", sep=", ")
    x, y = spread(4, 10_000, 512), torch.arange(10_000) % 10
    for batch in (32, 256):
        for name, fused in (("Adam", False), ("fused Adam", True)):
            model = reference_head()
            opt = torch.optim.Adam(model.parameters(), lr=1e-3, fused=fused)
            report(f"epoch, batch {batch}", "PyTorch, " + name, lambda: epoch(model, opt, torch.nn.CrossEntropyLoss(), x, y, batch))
    with torch.no_grad():
        model = reference_head().eval()
        report("scoring 10,000", "PyTorch", lambda: model(x))
        cnn = layered(Conv2d(3, 32, 3, padding=1), ReLU(), Conv2d(32, 64, 3, padding=1), ReLU(), MaxPool2d(2),
                      Conv2d(64, 128, 3, padding=1), ReLU(), AdaptiveAvgPool2d(1), Flatten()).eval()
        pictures = spread(2, 1000, 3, 32, 32)
        print(f"mean output of scoring: {model(x).abs().mean():.4g}, of the pictures: {cnn(pictures).abs().mean():.4g}")
        for name, layout in (("as it comes", torch.contiguous_format), ("channels last", torch.channels_last)):
            net, data = cnn.to(memory_format=layout), pictures.to(memory_format=layout)
            report("1,000 pictures", "PyTorch, " + name, lambda: [net(data[i:i + 50]) for i in range(0, 1000, 50)])


if __name__ == "__main__":
    main()
