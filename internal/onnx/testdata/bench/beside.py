"""Our encoders and heads beside onnxruntime's and PyTorch's, in one run, as Markdown tables.

    python beside.py OURS FOLDER [ROUNDS [CASE ...]]        OURS: the program made of ours/; FOLDER: where the models are

For each case, 1 and 2 threads and each batch, all are started, each as a process of its own. They take turns, ROUNDS times
(default 5), a second or at least one run each; those that do not run wait. The tables have medians of all runs, with the
fastest in brackets, and the most memory that each process has held (VmHWM). All must compute the same to 1e-3: so each has
the same weights. The heads are held to AVX2 on both sides.

Where it may (as root, on Linux), it runs with a real-time priority (SCHED_RR), so that other programs of the machine do
not disturb the figures. (Not SCHED_FIFO: threads that wait for each other without sleeping could keep all processors.)
"""
import os
import pathlib
import select
import statistics
import subprocess
import sys

MODELS = ("resnet18", "mobilenet_v3_small", "minilm", "vit_tiny", "lstm")
HEADS = {"scoring": 10_000, "epoch": 256}
AVX2 = {"DECLOUD_KERNEL": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
SECONDS, LIMIT = 1, 120


class Peer:
    """One side of a case, as a process that waits for its turns."""

    def __init__(self, who, command, case, threads, batch, folder):
        self.who, self.times = who, []
        env = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
        env |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)} | (AVX2 if case in HEADS else {})
        self.process = subprocess.Popen([*command, case, str(threads), str(batch), folder], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.name, mean = self.line().split("|")
        self.mean = float(mean)

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            sys.exit(f"{self.who} ended: {self.process.wait()}")
        return line

    def turn(self):
        self.process.stdin.write(f"{SECONDS}\n")
        self.process.stdin.flush()
        self.times += map(float, self.line().split())

    def end(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        self.peak = next(int(s.split()[1]) for s in status if s.startswith("VmHWM")) / 1024
        self.process.stdin.close()
        self.process.wait()
        self.ms = statistics.median(self.times)

    def cell(self):
        return f"{self.ms:.{2 if self.ms < 10 else 1 if self.ms < 100 else 0}f} ({min(self.times):.{1 if self.ms > 10 else 2}f})"


def compare(programs, case, threads, batch, folder, rounds, names):
    peers = []
    try:
        for who, command in programs.items():
            peers.append(Peer(who, command, case, threads, batch, folder))
        names.update(p.name for p in peers)
        for p in peers:
            if abs(p.mean - peers[0].mean) > 1e-3 * abs(peers[0].mean):
                sys.exit(f"{case}: {p.who} computes {p.mean}, ours {peers[0].mean}")
        for _ in range(rounds):
            for p in peers:
                p.turn()
        for p in peers:
            p.end()
    finally:
        for p in peers:
            p.process.kill()
    return {p.who: p for p in peers}


def row(case, threads, batch, got):
    cells, ours = [case, threads, batch], got["ours"]
    for who in ("ours", "onnxruntime", "torch"):
        cells.append(got[who].cell() if who in got else "—")
    for who in ("onnxruntime", "torch"):
        cells.append(f"{got[who].ms / ours.ms:.2f}" if who in got else "—")
    for who in ("ours", "onnxruntime", "torch"):
        cells.append(f"{got[who].peak:.0f}" if who in got else "—")
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def main(ours, folder, rounds=5, *cases):
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(50))
        print("Real-time priority.")
    except (AttributeError, PermissionError):
        print("No real-time priority: other programs of the machine disturb these figures.")
    peer = pathlib.Path(__file__).with_name("peer.py")
    programs = {"ours": [ours]} | {w: [sys.executable, str(peer), w] for w in ("onnxruntime", "torch")}
    names = set()
    print("| case | threads | batch | ours, ms | onnxruntime, ms | PyTorch, ms | times onnxruntime's speed | times PyTorch's | ours, MB | onnxruntime, MB | PyTorch, MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for case in cases or (*MODELS, *HEADS):
        among = {w: c for w, c in programs.items() if case in MODELS or w != "onnxruntime"}
        for threads in (1, 2):
            for batch in (1, 32) if case in MODELS else (HEADS[case],):
                row(case, threads, batch, compare(among, case, threads, batch, folder, int(rounds), names))
    print("\n" + "; ".join(sorted(names)))


if __name__ == "__main__":
    main(*sys.argv[1:])
