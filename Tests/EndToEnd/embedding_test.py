# SPDX-License-Identifier: Apache-2.0
"""Documents' vectors with the installed encoder: in the server, by the command, after a kill."""
import json
import os
import pathlib
import time
import unittest

from support import Server, run, temporary

NEURAL = pathlib.Path(os.environ.get("MARTLET_NEURAL_DIR") or
                      pathlib.Path(os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share") / "martlet/neural")
SCHEMA = {"name": "shop", "fields": [{"name": "title", "type": "string"}, {"name": "price", "type": "int32"}]}
TITLES = ["Cordless computer mouse", "Garden hose 20 m", "Optical pointing device for laptops", "Water pipe for the lawn",
          "Wireless mouse", "Running shoes", "Sneakers for joggers", "Toaster"]


@unittest.skipUnless((NEURAL / "models/minilm/model.json").exists(), "needs Scripts/bootstrap --neural")
class EmbeddingTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.data = pathlib.Path(directory.name) / "data"

    def server(self):
        return Server(self.data, "--neural-dir", NEURAL)

    def fill(self, server, count):
        self.assertEqual(server.call("POST", "/collections", SCHEMA)[0], 201)
        lines = [json.dumps({"id": str(number), "title": TITLES[number % len(TITLES)] + " " * (number // len(TITLES)),
                             "price": number}) for number in range(count)]
        self.assertEqual(server.call("POST", "/collections/shop/documents/import", "\n".join(lines).encode(), raw=True)[0], 200)

    def progress(self, server):
        found = [part for part in server.call("GET", "/stats.json")[1].get("embeddings", []) if part["collection"] == "shop"]
        return found[0] if found else {"done": 0, "complete": False}

    def wait(self, server, is_enough):
        deadline = time.monotonic() + 120
        while not is_enough(self.progress(server)):
            self.assertLess(time.monotonic(), deadline, self.progress(server))
            time.sleep(0.1)

    def similar(self, server, number, **more):
        query = "".join(f"&{key}={value}" for key, value in more.items())
        status, answer = server.call("GET", f"/x/recommendations/similar?collection=shop&id={number}&limit=1{query}")
        self.assertEqual(status, 200, answer)
        return answer["recommendations"][0]["document"]["title"].strip()

    def test_the_server_embeds_what_is_written(self):
        with self.server() as server:
            self.fill(server, len(TITLES))
            self.wait(server, lambda part: part["complete"] and part["done"] == len(TITLES))
            self.assertEqual(self.similar(server, 4), "Cordless computer mouse")
            self.assertEqual(self.similar(server, 4, filter_by="price:%3E0"), "Optical pointing device for laptops")
            self.assertEqual(self.similar(server, 5), "Sneakers for joggers")
            self.assertEqual(server.call("PATCH", "/collections/shop/documents/7", {"title": "Bread roaster"})[0], 200)
            self.assertEqual(server.call("POST", "/collections/shop/documents", {
                "id": "8", "title": "Toaster for bread", "price": 8})[0], 201)
            self.wait(server, lambda part: part["complete"] and part["documents"] == len(TITLES) + 1)
            self.assertEqual(self.similar(server, 8), "Bread roaster")

    def test_a_kill_costs_little(self):
        count = 3000
        server = self.server()
        self.addCleanup(server.__exit__)
        self.fill(server, count)
        self.wait(server, lambda part: part["done"] >= 256)
        server.kill()
        done = run("embed", "--data-dir", self.data, "--collection", "shop", "--neural-dir", NEURAL)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"_embedding: {count} of {count} documents", done.stdout)
        with self.server() as server:
            self.wait(server, lambda part: part["complete"] and part["done"] == count)

    def test_lines_become_vectors(self):
        done = run("encode", "--neural-dir", NEURAL, input="wireless mouse\ncordless mouse\ngarden hose\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        mouse, cordless, hose = map(json.loads, done.stdout.splitlines())
        def product(a, b): return sum(x * y for x, y in zip(a, b))
        self.assertAlmostEqual(product(mouse, mouse), 1, places=4)
        self.assertGreater(product(mouse, cordless), 0.6)
        self.assertLess(product(mouse, hose), 0.4)


if __name__ == "__main__":
    unittest.main()
