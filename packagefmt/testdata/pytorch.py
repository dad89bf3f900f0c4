"""Writes the PyTorch fixtures of this folder: models, and what they compute.

    pip install torch safetensors
    python pytorch.py

Written with torch 2.6.0. Every model <name>.pt has its input and output in
outputs.safetensors as <name>.x and <name>.y.
"""
import json
import os
import sys
import warnings

import torch
from safetensors.torch import save_file
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)
torch.manual_seed(1)
outputs = {}

# The older form stores the source code of every module's class: leave out
# PyTorch's own, which is not ours to copy.
source_of = torch.serialization.get_source_lines_and_file


def own_source(obj, *args):
    if obj.__module__.startswith("torch."):
        raise TypeError(obj)
    return source_of(obj, *args)


torch.serialization.get_source_lines_and_file = own_source
warnings.filterwarnings("ignore", "Couldn't retrieve source code")


def save(name, model, shape, obj=None, **kw):
    model.eval()
    x = torch.randn(5, *shape)
    dtype = next(model.parameters()).dtype
    with torch.no_grad():
        y = model(x.to(dtype))
    outputs[name + ".x"] = x
    outputs[name + ".y"] = y.float().contiguous()
    torch.save(model if obj is None else obj, name + ".pt", **kw)


def nested():
    model = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(
            nn.Linear(12, 8),
            nn.BatchNorm1d(8, eps=1e-3),
            nn.Sequential(nn.ReLU(), nn.Dropout(0.25)),
        ),
        nn.Linear(8, 3, bias=False),
    )
    for _ in range(3):  # moves the running statistics
        model(torch.randn(16, 3, 4) * 2 + 1)
    return model


save("nested", nested(), (3, 4))
save("protocol4", nested(), (3, 4), pickle_protocol=4)
save("legacy", nested(), (3, 4), _use_new_zipfile_serialization=False)
save("half", nested().half(), (3, 4))
save("bfloat16", nested().bfloat16(), (3, 4))
save("double", nested().double(), (3, 4))

relu = nn.ReLU()
save("shared", nn.Sequential(nn.Linear(4, 6), relu, nn.Linear(6, 6), relu, nn.Linear(6, 2)), (4,))

# Weights that are views: both in one storage, one transposed, one with an offset.
views = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
flat = torch.randn(40)
views[0].weight = nn.Parameter(flat[5:17].view(3, 4).t())
views[0].bias = nn.Parameter(flat[17:25:2])
views[2].weight = nn.Parameter(flat[25:33].view(2, 4))
save("views", views, (3,))

# A CNN as people write it: most parameters are in the convolutions.
cnn = nn.Sequential(
    nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(4, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3),
)
cnn(torch.randn(8, 1, 10, 10))
save("cnn", cnn, (1, 10, 10))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
        self.fc = nn.Linear(16, 4)

    def forward(self, x):
        return self.fc(self.features(x))


class OwnWeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.fc = nn.Linear(3, 2)

    def forward(self, x):
        return self.fc(x) * self.scale


def double_it(module, args, output):
    return output * 2


save("custom", Net(), (6,))
save("legacy_custom", Net(), (6,), _use_new_zipfile_serialization=False)
save("own_weight", OwnWeight(), (3,))

hooked = nn.Sequential(nn.Linear(3, 2))
hooked.register_forward_hook(double_it)
save("hooked", hooked, (3,))

plain = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
save("state_dict", plain, (3,), obj=plain.state_dict())
save("checkpoint", plain, (3,), obj={
    "epoch": 3, "model": plain, "loss": 0.5,
    "optimizer": torch.optim.Adam(plain.parameters()).state_dict(),
})
save("checkpoint_state", plain, (3,), obj={"epoch": 3, "model_state_dict": plain.state_dict()})
torch.jit.script(plain).save("torchscript.pt")


class Evil:
    def __reduce__(self):
        return (os.system, ("touch /tmp/decloud-pickle-ran",))


torch.save(Evil(), "evil.pt")
evil = nn.Sequential(nn.Linear(3, 2))
evil[0].note = Evil()
torch.save(evil, "evil_inside.pt")

nan = nn.Sequential(nn.Linear(3, 2))
nan[0].weight.data[1, 1] = float("nan")
torch.save(nan, "nan.pt")

