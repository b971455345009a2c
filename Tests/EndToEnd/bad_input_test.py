# SPDX-License-Identifier: Apache-2.0
"""Bad input and bad places: each gets a clear error, and no crash, hang or lost data."""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import unittest

from support import BINARY, Server, run, temporary

SCHEMA = {"name": "shop", "fields": [
    {"name": "title", "type": "string"}, {"name": "price", "type": "float", "optional": True},
    {"name": "tags", "type": "string[]", "optional": True}, {"name": "place", "type": "geopoint", "optional": True},
    {"name": "stock", "type": "int32", "optional": True}, {"name": "sold", "type": "bool", "optional": True}]}
IMPORT = "/collections/shop/documents/import?action=upsert"
DAMAGES = int(os.environ.get("MARTLET_DAMAGES", "2"))


def lines(documents):
    return "\n".join(json.dumps(document, ensure_ascii=False) for document in documents).encode()


class BadRequestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.server = Server(cls.directory.name)
        cls.server.call("POST", "/collections", SCHEMA)
        cls.server.call("POST", IMPORT, lines([{"id": str(i), "title": f"lamp {i}", "price": i} for i in range(50)]), raw=True)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.directory.cleanup()

    def tearDown(self):
        """Whatever was sent, the server lives and has all its documents."""
        self.assertIsNone(self.server.process.poll())
        found = self.server.call("GET", "/collections/shop/documents/search?q=lamp&query_by=title")[1]
        self.assertGreaterEqual(found["found"], 50)

    def refused(self, document):
        status, text = self.server.call("POST", IMPORT, document, raw=True)
        self.assertEqual(status, 200)
        answer = json.loads(text)
        self.assertFalse(answer["success"], document[:80])
        self.assertEqual(answer["code"], 400)
        self.assertGreater(len(answer["error"]), 10)

    def test_malformed_json(self):
        for text in (b"{", b"}", b"nul", b'{"id":1', b'{"id":"1",}', b"[1,2]", b'"text"', b"1e999", b"{'id':'1'}", b"\x00",
                     b'{"id":"a","title":"\xff\xfe"}', b'{"id":"a","title":"\xed\xa0\x80"}', b'{"id":"a","title":"\\ud800"}',
                     b'{"id":"a","title":"x"} trailing', b'{"a":' * 1000 + b"1" + b"}" * 1000, b"[" * 100_000):
            self.refused(text)
            for path in ("/collections", "/collections/shop/documents", "/multi_search"):
                status, answer = self.server.call("POST", path, text)
                self.assertEqual(status, 400, (path, text[:40]))
                self.assertTrue(answer["message"])

    def test_wrong_types(self):
        for value in ({"title": None}, {"title": {}}, {"title": ["x", "y"]}, {}, {"title": "x", "price": "dear"},
                      {"title": "x", "price": {}}, {"title": "x", "tags": [1, {}]}, {"title": "x", "place": [1]},
                      {"title": "x", "place": [1, "a"]}, {"title": "x", "place": [91, 200]}, {"title": "x", "stock": 1 << 40},
                      {"title": "x", "sold": "maybe"}, {"title": "x", "id": {}}, {"title": "x", "id": [1]}):
            self.refused(lines([{"id": "bad"} | value]))

    def test_bad_schemas(self):
        for schema in ({}, {"name": "x"}, {"name": "x", "fields": {}}, {"name": 1, "fields": [1]},
                       {"name": "x", "fields": [{"name": "a"}]}, {"name": "x", "fields": [{"name": "a", "type": "nosuch"}]},
                       {"name": "x", "fields": [{"name": "a" * 1000, "type": "string"}]},
                       {"name": "", "fields": SCHEMA["fields"]}, {"name": "x", "fields": SCHEMA["fields"] * 2}):
            status, answer = self.server.call("POST", "/collections", schema)
            self.assertEqual(status, 400, schema)
            self.assertTrue(answer["message"])

    def test_long_documents(self):
        words = ["alpha", "beta", "gamma", "delta"]
        rng = random.Random(5)
        for text in ("lamp " * 2_000_000, " ".join(rng.choice(words) for _ in range(1_700_000)), "x" * 10_000_000,
                     "耳机" * 1_600_000, "é " * 3_000_000):
            status, answer = self.server.call("POST", IMPORT, lines([{"id": "long", "title": text}]), raw=True)
            self.assertEqual((status, answer), (200, '{"success":true}'), text[:20])
            status, found = self.server.call("GET", "/collections/shop/documents/long")
            self.assertEqual((status, found["title"]), (200, text))
            query = text.split()[0][:20]
            for exact in (query, f'"{query} {query}"'):
                status, answer = self.server.call("POST", "/multi_search", {"searches": [
                    {"collection": "shop", "q": exact, "query_by": "title", "filter_by": "id:long", "exclude_fields": "title"}]})
                self.assertNotIn("error", answer["results"][0])
        # Several in one batch share blocks of postings.
        many = [{"id": f"long{i}", "title": " ".join(rng.choice(words) for _ in range(400_000))} for i in range(8)]
        status, answer = self.server.call("POST", IMPORT, lines(many), raw=True)
        self.assertEqual((status, answer.count('"success":true')), (200, 8))
        self.refused(lines([{"id": "longer", "title": "x" * 17_000_000}]))
        self.assertEqual(self.server.call("DELETE", "/collections/shop/documents?filter_by=id:long*")[0], 200)
        for number in ["", *range(8)]:
            self.server.call("DELETE", f"/collections/shop/documents/long{number}?ignore_not_found=true")

    def test_many_fields_and_values(self):
        wide = {"id": "wide", "title": "x"} | {f"field{i}": i for i in range(20_000)}
        self.assertEqual(self.server.call("POST", IMPORT, lines([wide]), raw=True)[1], '{"success":true}')
        listed = {"id": "listed", "title": "x", "tags": [f"tag {i}" for i in range(100_000)]}
        self.assertEqual(self.server.call("POST", IMPORT, lines([listed]), raw=True)[1], '{"success":true}')
        for name in ("wide", "listed"):
            self.assertEqual(self.server.call("DELETE", f"/collections/shop/documents/{name}")[0], 200)

    def test_long_and_odd_queries(self):
        for query in ("x" * 99_000, "lamp " * 19_000, '"' * 50_000, "-" * 50_000, "耳" * 30_000, "\u0000", "\u202e lamp", '"lamp', "-lamp",
                      "a\u0301" * 20_000, "\U0001f4a1" * 20_000, "*" * 1000):
            status, answer = self.server.call("POST", "/multi_search", {"searches": [
                {"collection": "shop", "q": query, "query_by": "title"}]})
            self.assertEqual(status, 200, query[:10])
            self.assertIn("hits", answer["results"][0], query[:10])
        status, answer = self.server.call("POST", "/multi_search", {"searches": [
            {"collection": "shop", "q": "x" * 100_001, "query_by": "title"}]})
        self.assertEqual(answer["results"][0]["code"], 400)
        self.assertIn("shorter", answer["results"][0]["error"])

    def test_nested_and_bad_filters(self):
        for text in ("(" * 1000 + "price:>1" + ")" * 1000, "!" * 1000 + "price:>1", "price:>1" + " && price:>1" * 1000,
                     "(" * 50_000, "price:[" + "1," * 49_000 + "1]", "title:`" + "x" * 99_000, "price:>", "price:>nan", "price:[1..",
                     "nosuch:1", "place:(1,2)", "place:(" + "1," * 2001 + "1)", "title:" + "&&", "\u0000", "price:>1 ||", ":=", "`"):
            status, answer = self.server.call("POST", "/multi_search", {"searches": [
                {"collection": "shop", "q": "*", "query_by": "title", "filter_by": text}]})
            result = answer["results"][0]
            self.assertEqual(status, 200)
            if "hits" not in result:
                self.assertIn(result["code"], (400, 404), text[:40])
                self.assertGreater(len(result["error"]), 10)

    def test_odd_paths_and_parameters(self):
        for path in ("/collections/%00/documents", "/collections/..%2f..%2fetc", "//", "/collections/shop/documents/" + "x" * 4000,
                     "/collections/shop/documents/search?q=%ff%fe&query_by=title", "/collections/shop/documents/search",
                     "/collections/shop/documents/search?per_page=-1&q=x&query_by=title",
                     "/collections/shop/documents/search?page=99999999999999999999&q=x&query_by=title",
                     "/collections/shop/documents/search?q=x&query_by=title&offset=9223372036854775807&limit=250",
                     "/collections/shop/documents/search?q=x&query_by=title&sort_by=" + ",".join(["price:asc"] * 9)):
            status = self.server.call("GET", path, raw=True)[0]
            self.assertTrue(200 <= status < 500, (path, status))


