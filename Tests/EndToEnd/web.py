# SPDX-License-Identifier: Apache-2.0
"""What tests of the web page share: a headless Chromium, on the real binary with the sample shop.

Answers of routes that need a history of shoppers or loaded plugins are given by a server in front
(front.py), so that what the page makes of them is tested whatever is in the data directory.
"""
import json
import unittest

from browser import AVAILABLE, Browser
from front import Front
from support import KEY, SHOP, Server, run, temporary


@unittest.skipUnless(AVAILABLE, "needs Debian's chromium and chromium-driver")
class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.addClassCleanup(cls.directory.cleanup)
        done = run("import", "--data-dir", cls.directory.name, "--collection", "shop", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        assert done.returncode == 0, done.stderr
        cls.server = Server(cls.directory.name)
        cls.addClassCleanup(cls.server.__exit__)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.__exit__)

    def setUp(self):
        self.front = Front(self.server.port)
        self.addCleanup(self.front.close)
        # No history of searches, unless a test brings one.
        self.front.routes["/x/suggest"] = lambda *_: 404
        self.base = f"http://127.0.0.1:{self.front.port}"
        self.browser.log()

    def shop(self, query=""):
        """Opens the search page and waits for its results."""
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}/{'?' + query if query else ''}#key={KEY}")
        self.browser.until("return document.getElementById('count').innerText !== ''")

    def found(self, text):
        self.browser.until("return document.getElementById('count').innerText.startsWith(arguments[0])", text)

    def no_errors(self):
        """No script error and nothing that the content security policy stopped."""
        bad = [line for line in self.browser.log() if line["level"] == "SEVERE" and "Failed to load resource" not in line["message"]]
        self.assertEqual(bad, [])

    def hits(self, q, limit):
        path = f"/collections/shop/documents/search?q={q}&query_by=title&per_page={limit}"
        return self.server.call("GET", path)[1]["hits"]

    def explained(self, _, body):
        """The real answer with what ranking stages would add."""
        answer = self.server.call("POST", "/multi_search", json.loads(body))[1]
        for result in answer["results"]:
            result["ranking"] = {"profile": "default", "stages": [
                {"plugin": "promotions", "version": "1.0.0", "status": "ok", "scored": 100, "window": 100, "took_us": 41, "budget_us": 200},
                {"plugin": "neural", "version": "0.3.1", "status": "timeout", "scored": 64, "window": 100, "took_us": 5200, "budget_us": 5000}]}
            for rank, hit in enumerate(result["hits"], 1):
                hit["explain"] = {
                    "recall": {"score": 9.5 - rank / 10, "terms": [
                        {"word": "drill", "term": "drill", "score": 6.5 - rank / 10,
                         "fields": {"title": 4.2, "description": 2.3 - rank / 10}},
                        {"word": "cordles", "term": "cordless", "score": 3.0, "fields": {"title": 3.0}}]},
                    "stages": [{"plugin": "promotions", "score": 1.5, "rank": rank, "reason": "boost: Norvik week", "pin": None}],
                    "rank_before": 2 if rank == 1 else 1 if rank == 2 else rank, "rank_after": rank}
        return answer

    def metrics(self):
        """A Prometheus page whose counters grow by 100 searches each time, nine tenths below 1 ms."""
        self.readings = getattr(self, "readings", 0) + 1
        n = 100 * self.readings
        buckets = [(0.0005, n // 2), (0.001, n * 9 // 10), (0.005, n * 99 // 100), ("+Inf", n)]
        lines = ["# TYPE martlet_http_request_duration_seconds histogram"]
        route = 'route="/collections/:c/documents/search",method="GET",status="200"'
        lines += [f'martlet_http_request_duration_seconds_bucket{{{route},le="{bound}"}} {value}' for bound, value in buckets]
        lines += [f"martlet_http_request_duration_seconds_count{{{route}}} {n}",
                  f'martlet_http_requests_total{{{route}}} {n}', "process_resident_memory_bytes 64000000"]
        return "\n".join(lines) + "\n"

    def busy(self):
        """Routes of a server with plugins and a day of shoppers."""
        self.front.routes["/metrics"] = lambda *_: self.metrics()
        def use(config, isolation, breaker, scale, timeouts):
            return {"config": config, "isolation": isolation, "generation": 3, "breaker": breaker, "calls": {"ok": 1000 - timeouts, "timeout": timeouts},
                    "took_us_buckets": {str(50 * scale): 500, str(100 * scale): 480, str(200 * scale): 15, "+Inf": 5}}
        self.front.routes["/x/plugins"] = lambda *_: {"plugins": [
            {"name": "promotions", "version": "1.0.0", "generation": 3, "state": "enabled", "stages": [use({}, "thread", "closed", 1, 0)]},
            {"name": "neural", "version": "0.3.1", "generation": 1, "state": "enabled", "stages": [use({"top": 9}, "process", "open", 50, 5)]}],
            "not_loaded": [], "problems": ["recency: the file is writable by all"]}
        self.front.routes["/x/profiles"] = lambda *_: {"profiles": [{"name": "default", "stages": [
            {"plugin": "promotions", "config": {}, "isolation": "thread", "budget_us": 500},
            {"plugin": "neural", "config": {"top": 9}, "isolation": "process", "budget_us": 5000}]}]}
        self.front.routes["/analytics/rules"] = lambda *_: [
            {"name": "popular", "type": "popular_queries", "collection": "shop"},
            {"name": "missed", "type": "nohits_queries", "collection": "shop"}]
        top = [("cordless drill", 412), ("coffee grinder", 365), ("炊飯器", 241), ("tent", 198), ("wireless headphones", 120)]
        missed = [("drone", 31), ("standing desk", 12)]
        for name, rows in (("popular", top), ("missed", missed)):
            self.front.routes[f"/analytics/rules/{name}/counts"] = lambda *_, rows=rows: [
                {"subject": q, "count": count} for q, count in rows]
