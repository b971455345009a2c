# SPDX-License-Identifier: Apache-2.0
"""Invented exports, whose order of relevance is planted."""
import importlib.util
import json
import pathlib
import sys
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

needs_torch = unittest.skipUnless(importlib.util.find_spec("torch"), "needs torch")
PROPENSITIES = [1.0, 0.6, 0.5, 0.4]


def records(queries=60, candidates=12, source="judgments", seed=3):
    """Lists whose grade follows from `price` and `_popularity`, and hardly from the order of relevance."""
    random = np.random.default_rng(seed)
    yield {"format": 1, "collection": "shop", "window": 100, "text_fields": ["title"], "propensities": PROPENSITIES}
    for query in range(queries):
        price = random.uniform(5, 100, candidates)
        popularity = random.gamma(1, 10, candidates)
        want = np.log1p(popularity) - 0.05 * price + random.normal(0, 0.1, candidates)
        grades = np.digitize(want, np.quantile(want, [0.5, 0.75, 0.9])).tolist()
        prices = [None if random.random() < 0.1 else round(float(value), 2) for value in price]
        record = {
            "query": f"query {query}", "source": source, "ids": [f"{query}-{k}" for k in range(candidates)],
            "grades": grades, "other_grades": [1],
            "features": {"recall_score": sorted(random.uniform(1, 9, candidates).tolist(), reverse=True),
                         "recall_rank": list(range(candidates)), "price": prices, "_popularity": popularity.tolist()},
        }
        if source == "events":
            record["time"] = query
            record["positions"] = list(range(1, candidates + 1))
        yield record


def write(path, lines):
    with open(path, "w") as file:
        for line in lines:
            file.write(json.dumps(line) + "\n")
    return path
