# SPDX-License-Identifier: Apache-2.0
"""Compares the collaborative filter with plain strong baselines on one data set, in one run.

Usage: python Benchmarks/filter_baselines.py --train F (--test F | --negatives F) [--martlet BINARY]
         [--models LIST]

Needs numpy and scipy. Files are those of `martlet evaluate cf`. Each baseline is tried with a grid of
hyperparameters, and its best figures ON THE TEST are printed, which flatters it; martlet chooses on a
split of its training data. EASE takes a dense square of the items, so it is left out above 6,000.
"""
import argparse
import gzip
import json
import pathlib
import subprocess
import time

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import svds


def lines(path):
    """The words of each line that has some."""
    opened = gzip.open(path, "rt") if str(path).endswith(".gz") else open(path, encoding="utf-8")
    with opened as file:
        return [words for words in (line.split() for line in file) if words]


class Data:
    """A binary matrix of users and items, and the cases that judge scores."""

    def __init__(self, train, test, negatives):
        rows, columns, self.users, items = [], [], {}, {}
        for user, *names in lines(train):
            row = self.users.setdefault(user, len(self.users))
            for name in names:
                rows.append(row)
                columns.append(items.setdefault(name, len(items)))
        shape = (len(self.users), len(items))
        self.matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape)
        self.matrix.data[:] = 1
        self.user_counts = np.maximum(1, np.asarray(self.matrix.sum(1)).ravel())
        self.item_counts = np.maximum(1, np.asarray(self.matrix.sum(0)).ravel())
        self.test, self.cases = [], []
        for user, *names in lines(test) if test else []:
            if names and user in self.users:
                known = np.array([items[name] for name in set(names) if name in items], int)
                self.test.append((self.users[user], known, len(set(names))))
        for pair, *names in lines(negatives) if negatives else []:
            user, item = pair.strip("()").split(",")
            if user in self.users:
                self.cases.append((self.users[user], [items.get(each, -1) for each in [item, *names]]))

    def figures(self, scores):
        """Recall@20 and NDCG@20 over all items, or hit rate@10 and NDCG@10 among given ones."""
        chosen, total = self.cases or self.test, np.zeros(2)
        for start in range(0, len(chosen), 256):
            part = chosen[start:start + 256]
            users = np.array([case[0] for case in part])
            block = np.asarray(scores(users), np.float32)
            for case, user, row in zip(part, users, block):
                total += self.hit(row, case) if self.cases else self.ranked(row, user, case)
        return total / max(1, len(chosen))

    @staticmethod
    def hit(row, case):
        own, *others = [row[item] if item >= 0 else -np.inf for item in case[1]]
        rank = 1 + sum(other > own for other in others) + (sum(other == own for other in others) + 1) // 2
        return (1, 1 / np.log2(rank + 1)) if rank <= 10 else (0, 0)

    def ranked(self, row, user, case):
        row[self.matrix[user].indices] = -np.inf
        depth = min(20, len(row))
        best = np.argpartition(-row, depth - 1)[:depth]
        hits = np.isin(best[np.argsort(-row[best], kind="stable")], case[1])
        discounts = 1 / np.log2(np.arange(2, depth + 2))
        return hits.sum() / case[2], discounts @ hits / discounts[:case[2]].sum()


def pruned(data, left, right, neighbours):
    """The product of two sparse matrices without its diagonal, the strongest of each row kept."""
    values, columns, ends = [], [], [0]
    for start in range(0, left.shape[0], 2000):
        block = (left[start:start + 2000] @ right).tocsr()
        for row in range(block.shape[0]):
            span = slice(block.indptr[row], block.indptr[row + 1])
            value, column = block.data[span], block.indices[span]
            value = np.where(column == start + row, 0, value)
            if len(value) > neighbours:
                kept = np.argpartition(-value, neighbours - 1)[:neighbours]
                value, column = value[kept], column[kept]
            values.append(value)
            columns.append(column)
            ends.append(ends[-1] + len(value))
    size = (len(data.item_counts),) * 2
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), ends), size)


def item_knn(data):
    """Cosine neighbours (Sarwar et al., 2001)."""
    scaled = (data.matrix @ sparse.diags(data.item_counts ** -0.5)).tocsr()
    for neighbours in (50, 200, 1000):
        weights = pruned(data, scaled.T.tocsr(), scaled, neighbours).T.tocsr()
        yield f"neighbours {neighbours}", lambda users, w=weights: (data.matrix[users] @ w).toarray()


