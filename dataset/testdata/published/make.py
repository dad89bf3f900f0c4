"""Writes small archives and files in the form in which known data sets are published, and what Python reads in them:

    pip install numpy==2.4.6 scipy==1.17.1 pillow==13.0.0
    python make.py

want has what torchvision's data set of the name makes of the files (arrays x and y); kinds.json what scipy.io.loadmat reads in kinds.mat
and big.mat, each array flattened with its first dimension first.
"""
import gzip
import io
import json
import os
import struct
import tarfile
import wave
import zipfile

import numpy as np
import scipy.io
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(10)


def pictures(n, h, w):
    """Pictures that are not the same when they are turned, and that compress."""
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([np.stack([x * 7 + 40 * i, y * 3 + i, x + 2 * y + 50 * i], -1) % 256 for i in range(n)]).astype(np.uint8)


def jpeg(colour, side=24):
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    return out.getvalue()


def text_wave(samples):
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setnchannels(1), w.setsampwidth(2), w.setframerate(16000)
        w.writeframes(np.asarray(samples, "<i2").tobytes())
    return out.getvalue()


def tar(name, files, prefix=""):
    with open(name, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as z, tarfile.open(fileobj=z, mode="w") as t:
        folders = set()
        for path, body in files.items():
            folder = prefix + os.path.dirname(path)
            if folder.strip("./") and folder not in folders:  # tar writes folders, too
                folders.add(folder)
                info = tarfile.TarInfo(folder)
                info.type = tarfile.DIRTYPE
                t.addfile(info)
            info = tarfile.TarInfo(prefix + path)
            info.size = len(body)
            t.addfile(info, io.BytesIO(body))


def svhn():
    for part, digits in {"train": [1, 10, 9], "test": [2, 10]}.items():
        x = pictures(len(digits), 32, 32)
        y = np.array(digits, np.uint8).reshape(-1, 1)
        scipy.io.savemat(part + "_32x32.mat", {"X": x.transpose(1, 2, 3, 0), "y": y}, do_compression=True)
        read = scipy.io.loadmat(part + "_32x32.mat")  # as torchvision/datasets/svhn.py does
        np.savez_compressed(f"want/svhn_{part}.npz", x=read["X"].transpose(3, 2, 0, 1), y=read["y"].astype(np.int64).squeeze() % 10)


def stl10():
    files = {"stl10_binary/class_names.txt": b"airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n", "stl10_binary/fold_indices.txt": b"0 1\n"}
    for part, labels in {"train": [1, 10], "test": [3]}.items():
        x = pictures(len(labels), 96, 96)
        files[f"stl10_binary/{part}_X.bin"] = x.transpose(0, 3, 2, 1).tobytes()
        files[f"stl10_binary/{part}_y.bin"] = bytes(labels)
        raw = np.frombuffer(files[f"stl10_binary/{part}_X.bin"], np.uint8)  # as torchvision/datasets/stl10.py does
        np.savez_compressed(f"want/stl10_{part}.npz", x=raw.reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2), y=np.array(labels) - 1)
    tar("stl10_binary.tar.gz", files)


def flowers():
    colours = {1: (250, 0, 0), 2: (0, 250, 0), 3: (0, 0, 250), 4: (250, 250, 0), 5: (0, 250, 250)}
    tar("102flowers.tgz", {f"jpg/image_{n:05d}.jpg": jpeg(c) for n, c in colours.items()})
    scipy.io.savemat("imagelabels.mat", {"labels": np.array([[77, 1, 102, 5, 77]], np.uint8)}, do_compression=True)
    scipy.io.savemat("setid.mat", {"trnid": np.array([[5, 2]], np.uint16), "valid": np.array([[1]], np.uint16), "tstid": np.array([[4, 3]], np.uint16)}, do_compression=True)


