"""Writes train.csv.gz and test.csv.gz: sentences of ten languages in Latin letters, from the crates lingua-*-language-model 1.3.0
(Apache-2.0), which a cargo project with these dependencies fetches (`cargo fetch`). The first 300 sentences of each crate's
testdata/sentences.txt that are 20 to 200 characters long are for training, the next 100 for testing; languages take turns.

    python languages.py ~/.cargo/registry/src/*
"""
import csv
import gzip
import io
import os
import sys

LANGUAGES = "dutch english french german italian polish portuguese spanish swedish turkish".split()


def sentences(registry, language):
    path = os.path.join(registry, "lingua-%s-language-model-1.3.0/testdata/sentences.txt" % language)
    with open(path, encoding="utf-8") as f:
        lines = [line.strip() for line in f]
    return [s for s in lines if 20 <= len(s) <= 200][:400]


def write(name, rows):
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["text", "label"])
    out.writerows(rows)
    with open(name, "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(text.getvalue().encode())


def main():
    all_ = {language: sentences(sys.argv[1], language) for language in LANGUAGES}
    here = os.path.dirname(os.path.abspath(__file__))
    for name, part in ("train", slice(0, 300)), ("test", slice(300, 400)):
        columns = [[(s, language) for s in all_[language][part]] for language in LANGUAGES]
        write(os.path.join(here, name + ".csv.gz"), [row for rank in zip(*columns) for row in rank])


if __name__ == "__main__":
    main()
