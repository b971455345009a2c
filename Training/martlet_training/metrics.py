# SPDX-License-Identifier: Apache-2.0
"""Measures of rankings, as `martlet evaluate search` computes them."""
import numpy as np


def ndcg(scores, item, depth=10):
    """nDCG with gain 2^grade - 1; equal scores keep the order of relevance. Clicks weigh by their position."""
    gains = item.gains() * item.weights
    order = np.argsort(-np.asarray(scores), kind="stable")[:depth]
    best = np.sort(np.concatenate([gains, np.exp2(item.others) - 1]))[::-1][:depth]
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = float(best @ discounts[:len(best)])
    return float(gains[order] @ discounts[:len(order)]) / ideal if ideal > 0 else 0.0


def reciprocal_rank(scores, item, depth=10):
    """One over the place of the first relevant candidate; 0 if none is within depth."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:depth]
    places = np.flatnonzero(np.nan_to_num(item.grades)[order] > 0)
    return 1 / (1 + places[0]) if len(places) else 0.0


def paired_p(first, second, rounds=10000, seed=0):
    """Two-sided p of a paired permutation test of two systems' values by query."""
    differences = np.asarray(first) - np.asarray(second)
    random = np.random.default_rng(seed)
    observed = abs(differences.mean()) - 1e-12
    beyond = 0
    for _ in range(0, rounds, 1000):
        signs = random.choice([-1.0, 1.0], size=(1000, len(differences)))
        beyond += int((abs((signs * differences).mean(axis=1)) >= observed).sum())
    return (beyond + 1) / (rounds + 1)
