"""Writes the Parquet files of the tests, as Hugging Face's datasets library writes them (its metadata key included), with PyPI's pyarrow 26:

    python files.py
"""
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq

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


def main():
    write("classlabel.parquet", pa.array(LABELS, pa.int64()), ["neg", "pos"], row_group_size=4)
    write("zstd.parquet", pa.array(LABELS, pa.int32()), compression="zstd", data_page_version="2.0")
    write("names.parquet", pa.array(["b" if x else "a" for x in LABELS]), compression="gzip", use_dictionary=False)
    bomb = pa.table({"text": pa.array(["a" * (300 << 20)]), "label": pa.array([0])})
    pq.write_table(bomb, os.path.join(HERE, "bomb.parquet"), compression="zstd", use_dictionary=False, write_statistics=False)
    pairs = pa.table({"premise": TEXTS, "hypothesis": TEXTS[::-1], "idx": list(range(len(TEXTS))), "label": LABELS})
    pq.write_table(pairs, os.path.join(HERE, "pairs.parquet"), row_group_size=4)
    write("null.parquet", pa.array([1, None, 0, 1, 1, 0], pa.int64()))


if __name__ == "__main__":
    main()
