"""Writes audio.json.gz: what torchaudio computes for package audio's tests. It runs torchaudio's own Python (the files functional/functional.py
and transforms/_transforms.py of its 2.11.0 wheel, unpacked in the folder of the argument) over any torch, since its wheel wants a CUDA one.

    pip download --no-deps torchaudio==2.11.0 && unzip torchaudio-2.11.0-*.whl -d DIR && python audio.py DIR
"""
import gzip
import importlib.util
import json
import math
import os
import sys
import types

import torch


def load(folder):
    """functional.py and _transforms.py, without torchaudio's compiled library."""
    package = types.ModuleType("torchaudio")
    package.__path__ = [os.path.join(folder, "torchaudio")]
    functional = types.ModuleType("torchaudio.functional")
    functional.__path__ = [os.path.join(folder, "torchaudio", "functional")]
    filtering = types.ModuleType("torchaudio.functional.filtering")
    filtering.highpass_biquad = filtering.treble_biquad = None
    utils = types.ModuleType("torchaudio.functional.functional")
    sys.modules.update({"torchaudio": package, "torchaudio.functional": functional, "torchaudio.functional.filtering": filtering})
    for name, path in ("torchaudio.functional.functional", "functional/functional.py"),:
        spec = importlib.util.spec_from_file_location(name, os.path.join(folder, "torchaudio", path))
        utils = importlib.util.module_from_spec(spec)
        sys.modules[name] = utils
        spec.loader.exec_module(utils)
    return utils


def wave(n, rate):
    """A chirp with a second tone and something like noise, the same in Go (wave in audio_test.go)."""
    out, state = [], 1
    for i in range(n):
        state = (state * 1103515245 + 12345) % 2**31
        t = i / rate
        out.append(0.4 * math.sin(2 * math.pi * (200 + 900 * t) * t) + 0.2 * math.sin(2 * math.pi * 3000 * t) + 0.1 * (state / 2**30 - 1))
    return torch.tensor(out, dtype=torch.float32)


def main():
    f = load(sys.argv[1])
    out = {"mel": [], "resample": []}
    for rate, n_fft, win, hop, n_mels, f_min, f_max, n in [
        (16000, 400, 400, 200, 128, 0.0, None, 4000), (16000, 400, 400, 160, 80, 20.0, 7600.0, 3001), (22050, 512, 300, 128, 40, 0.0, None, 2500), (8000, 256, 256, 80, 23, 0.0, None, 300)]:
        x = wave(n, rate)
        spec = f.spectrogram(x, 0, torch.hann_window(win), n_fft, hop, win, 2.0, False)
        fb = f.melscale_fbanks(n_fft // 2 + 1, f_min, f_max or float(rate // 2), n_mels, rate)
        mel = torch.matmul(spec.transpose(-1, -2), fb).transpose(-1, -2)
        out["mel"].append({"rate": rate, "fft": n_fft, "window": win, "hop": hop, "mels": n_mels, "min": f_min, "max": f_max or 0, "samples": n,
                           "want": [round(v, 7) for v in torch.log(mel + 1e-6).flatten().tolist()]})
    for a, b, n in [(44100, 16000, 3000), (8000, 16000, 500), (48000, 44100, 1500), (16000, 22050, 700), (11025, 8000, 1000), (3, 2, 50)]:
        y = f.resample(wave(n, a), a, b)
        out["resample"].append({"from": a, "to": b, "samples": n, "want": [round(v, 8) for v in y.tolist()]})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "audio.json.gz")
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as z:
        z.write(json.dumps(out).encode())


if __name__ == "__main__":
    main()
