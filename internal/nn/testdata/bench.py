#!/usr/bin/env python3
"""The PyTorch side of BenchmarkEpoch: one epoch of the reference head.

    OPENBLAS_NUM_THREADS=1 python bench.py 1      # 1 thread
    OPENBLAS_NUM_THREADS=2 python bench.py 2

Prints the median of 5 epochs in wall-clock and in processor time for batches of
32 and 256, and what kind of peer this is: under 150 GFLOP/s of sgemm a thread
(AVX-512; 80 for AVX2) it is crippled and the comparison void.
"""
import os
import statistics
import sys
import time

import torch


def sgemm(threads):
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best = 1e9
    for _ in range(12):
        t = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - t)
    return 2 * 1024 ** 3 / best / 1e9 / threads


def epoch(model, opt, loss_fn, x, y, batch):
    for i in range(0, len(y), batch):
        opt.zero_grad()
        loss_fn(model(x[i:i + batch]), y[i:i + batch]).backward()
        opt.step()


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    torch.set_num_threads(threads)
    print("torch", torch.__version__, "| cpu", torch.backends.cpu.get_cpu_capability(),
          "| threads", threads, "| OPENBLAS_CORETYPE", os.environ.get("OPENBLAS_CORETYPE"))
    print(*[p.strip() for p in torch.__config__.show().replace("\n", ",").split(",") if "BLAS_INFO" in p or "MKL-DNN" in p], sep=" | ")
    print(f"sgemm {sgemm(threads):.0f} GFLOP/s a thread")
    torch.manual_seed(1)
    x, y = torch.randn(10_000, 512), torch.randint(0, 10, (10_000,))
    for batch in (32, 256):
        model = torch.nn.Sequential(torch.nn.Linear(512, 256), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(256, 10))
        for name, make in (("Adam", lambda: torch.optim.Adam(model.parameters(), lr=1e-3)),
                           ("Adam fused", lambda: torch.optim.Adam(model.parameters(), lr=1e-3, fused=True))):
            opt, loss_fn = make(), torch.nn.CrossEntropyLoss()
            epoch(model, opt, loss_fn, x, y, batch)
            wall, cpu = [], []
            for _ in range(5):
                w, c = time.perf_counter(), time.process_time()
                epoch(model, opt, loss_fn, x, y, batch)
                wall.append(time.perf_counter() - w)
                cpu.append(time.process_time() - c)
            print(f"batch {batch:3} {name:10} wall {statistics.median(wall) * 1e3:6.1f} ms (best {min(wall) * 1e3:.1f}), "
                  f"processor {statistics.median(cpu) * 1e3:6.1f} ms, {10_000 / statistics.median(wall):.0f} samples/s")
    model.eval()
    with torch.no_grad():
        report("scoring 10,000", 10_000, lambda: model(x))
        cnn = torch.nn.Sequential(
            torch.nn.Conv2d(3, 32, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv2d(32, 64, 3, padding=1), torch.nn.ReLU(),
            torch.nn.MaxPool2d(2), torch.nn.Conv2d(64, 128, 3, padding=1), torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()).eval()
        pictures = torch.rand(1000, 3, 32, 32)
        for name, layout in (("", torch.contiguous_format), (", channels last", torch.channels_last)):
            net, data = cnn.to(memory_format=layout), pictures.to(memory_format=layout)
            report("1,000 pictures" + name, 1000, lambda: [net(data[i:i + 50]) for i in range(0, 1000, 50)])


def report(what, count, f):
    f()
    wall, cpu = [], []
    for _ in range(5):
        w, c = time.perf_counter(), time.process_time()
        f()
        wall.append(time.perf_counter() - w)
        cpu.append(time.process_time() - c)
    print(f"{what:31} wall {statistics.median(wall) * 1e3:6.1f} ms (best {min(wall) * 1e3:.1f}), "
          f"processor {statistics.median(cpu) * 1e3:6.1f} ms, {count / statistics.median(wall):.0f} samples/s")


if __name__ == "__main__":
    main()
