# SPDX-License-Identifier: Apache-2.0
"""Events through the real binary: import, import again, export, bad lines, kill -9."""
import json
import pathlib
import random
import subprocess
import sys
import time
import unittest

from support import BINARY, SHOP, run, temporary


class EventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kept = temporary()
        cls.history = pathlib.Path(cls.kept.name) / "events.jsonl"
        with open(cls.history, "wb") as file:
            subprocess.run([sys.executable, SHOP / "events.py", "--shoppers", "20000"], stdout=file, check=True)
        cls.lines = cls.history.read_bytes().count(b"\n")

    @classmethod
    def tearDownClass(cls):
        cls.kept.cleanup()

    def setUp(self):
        self.temporary = temporary()
        self.addCleanup(self.temporary.cleanup)
        self.data = pathlib.Path(self.temporary.name) / "data"

    def export(self, *more):
        done = run("events", "export", "--data-dir", self.data, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_a_history_goes_in_once_and_comes_out(self):
        done = run("events", "import", "--data-dir", self.data, self.history)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"imported {self.lines} events", done.stdout)
        again = run("events", "import", "--data-dir", self.data, self.history)
        self.assertIn("imported 0 events", again.stdout)
        self.assertIn(f"{self.lines} events were known already", again.stdout)
        exported = self.export()
        self.assertEqual(len(exported), self.lines)
        first = json.loads(self.history.read_bytes().split(b"\n", 1)[0])
        self.assertEqual(exported[0]["id"], first["id"])
        self.assertFalse("shopper-" in json.dumps(exported), "an id that is to be hashed is told")
        self.assertLess(len(self.export("--people")), self.lines - 10_000)

    def test_bad_lines_are_named_and_the_rest_imported(self):
        lines = pathlib.Path(self.temporary.name) / "lines.jsonl"
        lines.write_text('{"type":"view","user_id":"u","product":"1"}\nnonsense\n\n{"type":"view","user_id":"u"}\n'
                         '{"type":"view","user_id":"u","product":"1","timestamp":"2001-01-01"}\n')
        done = run("events", "import", "--data-dir", self.data, lines)
        self.assertEqual(done.returncode, 2)
        for words in ("line 2:", "line 4:", "line 5:", "1 refused as bad_json", "1 refused as too_old"):
            self.assertIn(words, done.stderr)
        self.assertEqual(len(self.export()), 1)

    def test_an_import_that_is_killed_and_repeated_counts_each_event_once(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        for _ in range(3):
            importing = subprocess.Popen([BINARY, "events", "import", "--data-dir", self.data, self.history],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.05, 0.8))
            importing.kill()
            importing.wait()
        self.assertIn(run("events", "import", "--data-dir", self.data, self.history).returncode, (0,), f"seed {seed}")
        ids = [event["id"] for event in self.export()]
        self.assertEqual(len(ids), self.lines, f"seed {seed}")
        self.assertEqual(len(set(ids)), self.lines, f"seed {seed}")

    def test_usage_errors_say_what_to_do(self):
        for words in (["events"], ["events", "burn", "--data-dir", self.data], ["events", "import", "--data-dir", self.data]):
            done = run(*words)
            self.assertIn(done.returncode, (1, 64), words)
            self.assertTrue(done.stderr.startswith("martlet: "), words)
        self.assertIn("Example", run("events", "--help").stdout)


if __name__ == "__main__":
    unittest.main()
