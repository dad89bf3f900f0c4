"""PyTorch and onnxruntime for beside.py, and the models that all three run.

    python peer.py make FOLDER                              writes FOLDER/<name>.onnx
    python peer.py onnxruntime|torch CASE THREADS BATCH FOLDER

The latter prints what kind of peer it is and the mean of what it computes (0 of a training), and then, for every line
that it reads, which is a number of seconds, the milliseconds of each of as many runs as fit in.
"""
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore")


def spread(torch, *shape):
    """Numbers in ±2 that are spread evenly; as in ours/main.go."""
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return (((i * 2654435761 & 0xFFFFFFFF) >> 8).float() / (1 << 24) * 4 - 2).reshape(shape)


def sample(torch, name, batch):
    if name == "minilm":
        i = torch.arange(batch * 128, dtype=torch.int64)
        return (1 + ((i * 2654435761 & 0xFFFFFFFF) >> 8) % 30000).reshape(batch, 128)
    return spread(torch, batch, *((50, 32) if name == "lstm" else (3, 224, 224)))


def build(torch, name):
    """A model with random weights, the same at every call: speed does not depend on them."""
    torch.manual_seed(0)
    if name == "vit_tiny":
        import timm

        return timm.create_model("vit_tiny_patch16_224").eval()
    if name == "minilm":
        import transformers

        sizes = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
        return transformers.BertModel(transformers.BertConfig(**sizes, return_dict=False), add_pooling_layer=False).eval()
    if name == "lstm":
        class Classifier(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.lstm, self.out = torch.nn.LSTM(32, 64, batch_first=True), torch.nn.Linear(64, 10)

            def forward(self, x):
                return self.out(self.lstm(x)[0][:, -1])

        return Classifier().eval()
    import torchvision

    return getattr(torchvision.models, name)().eval()


def make(folder):
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("resnet18", "mobilenet_v3_small", "vit_tiny", "lstm", "minilm"):
        torch.onnx.export(
            build(torch, name), (sample(torch, name, 1),), str(folder / f"{name}.onnx"), dynamo=False, opset_version=17,
            input_names=["x"], dynamic_axes={"x": {0: "batch"}},
        )


def reference_head(torch):
    head = torch.nn.Sequential(torch.nn.Linear(512, 256), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(256, 10))
    with torch.no_grad():
        for p in head.parameters():
            p.copy_(spread(torch, *p.shape) / 32)
    return head


def scoring(torch, batch):
    head, x = reference_head(torch).eval(), spread(torch, batch, 512)
    return lambda: head(x)


def epoch(torch, batch):
    head, x, y = reference_head(torch), spread(torch, 10_000, 512), torch.arange(10_000) % 10
    opt, loss = torch.optim.Adam(head.parameters(), lr=1e-3, fused=True), torch.nn.CrossEntropyLoss()

    def run():
        for i in range(0, len(y), batch):
            opt.zero_grad()
            loss(head(x[i:i + batch]), y[i:i + batch]).backward()
            opt.step()

    return run


def eager(name, threads, batch, _):
    import torch

    torch.set_num_threads(threads)
    peer = f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"
    if name == "epoch":
        return peer, epoch(torch, batch)
    torch.set_grad_enabled(False)
    if name == "scoring":
        run = scoring(torch, batch)
    else:
        model, x = build(torch, name), sample(torch, name, batch)

        def run():
            with torch.inference_mode():
                return model(x)

    def first():
        y = run()
        return y[0] if isinstance(y, tuple) else y

    return peer, first


def runtime(name, threads, batch, folder):
    """The samples come from a file, so that PyTorch takes no memory here."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
    hashed = numpy.arange(batch * size(name), dtype=numpy.int64) * 2654435761 & 0xFFFFFFFF
    if name == "minilm":
        x = (1 + (hashed >> 8) % 30000).reshape(batch, 128)
    else:
        x = ((hashed >> 8).astype(numpy.float32) / (1 << 24) * 4 - 2).reshape(batch, *session.get_inputs()[0].shape[1:])
    first = session.get_outputs()[0].name
    return f"onnxruntime {onnxruntime.__version__}", lambda: session.run([first], {"x": x})[0]


def size(name):
    return {"minilm": 128, "lstm": 50 * 32}.get(name, 3 * 224 * 224)


def main(who, name, threads, batch, folder):
    peer, run = {"torch": eager, "onnxruntime": runtime}[who](name, int(threads), int(batch), pathlib.Path(folder))
    y = run()
    print(f"{peer}|{0 if y is None else abs(y).mean():.6g}", flush=True)
    for line in sys.stdin:
        times, begin = [], time.perf_counter()
        while not times or time.perf_counter() - begin < float(line):
            at = time.perf_counter()
            run()
            times.append(f"{(time.perf_counter() - at) * 1e3:.4f}")
        print(*times, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(pathlib.Path(sys.argv[2]))
    else:
        main(*sys.argv[1:])
