"""Runs a command and prints the peak of the memory that it and its children have at one
time (sum of their Pss, sampled ten times a second), and the wall time.

    python peak.py COMMAND…
"""
import os
import subprocess
import sys
import time


def children():
    of = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                of.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(pid))
        except OSError:
            pass  # has ended
    return of


def total(root):
    of, todo, kb = children(), [root], 0
    while todo:
        pid = todo.pop()
        todo += of.get(pid, [])
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                kb += sum(int(line.split()[1]) for line in f if line.startswith("Pss:"))
        except OSError:
            pass
    return kb


start, peak = time.time(), 0
p = subprocess.Popen(sys.argv[1:])
while p.poll() is None:
    peak = max(peak, total(p.pid))
    time.sleep(0.1)
print(f"peak {peak / 1e6:.2f} GB, {time.time() - start:.1f} s, exit status {p.returncode}")
sys.exit(p.returncode)
