# SPDX-License-Identifier: Apache-2.0
"""The API fuzzed from its OpenAPI document: no input makes a server error or stops the server."""
import os
import pathlib
import random
import re
import subprocess
import sys
import unittest
import urllib.parse

from support import KEY, Server, temporary

EXAMPLES = os.environ.get("MARTLET_FUZZ_EXAMPLES", "30")
SCHEMA = {"name": "products", "fields": [
    {"name": "title", "type": "string"}, {"name": "brand", "type": "string", "facet": True, "optional": True},
    {"name": "price", "type": "float", "optional": True}, {"name": "place", "type": "geopoint", "optional": True}]}
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth,use_after_free"
# A snapshot is written wherever a path says.
LEFT_OUT = "/operations/snapshot"
# What examples alone do not make: plugins.
NEED_MORE = {"/x/plugins/{name}", "/x/profiles/{name}"}

PARAMETERS = """q query_by query_by_weights prefix num_typos filter_by sort_by facet_by facet_query max_facet_values page
    per_page offset limit limit_hits group_by group_limit include_fields exclude_fields highlight_fields pinned_hits
    hidden_hits highlight_full_fields highlight_affix_num_tokens snippet_threshold synonym_sets stopwords preset
    typo_tokens_threshold drop_tokens_threshold min_len_1typo min_len_2typo max_candidates exhaustive_search
    search_cutoff_ms highlight_start_tag""".split()
PIECES = r'''title brand price place id * : := :> :< != && || ( ) [ ] { } , .. ` - " 0 1 -1 1e308 9223372036854775807 nan inf
    true asc desc :asc _text_match _eval _rand _alpha km mi (48.9,2.3,5km) (buckets:3) missing_values lamp red a* 蓝牙'''.split() + [
    "\0", "\U0001f600", "e\u0301", " "]


class FuzzTest(unittest.TestCase):
    def schemathesis(self, server, directory, phases, *options):
        command = pathlib.Path(sys.executable).parent / "schemathesis"
        hooks = pathlib.Path(__file__).parent
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(hooks)}
        done = subprocess.run(
            [command, "run", f"http://127.0.0.1:{server.port}/x/openapi.json", "-H", f"X-TYPESENSE-API-KEY: {KEY}",
             "--checks", CHECKS, "--max-examples", EXAMPLES, "--phases", phases,
             "--exclude-path", LEFT_OUT, "--continue-on-failure", "--request-timeout", "20", "--no-color", *options],
            capture_output=True, text=True, timeout=1500, cwd=directory, env=environment)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        self.assertEqual(server.call("GET", "/health", key=None), (200, {"ok": True}))

    def make_examples(self, server):
        """Sends the bodies of the description's examples, after which its other examples name what is there."""
        server.call("POST", "/collections", SCHEMA)
        for path, methods in server.call("GET", "/x/openapi.json", key=None)[1]["paths"].items():
            for method, operation in methods.items():
                if method not in ("post", "put") or "requestBody" not in operation or path == "/collections":
                    continue
                content, = operation["requestBody"]["content"].values()
                named = {parameter["name"]: parameter.get("example", "") for parameter in operation["parameters"]}
                query = {name: value for name, value in named.items() if value and "{" + name + "}" not in path}
                body = content["example"]
                status, answer = server.call(
                    method.upper(), path.format(**named) + "?" + urllib.parse.urlencode(query),
                    body.encode() if isinstance(body, str) else body, raw=True)
                if path not in NEED_MORE:
                    self.assertLess(status, 300, f"{method} {path} {answer}")

    def test_examples_find_what_is_there(self):
        with temporary() as directory, Server(directory) as server:
            self.make_examples(server)
            self.schemathesis(server, directory, "examples", "--exclude-method", "DELETE")
            text = server.call("GET", "/metrics", raw=True)[1]
            done = set(re.findall(r'martlet_http_requests_total{method="(\w+)",route="([^"]+)",status="20\d"}', text))
            for path, methods in server.call("GET", "/x/openapi.json", key=None)[1]["paths"].items():
                has_example = any("example" in parameter for parameter in methods.get("get", {}).get("parameters", []))
                if has_example and path not in NEED_MORE:
                    self.assertIn(("GET", re.sub(r"{(\w+)}", r":\1", path)), done)

    def test_no_server_error(self):
        with temporary() as directory, Server(directory) as server:
            self.make_examples(server)
            self.schemathesis(server, directory, "examples,fuzzing,coverage,stateful")

    def test_searches_of_random_pieces(self):
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        with temporary() as directory, Server(directory) as server:
            server.call("POST", "/collections", SCHEMA)
            for number in range(20):
                server.call("POST", "/collections/products/documents", {
                    "id": str(number), "title": "Red lamp", "brand": "Acme", "price": number, "place": [48.9, number]})
            for _ in range(40 * int(EXAMPLES)):
                asked = {name: "".join(rng.choices(PIECES, k=rng.randint(0, 6)))
                         for name in rng.sample(PARAMETERS, rng.randint(1, 5))}
                asked.setdefault("q", "lamp")
                status, answer = server.call(
                    "GET", "/collections/products/documents/search?" + urllib.parse.urlencode(asked, errors="replace"))
                self.assertLess(status, 500, f"seed {seed}: {asked} {answer}")


if __name__ == "__main__":
    unittest.main()