def rp3beta(data):
    """A random walk of three steps with exponents (Paudel et al., 2017)."""
    for alpha in (0.7, 1.0):
        forth = (sparse.diags(data.item_counts ** -alpha) @ data.matrix.T).tocsr()
        for beta in (0.1, 0.3, 0.6):
            back = sparse.diags(data.user_counts ** -alpha) @ data.matrix
            back = (back @ sparse.diags(data.item_counts ** -beta)).tocsr()
            weights = pruned(data, forth, back, 400)
            yield (f"alpha {alpha} beta {beta}",
                   lambda users, w=weights: (data.matrix[users] @ w).toarray())


def gf_cf(data):
    """A linear and an ideal low-pass graph filter (Shen et al., CIKM 2021)."""
    half = data.item_counts ** 0.5
    normal = (sparse.diags(data.user_counts ** -0.5) @ data.matrix @ sparse.diags(1 / half)).tocsr()
    vectors = svds(normal, min(256, min(normal.shape) - 2), random_state=1)[2].T.astype(np.float32)
    for share in (0, 0.1, 0.3, 1):
        def scores(users, share=share):
            history = data.matrix[users]
            low = ((history @ sparse.diags(1 / half) @ vectors) @ vectors.T) * half
            return (history @ normal.T @ normal).toarray() + share * low
        yield f"share {share}", scores


def ease(data):
    """The ridge regression of each item on all others (Steck, WWW 2019)."""
    if len(data.item_counts) > 6000:
        return
    gram = (data.matrix.T @ data.matrix).toarray().astype(np.float64)
    for ridge in (50, 100, 200, 300, 500, 1000):
        inverse = np.linalg.inv(gram + ridge * np.eye(len(gram)))
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)
        yield f"ridge {ridge}", lambda users, w=weights: data.matrix[users] @ w


def ials(data, rounds=12):
    """Alternating least squares over all pairs (Hu et al., 2008; as in Rendle et al., 2022)."""
    def side(matrix, factors, weight, ridge):
        base, solved = weight * factors.T @ factors, np.zeros((matrix.shape[0], factors.shape[1]))
        for row in range(matrix.shape[0]):
            own = factors[matrix.indices[matrix.indptr[row]:matrix.indptr[row + 1]]]
            least = ridge * (len(own) + weight * len(factors))
            solved[row] = np.linalg.solve(
                base + own.T @ own + least * np.eye(len(base)), own.sum(0))
        return solved
    flipped = data.matrix.T.tocsr()
    for rank, weight, ridge in ((64, 0.05, 0.003), (64, 0.2, 0.01), (128, 0.2, 0.01)):
        items = np.random.default_rng(1).normal(0, 0.1 / rank ** 0.5, (flipped.shape[0], rank))
        for _ in range(rounds):
            users = side(data.matrix, items, weight, ridge)
            items = side(flipped, users, weight, ridge)
        yield (f"rank {rank} weight {weight} ridge {ridge}",
               lambda chosen, u=users, i=items: u[chosen] @ i.T)


MODELS = {"ItemKNN": item_knn, "RP3beta": rp3beta, "GF-CF": gf_cf, "EASE": ease, "iALS": ials}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, type=pathlib.Path)
    judged = parser.add_mutually_exclusive_group(required=True)
    judged.add_argument("--test", type=pathlib.Path)
    judged.add_argument("--negatives", type=pathlib.Path)
    parser.add_argument("--martlet", help="the binary; without it only the baselines run")
    parser.add_argument("--models", default=",".join(MODELS), help="of " + ", ".join(MODELS))
    words = parser.parse_args()
    data = Data(words.train, words.test, words.negatives)
    names = ("hr@10", "ndcg@10") if words.negatives else ("recall@20", "ndcg@20")
    print(f"{data.matrix.shape[0]} users, {data.matrix.shape[1]} items, {data.matrix.nnz} interactions")
    print(f"{'model':10} {names[0]:>10} {names[1]:>10} {'seconds':>8}  best of the grid, on the test")
    for name in words.models.split(","):
        started = time.monotonic()
        tried = [(data.figures(scores), text) for text, scores in MODELS[name](data)]
        if tried:
            (first, second), text = max(tried, key=lambda each: each[0].sum())
            print(f"{name:10} {first:10.4f} {second:10.4f} {time.monotonic() - started:8.0f}  {text}",
                  flush=True)
    if words.martlet:
        judged = ["--negatives", words.negatives] if words.negatives else ["--test", words.test]
        answer = json.loads(subprocess.run(
            [words.martlet, "evaluate", "cf", "--train", words.train, *judged, "--json"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
        print(f"{'martlet':10} {answer[names[0]]:10.4f} {answer[names[1]]:10.4f}"
              f" {answer['train_seconds']:8.0f}  chosen by validation")


if __name__ == "__main__":
    main()
