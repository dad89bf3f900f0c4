"""The tokenizers and the lines that package tokenizer is compared on, with PyPI's tokenizers and sentencepiece (requirements.txt).

    python kinds.py fixtures              # renews the files beside this one, which `go test` reads
    python kinds.py compare DIR           # writes large ones and 10,000 lines to DIR, for `make tokenizers`
"""
import csv
import gzip
import io
import json
import os
import random
import sys

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers as n, pre_tokenizers as p, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
BLOCKS = [
    (0x21, 0x7E), (0xA1, 0xFF), (0x100, 0x24F), (0x250, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F), (0x591, 0x5F4),
    (0x600, 0x77F), (0x900, 0xDFF), (0xE01, 0xE5B), (0xE81, 0xEDF), (0xF00, 0xFDA), (0x1000, 0x109F), (0x10A0, 0x11FF), (0x1200, 0x139F),
    (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2070, 0x218F), (0x2190, 0x23FF), (0x2460, 0x27BF), (0x2E80, 0x30FF), (0x3130, 0x33FF),
    (0x4E00, 0x9FFF), (0xA4D0, 0xABF9), (0xAC00, 0xD7A3), (0xE000, 0xE010), (0xF900, 0xFDFF), (0xFE00, 0xFFFD), (0x10000, 0x10FFF),
    (0x11000, 0x11FFF), (0x12000, 0x123FF), (0x16F00, 0x18AFF), (0x1B000, 0x1B2FF), (0x1D000, 0x1D7FF), (0x1E000, 0x1EFFF),
    (0x1F100, 0x1FAFF), (0x20000, 0x20100), (0x2B820, 0x2B925), (0x2F800, 0x2FA1D), (0x323B0, 0x323C0), (0xE0001, 0xE01EF),
]
EMOJI = ["👍🏽", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪🇫🇷", "❤️", "1️⃣", "😀", "🤷🏻‍♀️", "☺︎"]
ODD = ["\x00", "\x01", "\x07", "\x0b", "\x0c", "\x1c", "\x7f", "\x80", "\x85", "\x8f", "\x9f", "\xad", "\u200b", "\u200d", "\u2028", "\ufeff",
       "\ufffd", "\U0010fffd", "\t", "\n", "\r\n", "  ", "   ", "\u00a0", "\u3000", "\u2003", "™\u0301", "ﬁ\u0308", "e\u0301\u0323", "각", "각",
       "İ", "ΟΔΥΣΣΕΥΣ", "ẞ", "ſ", "K", "it's", "IT'S", "we'll", "''s", "<mask>", " <mask> ", "x<mask>y", "[new]", "[NEW]", "anew", "new", "news",
       "▁", "_", "½", "٣", "一二三", "3.14", "1,000", "co-op", "…", "¿qué?", "「」", "\u0344", "\u1e9b\u0323", "㋿", "ｶﾞ", "<0x41>", "<unk>"]


def sentences(name):
    with gzip.open(os.path.join(HERE, "../../testdata/languages", name), "rt", encoding="utf-8", newline="") as f:
        return [row["text"] for row in csv.DictReader(f)]


def lines(count, seed):
    """Half of the lines are sentences, most of them with something odd in it; half are random characters."""
    rng, real, out = random.Random(seed), sentences("test.csv.gz"), ["", " ", "a"]
    while len(out) < count:
        words = []
        if rng.random() < 0.5:
            words = rng.choice(real).split(" ")
        for _ in range(rng.randint(0, 8)):
            r = rng.random()
            if r < 0.3:
                word = rng.choice(ODD)
            elif r < 0.4:
                word = rng.choice(EMOJI)
            else:
                block = rng.choice(BLOCKS)
                word = "".join(chr(rng.randint(*block)) for _ in range(rng.randint(1, 6)))
            words.insert(rng.randint(0, len(words)), word)
        out.append(rng.choice([" ", " ", " ", "", "  "]).join(words))
    return out


def charsmap(corpus, size, rule):
    """What sentencepiece calls a precompiled map, out of a model that it trains."""
    model = io.BytesIO()
    args = {"normalization_rule_name": rule} if rule else {"normalization_rule_tsv": os.path.join(HERE, "rules.tsv")}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=model, vocab_size=size, minloglevel=2, hard_vocab_limit=False, **args)
    spec = field(model.getvalue(), 3)
    return field(spec, 2)


def field(message, number):
    """The first length-delimited field of a protobuf message with this number."""
    i = 0

    def varint():
        nonlocal i
        value = shift = 0
        while True:
            b = message[i]
            i += 1
            value |= (b & 127) << shift
            shift += 7
            if b < 128:
                return value

    while i < len(message):
        key = varint()
        if key & 7 == 2:
            size = varint()
            if key >> 3 == number:
                return message[i : i + size]
            i += size
        elif key & 7 == 0:
            varint()
        else:
            i += 4 if key & 7 == 5 else 8
    raise ValueError(number)


def trained(model, trainer, corpus, **parts):
    t = Tokenizer(model)
    for name, part in parts.items():
        setattr(t, name, part)
    t.train_from_iterator(corpus, trainer)
    return t


