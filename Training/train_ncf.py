#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains Neural Collaborative Filtering on who took what, and writes it as a model directory of kind `ncf`.

    martlet events export --data-dir data --people events.jsonl
    python Training/train_ncf.py --interactions events.jsonl --out shop-ncf

The interactions are an export of events, or lines of "shopper item item ...", plain or compressed by gzip. Of each shopper
one item is held out; the epoch that ranks it best among 99 items not taken is kept, half of the shoppers choosing the
epoch and the other half giving the figures. A killed run goes on from its last epoch. A GPU is used where there is one.
Equal data, versions, device and seed give equal models.
"""
import argparse
import hashlib
import pathlib
import sys
import time

import numpy as np
import torch

from martlet_training import cards, interactions, metrics, ncf, onnx_files


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interactions", required=True)
    parser.add_argument("--out", required=True, help="the model directory to write")
    parser.add_argument("--id", default="shop-ncf")
    parser.add_argument("--version", help="the time unless told")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--factors", type=int, default=32)
    parser.add_argument("--weight", type=float, default=0.3, help="how much of the order is the model's")
    parser.add_argument("--least-shopper", type=int, default=3, help="items of a shopper at least")
    parser.add_argument("--least-item", type=int, default=3, help="shoppers of an item at least")
    parser.add_argument("--sample", type=int, help="shoppers drawn at most")
    parser.add_argument("--negatives-out", help="a file for the held-out items and negatives, as martlet evaluate cf reads")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    data = interactions.read(options.interactions, options.least_shopper, options.least_item, options.sample,
                             options.seed)
    shoppers, items, held = data.split(options.seed)
    count = len(data.items)
    negatives = ncf.draw_negatives(held, data.taken, count, min(99, count // 2), options.seed)
    note(f"{len(data.shoppers)} shoppers, {count} items, {len(shoppers)} pairs, {len(held)} held out")
    if options.negatives_out:
        write_negatives(options.negatives_out, data, shoppers, items, held, negatives)
    model = ncf.NeuMF(len(data.shoppers), count, options.factors)
    checkpoint = pathlib.Path(options.out + "." + fingerprint(options) + ".checkpoint")
    trainer = ncf.Trainer(model, shoppers, items, count, options.seed, checkpoint)
    best_file = checkpoint.with_suffix(".best")
    choosing = np.random.default_rng(options.seed).permutation(len(held)) % 2 == 0
    best = quality(torch.load(best_file, weights_only=True), model, held, negatives, choosing) if best_file.exists() else 0
    while trainer.epoch < options.epochs:
        loss = trainer.step()
        hits, gains = ncf.leave_one_out(lambda s, i: ncf.score(model, s, i), held[choosing], negatives[choosing])
        note(f"epoch {trainer.epoch} of {options.epochs}: loss {loss:.4f}, HR@10 {hits.mean():.4f}, "
             f"nDCG@10 {gains.mean():.4f}")
        if gains.mean() > best:
            best = gains.mean()
            torch.save(model.state_dict(), best_file)
    model.load_state_dict(torch.load(best_file, weights_only=True))
    model.cpu()
    rows, description = write(options, data, model, shoppers, items, held[~choosing], negatives[~choosing])
    checkpoint.unlink()
    best_file.unlink()
    print(cards.table(rows))
    print(f"\n{options.out}: {description['metrics']}")


def quality(state, model, held, negatives, choosing):
    """nDCG@10 of stored weights; the model's own are left as they are."""
    now = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.load_state_dict(state)
    _, gains = ncf.leave_one_out(lambda s, i: ncf.score(model, s, i), held[choosing], negatives[choosing])
    model.load_state_dict(now)
    return gains.mean()


def fingerprint(options):
    """A name for all that decides what is trained."""
    data = pathlib.Path(options.interactions)
    parts = [data.resolve(), data.stat().st_size, options.factors, options.least_shopper, options.least_item,
             options.sample, options.seed]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def write_negatives(path, data, shoppers, items, held, negatives):
    """The same task for `martlet evaluate cf`: what is left to train on, and PATH.negatives."""
    rest = {}
    for shopper, item in zip(shoppers, items):
        rest.setdefault(shopper, []).append(data.items[item - 1])
    with open(path, "w") as file:
        for shopper, taken in rest.items():
            file.write(f"{data.shoppers[shopper - 1]} {' '.join(taken)}\n")
    with open(path + ".negatives", "w") as file:
        for (shopper, item), row in zip(held, negatives):
            names = "\t".join(data.items[k - 1] for k in row)
            file.write(f"({data.shoppers[shopper - 1]},{data.items[item - 1]})\t{names}\n")


