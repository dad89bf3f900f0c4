# Models of which a part is not what its layer's arguments say, and models that
# store tensors in rarer ways. Made with torch 2.6: python parts.py
import torch
from torch import nn
from safetensors.torch import save_file

torch.manual_seed(5)
outputs = {}


def save(name, model, x):
    model.eval()
    for p in model.parameters():
        p.data += 0.1 * torch.randn_like(p)
    outputs[name + ".x"] = x.clone()
    outputs[name + ".y"] = model(x).detach().contiguous()
    torch.save(model, name + ".pt")


def encoder(**kw):
    return nn.TransformerEncoderLayer(4, 2, 6, batch_first=True, norm_first=True, **kw)


x = torch.randn(2, 3, 4)
save("parts_gelu", nn.Sequential(encoder(activation=nn.GELU())), x)
save("parts_relu", nn.Sequential(encoder(activation=nn.ReLU())), x)
save("parts_tanh", nn.Sequential(encoder(activation=nn.GELU("tanh"))), x)
save("parts_silu", nn.Sequential(encoder(activation=nn.SiLU())), x)

e = encoder()
e.norm2.eps = 0.5
save("parts_eps", nn.Sequential(e), x)
e = encoder(bias=False)
e.norm1, e.norm2 = nn.RMSNorm(4), nn.RMSNorm(4)
save("parts_norm", nn.Sequential(e), x)
e = encoder()
e.dropout1 = nn.Sigmoid()
save("parts_dropout", nn.Sequential(e), x)

lazy = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
lazy(torch.randn(8, 3))
save("parts_lazy", lazy, torch.randn(2, 3))

lin = nn.Linear(3, 2)
z = torch.randn(2, 3, dtype=torch.complex64)
lin.weight.data = z.conj().imag  # a view with its sign bit set
save("parts_negative", nn.Sequential(lin), torch.randn(2, 3))
save_file(outputs, "parts.safetensors")