def folders():
    with zipfile.ZipFile("EuroSAT.zip", "w") as z:
        for i, name in enumerate(["AnnualCrop", "Forest", "SeaLake"]):
            for n in range(2):
                z.writestr(zipfile.ZipInfo(f"2750/{name}/{name}_{n + 1}.jpg"), jpeg((80 * i, 20, 100), 64))
    tar("food-101.tar.gz", {
        "food-101/README.txt": b"", "food-101/license_agreement.txt": b"",
        **{f"food-101/images/{c}/{n}.jpg": jpeg((n % 256, 100, 9)) for c in ["apple_pie", "waffles"] for n in (1005649, 23893, 100057)},
        "food-101/meta/classes.txt": b"apple_pie\nwaffles\n", "food-101/meta/labels.txt": b"Apple pie\nWaffles\n",
        "food-101/meta/train.json": b"{}", "food-101/meta/test.json": b"{}",
        "food-101/meta/train.txt": b"apple_pie/1005649\napple_pie/23893\nwaffles/23893\nwaffles/1005649\n",
        "food-101/meta/test.txt": b"apple_pie/100057\nwaffles/100057\n",
    })
    tar("aclImdb_v1.tar.gz", {
        "aclImdb/README": b"Large Movie Review Dataset v1.0", "aclImdb/imdb.vocab": b"the\nand\n",
        "aclImdb/train/urls_pos.txt": b"http://www.imdb.com/title/tt0453418/usercomments\n", "aclImdb/train/labeledBow.feat": b"9 0:9\n",
        "aclImdb/train/unsup/0_0.txt": b"nobody said how it was",
        "aclImdb/train/pos/0_9.txt": "Très bien.<br />One of the best.".encode(), "aclImdb/train/pos/10_7.txt": b"I liked it.",
        "aclImdb/train/neg/0_3.txt": b"Two hours\nof my life.", "aclImdb/test/pos/0_10.txt": b"Splendid!", "aclImdb/test/neg/0_2.txt": b"Dreadful.",
    })
    words = {w: text_wave(1000 * i + np.arange(8)) for i, w in enumerate(["go", "no", "yes"])}
    tar("speech_commands_v0.02.tar.gz", {
        "README.md": b"# Speech Commands Data Set v0.02", "LICENSE": b"CC BY 4.0",
        "validation_list.txt": b"yes/0132a06d_nohash_1.wav\nno/0132a06d_nohash_1.wav\n", "testing_list.txt": b"yes/01bb6a2a_nohash_0.wav\ngo/01bb6a2a_nohash_0.wav\n",
        **{f"{w}/{who}_nohash_{n}.wav": body for w, body in words.items() for who, n in [("0132a06d", 1), ("01bb6a2a", 0), ("0a7c2a8d", 0)]},
        "_background_noise_/white_noise.wav": text_wave(np.arange(4)), "_background_noise_/README.md": b"",
    }, prefix="./")
    rows = {"train": '"1","E. D. Abbott Ltd"," Abbott of Farnham E D Abbott Limited was a ""coach"" builder."\n"14","Ulysses"," A novel."\n',
            "test": '"2","Ljungskile","A school.\\nIn Sweden"\n'}
    tar("dbpedia_csv.tgz", {"dbpedia_csv/classes.txt": b"Company\n", "dbpedia_csv/readme.txt": b"", **{f"dbpedia_csv/{p}.csv": r.encode() for p, r in rows.items()}})
    rows = {"train": '"5","dr. goldberg offers\\neverything"\n"1","Been going ""there"" since 1985."\n', "test": '"3","It is fine, really."\n'}
    tar("yelp_review_full_csv.tgz", {"yelp_review_full_csv/readme.txt": b"", **{f"yelp_review_full_csv/{p}.csv": r.encode() for p, r in rows.items()}})


def element(kind, body):
    return struct.pack(">II", kind, len(body)) + body + bytes(-len(body) % 8)


def kinds():
    arrays = {np.dtype(t).name: (rng.integers(0, 100, (2, 3, 2)) - (50 if t[0] in "if" else 0)).astype(t) / (1 if t[0] in "iu" else np.float32(4))
              for t in ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]}
    arrays = {n: a.astype(n) for n, a in arrays.items()}
    arrays |= {"small": np.array([[7]], np.uint8), "empty": np.zeros((0, 3)), "complex": np.array([[1 + 2j, 3]]), "flag": np.array([[True, False]])}
    others = {"text": "words", "cells": np.array(["a", 1], object), "record": {"field": 1.5}, "sparse": scipy.sparse.csc_matrix(np.eye(2))}
    scipy.io.savemat("kinds.mat", arrays | others, do_compression=True)
    scipy.io.savemat("plain.mat", arrays | others)
    flags, dims = element(6, struct.pack(">II", 11, 0)), element(5, struct.pack(">ii", 2, 2))
    matrix = flags + dims + element(1, b"wide") + element(4, struct.pack(">4H", 1, 2, 3, 60000))
    with open("big.mat", "wb") as f:
        f.write(b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(">H", 0x0100) + b"MI" + element(14, matrix))
    want = {}
    for file in ["kinds.mat", "plain.mat", "big.mat"]:
        read = scipy.io.loadmat(file)
        want[file] = {n: {"dims": list(a.shape), "values": np.real(a).astype(float).flatten(order="F").tolist()}
                      for n, a in read.items() if n in arrays or n == "wide"}
    with open("kinds.json", "w") as f:
        json.dump(want, f, separators=(",", ":"))
        f.write("\n")


for make in [svhn, stl10, flowers, folders, kinds]:
    make()
