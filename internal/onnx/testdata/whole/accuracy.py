"""Says how far float32 strays from float64 in convolutional models: onnxruntime's, PyTorch's, and, by TestAccuracy, ours.

    python accuracy.py FOLDER [NAME …]     writes FOLDER/<name>.{onnx,x,ort,y64}, and prints a line for each
    DECLOUD_ONNX_ACCURACY=FOLDER go test -tags accuracy -run TestAccuracy -v ../..

Each model comes twice: with the weights that it was made with ("own"), and with those that make.py puts in their place
("synth") so that whole.zip stays small. "perturbed" is how far the float64 output moves if the input does by 1e-7: what no
arithmetic in float32 can be better than. The environment is that of requirements.txt.
"""
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import numpy_helper

import make

NAMES = ["tv_efficientnet_b0", "tv_regnet_y_400mf", "tv_regnet_x_400mf", "timm_efficientnet_b0", "timm_regnety_002", "timm_regnetx_002"]


def conv(a, x, w, b=None):
    p = a.get("pads", [0] * 4)
    return F.conv2d(F.pad(x, (p[1], p[3], p[0], p[2])), w, b, a.get("strides", [1, 1]), 0, a.get("dilations", [1, 1]), a.get("group", 1))


OPERATORS = {
    "Conv": conv, "Sigmoid": lambda a, x: torch.sigmoid(x), "Relu": lambda a, x: torch.relu(x), "Mul": lambda a, x, y: x * y, "Add": lambda a, x, y: x + y,
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True), "Flatten": lambda a, x: x.flatten(1), "Identity": lambda a, x: x,
    "ReduceMean": lambda a, x, *axes: x.mean(tuple(a["axes"] if "axes" in a else axes[0].tolist()), keepdim=bool(a.get("keepdims", 1))),
    "Gemm": lambda a, x, w, b: F.linear(x, w if a.get("transB") else w.T, b),
    "Constant": lambda a: torch.from_numpy(numpy_helper.to_array(a["value"]).copy()),
}


def run(model, x, dtype):
    """The model by PyTorch's functions, in any precision; and the largest number on the way."""
    env = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    env = {k: v.to(dtype) if v.is_floating_point() else v for k, v in env.items()}
    env[model.graph.input[0].name], largest = x.to(dtype), 0
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        y = env[node.output[0]] = OPERATORS[node.op_type](attributes, *[env[k] for k in node.input if k])
        largest = max(largest, float(y.abs().max())) if y.is_floating_point() else largest
    return env[model.graph.output[0].name].numpy(), largest


def main(folder, names):
    import timm
    import torchvision.models as tv

    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or NAMES:
        kind, _, rest = name.partition("_")
        model, shape = getattr(tv, rest)(num_classes=10) if kind == "tv" else timm.create_model(rest, num_classes=10), (3, 64, 64)
        make.calibrate(model, shape)
        x = make.sample(shape, 3)
        with torch.no_grad():
            exported = make.export(model, shape, "legacy")
        for weights in ["own", "synth"]:
            if weights == "synth":
                make.synthesize(exported)
            y64, largest = run(exported, torch.from_numpy(x), torch.float64)
            noise = 1 + 1e-7 * torch.randn(x.shape, dtype=torch.float64)
            session = onnxruntime.InferenceSession(exported.SerializeToString(), providers=["CPUExecutionProvider"])
            ort = session.run(None, {"x": x})[0]
            strays = {"perturbed": run(exported, torch.from_numpy(x) * noise, torch.float64)[0], "torch": run(exported, torch.from_numpy(x), torch.float32)[0], "ort": ort}
            print(name, weights, f"largest {largest:.3g}", *[f"{k} {np.abs(y - y64).max() / np.abs(y64).max():.1e}" for k, y in strays.items()], flush=True)
            path = str(folder / f"{name}.{weights}")
            onnx.save(exported, path + ".onnx")
            x.astype("<f4").tofile(path + ".x")
            ort.astype("<f4").tofile(path + ".ort")
            y64.astype("<f8").tofile(path + ".y64")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
