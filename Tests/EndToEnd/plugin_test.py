# SPDX-License-Identifier: Apache-2.0
"""The way of a plugin's author: new, build, check, bench, as Documentation/PluginGuide.md tells it."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from support import run, temporary


class PluginTest(unittest.TestCase):
    def author(self, language):
        with tempfile.TemporaryDirectory() as directory:
            pathlib.Path(directory).chmod(0o755)
            made = run("plugin", "new", "popularity", "--language", language, cwd=directory)
            self.assertEqual(made.returncode, 0, made.stderr)
            subprocess.run(["popularity/build"], cwd=directory, check=True, timeout=300)
            library = "popularity/popularity.so"
            check = run("plugin", "check", library, cwd=directory)
            self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
            self.assertNotIn("FAIL", check.stdout)
            self.assertEqual(check.stdout.count("ok    "), 6)
            bench = run("plugin", "bench", library, "--queries", 200, "--json", cwd=directory)
            rows = json.loads(bench.stdout)
            self.assertEqual({row["isolation"] for row in rows}, {"thread", "process"})
            self.assertTrue(all(row["p50_us"] > 0 for row in rows))
            again = run("plugin", "new", "popularity", cwd=directory)
            self.assertIn("there already", again.stderr)

    def test_c(self):
        self.author("c")

    def test_swift(self):
        self.author("swift")

    def test_a_plugin_that_breaks_rules_is_told_so(self):
        with tempfile.TemporaryDirectory() as directory:
            pathlib.Path(directory).chmod(0o755)
            run("plugin", "new", "bad", "--language", "c", cwd=directory)
            source = pathlib.Path(directory, "bad/bad.c")
            text = source.read_text()
            source.write_text(text.replace("if (!(popularity[i] > 0)) continue;", "if (i == 99) *(int *)0 = 1;"))
            subprocess.run(["bad/build"], cwd=directory, check=True, timeout=60)
            check = run("plugin", "check", "bad/bad.so", cwd=directory)
            self.assertEqual(check.returncode, 1)
            self.assertIn("FAIL", check.stdout)
            self.assertIn("process ended", check.stdout)

    def test_wrong_use(self):
        self.assertEqual(run("plugin").returncode, 64)
        self.assertEqual(run("plugin", "new", "0bad").returncode, 64)
        self.assertEqual(run("plugin", "new", "good", "--language", "cobol").returncode, 64)
        with temporary() as directory:
            self.assertIn("No such file", run("plugin", "check", directory + "/missing.so").stderr)


if __name__ == "__main__":
    unittest.main()
