# SPDX-License-Identifier: Apache-2.0
"""Training and evaluating the collaborative filter through the real binary."""
import gzip
import json
import pathlib
import random
import subprocess
import tempfile
import unittest

from support import BINARY, run


def write(directory, users=400, pairs=150):
    """Users who take planted pairs of items; one item of a pair of each user is held out."""
    chance = random.Random(7)
    train, test, negatives = [], [], []
    for user in range(users):
        chosen = chance.sample(range(pairs), 5)
        items = [f"{side}{pair}" for pair in chosen for side in "ab"]
        held = items.pop(chance.randrange(len(items)))
        train.append(f"u{user} " + " ".join(items))
        test.append(f"u{user} {held}")
        others = [f"a{pair}" for pair in chance.sample(range(pairs), 60) if pair not in chosen]
        negatives.append(f"(u{user},{held})\t" + "\t".join(others))
    path = pathlib.Path(directory)
    with gzip.open(path / "train.txt.gz", "wt") as file:
        file.write("\n".join(train))
    (path / "test.txt").write_text("\n".join(test) + "\n")
    (path / "negatives.tsv").write_text("\n".join(negatives) + "\n")
    return path


class FilterTest(unittest.TestCase):
    def test_planted_pairs_are_found(self):
        with tempfile.TemporaryDirectory() as directory:
            path = write(directory)
            answer = run(
                "evaluate", "cf", "--train", path / "train.txt.gz", "--test", path / "test.txt",
                "--negatives", path / "negatives.tsv", "--k", 20, "--json")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            figures = json.loads(answer.stdout)
            self.assertEqual(
                set(figures), {
                    "recall@20", "ndcg@20", "coverage@20", "gini", "hr@10", "ndcg@10", "train_seconds",
                    "score_p50_us"})
            # Chance would find one in fifteen within 20 of 300, and one in six within 10 of 61.
            self.assertGreater(figures["recall@20"], 0.9)
            self.assertGreater(figures["hr@10"], 0.9)

    def test_a_killed_training_goes_on(self):
        with tempfile.TemporaryDirectory() as directory:
            path = write(directory)
            words = ["train", "cf", "--train", path / "train.txt.gz", "--model"]
            self.assertEqual(run(*words, path / "whole.cf").returncode, 0)
            killed = subprocess.Popen(
                [BINARY, *map(str, words), str(path / "killed.cf")], stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL, text=True)
            for line in killed.stderr:
                if "chosen" in line:
                    break
            killed.kill()
            killed.wait()
            killed.stderr.close()
            again = run(*words, path / "killed.cf")
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertNotIn("best", again.stderr)
            self.assertEqual((path / "whole.cf").read_bytes(), (path / "killed.cf").read_bytes())
            self.assertEqual(sorted(each.name for each in path.glob("*.cf*")), ["killed.cf", "whole.cf"])

    def test_wrong_input_is_refused_with_a_remedy(self):
        with tempfile.TemporaryDirectory() as directory:
            path = write(directory)
            missing = run("evaluate", "cf", "--train", path / "none", "--test", path / "test.txt")
            self.assertEqual(missing.returncode, 1)
            self.assertIn("check the path", missing.stderr)
            nothing = run("evaluate", "cf", "--train", path / "train.txt.gz")
            self.assertEqual(nothing.returncode, 64)
            wrong = run(
                "evaluate", "cf", "--train", path / "train.txt.gz", "--test", path / "test.txt", "--model",
                path / "test.txt")
            self.assertEqual(wrong.returncode, 1)
            self.assertIn("not a model", wrong.stderr)
            form = run("evaluate", "cf", "--train", path / "train.txt.gz", "--negatives", path / "test.txt")
            self.assertEqual(form.returncode, 1)
            self.assertIn("Line 1 of", form.stderr)
            self.assertIn("(user,item)", form.stderr)
            (path / "empty").write_text("\n\r\nlonely\n")
            empty = run("evaluate", "cf", "--train", path / "train.txt.gz", "--test", path / "empty")
            self.assertEqual(empty.returncode, 1)
            self.assertIn("give lines of", empty.stderr)
            untrained = run("evaluate", "cf", "--train", path / "empty", "--test", path / "test.txt")
            self.assertEqual(untrained.returncode, 1)
            self.assertIn("no interactions", untrained.stderr)
            clash = run(
                "evaluate", "cf", "--train", path / "train.txt.gz", "--test", path / "test.txt",
                "--negatives", path / "negatives.tsv", "--k", 10)
            self.assertEqual(clash.returncode, 64)

    def test_lines_of_many_kinds_are_ranked_and_counted(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory)
            huge = "9" * 60
            (path / "train.txt").write_bytes(
                b"\xef\xbb\xbf0 a b c\r\n\r\n1\ta  b\r\n2\r\n" + f"{huge} b c c {huge}\n\u00e9 a c".encode())
            (path / "test.txt").write_text(f"0 {huge} {huge}\n\n1 c unknown\r\n7 a\n2 b\n{huge} b a\n8\n")
            answer = run(
                "evaluate", "cf", "--train", path / "train.txt", "--test", path / "test.txt", "--json")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(
                set(json.loads(answer.stdout)),
                {"recall@20", "ndcg@20", "coverage@20", "gini", "train_seconds", "score_p50_us"})
            # All four items are shown, but b to the user of the huge name, who took it, and the unknown.
            self.assertAlmostEqual(
                json.loads(answer.stdout)["recall@20"], (1 + 0.5 + 1 + 1 + 0.5) / 5, places=4)
            for note in ("2 test users have no training items", "1 test items were not trained on",
                         "1 test items are training items"):
                self.assertIn("note: " + note, answer.stderr)
            (path / "negatives.tsv").write_text(
                f"(0,{huge})\r\n\n(1, c)\tb\t{huge}\n(7,a)\tb\tb\ta\n('2',unknown) a b c {huge}")
            answer = run(
                "evaluate", "cf", "--train", path / "train.txt", "--negatives", path / "negatives.tsv",
                "--json")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(
                set(json.loads(answer.stdout)), {"hr@10", "ndcg@10", "train_seconds", "score_p50_us"})
            self.assertEqual(json.loads(answer.stdout)["hr@10"], 1)
            for note in ("3 cases have fewer than 4 negatives", "1 of these have none",
                         "2 cases are of users without training items",
                         "1 cases have an item that was not trained on"):
                self.assertIn("note: " + note, answer.stderr)


if __name__ == "__main__":
    unittest.main()
