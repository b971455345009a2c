#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a ranking model on an export and writes it as a model directory.

    martlet export training --data-dir data --collection shop --query-by title,description \\
      --judgments judgments.tsv --events training.jsonl
    python Training/train_ranker.py --data training.jsonl --encoder models/minilm --out shop-ranker
    martlet model add shop-ranker

Kinds: a linear model, which is held near reciprocal rank + cosine and whose attributions are exact; a small network;
boosted trees. All are measured by cross-validation over queries, and the simplest is kept that is within one standard
error of the best. Equal data, versions and seed give equal models.
"""
import argparse
import pathlib
import sys
import time

import numpy as np

from martlet_training import cards, encoder, features, lists, metrics, onnx_files, rankers

RIDGES = (0.3, 1, 3, 10, 30, 100, 300)
# What is shipped: 60 / (60 + rank) + cosine.
PRIOR = {"recall_rank|reciprocal": 1.0, "cosine": 1.0}
# Scores of the prior are spread by about this much over a list.
TEMPERATURE = 0.1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="what martlet export training wrote")
    parser.add_argument("--out", required=True, help="the model directory to write")
    parser.add_argument("--encoder", help="the encoder's model directory; without it the cosine is not used")
    parser.add_argument("--cache", help="a file for the documents' vectors; default: beside the data")
    parser.add_argument("--kind", choices=["auto", "linear", "network", "trees"], default="auto")
    parser.add_argument("--features", help="names as in model.json, comma-separated; chosen from the data unless told")
    parser.add_argument("--id", default="shop-ranker")
    parser.add_argument("--version", help="the time unless told")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


def prior(names, normalization):
    """The shipped weights, of normalised features."""
    return [PRIOR.get(name, 0.0) * normalization.deviation[k] for k, name in enumerate(names)]


def make(kind, names, normalization, ridge):
    if kind == "linear":
        return rankers.Linear(prior(names, normalization), ridge, TEMPERATURE)
    return rankers.Network(len(names)) if kind == "network" else rankers.Trees()


def folds(items, count, seed):
    """The fold of each list; those of one query share theirs, so that none is learnt by heart."""
    queries = sorted({item.query for item in items})
    places = np.random.default_rng(seed).permutation(len(queries)) % count
    of_query = dict(zip(queries, places))
    return np.array([of_query[item.query] for item in items])


class Data:
    """Lists and their raw matrices."""

    def __init__(self, items, names, matrices=None):
        self.items, self.names = items, names
        self.matrices = matrices or [features.raw(item, names) for item in items]

    def __len__(self):
        return len(self.items)

    def where(self, chosen):
        indices = np.flatnonzero(chosen)
        return Data([self.items[k] for k in indices], self.names, [self.matrices[k] for k in indices])

    def folds(self, count, seed):
        return folds(self.items, count, seed)


def fitted(kind, data, ridge, seed):
    normalization = features.Normalization(data.names, data.matrices)
    matrices = [normalization.matrix(matrix) for matrix in data.matrices]
    return normalization, make(kind, data.names, normalization, ridge).fit(matrices, data.items, seed)


def measured(normalization, model, data):
    """nDCG@10 of each list."""
    return np.array([metrics.ndcg(model.score(normalization.matrix(matrix)), item)
                     for item, matrix in zip(data.items, data.matrices)])


def best_ridge(data, count, seed):
    """The ridge with the best nDCG over held-out queries; the strongest of equals.

    Many lists need no more than one split.
    """
    place = data.folds(count, seed)
    rounds = 1 if len(data) > 1000 else count
    means = []
    for ridge in RIDGES:
        values = []
        for fold in range(rounds):
            inside, outside = data.where(place != fold), data.where(place == fold)
            if len(inside) and len(outside):
                values.append(measured(*fitted("linear", inside, ridge, seed), outside))
        means.append(np.concatenate(values).mean())
    return RIDGES[max(range(len(RIDGES)), key=lambda k: (round(means[k], 4), k))]


def cross_validate(kind, data, count, seed):
    """nDCG@10 of each list by a model that did not see its query."""
    place = data.folds(count, seed)
    values = np.zeros(len(data))
    for fold in range(count):
        inside = data.where(place != fold)
        ridge = best_ridge(inside, count, seed + 1) if kind == "linear" else 0
        values[place == fold] = measured(*fitted(kind, inside, ridge, seed), data.where(place == fold))
        note(f"{kind}: fold {fold + 1} of {count}")
    return values


def simplest(results):
    """Of kinds in the order of simplicity, the first within one standard error of the best."""
    best = max(results, key=lambda kind: results[kind].mean())
    error = results[best].std(ddof=1) / np.sqrt(len(results[best]))
    return next(kind for kind in ("linear", "network", "trees")
                if kind in results and results[kind].mean() >= results[best].mean() - error)


def main():
    options = arguments()
    export = lists.Export(options.data)
    if options.encoder:
        encoder.add_cosines(export, encoder.Encoder(options.encoder), options.cache or options.data + ".vectors.npz",
                            progress=note)
    items = export.lists
    names = options.features.split(",") if options.features else features.choose(items)
    note(f"{len(items)} lists, {sum(len(item.ids) for item in items)} candidates, features {', '.join(names)}")
    lexical = np.array([metrics.ndcg(-np.arange(len(item.ids)), item) for item in items])
    shipped = np.array([metrics.ndcg(60 / (60 + np.arange(len(item.ids))) + np.nan_to_num(
        item.features.get("cosine", np.zeros(len(item.ids))), nan=0.44), item) for item in items])
    kinds = ["linear", "network", "trees"] if options.kind == "auto" else [options.kind]
    data = Data(items, names)
    results = {kind: cross_validate(kind, data, options.folds, options.seed) for kind in kinds}
    kind = simplest(results)
    ridge = best_ridge(data, options.folds, options.seed + 1) if kind == "linear" else 0
    normalization, model = fitted(kind, data, ridge, options.seed)
    with cards.ModelDirectory(options.out) as directory:
        description = {
            "format": 1, "id": options.id, "version": options.version or time.strftime("%Y-%m-%dT%H:%M", time.gmtime()),
            "kind": "ranker",
        }
        rows = [("system", "nDCG@10, queries not seen", "over lexical", "p, paired permutation")]
        for label, values in [("lexical", lexical), ("shipped default", shipped), *results.items()]:
            rows.append((label, f"{values.mean():.4f}", f"{values.mean() - lexical.mean():+.4f}",
                         f"{metrics.paired_p(values, lexical):.4f}"))
        speed = finish(kind, model, normalization, data, directory, description)
        if "cosine" in names and options.encoder:
            description["encoder"] = encoder.Encoder(options.encoder).description["id"]
        description["metrics"] = {
            "ndcg@10": round(float(results[kind].mean()), 4), "lexical_ndcg@10": round(float(lexical.mean()), 4),
            "queries": len(items), "folds": options.folds, "microseconds_per_100": round(speed, 1),
            "judgments": pathlib.Path(options.data).name,
        }
        cards.write(directory, description, card(options, export, kind, names, rows, speed, model, ridge, description))
    print(cards.table(rows))
    print(f"\n{options.out}: {kind}")


def finish(kind, model, normalization, data, directory, description):
    """Writes the model's file, if it has one; returns microseconds for 100 candidates."""
    names = data.names
    sample = normalization.matrix(max(data.matrices, key=len))
    sample = np.resize(sample, (100, sample.shape[1])).astype(np.float32)
    if kind == "linear":
        # Weights are of normalised features, as they are read.
        description["linear"] = {
            "bias": 0, "weights": {name: round(float(w), 7) for name, w in zip(names, model.weights)}}
        description["normalization"] = normalization.json()
        description["int8"] = False
        return onnx_files.latency(lambda: sample @ model.weights)
    path = directory / "model.onnx"
    if kind == "network":
        onnx_files.save_network(path, model)
    else:
        onnx_files.save_trees(path, model, len(names))
    plain = onnx_files.session(path)
    speed = onnx_files.latency(lambda: plain.run(None, {"features": sample}))
    description.update(inputs=[{"name": "features", "columns": names}], output="score",
                       normalization=normalization.json(), int8=False)
    if kind == "network":
        small = directory / "model.int8.onnx"
        onnx_files.quantize(path, small, [normalization.matrix(matrix) for matrix in data.matrices[:500]])
        quick = onnx_files.session(small)
        quick_speed = onnx_files.latency(lambda: quick.run(None, {"features": sample}))
        loss = np.mean([
            metrics.ndcg(plain.run(None, {"features": m})[0][:, 0], item)
            - metrics.ndcg(quick.run(None, {"features": m})[0][:, 0], item)
            for item, m in ((item, normalization.matrix(matrix)) for item, matrix in zip(data.items, data.matrices))])
        note(f"int8: {quick_speed:.1f} against {speed:.1f} us for 100 candidates, nDCG@10 lower by {loss:.4f}")
        if loss < 0.005 and quick_speed < speed:
            small.replace(path)
            description["int8"] = True
            speed = quick_speed
        else:
            small.unlink()
    description.update(file="model.onnx", sha256=cards.digest(path))
    return speed


