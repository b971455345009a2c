# SPDX-License-Identifier: Apache-2.0
"""Evaluation of search with ranking profiles: a plugin that ranks by margin, judgments that want just that."""
import hashlib
import json
import pathlib
import subprocess
import unittest

from support import ROOT, run, temporary

WORDS = ["lamp", "chair", "table", "drill", "phone", "cable", "mouse", "kettle"]


class EvaluateTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        plugins = self.directory / "plugins"
        plugins.mkdir(0o755)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-I", ROOT / "Sources/CRankingPlugin/include", "-o", plugins / "margin.so",
             ROOT / "Examples/plugins/margin-c/margin.c", "-lm"], check=True, umask=0o022)
        products, judgments = [], []
        for word in WORDS:
            for number in range(30):
                name = f"{word}-{number}"
                # The best for the shop stands last by text relevance, whose ties keep the order of import.
                products.append({"id": name, "title": f"{word} of kind {number}", "margin": number / 30, "stock": 1})
                judgments.append(f"{word}\t{name}\t{3 if number >= 27 else 0}")
        self.write("products.jsonl", "\n".join(map(json.dumps, products)))
        self.write("judgments.tsv", "\n".join(judgments))
        done = run("import", "--data-dir", self.directory / "data", "--collection", "shop", self.directory / "products.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        for weight in (0, 10):
            self.profile(f"margin-{weight}.json", weight)

    def write(self, name, text):
        (self.directory / name).write_text(text + "\n")

    def profile(self, name, weight):
        stage = {"plugin": "margin", "config": {"weight": weight}, "window": 100, "isolation": "thread", "budget_us": 500000}
        self.write(name, json.dumps({"stages": [stage], "budget_us": 500000}))

    def evaluate(self, *options, code=0):
        done = run("evaluate", "search", "--data-dir", self.directory / "data", "--collection", "shop", "--query-by",
                   "title", "--judgments", self.directory / "judgments.tsv", "--plugin-dir", self.directory / "plugins",
                   *options, cwd=self.directory)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_profiles_are_compared(self):
        alone = json.loads(self.evaluate("--json"))
        self.assertEqual(alone["queries"], len(WORDS))
        found = json.loads(self.evaluate("--profile", "margin-0.json", "--profile", "margin-10.json", "--json"))
        lexical, same, better = found["runs"]
        for measure in ("ndcg@10", "mrr@10", "recall@100"):
            self.assertEqual(lexical[measure], alone[measure])
            self.assertEqual(same[measure], alone[measure])
        self.assertEqual(same["ndcg@10_against_first"]["p"], 1)
        self.assertEqual(better["ndcg@10"], 1)
        self.assertEqual((better["partial"], better["unranked"]), (0, 0))
        against = better["ndcg@10_against_first"]
        # All eight queries are better: of 2^8 signs only two go as far.
        self.assertEqual((against["wins"], against["losses"], against["exact"]), (len(WORDS), 0, True))
        self.assertEqual(against["p"], 2 / 2 ** len(WORDS))
        self.assertLessEqual(against["low"], against["difference"])
        self.assertLessEqual(against["difference"], against["high"])
        self.assertIn("against lexical", self.evaluate("--profile", "margin-10.json"))

    def test_budgets_make_a_curve_that_can_be_drawn(self):
        runs = self.evaluate("--profile", "margin-10.json", "--budget-ms", "0.001,400", "--json")
        _, none, all_ = json.loads(runs)["runs"]
        self.assertEqual((none["partial"], none["unranked"]), (1, 1))
        self.assertEqual(all_["unranked"], 0)
        self.write("runs.json", runs)
        subprocess.run([ROOT / "Benchmarks/quality_budget.py", "runs.json", "plot.svg"], cwd=self.directory, check=True)
        plot = (self.directory / "plot.svg").read_text()
        self.assertIn("400 ms", plot)
        self.assertIn("100 % partial", plot)

    def test_folds_choose_the_profile(self):
        for fold in range(3):
            self.profile(f"fold-{fold}.json", 10 if fold == 1 else 0)
        self.evaluate("--profile", "fold-{fold}.json", "--folds", "3", "--per-query", "figures.tsv")
        header, *lines = (self.directory / "figures.tsv").read_text().splitlines()
        names = header.split("\t")
        rows = [dict(zip(names, line.split("\t"))) for line in lines]
        self.assertEqual(len(rows), 2 * len(WORDS))
        for row in rows:
            fold = int(hashlib.sha256(row["query"].encode()).hexdigest()[:16], 16) % 3
            self.assertEqual(int(row["fold"]), fold)
            self.assertEqual(float(row["ndcg@10"]) == 1, row["run"] != "lexical" and fold == 1)

    def test_what_cannot_run_is_told(self):
        self.assertIn("no ranking profile", self.evaluate("--profile", "unheard-of", code=1))
        self.assertIn("Could not read", self.evaluate("--profile", "missing.json", code=1))
        self.assertIn("bootstrap --neural", self.evaluate("--profile", "neural", "--neural-dir", self.directory, code=1))
        self.evaluate("--budget-ms", "soon", code=64)


if __name__ == "__main__":
    unittest.main()
