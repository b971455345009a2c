# SPDX-License-Identifier: Apache-2.0
"""Reads an export: queries with their candidates, features and labels (Documentation/Formats/Training.md)."""
import gzip
import json
import pathlib

import numpy as np

MOST_WEIGHT = 10.0


class ExportError(Exception):
    """What is wrong with an export, and the remedy."""


class List:
    """One query's candidates, in the order of relevance."""

    __slots__ = ("query", "source", "time", "ids", "grades", "weights", "others", "features")

    def __init__(self, record, propensities):
        self.query = record["query"]
        self.source = record["source"]
        self.time = record.get("time", 0)
        self.ids = record["ids"]
        self.grades = column(record["grades"])
        self.others = np.array(record["other_grades"], np.float32)
        self.features = {name: column(values) for name, values in record["features"].items()}
        positions = record.get("positions")
        self.weights = (np.ones(len(self.ids), np.float32) if positions is None
                        else inverse_propensities(column(positions), propensities))
        lengths = {len(self.grades), len(self.weights), *map(len, self.features.values())}
        if lengths != {len(self.ids)}:
            raise ExportError(f"the columns of query {self.query!r} differ in length: export again")

    def gains(self):
        """2^grade - 1 of each candidate, 0 where nothing is known."""
        return np.exp2(np.nan_to_num(self.grades)) - 1


def column(values):
    """Numbers of a line; null is NaN."""
    return np.array([np.nan if value is None else value for value in values], np.float32)


def inverse_propensities(positions, propensities):
    """Weights that undo the position's part in a click (Joachims et al., 2017), at most tenfold."""
    known = np.asarray(propensities, np.float64)
    last = len(known)
    places = np.nan_to_num(positions, nan=1).clip(1)
    inside = known[np.minimum(places, last).astype(int) - 1]
    below = known[-1] * np.log2(1 + last) / np.log2(1 + places)
    return (1 / np.where(places <= last, inside, below).clip(1 / MOST_WEIGHT)).astype(np.float32)


class Export:
    """A whole export: its header, lists and documents' texts."""

    def __init__(self, path):
        self.header, self.lists, self.texts = None, [], {}
        for number, line in enumerate(lines(path), 1):
            try:
                record = json.loads(line)
                if self.header is None:
                    self.header = record
                    if record.get("format") != 1:
                        raise ExportError(f"{path} has format {record.get('format')!r}, not 1: export it again")
                elif "document" in record:
                    self.texts[record["document"]] = record["text"]
                else:
                    self.lists.append(List(record, self.header["propensities"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ExportError(f"line {number} of {path} cannot be read ({error!r}): export it again") from error
        if not self.lists:
            raise ExportError(f"{path} holds no query: give the export judgments or events")


def lines(path):
    """The lines of a file, plain or compressed by gzip."""
    opener = gzip.open if pathlib.Path(path).suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield line
