"""Writes ../gpt.zip and ../padded.zip: GPTs, and classifiers of padded texts, of one block as PyTorch's two exporters write them,
with the logits and the gradients that PyTorch computes for them in float64, and how far its float32 strays from those.

A model has legacy.onnx, dynamo.onnx and case.json: token ids, labels (of a GPT the token that comes after each), logits, and
the gradient of every parameter. ../bytes.onnx is a GPT of bytes that has a longer context. What onnxruntime computes of the files is compared with PyTorch's, too. Usage: python make.py, in an
environment of ../whole/requirements.txt.
"""
import copy
import importlib.util
import json
import os
import pathlib
import zipfile

import onnxruntime
import torch
from torch import nn
from torch.nn import functional as F

here = pathlib.Path(__file__).parent
spec = importlib.util.spec_from_file_location("heads", here.parent / "heads" / "make.py")
heads = importlib.util.module_from_spec(spec)
spec.loader.exec_module(heads)

VOCABULARY, CONTEXT, WIDTH, HIDDEN, HEADS, TIME = 23, 9, 6, 12, 2, 7


class Encoder(nn.Module):
    """A layer of PyTorch's own encoder with the mask that a decoder has, which is added."""

    def __init__(self):
        super().__init__()
        self.tok, self.pos = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(
            WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", batch_first=True, norm_first=True) for _ in range(1))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.head.weight = self.tok.weight

    def forward(self, x):
        time = x.shape[1]
        y = self.tok(x) + self.pos(torch.arange(time))
        mask = torch.full((time, time), float("-inf"), dtype=y.dtype).triu(1)
        for block in self.blocks:
            y = block(y, src_mask=mask)
        return self.head(self.norm(y))


class Block(nn.Module):
    """A block as Karpathy's minGPT (filled) and nanoGPT write it."""

    def __init__(self, filled):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down, self.filled = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH), filled
        self.register_buffer("tril", torch.tril(torch.ones(CONTEXT, CONTEXT)).view(1, 1, CONTEXT, CONTEXT))

    def attention(self, x):
        b, t, c = x.shape
        q, k, v = (part.view(b, t, HEADS, c // HEADS).transpose(1, 2) for part in self.c_attn(x).split(WIDTH, dim=2))
        if self.filled:
            scores = (q @ k.transpose(-2, -1)) * (1.0 / k.shape[-1] ** 0.5)
            y = F.softmax(scores.masked_fill(self.tril[:, :, :t, :t] == 0, float("-inf")), dim=-1) @ v
        else:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).contiguous().view(b, t, c))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        h = self.up(self.ln_2(x))
        return x + self.down(F.gelu(h, approximate="tanh") if self.filled else F.gelu(h))


class GPT(nn.Module):
    """nanoGPT, its output weight tied to the embedding; minGPT (filled), whose is not."""

    def __init__(self, filled=False, vocabulary=VOCABULARY, context=CONTEXT):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, WIDTH), nn.Embedding(context, WIDTH)
        self.h, self.ln_f = nn.ModuleList(Block(filled) for _ in range(1)), nn.LayerNorm(WIDTH)
        self.lm_head = nn.Linear(WIDTH, vocabulary, bias=False)
        if not filled:
            self.wte.weight = self.lm_head.weight

    def forward(self, x):
        y = self.wte(x) + self.wpe(torch.arange(0, x.shape[1], dtype=torch.long))
        for block in self.h:
            y = block(y)
        return self.lm_head(self.ln_f(y))


class Padded(nn.Module):
    """PyTorch's own encoder, to which padding (id 0) is masked, and the first token."""

    def __init__(self):
        super().__init__()
        self.embed, self.fc = nn.Embedding(VOCABULARY, WIDTH), nn.Linear(WIDTH, 4)
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True), 1, enable_nested_tensor=False)

    def forward(self, x):
        return self.fc(self.layers(self.embed(x), src_key_padding_mask=x == 0)[:, 0])


