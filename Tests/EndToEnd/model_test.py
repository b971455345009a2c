# SPDX-License-Identifier: Apache-2.0
"""The life of a model: added, checked, put in use and taken out of it, on a directory and on a server
that answers searches meanwhile.

Linear rankers need no runtime, so nothing but the built plugin is asked for.
"""
import json
import pathlib
import shutil
import threading
import time
import unittest

from support import BINARY, KEY, Server, run, temporary

PLUGIN = pathlib.Path(BINARY).resolve().parent / "libNeuralPlugin.so"
QUERY = "/collections/shop/documents/search?q=lamp&query_by=title&per_page=10&rank_profile=neural&explain=true"


def write_model(parent, version, weight, ndcg=0.5, judgments="dev", **more):
    """A ranker by price: cheap first where the weight is negative."""
    directory = pathlib.Path(parent, f"source-{version}")
    directory.mkdir()
    directory.joinpath("model.json").write_text(json.dumps({
        "format": 1, "id": "shop-ranker", "version": version, "kind": "ranker",
        "weight": 0.999, "linear": {"bias": 10, "weights": {"price": weight}},
        "metrics": {"ndcg@10": ndcg, "judgments": judgments}} | more))
    return directory


@unittest.skipUnless(PLUGIN.exists(), f"{PLUGIN} is not built: swift build -c release --product NeuralPlugin")
class ModelTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.neural = self.directory / "neural"
        for part in ("plugins", "models/default-ranker"):
            self.neural.joinpath(part).mkdir(parents=True)
        self.neural.joinpath("plugins").chmod(0o755)
        shutil.copy(PLUGIN, self.neural / "plugins/neural.so")
        self.neural.joinpath("plugins/neural.so").chmod(0o644)
        self.neural.joinpath("models/default-ranker/model.json").write_text(json.dumps({
            "format": 1, "id": "default-ranker", "version": "1", "kind": "ranker",
            "linear": {"weights": {"recall_score": 1}}}))
        self.products = self.directory / "products.jsonl"
        self.products.write_text("".join(
            json.dumps({"id": str(n), "title": f"lamp number {n}", "price": n * 1.5}) + "\n" for n in range(1, 31)))

    def model(self, *words, code=0):
        done = run("model", *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_a_directory(self):
        neural = ("--neural-dir", self.neural)
        first, second = write_model(self.directory, "1", -1), write_model(self.directory, "2", 1, ndcg=0.4)
        self.assertIn("ok", self.model("check", first, *neural))
        self.model("add", first, *neural)
        self.assertIn("choose another", self.model("add", first, *neural, code=1))
        self.assertIn("shop-ranker/1 is in use", self.model("activate", "shop-ranker", "1", *neural))
        self.assertIn("worse", self.model("add", second, *neural, code=1))
        self.model("add", second, "--force", *neural)
        self.assertIn("worse", self.model("activate", "shop-ranker", "2", *neural, code=1))
        self.model("activate", "shop-ranker", "2", "--force", *neural)
        listed = json.loads(self.model("list", "--json", *neural))
        self.assertEqual([entry["version"] for entry in listed["models"] if entry["active"]], ["2"])
        self.assertIn("* ", self.model("list", *neural))
        self.assertIn("in use", self.model("remove", "shop-ranker", "2", *neural, code=1))
        self.assertIn("shop-ranker/1 is in use", self.model("rollback", "shop-ranker", *neural))
        self.model("remove", "shop-ranker", "2", *neural)
        self.assertIn("default-ranker", self.model("rollback", "shop-ranker", *neural))
        broken = write_model(self.directory, "3", 1, linear={"weights": {"price": "x"}})
        self.assertIn("price", self.model("add", broken, *neural, code=1))
        self.model("frobnicate", code=64)

    def order(self, server):
        """The prices in order, the generation that ranked them, and the answer; busy cores may need some tries."""
        for _ in range(100):
            status, answer = server.call("GET", QUERY)
            self.assertEqual(status, 200, answer)
            stage, = answer["ranking"]["stages"]
            if stage["status"] == "ok":
                return [hit["document"]["price"] for hit in answer["hits"]], stage["generation"], answer
            self.assertIn(stage["status"], ("timeout", "skipped", "partial", "breaker_open"), stage)
            time.sleep(0.05)
        self.fail(f"no answer was ranked: {stage}")

    def test_a_server_under_load(self):
        data = self.directory / "data"
        imported = run("import", "--data-dir", data, "--collection", "shop", self.products)
        self.assertEqual(imported.returncode, 0, imported.stderr)
        up, down = write_model(self.directory, "up", 1), write_model(self.directory, "down", -1)
        with Server(data, "--neural-dir", self.neural) as server:
            online = ("--server", f"http://127.0.0.1:{server.port}", "--api-key", KEY)
            self.assertIn("forbidden", self.model("list", *online[:3], "wrong", code=1).lower())
            self.model("add", up, *online)
            self.model("add", down, *online)
            self.model("activate", "shop-ranker", "up", *online)
            prices, first, answer = self.order(server)
            self.assertEqual(prices, sorted(prices, reverse=True))
            self.attributions(answer)
            problems, seen, stop = [], set(), threading.Event()

            def search():
                while not stop.is_set():
                    try:
                        prices, generation, _ = self.order(server)
                    except AssertionError as error:
                        problems.append(str(error))
                        return
                    direction = (prices == sorted(prices, reverse=True), prices == sorted(prices))
                    seen.add((generation, direction))
            threads = [threading.Thread(target=search) for _ in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(3):
                self.model("activate", "shop-ranker", "down", *online)
                prices, _, _ = self.order(server)
                self.assertEqual(prices, sorted(prices))
                self.model("rollback", "shop-ranker", *online)
                prices, _, _ = self.order(server)
                self.assertEqual(prices, sorted(prices, reverse=True))
            stop.set()
            for thread in threads:
                thread.join()
            self.assertEqual(problems, [])
            # Each generation has one model, and each answer is one model's.
            generations = [generation for generation, _ in seen]
            self.assertEqual(len(generations), len(set(generations)), seen)
            self.assertGreater(len(generations), 1, seen)
            self.assertTrue(all(sum(direction) == 1 for _, direction in seen), seen)
            self.refusals(server, online)

    def attributions(self, answer):
        """What made the scores: exact, and adding up."""
        for hit in answer["hits"]:
            stage, = hit["explain"]["stages"]
            attribution = stage["attribution"]
            self.assertEqual(attribution["samples"], 0)
            total = attribution["baseline"] + sum(part["value"] for part in attribution["features"])
            self.assertAlmostEqual(total, stage["score"], places=3)
            self.assertIn("price", [part["name"] for part in attribution["features"]])

    def refusals(self, server, online):
        """What is refused leaves the server as it was."""
        before = self.order(server)[0]
        status, answer = server.call("POST", "/x/models/none/1")
        self.assertEqual(status, 404, answer)
        status, answer = server.call("PUT", "/x/models/a/1/files/model.json", b"{nonsense")
        self.assertEqual(status, 200, answer)
        status, answer = server.call("POST", "/x/models/a/1")
        self.assertEqual(status, 400, answer)
        self.assertIn("JSON", answer["message"])
        for name in ("..", ".hidden", "a%2Fb"):
            status, answer = server.call("PUT", f"/x/models/a/1/files/{name}", b"x")
            self.assertIn(status, (400, 404), answer)
        self.model("activate", "shop-ranker", "nothing", *online, code=1)
        self.assertEqual(self.order(server)[0], before)
        _, listed = server.call("GET", "/x/models")
        self.assertEqual({entry["id"] for entry in listed["models"]}, {"default-ranker", "shop-ranker"})
        self.model("remove", "shop-ranker", "down", *online)
        self.assertNotIn("down", self.model("list", *online))


if __name__ == "__main__":
    unittest.main()