def kinds(size, rule, corpus):
    """Yields names and tokenizers with vocabularies of about that size."""
    quiet = {"show_progress": False}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    for lowercase in (True, False):
        t = trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, **quiet), corpus,
                    normalizer=n.BertNormalizer(lowercase=lowercase), pre_tokenizer=p.BertPreTokenizer())
        t.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
        if lowercase:
            t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
            t.add_tokens([AddedToken("new", single_word=True), AddedToken("[NEW]", rstrip=True, normalized=True), AddedToken("▁", normalized=False)])
        else:
            t.enable_truncation(24)
            t.enable_padding(length=24, pad_id=0, pad_token="[PAD]")
        yield "wordpiece" + ("" if lowercase else "-cased"), t
    alphabet = p.ByteLevel.alphabet()
    t = trained(models.BPE(), trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=["<s>", "<pad>", "</s>"], **quiet), corpus,
                pre_tokenizer=p.ByteLevel(add_prefix_space=True))
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    t.add_tokens([AddedToken("<mask>", lstrip=True), "[new]", "news"])
    t.enable_truncation(32, strategy="longest_first", direction="left")
    yield "bpe-bytes", t
    llama = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    t = trained(models.BPE(ignore_merges=True), trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, **quiet), corpus,
                normalizer=n.NFC(), pre_tokenizer=p.Sequence([p.Split(Regex(llama), "isolated"), p.ByteLevel(False, use_regex=False)]))
    yield "bpe-llama", t
    t = trained(models.BPE(unk_token="<unk>", fuse_unk=False, end_of_word_suffix="</w>"),
                trainers.BpeTrainer(vocab_size=size, special_tokens=["<unk>"], end_of_word_suffix="</w>", **quiet), corpus,
                normalizer=n.Sequence([n.NFC(), n.Replace(Regex(r"\s+"), " "), n.Lowercase()]),
                pre_tokenizer=p.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True))
    yield "bpe-clip", t
    fallback = ["<unk>"] + ["<0x%02X>" % b for b in range(256)]
    t = trained(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True), trainers.BpeTrainer(vocab_size=size, special_tokens=fallback, **quiet), corpus,
                normalizer=n.Sequence([n.Prepend("▁"), n.Replace(" ", "▁")]))
    yield "bpe-fallback", t
    maps = n.Precompiled(charsmap(corpus, size, rule))
    unigram = trainers.UnigramTrainer(vocab_size=size, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", **quiet)
    t = trained(models.Unigram(), unigram, corpus, normalizer=n.Sequence([maps, n.Replace(Regex(" {2,}"), " ")]),
                pre_tokenizer=p.Metaspace(prepend_scheme="first"))
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.enable_truncation(28, strategy="only_first")
    yield "unigram", t
    t = trained(models.Unigram(), unigram, corpus, normalizer=n.Sequence([n.Nmt(), n.NFKC(), n.Strip()]),
                pre_tokenizer=p.Sequence([p.WhitespaceSplit(), p.Metaspace(), p.Digits(True), p.Punctuation("merged_with_previous")]))
    yield "unigram-nfkc", t
    t = trained(models.WordLevel(unk_token="?"), trainers.WordLevelTrainer(vocab_size=size, special_tokens=["?"], **quiet), corpus,
                normalizer=n.Sequence([n.NFKD(), n.StripAccents(), n.Lowercase()]),
                pre_tokenizer=p.Sequence([p.Whitespace(), p.Punctuation("contiguous"), p.Digits(False)]))
    t.enable_padding(pad_to_multiple_of=8, direction="left", pad_id=0)
    yield "words", t
    t = trained(models.WordLevel(unk_token="?"), trainers.WordLevelTrainer(vocab_size=size, special_tokens=["?"], **quiet), corpus,
                normalizer=n.NFD(), pre_tokenizer=p.Sequence([p.CharDelimiterSplit(" "), p.Split("e", "merged_with_next"), p.FixedLength(3)]))
    yield "pieces", t


def ids(t, texts):
    pairs = [(a, b) for a, b in zip(texts, texts[1:])]
    out = {"ids": [e.ids for e in map(t.encode, texts)]}
    if t.truncation is None or t.truncation["strategy"] != "only_first":
        pairs = [t.encode(a, b) for a, b in pairs]
        out["pairs"] = [e.ids for e in pairs]
        out["types"] = [e.type_ids for e in pairs]
        out["masks"] = [e.attention_mask for e in pairs]
    return out


def write(path, text):
    with open(path, "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(text.encode())


def main():
    fixtures = sys.argv[1] == "fixtures"
    folder = HERE if fixtures else sys.argv[2]
    texts = lines(150, 1) if fixtures else lines(10000, 2)
    corpus = sentences("train.csv.gz")
    result = {"lines": texts, "want": {}}
    made = kinds(600, None, corpus[:400]) if fixtures else kinds(8000, "nmt_nfkc", corpus)
    for name, t in list(made) + [(os.path.basename(f)[:-5], Tokenizer.from_file(f)) for f in sys.argv[3:]]:
        write(os.path.join(folder, name + ".json.gz"), t.to_str())
        result["want"][name] = ids(t, texts)
    write(os.path.join(folder, "want.json.gz"), json.dumps(result, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
