# SPDX-License-Identifier: Apache-2.0
"""Who took what: lines of "shopper item item ...", or an export of events."""
import json
import pathlib

import numpy as np

from .lists import lines

TAKEN = {"click", "view", "add_to_cart", "purchase"}


class Interactions:
    """Pairs of shopper and item by number, from 1, each once; the names by number, from 0."""

    def __init__(self, pairs_by_name, least_shopper, least_item):
        kept = {shopper: list(dict.fromkeys(items)) for shopper, items in pairs_by_name.items()}
        counts = {}
        for items in kept.values():
            for item in items:
                counts[item] = counts.get(item, 0) + 1
        kept = {shopper: [item for item in items if counts[item] >= least_item] for shopper, items in kept.items()}
        kept = {shopper: items for shopper, items in kept.items() if len(items) >= least_shopper}
        if not kept:
            raise ValueError("no shopper has enough items: lower --least-shopper or --least-item")
        self.shoppers = list(kept)
        self.items = sorted({item for items in kept.values() for item in items})
        number = {item: k for k, item in enumerate(self.items, 1)}
        self.taken = [np.array([number[item] for item in kept[shopper]], np.int64) for shopper in self.shoppers]

    def split(self, seed):
        """Pairs to learn from, and of each shopper with three items or more one that is held out."""
        random = np.random.default_rng(seed)
        shoppers, items, held = [], [], []
        for k, taken in enumerate(self.taken, 1):
            out = random.integers(len(taken)) if len(taken) >= 3 else None
            if out is not None:
                held.append((k, taken[out]))
            rest = taken if out is None else np.delete(taken, out)
            shoppers.append(np.full(len(rest), k))
            items.append(rest)
        return np.concatenate(shoppers), np.concatenate(items), np.array(held)


def read(path, least_shopper=3, least_item=3, sample=None, seed=0):
    """Reads a file; of more shoppers than `sample`, so many are drawn by the seed."""
    named = {}
    for line in lines(path):
        if pathlib.Path(path).name.removesuffix(".gz").endswith(".jsonl"):
            event = json.loads(line)
            if event.get("event_type") in TAKEN and event.get("user_id"):
                items = [item["doc_id"] for item in event.get("items", []) if "doc_id" in item]
                items += [event["doc_id"]] if "doc_id" in event else []
                named.setdefault(event["user_id"], []).extend(items)
        else:
            shopper, *items = line.split()
            named.setdefault(shopper, []).extend(items)
    if sample and sample < len(named):
        chosen = np.random.default_rng(seed).choice(sorted(named), sample, replace=False)
        named = {shopper: named[shopper] for shopper in sorted(chosen)}
    return Interactions(named, least_shopper, least_item)
