# SPDX-License-Identifier: Apache-2.0
"""`martlet evaluate suggest` on the sample shop's log and on logs of other forms."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from support import BINARY

SHOP = pathlib.Path(__file__).resolve().parents[2] / "Examples" / "shop"


def evaluate(*arguments):
    return subprocess.run([BINARY, "evaluate", "suggest", *map(str, arguments)], capture_output=True, text=True)


class SuggestEvaluationTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def test_the_sample_shop_beats_popularity_at_each_length(self):
        events, held_out = self.directory / "events.jsonl", self.directory / "queries.tsv"
        with events.open("w", encoding="utf-8") as file:
            subprocess.run([sys.executable, SHOP / "events.py", "--shoppers", "1500", "--until", "2026-11-01",
                            "--held-out", held_out], stdout=file, check=True)
        done = evaluate("--log", events, "--held-out", held_out, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["held_out"], len(held_out.read_text(encoding="utf-8").splitlines()))
        self.assertEqual([row["characters"] for row in report["lengths"]], [1, 2, 3, 5, 8])
        for row in report["lengths"]:
            self.assertGreater(row["queries"], 500)
            self.assertGreater(row["mrr@10"], row["baseline_mrr@10"] + 0.05, row)

    def test_logs_in_several_forms(self):
        rows = [(f"s{n % 7}", 1790000000 + 60 * n, ["tea", "tent", "Tent pegs"][n % 3]) for n in range(100)]
        forms = {
            "tsv": "".join(f"{who}\t{time}\t{text}\n" for who, time, text in rows),
            "heading": "user\ttime\tquery\n" + "".join(f"{who}\t{1000 * time}\t{text}\n" for who, time, text in rows),
            "plain": "".join(json.dumps({"session": who, "time": time, "query": text}) + "\n"
                             for who, time, text in rows),
            "events": "".join(json.dumps({"event_type": "search", "user_id": who, "timestamp": 1000 * time,
                                          "collection": "shop", "q": text, "hit_ids": ["1"]}) + "\n"
                              for who, time, text in rows)}
        reports = set()
        for name, text in forms.items():
            path = self.directory / name
            path.write_text(text, encoding="utf-8")
            done = evaluate("--log", path, "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["held_out"], 20)
            reports.add(done.stdout)
        self.assertEqual(len(reports), 1, reports)

    def test_what_is_wrong_is_told(self):
        path = self.directory / "log"
        path.write_text("s1\t1790000000\ttea\ns1\tyesterday\ttea\n")
        done = evaluate("--log", path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("line 2", done.stderr)
        path.write_text("s1\t1790000000\ttea\n")
        self.assertIn("too few", evaluate("--log", path).stderr)


if __name__ == "__main__":
    unittest.main()
