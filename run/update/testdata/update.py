"""Reads and writes updates of a run as FORMAT.md says, with Python's library alone.

    update.py write ENCODING FRACTION <change.json >update.safetensors
    update.py read ENCODING <update.safetensors, with the shapes as JSON in SHAPES

A change is {"name": {"shape": [...], "data": [...]}}; values are float32 as numbers.
"""
import json
import math
import os
import struct
import sys

BUFFERS = (".running_mean", ".running_var", ".num_batches_tracked")


def f32(v):
    return struct.unpack("<f", struct.pack("<f", v))[0]


def scale_of(values):
    most = max((abs(v) for v in values), default=0)
    return math.ldexp(1, max(math.frexp(most)[1] - 1, -149)) if most else 1.0


def halves(values, scale):
    return struct.pack(f"<{len(values)}e", *(v / scale for v in values))


def uvarint(n):
    out = b""
    while n >= 128:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def encode(name, t, encoding, fraction):
    data, shape = t["data"], t["shape"]
    scale = ("F32", [], struct.pack("<f", scale_of(data)))
    if encoding == "float32" or name.endswith(BUFFERS):
        return {name: ("F32", shape, struct.pack(f"<{len(data)}f", *data))}
    if encoding == "float16":
        return {name: ("F16", shape, halves(data, scale_of(data))), name + ":scale": scale}
    if encoding == "sign":
        bits = bytearray((len(data) + 7) // 8)
        total = 0.0
        for i, v in enumerate(data):
            bits[i // 8] |= (v < 0) << i % 8
            total += abs(v)
        mean = struct.pack("<f", total / max(1, len(data)))
        return {name + ":signs": ("U8", [len(bits)], bytes(bits)), name + ":scale": ("F32", [], mean)}
    count = min(len(data), max(1, math.ceil(len(data) * fraction)))
    kept = sorted(sorted(range(len(data)), key=lambda i: (-abs(data[i]), i))[:count])
    values, gaps, after = [data[i] for i in kept], b"", 0
    for i in kept:
        gaps, after = gaps + uvarint(i - after), i + 1
    scale = scale_of(values)
    return {
        name + ":values": ("F16", [len(values)], halves(values, scale)),
        name + ":gaps": ("U8", [len(gaps)], gaps),
        name + ":scale": ("F32", [], struct.pack("<f", scale)),
    }


def decode(tensors, name, shape, encoding):
    n = math.prod(shape)
    if encoding == "float32" or name.endswith(BUFFERS):
        return list(struct.unpack(f"<{n}f", tensors[name]))
    (scale,) = struct.unpack("<f", tensors[name + ":scale"])
    if encoding == "float16":
        return [f32(v * scale) for v in struct.unpack(f"<{n}e", tensors[name])]
    if encoding == "sign":
        bits = tensors[name + ":signs"]
        return [-scale if bits[i // 8] >> i % 8 & 1 else scale for i in range(n)]
    raw, gaps, out, at, pos = tensors[name + ":values"], tensors[name + ":gaps"], [0.0] * n, 0, 0
    for v in struct.unpack(f"<{len(raw) // 2}e", raw):
        gap = shift = 0
        while True:
            b, pos = gaps[pos], pos + 1
            gap, shift = gap | (b & 127) << shift, shift + 7
            if b < 128:
                break
        at += gap
        out[at], at = f32(v * scale), at + 1
    return out


def write(tensors, f):
    header, body = {}, b""
    for name in sorted(tensors):
        dtype, shape, data = tensors[name]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    f.write(struct.pack("<Q", len(text)) + text + body)


def read(f):
    b = f.read()
    (n,) = struct.unpack("<Q", b[:8])
    header, body = json.loads(b[8 : 8 + n]), b[8 + n :]
    return {name: body[slice(*t["data_offsets"])] for name, t in header.items() if name != "__metadata__"}


if sys.argv[1] == "write":
    tensors = {}
    for name, t in json.load(sys.stdin).items():
        tensors |= encode(name, t, sys.argv[2], float(sys.argv[3]))
    write(tensors, sys.stdout.buffer)
else:
    shapes, tensors = json.loads(os.environ["SHAPES"]), read(sys.stdin.buffer)
    json.dump({name: decode(tensors, name, shape, sys.argv[2]) for name, shape in shapes.items()}, sys.stdout)
