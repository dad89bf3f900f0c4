"""Writes the Parquet files of the tests, as Hugging Face's datasets library writes them (its metadata key included), with PyPI's pyarrow 26; those
of pictures with that library itself, datasets 5.2.0, and Pillow 13. pictures.json has the pixels that Pillow decodes, as bytes [3, height, width].

    python files.py
"""
import io
import json
import os

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = ["A fine day, said nobody.", "Regen über München", "", "雨\n☂", "the same", "the same"]
LABELS = [1, 0, 0, 1, 1, 0]


def write(name, label, classes=None, **options):
    table = pa.table({"text": pa.array(TEXTS), "label": label})
    features = {"text": {"dtype": "string", "_type": "Value"}}
    if classes:
        features["label"] = {"names": classes, "_type": "ClassLabel"}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, os.path.join(HERE, name), **options)


def encoded(pixels, kind):
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def pictures():
    y, x = np.mgrid[0:6, 0:8]
    arrays = [np.stack([x * 30, y * 40, x * y * 5 + 9 * i], -1).astype(np.uint8) for i in range(3)]
    files = [encoded(a, "PNG") for a in arrays]
    names = ["cat", "dog", "frog"]
    with open(os.path.join(HERE, "pictures.json"), "w") as f:
        json.dump([np.asarray(Image.open(io.BytesIO(b)).convert("RGB")).transpose(2, 0, 1).ravel().tolist() for b in files], f, separators=(",", ":"))
        f.write("\n")

    def save(name, columns, **features):
        datasets.Dataset.from_dict(columns, features=datasets.Features(features)).to_parquet(os.path.join(HERE, name))

    image, label, text = datasets.Image(), datasets.ClassLabel(names=names), datasets.Value("string")
    rows = [{"bytes": b, "path": f"{i}.png"} for i, b in enumerate(files)]
    save("image.parquet", {"image": rows, "label": [2, 0, 1]}, image=image, label=label)
    save("cifar.parquet", {"id": ["a", "b", "c"], "img": rows, "fine_label": [2, 0, 1], "coarse_label": [0, 0, 1]}, id=text, img=image, fine_label=label, coarse_label=label)
    save("two.parquet", {"before": rows, "after": rows[::-1], "class": [2, 0, 1]}, before=image, after=image, **{"class": label})
    path = pa.table({"image": rows[:2] + [{"bytes": None, "path": "/data/2.png"}], "label": [2, 0, 1]})
    pq.write_table(path, os.path.join(HERE, "path.parquet"))
    save("lists.parquet", {"image": [rows[:1], rows[1:], []], "label": [2, 0, 1]}, image=datasets.List(image), label=label)
    plain = pa.table({"photo": pa.array(files, pa.binary()), "label": ["frog", "cat", "dog"]})
    pq.write_table(plain, os.path.join(HERE, "binary.parquet"))
    webpage = pa.table({"image": pa.array([files[0], b"<html>"], pa.binary()), "label": [0, 1]})
    pq.write_table(webpage, os.path.join(HERE, "webpage.parquet"))


def main():
    write("classlabel.parquet", pa.array(LABELS, pa.int64()), ["neg", "pos"], row_group_size=4)
    write("zstd.parquet", pa.array(LABELS, pa.int32()), compression="zstd", data_page_version="2.0")
    write("names.parquet", pa.array(["b" if x else "a" for x in LABELS]), compression="gzip", use_dictionary=False)
    bomb = pa.table({"text": pa.array(["a" * (300 << 20)]), "label": pa.array([0])})
    pq.write_table(bomb, os.path.join(HERE, "bomb.parquet"), compression="zstd", use_dictionary=False, write_statistics=False)
    pairs = pa.table({"premise": TEXTS, "hypothesis": TEXTS[::-1], "idx": list(range(len(TEXTS))), "label": LABELS})
    pq.write_table(pairs, os.path.join(HERE, "pairs.parquet"), row_group_size=4)
    pictures()
    write("null.parquet", pa.array([1, None, 0, 1, 1, 0], pa.int64()))


if __name__ == "__main__":
    main()
