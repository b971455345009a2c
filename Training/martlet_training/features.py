# SPDX-License-Identifier: Apache-2.0
"""Features by name, with the transforms of Documentation/Formats/Models.md."""
import numpy as np


def transform(values, name):
    """A column over one query's candidates, transformed; NaN is missing and stays so."""
    known = ~np.isnan(values)
    if name == "missing":
        return (~known).astype(np.float32)
    if name is None or not known.any():
        return values
    with np.errstate(invalid="ignore"):
        if name == "share":
            most = np.nanmax(values)
            return values / most if most > 0 else np.where(known, 0, np.nan)
        if name == "z":
            mean, deviation = np.nanmean(values), np.nanstd(values)
            return (values - mean) / deviation if deviation > 0 else np.where(known, 0, np.nan)
        if name == "rank":
            ordered = np.sort(values[known])
            greater = len(ordered) - np.searchsorted(ordered, values, side="right")
            return np.where(known, greater / len(ordered), np.nan)
        if name == "log":
            return np.log1p(np.maximum(values, 0))
        if name == "reciprocal":
            return 60 / (60 + np.maximum(values, 0))
    raise ValueError(f"there is no transform {name!r}")


def value(item, name):
    """A feature of a list's candidates by its name in model.json."""
    base, _, how = name.partition("|")
    if name == "recall_score_share":
        base, how = "recall_score", "share"
    size = len(item.ids)
    if base == "candidates":
        values = np.full(size, size, np.float32)
    elif base == "query_words":
        values = np.full(size, len(item.query.split()), np.float32)
    else:
        values = item.features.get(base, np.full(size, np.nan, np.float32))
    return transform(values, how or None)


# Counts, whose logarithm is what matters.
COUNTS = {"_popularity", "_trend", "_visited_with", "_bought_with", "_age_days"}
# Of a fixed scale already.
SCALED = {"cosine", "_clicks", "_purchases", "_brand_affinity", "_category_affinity", "_price_affinity"}


def varies(values):
    """Whether a column tells candidates apart, by more than rounding."""
    if values is None or np.isnan(values).all():
        return False
    return np.nanmax(values) - np.nanmin(values) > 1e-5 * np.nanmax(np.abs(values))


def choose(lists):
    """The features that the lists can support: those with values that differ within a query."""
    columns = sorted({name for item in lists for name in item.features} - {"recall_rank", "recall_score"})
    chosen = ["recall_rank|reciprocal", "recall_score|share"]
    for name in columns:
        varied = sum(varies(item.features.get(name)) for item in lists)
        if varied < max(2, 0.02 * len(lists)):
            continue
        if name.startswith("_bm25."):
            chosen.append(name + "|share")
        elif name in COUNTS:
            chosen.append(name + "|log")
        elif name in SCALED:
            chosen.append(name)
        else:
            chosen.append(name + "|z")
    return chosen


def raw(item, names):
    """float32 [candidates, features], before normalization; NaN is missing."""
    return np.stack([value(item, name) for name in names], axis=1).astype(np.float32)


class Normalization:
    """Means, deviations and bounds by feature, learnt from raw matrices; a missing value becomes the mean."""

    def __init__(self, names, matrices):
        self.names = names
        stacked = np.concatenate(matrices).astype(np.float64)
        empty = np.isnan(stacked).all(axis=0)
        stacked[:, empty] = 0
        self.mean = np.nanmean(stacked, axis=0)
        deviation = np.nanstd(stacked, axis=0)
        self.deviation = np.where(deviation > 1e-9, deviation, 1)
        self.low, self.high = np.nanmin(stacked, axis=0), np.nanmax(stacked, axis=0)

    def matrix(self, matrix):
        """A raw matrix, normalised."""
        return np.nan_to_num((np.clip(matrix, self.low, self.high) - self.mean) / self.deviation).astype(np.float32)

    def json(self):
        """The member `normalization` of model.json."""
        return {
            name: {"default": 0, "mean": round(float(self.mean[k]), 7), "deviation": round(float(self.deviation[k]), 7),
                   "low": round(float(self.low[k]), 7), "high": round(float(self.high[k]), 7)}
            for k, name in enumerate(self.names)}
