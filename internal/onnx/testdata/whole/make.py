"""Writes ../whole.zip: whole models as PyTorch's two exporters and skl2onnx write them, with what onnxruntime computes.

Weights are not in the files: every large tensor of random numbers is replaced by external data named
"uniform-<amplitude>", whose offset is the seed of the numbers (splitmix64), so that whole.zip stays small;
whole_test.go makes the same numbers. Gated networks (EfficientNet, RegNet Y) are ill-conditioned with them: ../../ACCURACY.md. Usage: python make.py [NAME …], in an environment of requirements.txt.
"""
import io
import os
import pathlib
import sys
import warnings
import zipfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision
from onnx import numpy_helper
from torch import nn

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).parent


def uniform(seed, n, amplitude):
    """n numbers in [-amplitude, amplitude): splitmix64's upper 24 bits."""
    with np.errstate(over="ignore"):
        z = (np.arange(1, n + 1, dtype=np.uint64) + np.uint64(seed << 32)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = (z >> np.uint64(40)).astype(np.float64) / (1 << 23) - 1
    return (u * amplitude).astype(np.float32)


class Classifier(nn.Module):
    """The logits alone of a model of transformers."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).logits


class Recurrent(nn.Module):
    def __init__(self, kind, **kw):
        super().__init__()
        self.rnn = kind(12, 20, batch_first=True, **kw)
        self.fc = nn.Linear(20 * (2 if kw.get("bidirectional") else 1), 7)

    def forward(self, x):
        return self.fc(self.rnn(x)[0][:, -1])


class Residual(nn.Module):
    """PyTorch's tutorials: a block with a skip connection, and a functional forward."""

    def __init__(self):
        super().__init__()
        self.c1, self.c2, self.c3 = nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1), nn.Conv2d(16, 32, 5, stride=2)
        self.b1, self.b2 = nn.BatchNorm2d(16), nn.BatchNorm2d(16)
        self.f1, self.f2 = nn.Linear(32 * 7 * 7, 64), nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.b1(self.c1(x)))
        x = torch.relu(self.b2(self.c2(x)) + x)
        x = torch.max_pool2d(torch.relu(self.c3(x)), 2)
        return self.f2(torch.relu(self.f1(torch.flatten(x, 1))))


def tutorial_text():
    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.layer = nn.Embedding(300, 32), nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
            self.fc = nn.Linear(32, 5)

        def forward(self, x):
            return self.fc(self.layer(self.embed(x)).mean(1))

    return Text()


def unet():
    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.d1, self.d2 = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
            self.up, self.u1 = nn.ConvTranspose2d(16, 8, 2, stride=2), nn.Conv2d(16, 8, 3, padding=1)
            self.norm, self.fc = nn.GroupNorm(2, 8), nn.Linear(8, 6)

        def forward(self, x):
            a = nn.functional.silu(self.d1(x))
            b = nn.functional.interpolate(nn.functional.max_pool2d(a, 2), scale_factor=2, mode="bilinear")
            c = self.up(nn.functional.gelu(self.d2(nn.functional.avg_pool2d(a, 2))))
            y = self.norm(self.u1(torch.cat([c + b, a], 1)))
            return self.fc(nn.functional.adaptive_avg_pool2d(y, 1).flatten(1))

    return UNet()


