# SPDX-License-Identifier: Apache-2.0
"""Neural collaborative filtering on shoppers with planted tastes."""
import gzip
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import numpy as np

import support

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest("needs torch") from error

from martlet_training import cards, interactions, ncf, onnx_files

SCRIPT = pathlib.Path(support.__file__).parent.parent / "train_ncf.py"


def tastes(path, shoppers=240, groups=6, own=20, taken=9):
    """Shoppers who take items of their own group only."""
    chance = random.Random(5)
    with gzip.open(path, "wt") as file:
        for shopper in range(shoppers):
            items = chance.sample(range(own), taken)
            file.write(f"s{shopper} " + " ".join(f"g{shopper % groups}-{k}" for k in items) + "\n")
    return path


class NeuralFilterTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        torch.manual_seed(1)

    def train(self, name, epochs, *options):
        return subprocess.run(
            [sys.executable, SCRIPT, "--interactions", self.folder / "taken.txt.gz", "--out", self.folder / name,
             "--epochs", str(epochs), "--version", "1", *options], check=True, capture_output=True, text=True)

    def test_planted_tastes_are_found_and_the_directory_is_whole(self):
        tastes(self.folder / "taken.txt.gz")
        self.train("model", 40)
        directory = self.folder / "model"
        description = json.loads((directory / "model.json").read_text())
        # Chance is 10 of 60; an item of the own group is one of some 12 that are as good.
        self.assertGreater(description["metrics"]["hr@10"], 0.5)
        self.assertEqual(description["sha256"], cards.digest(directory / "model.onnx"))
        self.assertEqual(len((directory / "items.txt").read_text().split()), 120)
        session = onnx_files.session(directory / "model.onnx")
        number = (directory / "items.txt").read_text().split()
        items = np.arange(1, 121)
        scores = session.run(None, {"shopper": np.full(120, 1), "item": items})[0][:, 0]
        own = np.array([name.startswith("g0-") for name in number])
        self.assertGreater(scores[own].mean(), scores[~own].mean())
        unknown = session.run(None, {"shopper": np.zeros(1, np.int64), "item": np.zeros(1, np.int64)})[0]
        self.assertTrue(np.isfinite(unknown).all())

    def test_a_run_that_was_stopped_gives_what_one_in_a_go_gives(self):
        shoppers, items = np.repeat(np.arange(1, 41), 5), np.tile(np.arange(1, 21), 10)
        results = []
        for stops in ([4], [1, 3, 4]):
            checkpoint = self.folder / f"{len(stops)}.checkpoint"
            for stop in stops:
                torch.manual_seed(3)
                trainer = ncf.Trainer(ncf.NeuMF(40, 20), shoppers, items, 20, seed=5, checkpoint=checkpoint)
                while trainer.epoch < stop:
                    trainer.step()
            results.append(ncf.score(trainer.model, shoppers, items))
        np.testing.assert_array_equal(*results)

    def test_files_score_as_the_model_does(self):
        model = ncf.NeuMF(30, 50)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(std=0.3)
        shoppers, items = np.arange(31).repeat(5), np.arange(155) % 51
        expected = 1 / (1 + np.exp(-ncf.score(model, shoppers, items)))
        for int8, tolerance in ((False, 1e-5), (True, 0.02)):
            path = self.folder / f"{int8}.onnx"
            ncf.save_onnx(path, model, int8)
            found = onnx_files.session(path).run(None, {"shopper": shoppers, "item": items})[0][:, 0]
            np.testing.assert_allclose(found, expected, atol=tolerance)

    def test_events_are_read_and_rare_ones_left_out(self):
        path = self.folder / "events.jsonl"
        with open(path, "w") as file:
            for shopper in range(4):
                for item in ("a", "b", "c", f"rare{shopper}"):
                    event = {"event_type": "click", "user_id": f"u{shopper}", "items": [{"doc_id": item}]}
                    file.write(json.dumps(event) + "\n")
            file.write(json.dumps({"event_type": "search", "user_id": "u9", "q": "x"}) + "\n")
        found = interactions.read(path, least_shopper=3, least_item=2)
        self.assertEqual((len(found.shoppers), found.items), (4, ["a", "b", "c"]))
        shoppers, items, held = found.split(seed=1)
        self.assertEqual((len(shoppers), len(items), len(held)), (8, 8, 4))
        for shopper, item in held:
            self.assertNotIn(item, items[shoppers == shopper])


if __name__ == "__main__":
    unittest.main()
