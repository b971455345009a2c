# SPDX-License-Identifier: Apache-2.0
"""Wrong use of the command: every error says what to do, and nothing is made or damaged by it."""
import pathlib
import subprocess
import unittest

from support import BINARY, KEY, Server, run, temporary

VERBS = """serve import search suggest evaluate train export bench events plugin model encode embed inspect compact
    backup""".split()


class CommandTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.data = self.directory / "data"

    def fails(self, told, *words, status=1):
        done = run(*words, cwd=self.directory)
        self.assertEqual(done.returncode, status, f"{words}: {done.stdout} {done.stderr}")
        self.assertIn(told, done.stderr)
        self.assertTrue(done.stderr.startswith("martlet: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def load(self, *documents, name="shop"):
        (self.directory / "lines.jsonl").write_text("\n".join(documents))
        return run("import", "--data-dir", self.data, "--collection", name, self.directory / "lines.jsonl")

    def test_every_verb_has_help_with_an_example(self):
        overview = run("help").stdout
        for verb in VERBS:
            self.assertIn(f"\n  {verb} ", overview)
            text = run(verb, "--help").stdout
            self.assertTrue(text.startswith(f"Usage: martlet {verb}"), text)
            self.assertRegex(text, rf"Examples?:\s+(.* )?martlet {verb}")

    def test_what_was_meant_is_told(self):
        self.fails("Did you mean search?", "serach", status=64)
        self.fails("Did you mean --json?", "search", "--jsn", "x", status=64)
        self.fails("Did you mean --collection?", "import", "--colection", "shop", "x", status=64)
        self.fails("no command 'xyzzy'. Run", "xyzzy", status=64)

    def test_a_missing_directory_is_not_made_by_who_reads(self):
        shop = ("--data-dir", "nosuch", "--collection", "shop")
        for words in (("search", *shop, "--query-by", "title", "x"), ("suggest", *shop, "x"), ("inspect", "--data-dir", "nosuch"),
                      ("compact", "--data-dir", "nosuch"), ("backup", "--data-dir", "nosuch", "copy"), ("embed", *shop),
                      ("events", "export", "--data-dir", "nosuch"), ("export", "training", *shop, "--events", "-")):
            self.fails("check --data-dir", *words)
        self.assertEqual(list(self.directory.iterdir()), [])

    def test_files_and_directories_that_will_not_do(self):
        self.load('{"id":"1","title":"lamp"}')
        self.fails("check the path", "import", "--data-dir", self.data, "--collection", "shop", ".")
        self.fails("check the path", "import", "--data-dir", self.data, "--collection", "shop", "nosuch")
        self.fails("check --plugin-dir", "serve", "--data-dir", self.data, "--api-key", "k", "--plugin-dir", "nosuch")
        self.fails("PEM", "serve", "--data-dir", self.data, "--api-key", "k", "--tls-certificate", "lines.jsonl",
                   "--tls-key", "lines.jsonl")
        self.fails("Scripts/bootstrap --neural", "model", "list", "--neural-dir", "nosuch")
        self.fails("is --server right", "model", "list", "--server", "http://127.0.0.1:1", "--api-key", "k")

    def test_no_import_keeps_the_directory_from_opening(self):
        self.load('{"id":"1","title":"lamp"}')
        self.assertEqual(self.load('{"id":"1"}', name="").returncode, 1)
        self.assertEqual(self.load('{"id":"1"}', name="x" * 300).returncode, 1)
        self.assertEqual(self.load('{"id":"1","":"x","%s":"y","title":"lamp"}' % ("k" * 300), name="odd").returncode, 0)
        done = run("inspect", "--data-dir", self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("collection odd: 1 documents", done.stdout)

    def test_no_clone_keeps_the_directory_from_opening(self):
        with Server(self.data) as server:
            server.call("POST", "/collections", {"name": "shop", "fields": [{"name": "title", "type": "string"}]})
            self.assertEqual(server.call("POST", "/collections?src_name=shop", {"name": "x" * 300})[0], 400)
        with Server(self.data) as server:
            self.assertEqual([found["name"] for found in server.call("GET", "/collections")[1]], ["shop"])

    def test_a_log_that_cannot_be_written_stops_nothing(self):
        with open("/dev/full", "w") as full:
            process = subprocess.Popen(
                [BINARY, "serve", "--data-dir", self.data, "--api-key", KEY, "--api-address", "127.0.0.1", "--api-port", "0",
                 "--log-slow-ms", "0"], stdout=subprocess.PIPE, stderr=full, text=True)
        self.addCleanup(process.stdout.close)
        port = process.stdout.readline().rpartition(":")[2].strip()
        for _ in range(3):
            done = subprocess.run(["curl", "-sS", f"http://127.0.0.1:{port}/health"], capture_output=True, text=True)
            self.assertEqual(done.stdout, '{"ok":true}', done.stderr)
        process.terminate()
        self.assertEqual(process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
