"""Writes the pictures of this folder and what Pillow reads in them: of each file the bytes of convert("RGB") and of
convert("L"), and of noise.png resized as torchvision's Resize and CenterCrop resize a PIL image (they call resize and
crop of PIL; the sizes are torchvision.transforms.functional's).

    pip install --require-hashes -r ../requirements.txt
    python make.py
"""
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(7)
w, h = 37, 29
y, x = np.mgrid[0:h, 0:w]
noise = rng.integers(0, 256, (h, w, 3), np.uint8)
smooth = np.stack([x * 255 // w, y * 255 // h, 255 - x * 255 // w], -1).astype(np.uint8)
smooth[8:20, 10:25] = (200, 30, 60)  # edges of colours
alpha = rng.integers(0, 256, (h, w), np.uint8)
rgb, photo = Image.fromarray(noise), Image.fromarray(smooth)
rgba = Image.fromarray(np.dstack([noise, alpha]))
grey = Image.fromarray(noise[..., 0])
deep = Image.fromarray((noise[..., 0].astype(np.uint16) << 8) + noise[..., 1])
palette = photo.quantize(17)
files = {
    "noise.png": rgb, "grey.png": grey, "rgba.png": rgba, "la.png": Image.merge("LA", [grey, Image.fromarray(alpha)]),
    "palette.png": palette, "one.png": grey.convert("1"), "deep.png": deep, "noise.bmp": rgb, "palette.bmp": palette, "grey.bmp": grey,
    "noise.tif": rgb, "grey.tiff": grey, "rgba.tif": rgba, "deep.tif": deep, "palette.gif": palette, "photo.jpeg": photo,
    "grey.jpg": grey, "lossy.webp": photo, "lossless.webp": rgb, "alpha.webp": rgba,
}
options = {"lossless.webp": {"lossless": True}, "lossy.webp": {"quality": 80}, "alpha.webp": {"lossless": True, "exact": True},
           "noise.tif": {"compression": "tiff_lzw"}, "photo.jpeg": {"quality": 90, "subsampling": 2}}
for name, img in files.items():
    img.save(name, **options.get(name, {}))
for name, sub in {"photo422.jpg": 1, "photo444.jpg": 0}.items():
    photo.save(name, quality=90, subsampling=sub)
for name, how in {"noise.jpg": {"quality": 95}, "coarse.jpg": {"quality": 1}, "optimized.jpg": {"quality": 75, "optimize": True},
                  "restart.jpg": {"quality": 90, "restart_marker_blocks": 2}, "progressive.jpg": {"quality": 90, "progressive": True}}.items():
    rgb.save(name, **how)
photo.convert("CMYK").save("cmyk.jpg", quality=95)
palette.save("transparent.png", transparency=3)
exif = Image.Exif()
for orientation in range(1, 9):
    exif[0x112] = orientation
    photo.save(f"turned{orientation}.jpg", quality=95, subsampling=0, exif=exif)

# Turned by other kinds of files: TIFF says so itself, so that Pillow turns it when it opens it.
for orientation in (2, 3, 6, 8):
    exif[0x112] = orientation
    for ext in ("png", "webp", "tif"):
        photo.save(f"turned{orientation}.{ext}", exif=exif, **({"lossless": True} if ext == "webp" else {}))
# A fax of either meaning of 0, transparent colours of a GIF, colours multiplied by their opacity, and JPEGs too narrow
# for chroma to be interpolated.
for meaning in (0, 1):
    grey.convert("1").save(f"fax{meaning}.tif", compression="group4", tiffinfo={262: meaning})
grey.convert("1").save("fax3.tif", compression="group3", tiffinfo={262: 1})
palette.save("transparent.gif", transparency=3)
buffer = io.BytesIO()
Image.fromarray(np.dstack([(noise.astype(int) * alpha[..., None] // 255).astype(np.uint8), alpha])).save(buffer, "TIFF")
extra = struct.pack("<HHI", 338, 3, 1)  # ExtraSamples: Pillow writes 2, not multiplied
with open("multiplied.tif", "wb") as f:
    f.write(buffer.getvalue().replace(extra + b"\2", extra + b"\1"))
for width in (1, 2, 3, 4, 5):
    rgb.crop((0, 0, width, 7)).save(f"narrow{width}.jpg", quality=95, subsampling=2)
rgb.crop((0, 0, 4, 7)).save("narrow422.jpg", quality=95, subsampling=1)


def png(name, samples):  # 16-bit colours, which Pillow reads but does not write
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, {3: 2, 4: 6}[samples.shape[2]], 0, 0, 0)
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


colours = np.random.default_rng(8).integers(0, 1 << 16, (h, w, 4), np.uint16)
png("deep_rgb.png", colours[..., :3])
png("deep_rgba.png", colours)

want = {}
for name in sorted(os.listdir(".")):
    if name.endswith((".py", ".npz")):
        continue
    img = Image.open(name)
    if name.startswith("turned"):
        from PIL import ImageOps
        img = ImageOps.exif_transpose(img)
    want["rgb:" + name] = np.asarray(img.convert("RGB"))
    want["l:" + name] = np.asarray(img.convert("L"))


def resize(img, size, crop=None, filter=Image.BILINEAR):
    if len(size) == 1:
        short, long = sorted(img.size)
        new_long = int(size[0] * long / short)
        size = (size[0], new_long) if img.height <= img.width else (new_long, size[0])
    img = img.resize((size[1], size[0]), filter)
    if crop:
        top, left = int(round((img.height - crop[0]) / 2.0)), int(round((img.width - crop[1]) / 2.0))
        img = img.crop((left, top, left + crop[1], top + crop[0]))
    return np.asarray(img)


want["resize:20,31::bilinear"] = resize(rgb, (20, 31))
want["resize:7,50::bilinear"] = resize(rgb, (7, 50))
want["resize:20,31::bicubic"] = resize(rgb, (20, 31), None, Image.BICUBIC)
want["resize:64,64::bicubic"] = resize(rgb, (64, 64), None, Image.BICUBIC)
want["resize:24:20,21:bilinear"] = resize(rgb, (24,), (20, 21))
want["resize:17:16,16:bicubic"] = resize(rgb, (17,), (16, 16), Image.BICUBIC)
np.savez_compressed("pillow.npz", **want)
