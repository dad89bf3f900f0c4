"""Times what trainer/fit's BenchmarkAdapterSteps times, with PEFT and PyTorch: python bench.py STEPS [THREADS]"""
import resource
import sys
import time

import peft
import torch

import models

steps, threads = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2
torch.set_num_threads(threads)
block = ("TransformerEncoderLayer", dict(d_model=144, nhead=4, dim_feedforward=576, dropout=0.0, activation="gelu", norm_first=True, is_causal=True))
layers = [("Embedding", dict(num_embeddings=256, embedding_dim=144)), ("PositionEmbedding", dict(num_embeddings=128, embedding_dim=144)),
          *[block] * 4, ("LayerNorm", dict(normalized_shape=144)), ("Linear", dict(in_features=144, out_features=256, bias=False))]
x = torch.tensor([[(3 * i + j) % 251 for j in range(128)] for i in range(64)])
y = torch.tensor([[(3 * i + j + 1) % 251 for j in range(128)] for i in range(64)])
print("torch", torch.__version__, "peft", peft.__version__, "threads", threads)
for name, targets in dict(q_and_v=["q_proj", "v_proj"], last=["5.self_attn." + p for p in ("q_proj", "k_proj", "v_proj", "out_proj")] + ["5.linear1", "5.linear2"]).items():
    model = peft.get_peft_model(models.Stack(layers, {"layers.7.weight": "layers.0.weight"}), peft.LoraConfig(r=8, lora_alpha=16, target_modules=targets))
    opt = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    model.eval()
    times, cpu = [], []
    for step in range(steps):
        begun, used = time.perf_counter(), time.process_time()
        i = torch.randint(0, 64, (8,))
        opt.zero_grad()
        torch.nn.functional.cross_entropy(model(x[i]).reshape(-1, 256), y[i].flatten()).backward()
        opt.step()
        times.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - used)
    print(f"{name}: least {1000 * min(times):.1f} ms a step, mean {1000 * sum(times) / steps:.1f}; least {1000 * min(cpu):.1f} ms of processor time; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
