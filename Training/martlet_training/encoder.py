# SPDX-License-Identifier: Apache-2.0
"""Runs a sentence encoder over texts, and puts the cosine into lists."""
import hashlib
import json
import os
import pathlib
import tempfile

import numpy as np

BATCH = 16
SAVED_EVERY = 2048


class Encoder:
    """A model directory of kind `encoder`; see Documentation/Formats/Models.md."""

    def __init__(self, directory, threads=1):
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer
        directory = pathlib.Path(directory)
        self.description = json.loads((directory / "model.json").read_text())
        if self.description.get("kind") != "encoder":
            raise ValueError(f"{directory} is no encoder: its kind is {self.description.get('kind')!r}")
        self.id = f"{self.description['id']}:{self.description['version']}"
        tokens = self.description["tokens"]
        self.tokenizer = BertWordPieceTokenizer(
            str(directory / tokens["vocabulary"]), lowercase=tokens.get("lower_case", True))
        self.tokenizer.enable_truncation(tokens.get("max_length", 128))
        self.pooling = self.description.get("pooling", "mean")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(
            str(directory / self.description["file"]), options, providers=["CPUExecutionProvider"])
        self.parts = {item["name"]: item.get("part", "ids") for item in self.description["inputs"]}

    def encode(self, texts):
        """float32 [texts, dimension], each of length 1."""
        encoded = [self.tokenizer.encode(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda k: len(encoded[k].ids))
        vectors = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start:start + BATCH]
            length = max(len(encoded[k].ids) for k in chosen)
            ids = np.zeros((len(chosen), length), np.int64)
            mask = np.zeros_like(ids)
            for row, k in enumerate(chosen):
                size = len(encoded[k].ids)
                ids[row, :size], mask[row, :size] = encoded[k].ids, 1
            inputs = {"ids": ids, "mask": mask, "types": np.zeros_like(ids)}
            output = self.session.run(None, {name: inputs[part] for name, part in self.parts.items()})[0]
            if output.ndim == 3:
                output = (output[:, 0] if self.pooling == "cls"
                          else (output * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True))
            output = output / np.linalg.norm(output, axis=1, keepdims=True)
            for row, k in enumerate(chosen):
                vectors[k] = output[row]
        return np.array(vectors, np.float32)


def quantized(vectors):
    """Vectors as the server stores them: int8, scaled by each one's largest component."""
    scale = np.abs(vectors).max(axis=1, keepdims=True) / 127
    return np.round(vectors / np.where(scale > 0, scale, 1)) * scale


def document_vectors(encoder, texts, cache=None, progress=print):
    """Vectors by document id; with a cache file, a killed run goes on where it was."""
    known = {}
    if cache and pathlib.Path(cache).exists():
        stored = np.load(cache, allow_pickle=False)
        if str(stored["encoder"]) == encoder.id:
            known = dict(zip(stored["keys"].tolist(), stored["vectors"]))
    keys = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    missing = [name for name in texts if keys[name] not in known]
    for start in range(0, len(missing), SAVED_EVERY):
        part = missing[start:start + SAVED_EVERY]
        known.update(zip((keys[name] for name in part), encoder.encode([texts[name] for name in part])))
        if cache:
            save(cache, encoder.id, known)
        progress(f"encoded {start + len(part)} of {len(missing)} documents")
    return {name: known[key] for name, key in keys.items()}


def save(cache, name, known):
    """Replaces the cache in one step."""
    folder = pathlib.Path(cache).resolve().parent
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".npz", delete=False) as file:
        np.savez(file, encoder=name, keys=np.array(list(known)), vectors=np.array(list(known.values()), np.float32))
    os.replace(file.name, cache)


def add_cosines(export, encoder, cache=None, progress=print):
    """Puts the feature `cosine` into each list that lacks it."""
    lists = [item for item in export.lists if "cosine" not in item.features]
    if not lists:
        return
    if not export.texts:
        raise ValueError("the export has no texts, which the cosine needs: export it without --no-texts")
    vectors = document_vectors(encoder, export.texts, cache, progress)
    queries = sorted({item.query for item in lists})
    of_query = dict(zip(queries, encoder.encode(queries)))
    for item in lists:
        documents = quantized(np.stack([vectors[name] for name in item.ids]))
        item.features["cosine"] = (documents @ of_query[item.query]).astype(np.float32)
