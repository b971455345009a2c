# SPDX-License-Identifier: Apache-2.0
"""Reading exports, features, measures and rankers."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import support
from martlet_training import cards, features, lists, metrics, onnx_files, rankers


def plain_transform(values, name, k):
    """Documentation/Formats/Models.md once more, one candidate at a time."""
    present = [value for value in values if not np.isnan(value)]
    value = values[k]
    if name == "missing":
        return float(np.isnan(value))
    if np.isnan(value):
        return np.nan
    if name == "share":
        return value / max(present) if max(present) > 0 else 0
    if name == "z":
        mean = sum(present) / len(present)
        deviation = (sum((one - mean) ** 2 for one in present) / len(present)) ** 0.5
        return (value - mean) / deviation if deviation > 0 else 0
    if name == "rank":
        return sum(one > value for one in present) / len(present)
    if name == "log":
        return np.log(1 + max(0, value))
    return 60 / (60 + max(0, value))


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def export(self, **options):
        return lists.Export(support.write(self.folder / "training.jsonl", support.records(**options)))

    def data(self, **options):
        """Lists, feature names and normalised matrices."""
        items = self.export(**options).lists
        names = features.choose(items)
        raw = [features.raw(item, names) for item in items]
        normalization = features.Normalization(names, raw)
        return items, names, normalization, [normalization.matrix(matrix) for matrix in raw]


class ReadingTest(Folder):
    def test_what_cannot_be_read_is_told_with_its_line(self):
        good = list(support.records(queries=2))
        shorter = dict(good[1], grades=good[1]["grades"][:-1])
        for lines, told in [([{"format": 2}], "format 2"), (good[:1], "no query"), (good[:1] + [{"x": 1}], "line 2"),
                            ([good[0], shorter], "differ in length")]:
            with self.assertRaisesRegex(lists.ExportError, told):
                lists.Export(support.write(self.folder / "bad.jsonl", lines))

    def test_weights_undo_the_position(self):
        weights = lists.inverse_propensities(np.array([1, 2, 4, 9, 10_000, np.nan]), support.PROPENSITIES)
        below = 0.4 * np.log2(5) / np.log2(10)
        np.testing.assert_allclose(weights, [1, 1 / 0.6, 1 / 0.4, 1 / below, lists.MOST_WEIGHT, 1], rtol=1e-5)
        self.assertLessEqual(lists.inverse_propensities(np.array([3.0]), [1, 0.5, 0.001])[0], lists.MOST_WEIGHT)


class FeaturesTest(unittest.TestCase):
    def test_transforms_are_those_of_the_format(self):
        random = np.random.default_rng()
        state = random.bit_generator.state["state"]
        for _ in range(200):
            values = random.integers(-3, 6, random.integers(1, 30)).astype(np.float64)
            values[random.random(len(values)) < 0.2] = np.nan
            if np.isnan(values).all():
                continue
            for name in ("share", "z", "rank", "log", "reciprocal", "missing"):
                expected = [plain_transform(values, name, k) for k in range(len(values))]
                np.testing.assert_allclose(features.transform(values, name), expected, atol=1e-6, err_msg=f"{name} {state}")


class MetricsTest(unittest.TestCase):
    def test_ndcg_is_that_of_its_definition(self):
        item = lists.List({"query": "q", "source": "judgments", "ids": list("abcd"), "grades": [0, 3, None, 1],
                           "other_grades": [2], "features": {}}, [1.0])
        ideal = 7 + 3 / np.log2(3) + 1 / 2
        self.assertAlmostEqual(metrics.ndcg([4, 3, 2, 1], item), (7 / np.log2(3) + 1 / np.log2(5)) / ideal)
        self.assertAlmostEqual(metrics.ndcg([1, 1, 1, 1], item), metrics.ndcg([4, 3, 2, 1], item))
        self.assertAlmostEqual(metrics.reciprocal_rank([4, 3, 2, 1], item), 0.5)

    def test_p_is_small_for_a_difference_and_not_for_noise(self):
        random = np.random.default_rng(1)
        first = random.random(50)
        self.assertLess(metrics.paired_p(first + 0.1, first), 0.001)
        self.assertGreater(metrics.paired_p(first, first), 0.99)


class RankersTest(Folder):
    def finds_the_planted_order(self, make):
        items, names, _, matrices = self.data(queries=160)
        self.assertEqual(names, ["recall_rank|reciprocal", "recall_score|share", "_popularity|log", "price|z"])
        ranker = make(len(names)).fit(matrices[:120], items[:120], seed=1)
        found = np.mean([metrics.ndcg(ranker.score(m), item) for m, item in zip(matrices[120:], items[120:])])
        lexical = np.mean([metrics.ndcg(-np.arange(len(item.ids)), item) for item in items[120:]])
        self.assertGreater(found, 0.9)
        self.assertLess(lexical, 0.75)

    def test_a_linear_ranker_finds_the_planted_order_on_queries_not_seen(self):
        self.finds_the_planted_order(lambda size: rankers.Linear([0] * size, 0.1))

    def test_trees_find_the_planted_order_on_queries_not_seen(self):
        self.finds_the_planted_order(lambda size: rankers.Trees())

    @support.needs_torch
    def test_a_network_finds_the_planted_order_on_queries_not_seen(self):
        self.finds_the_planted_order(lambda size: rankers.Network(size, epochs=150))

    def test_a_strong_ridge_keeps_the_prior(self):
        items, names, _, matrices = self.data()
        prior = [1.0, 0, 0.5, 0]
        held = rankers.Linear(prior, ridge=1e9).fit(matrices, items)
        np.testing.assert_allclose(held.weights, prior, atol=1e-5)
        self.assertGreater(np.abs(rankers.Linear(prior, ridge=0.1).fit(matrices, items).weights - prior).max(), 0.1)

    def scores_as_its_file_does(self, make, save):
        items, names, _, matrices = self.data(queries=80)
        ranker = make(len(names)).fit(matrices, items, seed=1)
        path = self.folder / "model.onnx"
        save(path, ranker, len(names))
        session = onnx_files.session(path)
        for matrix in matrices[:20]:
            np.testing.assert_allclose(
                session.run(None, {"features": matrix})[0][:, 0], ranker.score(matrix), atol=2e-5)

    def test_trees_score_as_their_file_does(self):
        self.scores_as_its_file_does(lambda size: rankers.Trees(rounds=20), onnx_files.save_trees)

    @support.needs_torch
    def test_a_network_scores_as_its_file_does(self):
        self.scores_as_its_file_does(
            lambda size: rankers.Network(size, epochs=5), lambda path, ranker, _: onnx_files.save_network(path, ranker))

    @support.needs_torch
    def test_int8_ranks_as_float_does(self):
        items, names, _, matrices = self.data(queries=80)
        network = rankers.Network(len(names)).fit(matrices, items, seed=1)
        onnx_files.save_network(self.folder / "a.onnx", network)
        onnx_files.quantize(self.folder / "a.onnx", self.folder / "b.onnx", matrices)
        session = onnx_files.session(self.folder / "b.onnx")
        loss = np.mean([metrics.ndcg(network.score(m), item)
                        - metrics.ndcg(session.run(None, {"features": m})[0][:, 0], item) for m, item in zip(matrices, items)])
        self.assertLess(loss, 0.02)


class CommandTest(Folder):
    def train(self, name, *options):
        source = support.write(self.folder / "training.jsonl", support.records(source="events"))
        script = pathlib.Path(support.__file__).parent.parent / "train_ranker.py"
        subprocess.run([sys.executable, script, "--data", source, "--out", self.folder / name, "--version", "1", *options],
                       check=True, capture_output=True, text=True)
        return self.folder / name

    def test_equal_seeds_give_equal_models_and_the_directory_is_whole(self):
        first, second = self.train("a", "--kind", "trees"), self.train("b", "--kind", "trees")
        self.assertEqual((first / "model.onnx").read_bytes(), (second / "model.onnx").read_bytes())
        description = json.loads((first / "model.json").read_text())
        self.assertEqual(description["sha256"], cards.digest(first / "model.onnx"))
        self.assertEqual(description["kind"], "ranker")
        self.assertEqual(set(description["normalization"]), set(description["inputs"][0]["columns"]))
        self.assertGreater(description["metrics"]["ndcg@10"], description["metrics"]["lexical_ndcg@10"])
        self.assertIn("Model card", (first / "MODEL-CARD.md").read_text())

    def test_a_linear_model_scores_from_its_description_alone(self):
        directory = self.train("linear", "--kind", "linear")
        description = json.loads((directory / "model.json").read_text())
        self.assertNotIn("file", description)
        items = lists.Export(self.folder / "training.jsonl").lists
        values = []
        for item in items:
            scores = np.zeros(len(item.ids))
            for name, weight in description["linear"]["weights"].items():
                how = description["normalization"][name]
                value = features.value(item, name)
                scores += weight * np.where(
                    np.isnan(value), how["default"],
                    (np.clip(value, how["low"], how["high"]) - how["mean"]) / how["deviation"])
            values.append(metrics.ndcg(scores, item))
        self.assertGreater(np.mean(values), description["metrics"]["lexical_ndcg@10"] + 0.1)


if __name__ == "__main__":
    unittest.main()
