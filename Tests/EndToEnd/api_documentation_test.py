# SPDX-License-Identifier: Apache-2.0
"""Runs every command of Documentation/API.md in order and compares the answers that it shows.

MARTLET_RECORD=1 writes the answers into the document instead.
"""
import json
import os
import re
import subprocess
import unittest

from support import KEY, ROOT, Server, temporary

DOCUMENT = ROOT / "Documentation/API.md"
SECTION = re.compile(r"^### (\S+) (\S+)\n(.*?)(?=^##|\Z)", re.M | re.S)
ANSWER = re.compile(r"^```(json|text)\n(.*?)^```$", re.M | re.S)
# What differs from run to run.
VOLATILE = {"created_at", "search_time_ms", "timestamp", "next_training", "state", "progress", "value", "value_prefix", "num_memory_shards"}


def masked(value):
    if isinstance(value, dict):
        return {key: "*" if key in VOLATILE and not isinstance(inner, (dict, list)) else masked(inner)
                for key, inner in value.items()}
    return [masked(inner) for inner in value] if isinstance(value, list) else value


def laid_out(value, indent=""):
    """JSON text with everything on one line that fits in 100 columns."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent + line) <= 100 or not isinstance(value, (dict, list)) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, list):
        parts = [inner + laid_out(element, inner) for element in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    parts = [f"{inner}{json.dumps(key)}: {laid_out(element, inner)}" for key, element in value.items()]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def shown(kind, answer):
    return laid_out(json.loads(answer)) if kind == "json" else answer


class DocumentationTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        plugins = self.directory + "/plugins"
        os.mkdir(plugins, 0o755)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-I", ROOT / "Sources/CRankingPlugin/include", "-o", plugins + "/margin.so",
             ROOT / "Examples/plugins/margin-c/margin.c", "-lm"], check=True, umask=0o022)
        self.server = Server(self.directory + "/data", "--plugin-dir", plugins, "--neural-dir", self.directory + "/neural")
        self.addCleanup(self.server.__exit__)

    def run_command(self, command):
        script = 'curl() { command curl -s -g --fail-with-body "$@"; }\n' + command
        environment = os.environ | {"HOST": f"http://127.0.0.1:{self.server.port}", "KEY": KEY, "TMPDIR": self.directory}
        done = subprocess.run(["bash", "-ec", script], env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_every_example_gives_the_answer_shown(self):
        text = DOCUMENT.read_text()
        for method, path, body in SECTION.findall(text):
            # Commands fenced as bash need what no bare server has.
            command = re.search(r"^```(sh|bash)\n(.*?)^```$", body, re.M | re.S)
            if command[1] == "bash":
                continue
            answer = self.run_command(command[2])
            expected = ANSWER.search(body)
            if expected is None:
                continue
            if os.environ.get("MARTLET_RECORD"):
                block = f"```{expected[1]}\n{shown(expected[1], answer)}\n```"
                text = text.replace(body, body[:expected.start()] + block + body[expected.end():])
            elif expected[1] == "json":
                self.assertEqual(masked(json.loads(answer)), masked(json.loads(expected[2])), f"{method} {path}")
            else:
                self.assertEqual(answer.strip(), expected[2].strip(), f"{method} {path}")
        if os.environ.get("MARTLET_RECORD"):
            DOCUMENT.write_text(text)

    def test_the_document_and_the_description_name_the_same_routes(self):
        described = self.server.call("GET", "/x/openapi.json", key=None)[1]
        routes = {(method.upper(), re.sub(r"\{(\w+)\}", r":\1", path))
                  for path, methods in described["paths"].items() for method in methods}
        documented = {(method, path) for method, path, _ in SECTION.findall(DOCUMENT.read_text())}
        self.assertEqual(routes, documented)


if __name__ == "__main__":
    unittest.main()
