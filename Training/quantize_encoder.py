#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes an int8 encoder of a sentence transformer, and measures it against float32.

    pip install -r Training/requirements.txt -r Training/requirements-encoder.txt
    python Training/quantize_encoder.py --model sentence_transformer/ --data training.jsonl --out minilm-int8

Weights and activations become int8 with scales found on texts of the export (post-training quantization of NNCF, with
SmoothQuant and bias correction), so that products of matrices run in int8; a model whose weights alone are int8 is
smaller, but computes in float32. Quality is nDCG@10 of reciprocal rank + cosine on the export's lists; speed is
OpenVINO's on one thread, the least of several rounds in turn. An encoder that loses 0.005 or more is not written.
"""
import argparse
import pathlib
import shutil
import tempfile
import time

import numpy as np

from martlet_training import cards, encoder, lists, metrics

MOST_LOSS = 0.005
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a directory with model.safetensors, config.json and vocab.txt")
    parser.add_argument("--data", required=True, help="what martlet export training wrote")
    parser.add_argument("--out", required=True, help="the model directory to write")
    parser.add_argument("--id", default="minilm")
    parser.add_argument("--version", default="int8")
    parser.add_argument("--samples", type=int, default=200, help="texts that scales are found on")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def export_float(source, path):
    """The transformer as ONNX; returns the width of its vectors."""
    import torch
    from transformers import AutoModel
    model = AutoModel.from_pretrained(source, attn_implementation="eager").eval()

    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask, token_type_ids):
            return self.model(input_ids=input_ids, attention_mask=attention_mask,
                              token_type_ids=token_type_ids).last_hidden_state

    one = torch.ones(2, 7, dtype=torch.int64)
    axes = {name: {0: "n", 1: "length"} for name in [*INPUTS, "last_hidden_state"]}
    torch.onnx.export(Hidden(), (one, one, one * 0), str(path), input_names=INPUTS, output_names=["last_hidden_state"],
                      dynamic_axes=axes, dynamo=False, opset_version=17)
    return model.config.hidden_size


def describe(directory, options, width, int8):
    return {
        "format": 1, "id": options.id, "version": options.version, "kind": "encoder", "file": "model.onnx",
        "sha256": cards.digest(directory / "model.onnx"),
        "inputs": [{"name": name, "text": "text", "part": part} for name, part in zip(INPUTS, ("ids", "mask", "types"))],
        "output": "last_hidden_state", "pooling": "mean", "dimension": width, "int8": int8,
        "tokens": {"vocabulary": "vocab.txt", "lower_case": True, "max_length": 128},
    }


def quantize(source, result, tokenizer, texts):
    import nncf
    import onnx

    def feed(text):
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        return dict(zip(INPUTS, (ids, np.ones_like(ids), np.zeros_like(ids))))

    model = nncf.quantize(onnx.load(source), nncf.Dataset(texts, feed), subset_size=len(texts),
                          preset=nncf.QuantizationPreset.MIXED, model_type=nncf.ModelType.TRANSFORMER)
    onnx.save(model, result)


class OpenVINO:
    """Stands in for the session of an encoder."""

    def __init__(self, path):
        import openvino
        compiled = openvino.Core().compile_model(
            str(path), "CPU", {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"})
        self.request = compiled.create_infer_request()

    def run(self, _, inputs):
        return [np.array(next(iter(self.request.infer(inputs).values())))]


def load(directory):
    found = encoder.Encoder(directory)
    found.session = OpenVINO(directory / "model.onnx")
    return found


def quality(found, path):
    """nDCG@10 by list."""
    export = lists.Export(path)
    encoder.add_cosines(export, found)
    return np.array([metrics.ndcg(60 / (60 + np.arange(len(item.ids))) + item.features["cosine"], item)
                     for item in export.lists])


def speeds(encoders, texts, batch, rounds=5):
    """Milliseconds a text, by encoder: the least of rounds taken in turn."""
    least = {name: np.inf for name in encoders}
    for _ in range(rounds):
        for name, found in encoders.items():
            started = time.perf_counter()
            for start in range(0, len(texts), batch):
                found.encode(texts[start:start + batch])
            least[name] = min(least[name], 1000 * (time.perf_counter() - started) / len(texts))
    return least


def main():
    options = arguments()
    export = lists.Export(options.data)
    random = np.random.default_rng(options.seed)
    texts = [export.texts[name] for name in sorted(export.texts)]
    queries = sorted({item.query for item in export.lists})
    chosen = [texts[k] for k in random.permutation(len(texts))[:options.samples]]
    source = pathlib.Path(options.model)
    with tempfile.TemporaryDirectory() as folder, cards.ModelDirectory(options.out) as directory:
        plain = pathlib.Path(folder)
        width = export_float(options.model, plain / "model.onnx")
        for target in (plain, directory):
            shutil.copy(source / "vocab.txt", target)
        cards.write(plain, describe(plain, options, width, False), "")
        reference = load(plain)
        quantize(plain / "model.onnx", directory / "model.onnx", reference.tokenizer, chosen + queries[:options.samples // 4])
        description = describe(directory, options, width, True)
        cards.write(directory, description, "")
        small = load(directory)
        values = {"float32": quality(reference, options.data), "int8": quality(small, options.data)}
        loss = float((values["float32"] - values["int8"]).mean())
        if loss >= MOST_LOSS:
            raise SystemExit(f"int8 loses {loss:.4f} nDCG@10, {MOST_LOSS} being the most: give more or other --samples")
        both = {"float32": reference, "int8": small}
        of_query = speeds(both, queries[:50], 1)
        of_documents = speeds(both, chosen[:96], 16)
        rows = [("encoder", "nDCG@10", "ms a query", "ms a document, 16 at once", "bytes")]
        for name, place in (("float32", plain), ("int8", directory)):
            rows.append((name, f"{values[name].mean():.4f}", f"{of_query[name]:.2f}", f"{of_documents[name]:.2f}",
                         (place / "model.onnx").stat().st_size))
        description["metrics"] = {"ndcg@10": round(float(values["int8"].mean()), 4),
                                  "float32_ndcg@10": round(float(values["float32"].mean()), 4),
                                  "judgments": pathlib.Path(options.data).name}
        cards.write(directory, description, f"""# Model card: {options.id} {options.version}

`{source.name}` in int8, weights and activations, made by Training/quantize_encoder.py; scales were found on {len(chosen)}
documents of the export. Its nDCG@10 with reciprocal rank is lower by {loss:.4f} (p {metrics.paired_p(values['float32'], values['int8']):.3f}, paired
permutation); at most {MOST_LOSS} is accepted. One thread.

{cards.table(rows)}
""")
    print(cards.table(rows))


if __name__ == "__main__":
    main()
