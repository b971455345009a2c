# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments: what was acknowledged is there, nothing is damaged, restarts are quick."""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import time
import unittest

from support import BINARY, Server, run, temporary

KILLS = int(os.environ.get("MARTLET_KILLS", "10"))


class KillTest(unittest.TestCase):
    def setUp(self):
        self.temporary = temporary()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        self.data = self.directory / "data"
        self.seed = random.randrange(1 << 30)
        self.rng = random.Random(self.seed)
        self.restarts = []

    def restarted(self):
        """The stored documents' titles by id, after a quick start of a server and a clean inspection."""
        started = time.time()
        with Server(self.data) as server:
            self.restarts.append(time.time() - started)
            self.assertLess(self.restarts[-1], 1, f"seed {self.seed}")
            text = server.call("GET", "/collections/shop/documents/export?include_fields=id,title", raw=True)[1]
        self.assertIn("all checksums match", run("inspect", "--data-dir", self.data).stdout, f"seed {self.seed}")
        documents = map(json.loads, text.splitlines())
        return {document["id"]: document["title"] for document in documents}

    def report(self, what):
        print(f"kill -9: {len(self.restarts)} kills of {what}, slowest restart {max(self.restarts):.3f} s")

    def test_a_server_that_imports(self):
        acknowledged = set()
        total = 0
        for kill in range(KILLS):
            if kill % 50 == 0:
                # Afresh now and then: what is checked after each kill is all that was ever sent.
                shutil.rmtree(self.data, ignore_errors=True)
                total += len(acknowledged)
                acknowledged.clear()
            server = Server(self.data)
            if kill % 50 == 0:
                server.call("POST", "/collections", {"name": "shop", "fields": [{"name": "title", "type": "string"}]})
            # The kill comes from another process, in the midst of whatever is being written.
            delay = self.rng.uniform(0.02, 0.6)
            killer = subprocess.Popen(["sh", "-c", f"sleep {delay:.3f}; kill -9 {server.process.pid}"])
            try:
                for batch in range(10_000):
                    ids = [f"{kill}-{batch}-{i}" for i in range(self.rng.randint(1, 200))]
                    body = "\n".join(json.dumps({"id": i, "title": f"lamp {i}"}) for i in ids).encode()
                    status, text = server.call("POST", "/collections/shop/documents/import", body, raw=True)
                    if status == 200 and text.count('"success":true') == len(ids):
                        acknowledged.update(ids)
            except (OSError, http.client.HTTPException):
                pass
            killer.wait()
            server.__exit__()
            self.assertLessEqual(acknowledged, set(self.restarted()), f"seed {self.seed}")
        self.report(f"a server, {total + len(acknowledged)} documents acknowledged")

    def test_the_import_command(self):
        count = 30_000
        lines = self.directory / "lines.jsonl"

        def start(number):
            lines.write_text("\n".join(json.dumps({"id": str(i), "title": f"lamp {number} of {i}"}) for i in range(count)))
            return subprocess.Popen([BINARY, "import", "--data-dir", self.data, "--collection", "shop", lines],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

        started = time.time()
        first = start(0)
        first.communicate()
        self.assertEqual(first.returncode, 0)
        whole = time.time() - started
        latest = {str(i): 0 for i in range(count)}
        landed = 0
        for kill in range(1, KILLS + 1):
            process = start(kill)
            time.sleep(self.rng.uniform(0, 1.2 * whole))
            process.kill()
            errors = process.communicate()[1]
            shown = re.findall(r"(\d+) documents on disk", errors)
            titles = self.restarted()
            self.assertEqual(titles.keys(), latest.keys(), f"seed {self.seed}")
            rounds = [int(titles[str(i)].split()[1]) for i in range(count)]
            # A batch is there whole or not at all, in order: this round's lines are the first ones.
            new = rounds.index(next((r for r in rounds if r != kill), kill)) if kill in rounds else 0
            new = count if rounds.count(kill) == count else new
            self.assertEqual(rounds.count(kill), new, f"seed {self.seed}")
            self.assertGreaterEqual(new, int(shown[-1]) if shown else 0, f"seed {self.seed}")
            self.assertEqual(rounds[new:], [latest[str(i)] for i in range(new, count)], f"seed {self.seed}")
            for i in range(new):
                latest[str(i)] = kill
            landed += new > 0
        self.report(f"imports, {landed} after a commit")


if __name__ == "__main__":
    unittest.main()