def models():
    import timm
    import torchvision.models as tv
    import transformers as hf

    image = (3, 64, 64)
    for name in ["resnet18", "mobilenet_v2", "mobilenet_v3_small", "squeezenet1_1",
                 "shufflenet_v2_x0_5", "mnasnet0_5", "googlenet"]:
        kw = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        yield "tv_" + name, getattr(tv, name)(num_classes=10, **kw), image
    yield "tv_resnet50", tv.ResNet(tv.resnet.Bottleneck, [1, 1, 1, 1], num_classes=10), image
    yield "tv_densenet", tv.DenseNet(8, (2, 2, 2, 2), 16, num_classes=10), image
    yield "tv_vit", tv.VisionTransformer(32, 8, 2, 4, 48, 96, num_classes=10), (3, 32, 32)
    yield "tv_swin", tv.SwinTransformer([4, 4], 24, [2, 2], [2, 4], [4, 4], num_classes=10), image
    yield "tv_convnext", tv.ConvNeXt([tv.convnext.CNBlockConfig(24, 48, 2), tv.convnext.CNBlockConfig(48, None, 2)], num_classes=10), image
    for name in ["resnet10t", "mobilevit_xxs", "ghostnet_050", "lcnet_050", "tinynet_e", "regnetx_002"]:
        yield "timm_" + name, timm.create_model(name, num_classes=10), image
    yield "timm_mixer", timm.models.mlp_mixer.MlpMixer(img_size=32, patch_size=8, num_blocks=2, embed_dim=48, num_classes=10), (3, 32, 32)
    yield "timm_vit_tiny", timm.create_model("vit_tiny_patch16_224", num_classes=10, img_size=64, depth=2), image
    small = dict(hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, vocab_size=300, num_labels=4, max_position_embeddings=40)
    tokens = ("tokens", 300, 16)
    for kind in ["Bert", "Roberta", "Electra"]:
        config = getattr(hf, kind + "Config")(**small, attn_implementation="eager")
        yield "hf_" + kind.lower(), Classifier(getattr(hf, kind + "ForSequenceClassification")(config)), tokens
    yield "hf_distilbert", Classifier(hf.DistilBertForSequenceClassification(hf.DistilBertConfig(
        dim=48, n_layers=2, n_heads=4, hidden_dim=96, vocab_size=300, num_labels=4, max_position_embeddings=40, attn_implementation="eager"))), tokens
    yield "hf_albert", Classifier(hf.AlbertForSequenceClassification(hf.AlbertConfig(**small, embedding_size=24, attn_implementation="eager"))), tokens
    yield "lstm", Recurrent(nn.LSTM), (9, 12)
    yield "bilstm", Recurrent(nn.LSTM, bidirectional=True, num_layers=2), (9, 12)
    yield "gru", Recurrent(nn.GRU), (9, 12)
    yield "rnn", Recurrent(nn.RNN), (9, 12)
    yield "residual", Residual(), (3, 32, 32)
    yield "text", tutorial_text(), tokens
    yield "unet", unet(), (3, 32, 32)


DYNAMO = {"tv_mobilenet_v3_small", "tv_vit", "timm_vit_tiny", "hf_bert", "residual", "unet", "gru"}


def sample(shape, n):
    if shape[0] == "tokens":
        return (np.arange(n * shape[2]).reshape(n, shape[2]) * 37 % (shape[1] - 1) + 1).astype(np.int64)
    return uniform(1, n * int(np.prod(shape)), 1).reshape(n, *shape)


def calibrate(model, shape):
    """Gives batch norms the statistics of their inputs, so that outputs neither vanish nor explode."""
    for m in model.modules():
        if isinstance(m, nn.modules.batchnorm._BatchNorm):
            m.momentum = 1.0
        if isinstance(m, nn.modules.batchnorm._BatchNorm) and not m.weight.any():
            nn.init.ones_(m.weight)
        if isinstance(m, nn.Linear) and not m.weight.any():  # timm's heads begin at zero
            nn.init.normal_(m.weight, std=0.05)
    if shape[0] != "tokens" and not isinstance(model, torchvision.models.DenseNet):
        model.train()
        with torch.no_grad():
            model(torch.from_numpy(sample(shape, 8)))
    model.eval()


def export(model, shape, how):
    """The bytes of the exported model. legacy: the batch is free; fixed: as written in one line."""
    x = torch.from_numpy(sample(shape, 1 if how == "fixed" else 2))
    out = io.BytesIO()
    if how == "dynamo":
        dim = torch.export.Dim("batch", min=1, max=1024)
        program = torch.onnx.export(model, (x,), dynamo=True, optimize=True, dynamic_shapes=({0: dim},))
        program.save("/tmp/dynamo.onnx")
        return onnx.load("/tmp/dynamo.onnx")
    axes = {"x": {0: "batch"}, "y": {0: "batch"}} if how == "legacy" else None
    torch.onnx.export(model, (x,), out, input_names=["x"], output_names=["y"], dynamic_axes=axes, dynamo=False)
    return onnx.load_from_string(out.getvalue())


