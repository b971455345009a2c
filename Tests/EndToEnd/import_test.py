# SPDX-License-Identifier: Apache-2.0
"""The command line through the real binary: import, search, bad input."""
import json
import pathlib
import unittest

from support import SHOP, Server, run, temporary


class ImportTest(unittest.TestCase):
    def setUp(self):
        self.temporary = temporary()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        self.data = self.directory / "data"

    def search(self, query, *more):
        found = run("search", "--data-dir", self.data, "--collection", "shop", "--query-by", "title,description",
                    "--json", *more, query)
        self.assertEqual(found.returncode, 0, found.stderr)
        return json.loads(found.stdout)

    def test_the_sample_shop_in_many_languages(self):
        done = run("import", "--data-dir", self.data, "--collection", "shop", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        for query, language in (("cordles drill", "en"), ("giesskanne", "de"), ("poele en fonte", "fr"), ("lampara", "es"),
                                ("蓝牙耳机", "zh"), ("炊飯器", "ja"), ("หม้อหุงข้าว", "th"), ("غلاية", "ar")):
            hits = self.search(query)["hits"]
            self.assertTrue(hits, query)
            self.assertEqual(hits[0]["document"]["language"], language, query)
        self.assertIn("all checksums match", run("inspect", "--data-dir", self.data).stdout)
        copy = self.directory / "copy"
        self.assertEqual(run("backup", "--data-dir", self.data, copy).returncode, 0)
        self.assertEqual(run("compact", "--data-dir", copy).returncode, 0)
        self.assertIn("all checksums match", run("inspect", "--data-dir", copy).stdout)

    def test_bad_lines_are_named_and_the_rest_imported(self):
        lines = self.directory / "lines.jsonl"
        lines.write_bytes(b'{"id":"1","title":"good"}\nnot json\n{"id":"2","title":"\xff"}\n[1]\n\n{"id":"3","title":"fine"}\n')
        done = run("import", "--data-dir", self.data, "--collection", "shop", lines)
        self.assertEqual(done.returncode, 2)
        for number in (2, 3, 4):
            self.assertIn(f"line {number}:", done.stderr)
        self.assertEqual(self.search("good", "--query-by", "title")["out_of"], 2)

    def test_usage_errors_say_what_to_do(self):
        for words in (["nosuch"], ["import"], ["search", "--data-dir"], ["serve", "--data-dir", "x", "--api-kay", "y"],
                      ["import", "--data-dir", self.data, "--collection", "c", "/nowhere.jsonl"]):
            done = run(*words)
            self.assertIn(done.returncode, (1, 64), words)
            self.assertTrue(done.stderr.startswith("martlet: "), words)
        for verb in ("serve", "import", "search", "evaluate", "bench", "inspect", "compact", "backup"):
            self.assertIn("Example", run(verb, "--help").stdout, verb)

    def test_a_second_writer_is_told_who_holds_the_directory(self):
        with Server(self.data):
            done = run("inspect", "--data-dir", self.data)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Another process", done.stderr)


if __name__ == "__main__":
    unittest.main()
