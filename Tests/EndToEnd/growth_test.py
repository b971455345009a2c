# SPDX-License-Identifier: Apache-2.0
"""The data file under many small updates, with searches running all the time."""
import json
import os
import pathlib
import random
import threading
import unittest

from support import SHOP, Server, run, temporary

CYCLES = int(os.environ.get("MARTLET_CYCLES", "100"))
DOCUMENTS = int(os.environ.get("MARTLET_GROWTH_DOCUMENTS", "50000"))
WORDS = ("drill", "wheelbarrow", "炊飯器", "giesskanne", "cordles", "garden", "หม้อหุงข้าว")


class GrowthTest(unittest.TestCase):
    def setUp(self):
        self.temporary = temporary()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        shop = [json.loads(line) for line in (SHOP / "products.jsonl").read_text().splitlines()]
        self.documents = [shop[i % len(shop)] | {"id": str(i)} for i in range(DOCUMENTS)]
        self.failures = []
        self.searches = 0

    def fresh(self, name):
        """Imports the documents as they are now; returns the data directory."""
        lines = self.directory / "lines.jsonl"
        lines.write_text("\n".join(map(json.dumps, self.documents)))
        data = self.directory / name
        done = run("import", "--data-dir", data, "--collection", "shop", "--schema", SHOP / "schema.json", lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        return data

    def search(self, server, stop, seed):
        rng = random.Random(seed)
        while not stop.is_set():
            path = "/multi_search?query_by=title,description"
            searches = [{"collection": "shop", "q": rng.choice(WORDS), "facet_by": "brand",
                         "filter_by": rng.choice(["", "price:>=0", "in_stock:[true, false]"])}]
            try:
                status, answer = server.call("POST", path, {"searches": searches})
                result = answer["results"][0]
                if status != 200 or "error" in result or not result["hits"] or result["out_of"] != DOCUMENTS:
                    self.failures.append(json.dumps(answer)[:300])
            except (OSError, ValueError, KeyError) as error:
                self.failures.append(repr(error))
            self.searches += 1

    def test_updates_leave_the_file_at_most_twice_a_fresh_ones_size(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        data = self.fresh("data")
        start = (data / "data.mdb").stat().st_size
        sizes = []
        with Server(data, "--neural-dir", data) as server:
            stop = threading.Event()
            threads = [threading.Thread(target=self.search, args=(server, stop, seed + i)) for i in range(2)]
            for thread in threads:
                thread.start()
            try:
                for cycle in range(CYCLES):
                    changed = rng.sample(range(DOCUMENTS), DOCUMENTS // 100)
                    for index in changed:
                        self.documents[index] = self.documents[index] | {
                            "price": rng.randrange(1, 200), "title": f"{self.documents[index]['title']} {cycle}"[-100:]}
                    body = "\n".join(json.dumps(self.documents[index]) for index in changed).encode()
                    status, text = server.call(
                        "POST", "/collections/shop/documents/import?action=upsert", body, raw=True)
                    self.assertEqual((status, text.count('"success":true')), (200, len(changed)), f"seed {seed}")
                    sizes.append((data / "data.mdb").stat().st_size)
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
        self.assertEqual(self.failures[:3], [], f"seed {seed}")
        self.assertGreater(self.searches, CYCLES)
        self.assertIn("all checksums match", run("inspect", "--data-dir", data).stdout)
        fresh = (self.fresh("fresh") / "data.mdb").stat().st_size
        end = (data / "data.mdb").stat().st_size
        print(f"growth: {start} bytes at first, {max(sizes)} at most, {end} after {CYCLES} cycles, "
              f"{fresh} fresh ({end / fresh:.2f} times), {self.searches} searches")
        self.assertLessEqual(end, 2 * fresh, f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