def card(options, export, kind, names, rows, speed, model, ridge, description):
    sources = {source: sum(item.source == source for item in export.lists) for source in ("judgments", "events")}
    parts = [
        f"# Model card: {options.id} {description['version']}\n",
        f"A {kind} ranker over {len(names)} features, made by Training/train_ranker.py with seed {options.seed}.\n",
        f"**Data.** Collection `{export.header['collection']}`: {sources['judgments']} judged queries, "
        f"{sources['events']} searches of shoppers, {sum(len(item.ids) for item in export.lists)} candidates. Labels of "
        "clicks are weighted by the inverse propensity of their position, at most tenfold.\n",
        f"**Quality.** {options.folds}-fold cross-validation, lists of one query in one fold.\n", cards.table(rows),
        f"\n**Latency.** {speed:.1f} µs for 100 candidates on one thread, features not counted.\n",
        "**Limits.** Cross-validation tells of new queries in this shop at this time, not of another shop. Clicks are "
        "not purchases: look at the weights, and compare on judgments with `martlet evaluate search --profile`.\n",
    ]
    if kind == "linear":
        weights = [("feature", "weight of the normalised feature", "shipped")]
        for k, name in enumerate(names):
            weights.append((f"`{name}`", f"{model.weights[k]:+.4f}", f"{model.prior[k]:+.4f}"))
        parts += [f"**Weights.** Ridge {ridge} towards the shipped ones.\n",
                  cards.table([tuple(str(cell).replace("|", "\\|") for cell in row) for row in weights]) + "\n"]
    return "\n".join(parts)


if __name__ == "__main__":
    main()