def write(options, data, model, shoppers, items, held, negatives):
    popularity = np.bincount(items, minlength=len(data.items) + 1).astype(float)
    systems = {"popularity": lambda s, i: popularity[i]}
    with cards.ModelDirectory(options.out) as directory:
        speeds, sizes = {}, {}
        for name, int8 in (("float32", False), ("int8", True)):
            path = directory / f"{name}.onnx"
            ncf.save_onnx(path, model, int8)
            session = onnx_files.session(path)
            one = {"shopper": np.full(100, 1), "item": np.arange(100) % len(data.items) + 1}
            speeds[name] = onnx_files.latency(lambda: session.run(None, one))
            sizes[name] = path.stat().st_size
            systems["NCF " + name] = lambda s, i, session=session: session.run(None, {"shopper": s, "item": i})[0][:, 0]
        systems["NCF float32, shopper unknown"] = lambda s, i: systems["NCF float32"](np.zeros_like(s), i)
        results = {name: ncf.leave_one_out(run, held, negatives) for name, run in systems.items()}
        rows = [("system", "HR@10", "nDCG@10", "p of nDCG against popularity")]
        for name, (hits, gains) in results.items():
            p = metrics.paired_p(gains, results["popularity"][1])
            rows.append((name, f"{hits.mean():.4f}", f"{gains.mean():.4f}", f"{p:.4f}"))
        loss = results["NCF float32"][1].mean() - results["NCF int8"][1].mean()
        kept = "int8" if loss < 0.005 else "float32"
        (directory / f"{kept}.onnx").replace(directory / "model.onnx")
        (directory / f"{'float32' if kept == 'int8' else 'int8'}.onnx").unlink()
        (directory / "shoppers.txt").write_text("".join(f"{name}\n" for name in data.shoppers))
        (directory / "items.txt").write_text("".join(f"{name}\n" for name in data.items))
        hits, gains = results["NCF " + kept]
        description = {
            "format": 1, "id": options.id, "version": options.version or time.strftime("%Y-%m-%dT%H:%M", time.gmtime()),
            "kind": "ncf", "file": "model.onnx", "sha256": cards.digest(directory / "model.onnx"),
            "inputs": [{"name": "shopper", "ids": "shopper"}, {"name": "item", "ids": "item"}], "output": "score",
            "weight": options.weight, "int8": kept == "int8",
            "metrics": {"ndcg@10": round(float(gains.mean()), 4), "hr@10": round(float(hits.mean()), 4),
                        "popularity_ndcg@10": round(float(results["popularity"][1].mean()), 4),
                        "held_out": len(held), "microseconds_per_100": round(speeds[kept], 1),
                        "judgments": f"leave-one-out of {pathlib.Path(options.interactions).name}"},
        }
        cards.write(directory, description, f"""# Model card: {options.id} {description['version']}

Neural Collaborative Filtering (He et al., 2017): a factorization of {options.factors} factors beside a network of 64, 32 and 16
units, made by Training/train_ncf.py with seed {options.seed}. Number 0, an unknown shopper or item, stands for the usual one: in
training {ncf.UNKNOWN_SHOPPERS:.0%} of shoppers and {ncf.UNKNOWN_ITEMS:.0%} of items are replaced by it.

**Data.** {len(data.shoppers)} shoppers, {len(data.items)} items, {len(shoppers)} pairs.

**Quality.** One item of each shopper held out, ranked among {negatives.shape[1]} items not taken; {len(held)} shoppers who had no
part in choosing the epoch.

{cards.table(rows)}

**Size and latency.** int8 {sizes['int8']} bytes and {speeds['int8']:.0f} µs for 100 pairs on one thread, float32
{sizes['float32']} bytes and {speeds['float32']:.0f} µs. Kept: {kept}, whose nDCG@10 is lower by {loss:.4f}.

**Limits.** It knows only items with {options.least_item} shoppers or more; what is newer counts as unknown until it is trained again.
""")
    return rows, description


if __name__ == "__main__":
    main()
