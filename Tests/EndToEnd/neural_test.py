# SPDX-License-Identifier: Apache-2.0
"""The built-in profile `neural`: with what Scripts/bootstrap --neural installed, without it, and with
models that are broken."""
import json
import os
import pathlib
import shutil
import time
import unittest

from support import Server, run, temporary

HOME = pathlib.Path(os.environ.get("XDG_DATA_HOME", pathlib.Path.home() / ".local/share"))
NEURAL = pathlib.Path(os.environ.get("MARTLET_NEURAL_DIR", HOME / "martlet/neural"))
PATH = "/collections/shop/documents/search?query_by=title&per_page=20&rank_profile=neural&q="
TITLES = {"1": "red desk lamp", "2": "lamp oil, one litre", "3": "lamp", "4": "reading light for the desk with lamp",
          "5": "garden chair", "6": "lamp post for trains", "7": "bedside table lamp with shade"}


class NeuralTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        products = self.directory / "products.jsonl"
        products.write_text("".join(json.dumps({"id": i, "title": t}) + "\n" for i, t in TITLES.items()))
        self.data = self.directory / "data"
        imported = run("import", "--data-dir", self.data, "--collection", "shop", products)
        self.assertEqual(imported.returncode, 0, imported.stderr)

    def search(self, server, query, more=""):
        status, answer = server.call("GET", PATH + query + more)
        self.assertEqual(status, 200, answer)
        stage, = answer["ranking"]["stages"]
        return [hit["document"]["id"] for hit in answer["hits"]], stage

    def until(self, server, query, wanted, more=""):
        """Asks until the stage's status is the wanted one."""
        for _ in range(200):
            order, stage = self.search(server, query, more)
            if stage["status"] == wanted:
                return order, stage
            time.sleep(0.1)
        self.fail(stage)

    def test_without_it_the_order_is_lexical_and_the_report_says_what_to_install(self):
        with Server(self.data, "--neural-dir", self.directory / "nowhere") as server:
            order, stage = self.search(server, "lamp")
            _, plain = server.call("GET", PATH.replace("rank_profile=neural", "rank_profile=none") + "lamp")
            self.assertEqual(order, [hit["document"]["id"] for hit in plain["hits"]])
            self.assertEqual(stage["status"], "skipped")
            self.assertIn("Scripts/bootstrap --neural", stage["message"])
            profiles = server.call("GET", "/x/profiles")[1]["profiles"]
            self.assertEqual([profile["name"] for profile in profiles], ["neural"])
            self.assertIn("--neural-dir", profiles[0]["problem"])

    @unittest.skipUnless((NEURAL / "plugins/neural.so").exists(), "run Scripts/bootstrap --neural")
    def test_the_profile_works_without_further_setup(self):
        made = run("embed", "--data-dir", self.data, "--collection", "shop", "--neural-dir", NEURAL)
        self.assertEqual(made.returncode, 0, made.stderr)
        with Server(self.data, "--neural-dir", NEURAL) as server:
            _, stage = self.until(server, "lamp", "ok")
            self.assertEqual(stage["scored"], stage["window"])
            # The words say little; the vectors put what one reads by before fuel and trains.
            order, _ = self.until(server, "light+to+read+books+in+bed+lamp", "ok", "&drop_tokens_threshold=100")
            self.assertLess(order.index("7"), order.index("2"))
            self.assertLess(order.index("4"), order.index("6"))
            # A call that is late comes back: later queries of the same text are answered.
            for text in ("one", "bedside lamp", "lamp " * 20):
                self.until(server, text.strip().replace(" ", "+"), "ok")

    @unittest.skipUnless((NEURAL / "plugins/neural.so").exists(), "run Scripts/bootstrap --neural")
    def test_a_broken_model_is_told_of_and_the_server_goes_on(self):
        copy = self.directory / "neural"
        shutil.copytree(NEURAL, copy, symlinks=True)
        model = copy / "models/minilm/model.onnx"
        good = model.read_bytes()
        model.write_bytes(good[:len(good) // 2])
        with Server(self.data, "--neural-dir", copy) as server:
            for _ in range(100):
                _, stage = self.search(server, "lamp")
                self.assertEqual(stage["status"], "skipped")
                if "made ready" not in stage["message"]:
                    break
                time.sleep(0.1)
            self.assertIn("SHA-256", stage["message"])
            model.write_bytes(good)
            self.assertEqual(server.call("POST", "/x/plugins/neural/load")[0], 200)
            self.until(server, "lamp", "ok")
            # Broken again: the reload is refused and the models in use stay.
            model.write_bytes(good[:-1])
            status, answer = server.call("POST", "/x/plugins/neural/load")
            self.assertEqual(status, 400, answer)
            self.assertIn("SHA-256", answer["message"])
            self.until(server, "lamp", "ok")


if __name__ == "__main__":
    unittest.main()