# The whole vocabulary, every argument off its default: arguments as given.
VOCABULARY = [
    ("Linear", dict(in_features=3, out_features=2, bias=False)),
    ("Conv1d", dict(in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1, dilation=2, groups=2, bias=False)),
    ("Conv2d", dict(in_channels=2, out_channels=4, kernel_size=(3, 2), stride=2, padding="valid", dilation=2, groups=2)),
    ("Conv2d", dict(in_channels=2, out_channels=4, kernel_size=3, padding=1, padding_mode="circular")),
    ("Conv3d", dict(in_channels=1, out_channels=2, kernel_size=2)),
    ("ConvTranspose1d", dict(in_channels=2, out_channels=4, kernel_size=3, stride=2, output_padding=1)),
    ("ConvTranspose2d", dict(in_channels=2, out_channels=4, kernel_size=3, stride=2, output_padding=1)),
    ("BatchNorm1d", dict(num_features=4, eps=1e-3, momentum=0.2, affine=False)),
    ("BatchNorm2d", dict(num_features=4, momentum=None)),
    ("BatchNorm3d", dict(num_features=4, track_running_stats=False)),
    ("InstanceNorm1d", dict(num_features=4, affine=True)),
    ("InstanceNorm2d", dict(num_features=4, track_running_stats=True)),
    ("LayerNorm", dict(normalized_shape=[2, 3], eps=1e-4)),
    ("LayerNorm", dict(normalized_shape=6, elementwise_affine=False)),
    ("LayerNorm", dict(normalized_shape=6, bias=False)),
    ("GroupNorm", dict(num_groups=2, num_channels=4, eps=1e-4, affine=False)),
    ("ReLU", dict()), ("SiLU", dict()), ("Tanh", dict()), ("Sigmoid", dict()),
    ("Mish", dict()), ("Hardswish", dict()), ("Hardsigmoid", dict()), ("Identity", dict()),
    ("GELU", dict(approximate="tanh")),
    ("Softmax", dict(dim=1)),
    ("LeakyReLU", dict(negative_slope=0.2)),
    ("PReLU", dict(num_parameters=3)),
    ("ELU", dict(alpha=0.5)),
    ("Dropout", dict(p=0.3)), ("Dropout1d", dict(p=0.3)), ("Dropout2d", dict(p=0.3)),
    ("Dropout3d", dict(p=0.3)), ("AlphaDropout", dict(p=0.3)),
    ("MaxPool1d", dict(kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True)),
    ("MaxPool2d", dict(kernel_size=(3, 2), return_indices=False)),
    ("MaxPool3d", dict(kernel_size=2)),
    ("AvgPool1d", dict(kernel_size=3, count_include_pad=False)),
    ("AvgPool2d", dict(kernel_size=3, divisor_override=2)),
    ("AvgPool3d", dict(kernel_size=3)),
    ("AdaptiveAvgPool1d", dict(output_size=2)),
    ("AdaptiveAvgPool2d", dict(output_size=(2, None))),
    ("AdaptiveAvgPool3d", dict(output_size=2)),
    ("AdaptiveMaxPool1d", dict(output_size=2)),
    ("AdaptiveMaxPool2d", dict(output_size=(2, 1))),
    ("Flatten", dict(start_dim=2, end_dim=3)),
    ("Unflatten", dict(dim=1, unflattened_size=(2, 3))),
    ("Embedding", dict(num_embeddings=10, embedding_dim=3, padding_idx=1, max_norm=2.0, norm_type=1.0)),
    ("EmbeddingBag", dict(num_embeddings=10, embedding_dim=3, mode="max")),
    ("LSTM", dict(input_size=3, hidden_size=4, num_layers=2, bias=False, batch_first=True, dropout=0.1, bidirectional=True, proj_size=2)),
    ("GRU", dict(input_size=3, hidden_size=4)),
    ("RNN", dict(input_size=3, hidden_size=4, nonlinearity="relu")),
    ("MultiheadAttention", dict(embed_dim=4, num_heads=2, dropout=0.1, bias=False, add_bias_kv=True, add_zero_attn=True, kdim=3, vdim=5, batch_first=True)),
    ("TransformerEncoderLayer", dict(d_model=4, nhead=2, dim_feedforward=8, dropout=0.2, activation="gelu", layer_norm_eps=1e-4, batch_first=True, norm_first=True)),
    ("TransformerEncoderLayer", dict(d_model=4, nhead=2)),
    ("Upsample", dict(scale_factor=2.0, mode="bilinear", align_corners=True)),
]
layers = [getattr(nn, name)(**args) for name, args in VOCABULARY]
torch.save(nn.Sequential(*layers), "vocabulary.pt")
with open("vocabulary.json", "w") as f:
    json.dump([
        {"type": name, "params": args, "weights": {k: list(v.shape) for k, v in layer.state_dict().items()}}
        for (name, args), layer in zip(VOCABULARY, layers)
    ], f, indent=1)

save_file(outputs, "outputs.safetensors")
os.chmod("outputs.safetensors", 0o644)
print(torch.__version__, sys.version)