def tensors(model):
    yield from model.graph.initializer
    for node in model.graph.node:
        for a in node.attribute:
            if a.HasField("t"):
                yield a.t


def synthesize(model):
    """Replaces large random weights by numbers of the same size, and lists their seeds."""
    seeds = []
    for i, t in enumerate(tensors(model)):
        a = numpy_helper.to_array(t)
        if t.data_type != onnx.TensorProto.FLOAT or a.size <= 256 or len(np.unique(a)) <= 16 or (a > 0).all():  # variances
            continue
        amplitude = float(np.float32(np.sqrt(3) * a.std()))
        t.CopyFrom(numpy_helper.from_array(uniform(i + 2, a.size, amplitude).reshape(a.shape), t.name))
        seeds.append((t, i + 2, amplitude, a.size))
    return seeds


def strip(seeds):
    for t, seed, amplitude, size in seeds:
        t.ClearField("raw_data")
        t.data_location = onnx.TensorProto.EXTERNAL
        for key, value in [("location", f"uniform-{amplitude!r}"), ("offset", seed), ("length", 4 * size)]:
            entry = t.external_data.add()
            entry.key, entry.value = key, str(value)


def write(z, name, model, shape, output=None):
    seeds = synthesize(model)
    for v in list(model.graph.value_info):
        model.graph.value_info.remove(v)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    first = session.get_inputs()[0]
    n = first.shape[0] if isinstance(first.shape[0], int) else 3
    x = sample(shape, n)
    y = session.run([output or session.get_outputs()[0].name], {first.name: x})[0]
    strip(seeds)
    for p in list(model.metadata_props):
        model.metadata_props.remove(p)
    for node in [n for f in model.functions for n in f.node] + list(model.graph.node):
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
    assert np.isfinite(y).all() and y.std() > 1e-4, (name, y)
    put = lambda file, data: z.writestr(zipfile.ZipInfo(f"{name}/{file}", (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    put("model.onnx", model.SerializeToString())
    t = numpy_helper.from_array(x)
    if x.dtype == np.float32:
        strip([(t, 1, 1.0, x.size)])
    put("input.pb", t.SerializeToString())
    put("output.pb", numpy_helper.from_array(y).SerializeToString())
    print(name, len(model.SerializeToString()), y.shape, float(y.std()), flush=True)


def classical():
    """Pipelines of scikit-learn: a scaler and a linear model, a multi-layer perceptron."""
    from skl2onnx import to_onnx
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer, StandardScaler

    x = uniform(1, 150 * 6, 1).reshape(150, 6)
    y = (x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(int) + (x[:, 3] > 0.5)
    for name, model in [
        ("logistic", make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))),
        ("mlp", make_pipeline(Normalizer(), MLPClassifier((20,), max_iter=500, random_state=0))),
    ]:
        model.fit(x, y)
        yield "sklearn_" + name, to_onnx(model, x[:1], target_opset={"": 17, "ai.onnx.ml": 3}, options={"zipmap": False}), (6,)


def main(names):
    torch.manual_seed(0)
    torch.backends.mha.set_fastpath_enabled(False)
    path = here.parent / ("whole.zip" if not names else "some.zip")
    with zipfile.ZipFile(f"{path}.tmp", "w") as z:
        for name, model, shape in models():
            if names and name not in names:
                continue
            calibrate(model, shape)
            for how in ["legacy", "fixed"] + (["dynamo"] if name in DYNAMO else []):
                if how == "fixed" and name not in {"tv_vit", "residual", "lstm", "hf_bert"}:
                    continue
                try:
                    with torch.no_grad():
                        exported = export(model, shape, how)
                    write(z, f"{name}.{how}", exported, shape)
                except Exception as e:  # a model that this exporter cannot export
                    print("FAILED", name, how, type(e).__name__, str(e)[:300], flush=True)
        for name, model, shape in classical():
            if not names or name in names:
                write(z, name, model, shape, "probabilities")
    os.replace(f"{path}.tmp", path)  # last: what is there is whole


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    main(sys.argv[1:])
