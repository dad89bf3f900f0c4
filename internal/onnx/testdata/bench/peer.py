"""Makes the models that BenchmarkModels runs, from random weights, and times PyTorch and onnxruntime on them.

    python models.py make FOLDER     writes FOLDER/<name>.onnx
    python models.py time FOLDER     the smallest of many times, ms, by threads and batch; processor time behind it

The environment is that of ../whole/requirements.txt.
"""
import pathlib
import sys
import time
import warnings

import torch

warnings.filterwarnings("ignore")


def picture(batch):
    return torch.randn(batch, 3, 224, 224)


def tokens(batch):
    return torch.randint(1, 30000, (batch, 128))


def mini_lm():
    import transformers

    config = transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, return_dict=False
    )
    return transformers.BertModel(config, add_pooling_layer=False)


def models():
    import timm
    import torchvision

    yield "resnet18", torchvision.models.resnet18(), picture
    yield "mobilenet_v3_small", torchvision.models.mobilenet_v3_small(), picture
    yield "vit_tiny", timm.create_model("vit_tiny_patch16_224"), picture
    yield "minilm", mini_lm(), tokens


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, model, sample in models():
        torch.onnx.export(
            model.eval(), (sample(1),), str(folder / f"{name}.onnx"), dynamo=False, opset_version=17,
            input_names=["x"], dynamic_axes={"x": {0: "batch"}},
        )


def best(f, seconds=1.0):
    """The smallest time and the smallest processor time of many runs, ms."""
    f()
    times, begin = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < seconds:
        at, cpu = time.perf_counter(), time.process_time()
        f()
        times.append((time.perf_counter() - at, time.process_time() - cpu))
    return tuple(min(t) * 1e3 for t in zip(*times))


def measure(folder):
    import onnxruntime

    print("onnxruntime", onnxruntime.__version__, "torch", torch.__version__)
    for name, model, sample in models():
        model = model.eval()
        for threads in (1, 2):
            torch.set_num_threads(threads)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
            for batch in (1, 32):
                x = sample(batch)
                feed = {"x": x.numpy()}
                ort = best(lambda: session.run(None, feed))
                with torch.inference_mode():
                    eager = best(lambda: model(x))
                print(f"{name}/threads={threads}/batch={batch}: onnxruntime {ort[0]:.1f} ms (processor {ort[1]:.1f}), torch {eager[0]:.1f} ms ({eager[1]:.1f})", flush=True)


if __name__ == "__main__":
    torch.manual_seed(0)
    {"make": make, "time": measure}[sys.argv[1]](pathlib.Path(sys.argv[2]))