class BadPlaceTest(unittest.TestCase):
    def setUp(self):
        self.temporary = temporary()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name)
        self.lines = self.directory / "lines.jsonl"
        self.schema = self.directory / "schema.json"
        self.schema.write_text(json.dumps(SCHEMA))
        self.documents = [{"id": str(i), "title": f"lamp {i} of kind{i % 7}", "price": i / 2, "tags": [f"t{i % 5}"]} for i in range(400)]
        self.lines.write_bytes(lines(self.documents))

    def load(self, data, *more, **options):
        return run("import", "--data-dir", data, "--collection", "shop", "--schema", self.schema, self.lines, *more, **options)

    def clean(self, done, context):
        """A command ended by itself, and with words if it failed."""
        self.assertIn(done.returncode, (0, 1, 2), f"{context}: {done.stderr[-2000:]}")
        if done.returncode == 1:
            self.assertTrue(done.stderr.startswith("martlet: "), f"{context}: {done.stderr}")
        return done.returncode == 0

    def ids(self, data):
        found = run("search", "--data-dir", data, "--collection", "shop", "--query-by", "title", "--json", "*")
        return json.loads(found.stdout)["found"] if found.returncode == 0 else None

    def test_every_page_of_the_data_file_damaged(self):
        data = self.directory / "data"
        self.assertEqual(self.load(data).returncode, 0)
        # A second batch and deletions: several segments, free pages.
        self.lines.write_bytes(lines([document | {"price": 1} for document in self.documents[:150]]))
        self.assertEqual(self.load(data).returncode, 0)
        sound = (data / "data.mdb").read_bytes()
        seed = random.randrange(1 << 30)
        rng = random.Random(seed)
        more = self.directory / "more.jsonl"
        more.write_bytes(lines([{"id": f"n{i}", "title": f"new lamp {i}"} for i in range(3)] + [self.documents[7]]))
        refused = harmless = 0
        for page in range(len(sound) // 4096):
            for damage in range(DAMAGES + 1):
                damaged = bytearray(sound)
                at = page * 4096 + (rng.randrange(16, 4096) if damage else rng.randrange(16))
                damaged[at] ^= 1 << rng.randrange(8)
                context = f"seed {seed} page {page} byte {at % 4096}"
                (data / "data.mdb").write_bytes(damaged)
                sane = self.clean(run("inspect", "--data-dir", data), context)
                self.clean(run("search", "--data-dir", data, "--collection", "shop", "--query-by", "title", "--facet-by", "tags",
                               "--filter-by", "price:>=0", "lamp kind3"), context)
                wrote = self.clean(run("import", "--data-dir", data, "--collection", "shop", more), context)
                self.clean(run("compact", "--data-dir", data), context)
                if sane:
                    harmless += 1
                    self.assertTrue(wrote, context)
                    self.assertEqual(self.ids(data), 403, context)
                else:
                    refused += 1
        # Free pages and the unused middle of a page may hold anything.
        self.assertGreater(refused, len(sound) // 4096 // 4, f"seed {seed}")
        print(f"damage: {refused} refused, {harmless} harmless")

    def test_a_data_file_cut_short(self):
        data = self.directory / "data"
        self.assertEqual(self.load(data).returncode, 0)
        sound = (data / "data.mdb").read_bytes()
        for size in [1, 100, 4096, 8192, *range(10_000, len(sound) - 4096, max(4096, len(sound) // 12))]:
            (data / "data.mdb").write_bytes(sound[:size])
            for words in (("inspect",), ("import", "--collection", "shop", self.lines)):
                done = run(words[0], "--data-dir", data, *words[1:])
                self.assertEqual(done.returncode, 1, f"{size} bytes: {done.stderr}")
                self.assertIn("backup", done.stderr, size)
        (data / "data.mdb").write_bytes(sound)
        self.assertEqual(self.ids(data), 400)

    def test_files_that_are_no_data_files(self):
        data = self.directory / "data"
        data.mkdir()
        (data / "data.mdb").write_bytes(random.Random(3).randbytes(100_000))
        for words in (("inspect",), ("import", "--collection", "shop", self.lines), ("serve", "--api-key", "k", "--api-port", "0")):
            done = run(words[0], "--data-dir", data, *words[1:])
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("damaged", done.stderr)

    def test_a_read_only_directory(self):
        data = self.directory / "data"
        self.assertEqual(self.load(data).returncode, 0)
        for path in [*data.iterdir(), data]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            # Root may write anyway, so the command runs as nobody, who may not reach the tree of root.
            options = {"user": 65534, "group": 65534, "extra_groups": [],
                       "executable": shutil.copy(BINARY, self.directory)} if os.geteuid() == 0 else {}
            self.directory.chmod(0o755)
            self.lines.chmod(0o644)
            self.schema.chmod(0o644)
            done = self.load(data, **options)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("permissions", done.stderr)
            done = self.load(self.directory / "new", **options) if os.geteuid() == 0 else done
            self.assertEqual(done.returncode, 1)
            self.assertIn("permissions", done.stderr)
        finally:
            for path in [data, *data.iterdir()]:
                path.chmod(0o755 if path.is_dir() else 0o644)
        self.assertEqual(self.ids(data), 400)

    def test_a_file_size_limit(self):
        """The system refuses to let the file grow: what a full disk or a quota does, without root."""
        data = self.directory / "data"
        self.assertEqual(self.load(data).returncode, 0)
        size = (data / "data.mdb").stat().st_size

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        self.lines.write_bytes(lines([{"id": f"b{i}", "title": f"lamp {i} {random.random()}"} for i in range(20_000)]))
        done = self.load(data, preexec_fn=limit)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "free some room")
        self.assertEqual(self.ids(data), 400)
        self.assertIn("all checksums match", run("inspect", "--data-dir", data).stdout)
        self.assertEqual(self.load(data).returncode, 0)
        self.assertEqual(self.ids(data), 20_400)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "mounting a small disk needs root")
    def test_a_full_disk(self):
        disk = self.directory / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "martlet-test", disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mount is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        data = disk / "data"
        self.assertEqual(self.load(data).returncode, 0)
        stored = 400
        with Server(data) as server:
            failures = 0
            for batch in range(60):
                body = lines([{"id": f"b{batch}-{i}", "title": f"lamp {i} {random.random()}"} for i in range(4000)])
                status, text = server.call("POST", IMPORT, body, raw=True)
                # Every line has an answer of its own, so the request as a whole has been answered.
                self.assertEqual(status, 200, text[:300])
                stored += text.count('"success":true')
                if '"success":false' in text:
                    self.assertIn('"code":503', text)
                    self.assertIn("free some room", text)
                    failures += 1
                found = server.call("GET", "/collections/shop/documents/search?q=lamp&query_by=title")[1]
                self.assertEqual(found["found"], stored)
                if failures == 3:
                    break
            self.assertEqual(failures, 3, "the disk never filled up")
        self.assertIn("all checksums match", run("inspect", "--data-dir", data).stdout)
        self.assertEqual(self.ids(data), stored)


if __name__ == "__main__":
    unittest.main()