class Sentences(nn.Module):
    """BERT with an attention mask, and the mean of the tokens that are there, as sentence-transformers takes it."""

    def __init__(self):
        super().__init__()
        import transformers as hf

        self.model = hf.BertModel(hf.BertConfig(hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=HEADS, intermediate_size=HIDDEN, vocab_size=VOCABULARY,
                                                max_position_embeddings=CONTEXT, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0), add_pooling_layer=False)
        self.model.embeddings.word_embeddings.padding_idx = None  # the exported file knows nothing of it
        self.fc = nn.Linear(WIDTH, 4)

    def forward(self, x):
        mask = (x != 0).long()
        y = self.model(x, attention_mask=mask).last_hidden_state
        there = mask.unsqueeze(-1).expand(y.size()).to(y.dtype)
        return self.fc((y * there).sum(1) / torch.clamp(there.sum(1), min=1e-9))


def padded():
    yield "encoder", Padded()
    yield "sentences", Sentences()


def gpts():
    import transformers as hf

    yield "encoder", Encoder()
    yield "nano", GPT()
    yield "min", GPT(filled=True)
    yield "gpt2", heads.Logits(hf.GPT2LMHeadModel(hf.GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=1, n_head=HEADS, n_inner=HIDDEN, use_cache=False, attn_implementation="eager",
        attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, bos_token_id=0, eos_token_id=0)))


def gradients(model, x, y):
    model.zero_grad()
    F.cross_entropy(model(x).flatten(0, -2), y.flatten()).backward()
    return {k: p.grad.double() for k, p in model.named_parameters() if p.grad is not None}


def case(model, texts):
    x, y = torch.randint(0, VOCABULARY, (2, 3, TIME))
    if texts:
        x, y = x.clamp(min=1), torch.arange(3)
        x[0, 4:], x[1, 6:] = 0, 0
    heads.spread(model)
    model.eval()
    double = copy.deepcopy(model).double()
    want, got, values = gradients(double, x, y), gradients(model, x, y), dict(model.named_parameters())
    for name, module in model.named_modules():
        if type(module).__name__ == "Conv1D":  # GPT-2's Linear, whose weight lies the other way around
            name += ".weight"
            want[name], got[name], values[name] = want[name].T, got[name].T, values[name].T
    params = [{"name": k, "shape": list(p.shape), "head": True, "w": heads.b64(p, "<f4"), "g": heads.b64(want[k], "<f8"),
               "strayed": float((want[k] - got[k]).abs().max()), "top": float(want[k].abs().max())}
              for k, p in values.items() if k in want]
    logits = double(x).detach()
    return x, logits, {"shape": list(x.shape), "x": heads.b64(x, "<f4"), "labels": y.flatten().tolist(), "logits": heads.b64(logits, "<f8"), "params": params}


def write(path, models, texts):
    torch.manual_seed(3)
    with zipfile.ZipFile(f"{path}.tmp", "w") as z:
        def add(file, data):
            z.writestr(zipfile.ZipInfo(file, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)

        for name, model in models:
            x, logits, described = case(model, texts)
            add(f"{name}/case.json", json.dumps(described))
            for how in "legacy", "dynamo":
                with torch.no_grad():
                    exported = heads.export(model, x[:2], how)
                session = onnxruntime.InferenceSession(exported)
                got = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
                assert abs(got - logits.numpy()).max() < 1e-5, (name, how)
                add(f"{name}/{how}.onnx", exported)
                print(name, how, len(exported), flush=True)
    os.replace(f"{path}.tmp", path)


def main():
    torch.backends.mha.set_fastpath_enabled(False)
    write(here.parent / "gpt.zip", gpts(), False)
    write(here.parent / "padded.zip", padded(), True)
    model = GPT(vocabulary=256, context=32).eval()
    with torch.no_grad():
        (here.parent / "bytes.onnx").write_bytes(heads.export(model, torch.randint(0, 256, (2, 32)), "dynamo"))


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    main()
