#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the ranker that is shipped, reciprocal rank + cosine, with what it measures on judgments.

    python Training/default_ranker.py --data training.jsonl --encoder models/minilm \\
      --out Plugins/Neural/Resources/default-ranker

No weight in it is fitted: 60 is the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009), and the
cosine's weight is 1. The card tells how other constants would fare, and what choosing them by cross-validation gives.
"""
import argparse

import numpy as np

from martlet_training import cards, encoder, lists, metrics

CONSTANTS = (20, 40, 60, 100)
WEIGHTS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0)
# The mean cosine of candidates, which a product without a vector is given.
TYPICAL = 0.44


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="what martlet export training --judgments wrote")
    parser.add_argument("--encoder", required=True, help="the encoder's model directory")
    parser.add_argument("--out", required=True, help="the model directory to write")
    parser.add_argument("--version", default="1")
    parser.add_argument("--judgments", default="icecat-dev", help="the name of the judgments")
    return parser.parse_args()


def values(items, constant, weight):
    """nDCG@10 by list."""
    return np.array([
        metrics.ndcg(constant / (constant + np.arange(len(item.ids)))
                     + weight * np.nan_to_num(item.features["cosine"], nan=TYPICAL), item) for item in items])


def chosen_by_others(grid, folds, rounds=50):
    """nDCG@10 by list, constants being those that are best for the other folds; the mean of many splits."""
    total = np.zeros(grid.shape[1])
    for seed in range(rounds):
        fold = np.random.default_rng(seed).permutation(grid.shape[1]) % folds
        for k in range(folds):
            best = grid[:, fold != k].mean(axis=1).argmax()
            total[fold == k] += grid[best, fold == k]
    return total / rounds


def main():
    options = arguments()
    export = lists.Export(options.data)
    model = encoder.Encoder(options.encoder)
    encoder.add_cosines(export, model, options.data + ".vectors.npz")
    items = [item for item in export.lists if item.source == "judgments"]
    lexical = np.array([metrics.ndcg(-np.arange(len(item.ids)), item) for item in items])
    grid = {(constant, weight): values(items, constant, weight) for constant in CONSTANTS for weight in WEIGHTS}
    shipped = grid[60, 1.0]
    validated = chosen_by_others(np.array(list(grid.values())), 5)
    differences = shipped - lexical
    draws = np.random.default_rng(0).integers(0, len(items), (10000, len(items)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    rows = [("system", "nDCG@10", "over lexical", "p, paired permutation"),
            ("lexical", f"{lexical.mean():.4f}", "", ""),
            ("shipped: 60 / (60 + rank) + cosine", f"{shipped.mean():.4f}", f"{differences.mean():+.4f}",
             f"{metrics.paired_p(shipped, lexical):.4f}"),
            ("constants chosen by 5-fold cross-validation, 50 times", f"{validated.mean():.4f}",
             f"{(validated - lexical).mean():+.4f}", f"{metrics.paired_p(validated, lexical):.4f}")]
    around = [("constant \\ weight", *WEIGHTS)]
    for constant in CONSTANTS:
        around.append((constant, *(f"{(grid[constant, weight] - lexical).mean():+.3f}" for weight in WEIGHTS)))
    with cards.ModelDirectory(options.out) as directory:
        description = {
            "format": 1, "id": "default-ranker", "version": options.version, "kind": "ranker",
            "encoder": model.description["id"],
            "linear": {"bias": 0, "weights": {"recall_rank|reciprocal": 1, "cosine": 1}},
            "normalization": {"cosine": {"default": TYPICAL}},
            "metrics": {"ndcg@10": round(float(shipped.mean()), 4), "lexical_ndcg@10": round(float(lexical.mean()), 4),
                        "judgments": options.judgments, "queries": len(items)},
        }
        cards.write(directory, description, f"""# Model card: default-ranker {options.version}

The ranker of the profile `neural`: 60 / (60 + rank) + cosine. The rank is the place in the order of text relevance, 0
being the best; the cosine is that of the encoder's vectors of the query and of the product's searched fields. Written
by Training/default_ranker.py.

**Data.** No weight is fitted: 60 is the constant of reciprocal rank fusion, the cosine's weight is 1. Its form, rank in
place of score and all searched fields in place of titles, was chosen on the judgments that it is measured on,
`{options.judgments}`: {len(items)} queries, the first {export.header['window']} candidates of each, what is not judged counting 0.

{cards.table(rows)}

The gain's 95 % interval by bootstrap over queries is {low:+.3f} to {high:+.3f}; {int((differences > 1e-9).sum())} queries gain,
{int((differences < -1e-9).sum())} lose. The gain by other constants and weights:

{cards.table(around)}

**Limits.** The encoder is English; where its vectors say nothing, the cosine's spread is small and the order stays near
that of text relevance. A product without a vector is given a cosine of {TYPICAL}, the mean of those measured.
""")
    print(cards.table(rows))


if __name__ == "__main__":
    main()
