"""Puts the weights of a trained head into the PyTorch model that the package was made of.

    from putback import put_back
    put_back(model, "package", "won")  # model: the module, with the weights that it was exported or saved with
    torch.save(model.state_dict(), "improved.pt")

"package" is the directory that "creator build" wrote, "won" that of "creator download-gradient". A head names its weights by their
places, layers.3.weight, whatever the model calls them; so they are found by their numbers, which are the model's own before the
training. A batch norm that the exporter folded into the convolution before it becomes one that changes nothing, in eval mode.
Needs torch and safetensors."""
import pathlib

import torch
from safetensors.torch import load_file
from torch import nn


def put_back(model, package, head, names=None):
    """Changes the model, if every weight is found, and returns where each went. names says it of those that cannot be told
    apart, such as the weights of two norms that were never trained: {"layers.3.weight": "norm1.weight"}."""
    before, after = (load_file(pathlib.Path(folder) / "head.safetensors") for folder in (package, head))
    own, folded = model.state_dict(), folds(model)
    places = {}
    for name, numbers in before.items():
        places[name] = [key for key, value in own.items() if same(value, numbers) or same(turned(value), numbers)] or [
            key for key, (_, _, value) in folded.items() if value.shape == numbers.shape and torch.allclose(value, numbers, rtol=1e-4, atol=1e-6)]
    places.update({name: [key] for name, key in (names or {}).items()})
    layers = {}  # where a layer is, as far as one of its weights tells
    for name, keys in places.items():
        if len(keys) == 1:
            layers.setdefault(parent(name), set()).add(parent(keys[0]))
    changes, found = {}, {}
    for name, keys in places.items():
        if not keys and name.endswith(".num_batches_tracked"):
            continue
        if len(keys) > 1:
            keys = [key for key in keys if parent(key) in layers.get(parent(name), ())] or keys
        if not keys:
            raise ValueError(f"{name} is no weight of the model: it must have the weights that it was exported or saved with")
        if len(keys) > 1:
            raise ValueError(f"{name} could be {' or '.join(keys)}, which have the same numbers: say which, names={{'{name}': '{keys[0]}'}}")
        found[name] = key = keys[0]
        if key in folded:
            changes.update(unfolded(model, *folded[key][:2], key, after[name]))
        else:
            changes[key] = after[name] if same(own[key], before[name]) else turned(after[name])
    with torch.no_grad():
        for key, value in changes.items():
            own[key].copy_(value.reshape(own[key].shape))  # which are the model's
    return found


def folds(model):
    """What exporters make of each convolution and each batch norm of its width: the two, and their weight or bias."""
    made, modules = {}, list(model.named_modules())
    for conv, c in modules:
        for norm, n in modules:
            if not isinstance(c, (nn.Conv1d, nn.Conv2d, nn.Conv3d)) or not isinstance(n, nn.modules.batchnorm._BatchNorm) or c.out_channels != n.num_features:
                continue
            scale = (n.weight / (n.running_var + n.eps).sqrt()).detach()
            bias = -n.running_mean if c.bias is None else c.bias.detach() - n.running_mean
            made[f"{conv} and {norm}.weight"] = conv, norm, c.weight.detach() * scale.reshape(-1, *[1] * (c.weight.dim() - 1))
            made[f"{conv} and {norm}.bias"] = conv, norm, bias * scale + n.bias.detach()
    return made


def unfolded(model, conv, norm, key, value):
    """The weight or bias of both as one of the convolution, and a norm that changes nothing."""
    n = model.get_submodule(norm)
    changes = {norm + ".weight": (n.running_var + n.eps).sqrt()}
    if key.endswith(".weight"):
        changes[conv + ".weight"] = value
    elif model.get_submodule(conv).bias is None:  # the norm has it, then
        changes[norm + ".bias"] = n.running_mean + value
    else:
        changes[conv + ".bias"], changes[norm + ".bias"] = value, n.running_mean
    return changes


def parent(name):
    return name.rpartition(".")[0]


def turned(value):
    """A matrix as layers that multiply from the other side have it."""
    return value.t() if value.dim() == 2 else value


def same(a, b):
    return a.shape == b.shape and torch.equal(a.float(), b.float())
