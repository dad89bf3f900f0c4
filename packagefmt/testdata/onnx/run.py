"""Runs a package's encoder in onnxruntime. Usage: python run.py encoder.onnx; float32 samples on standard input, the
embeddings on standard output."""
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
(x,) = session.get_inputs()
shape = [d if isinstance(d, int) else -1 for d in x.shape]
samples = np.frombuffer(sys.stdin.buffer.read(), np.float32).reshape([-1] + shape[1:])
step = 1 if shape[0] == 1 else len(samples)
rows = [session.run(None, {x.name: samples[i : i + step]})[0] for i in range(0, len(samples), step)]
sys.stdout.buffer.write(np.concatenate(rows).astype(np.float32).tobytes())
