#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what the reference tokenizer makes of 10,000 strings, for WordPieceTests.

    pip install tokenizers==0.23.3
    generate.py                          the committed vocabulary: writes pieces.txt from --model once
    generate.py --model VOCAB.txt        a model's vocabulary: writes minilm.hashes
    generate.py --model VOCAB.txt --make-vocabulary
    generate.py [--model VOCAB.txt] --show N    prints string N and its reference tokens

The strings follow from a seed by SplitMix64 in the same way here and in the test, so that only a hash
of each string's tokens (FNV-1a, 32 bits of it, little-endian) need be kept. String i is cut at
2 + i % 60 tokens; its pair with string i + 1 at 3 + 2 * (i % 30).
"""
import argparse
import pathlib
import struct

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).resolve().parent
COUNT, SEED, MASK = 10_000, 20_26, (1 << 64) - 1
# Ranges that characters are drawn from; the last one is all of Unicode.
RANGES = [
    (0x20, 0x7E), (0x61, 0x7A), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F),
    (0x590, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1E00, 0x1FFF), (0x2000, 0x22FF),
    (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF), (0x1F300, 0x1FAFF),
    (0x00, 0x1F), (0x80, 0xD7FF), (0x10000, 0x10FFFF),
]


class Random:
    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % bound


def make_strings(pieces, sentences):
    random = Random(SEED)

    def character():
        low, high = RANGES[random.below(len(RANGES))]
        scalar = low + random.below(high - low + 1)
        return "" if 0xD800 <= scalar <= 0xDFFF else chr(scalar)

    def part():
        kind = random.below(10)
        if kind < 5:
            piece = pieces[random.below(len(pieces))]
            return piece[2:] if piece.startswith("##") else piece
        if kind < 6:
            return pieces[random.below(len(pieces))].upper()
        if kind < 9:
            return "".join(character() for _ in range(1 + random.below(6)))
        sentence = sentences[random.below(len(sentences))]
        begin = random.below(len(sentence))
        return sentence[begin:begin + 1 + random.below(40)]

    strings = []
    for _ in range(COUNT):
        text = ""
        for _ in range(1 + random.below(14)):
            text += part()
            if random.below(3) > 0:
                text += " "
        strings.append(text)
    return sentences + strings[:COUNT - len(sentences)]


def fnv(ids, hash=0xCBF29CE484222325):
    for number in ids:
        for byte in struct.pack("<i", number):
            hash = ((hash ^ byte) * 0x100000001B3) & MASK
    return hash


def reference(pieces):
    numbers = {}
    for number, piece in enumerate(pieces):
        numbers.setdefault(piece, number)
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", numbers["[SEP]"]), ("[CLS]", numbers["[CLS]"]))
    return tokenizer


def small_vocabulary(pieces):
    """Every character piece below U+0600 and every seventh other one."""
    return [
        piece for number, piece in enumerate(pieces)
        if piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
        or (not piece.startswith("[unused") and
            ((len(piece.removeprefix("##")) == 1 and ord(piece[-1]) < 0x600) or number % 9 == 0))
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--make-vocabulary", action="store_true")
    parser.add_argument("--show", type=int)
    arguments = parser.parse_args()
    path = arguments.model or HERE / "pieces.txt"
    pieces = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if arguments.make_vocabulary:
        text = "\n".join(small_vocabulary(pieces)) + "\n"
        (HERE / "pieces.txt").write_text(text, encoding="utf-8")
        return
    sentences = (HERE / "sentences.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    # Words come from the small vocabulary, so that the strings are the same for every model.
    words = (HERE / "pieces.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    strings = make_strings(words, sentences)
    tokenizer = reference(pieces)
    if arguments.show is not None:
        text = strings[arguments.show]
        print(repr(text), tokenizer.encode(text).ids, tokenizer.encode(text).tokens, sep="\n")
        return
    hashes = []
    for number, text in enumerate(strings):
        tokenizer.enable_truncation(2 + number % 60)
        ids = tokenizer.encode(text).ids
        tokenizer.enable_truncation(3 + 2 * (number % 30))
        pair = tokenizer.encode(text, strings[(number + 1) % COUNT])
        hashes.append(fnv(pair.type_ids, fnv(pair.ids, fnv(ids))) & 0xFFFFFFFF)
    name = "minilm.hashes" if arguments.model else "pieces.hashes"
    (HERE / name).write_bytes(b"".join(struct.pack("<I", value) for value in hashes))


if __name__ == "__main__":
    main()
