# SPDX-License-Identifier: Apache-2.0
"""Forgetting a shopper through the real binary: nothing that only this shopper did is left anywhere."""
import pathlib
import re
import unittest

from support import SHOP, Server, run, temporary

WORDS = ["zebrafinch", "quaggabird", "okapimouse", "dodorunner"]


class PrivacyTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.data = self.directory / "data"
        done = run("import", "--data-dir", self.data, "--collection", "shop", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)

    def send(self, server, *events):
        lines = [{"collection": "shop", **event} for event in events]
        self.assertEqual(server.call("POST", "/analytics/events", lines), (200, {"ok": True}))

    def told(self, server):
        """All that the server tells of events, as text."""
        paths = ["/analytics/events?user_id=odd&n=100", "/analytics/rules/counted/counts", "/analytics/rules/popular/counts",
                 "/x/suggest?collection=shop&q=" + WORDS[0][:4], "/x/suggest?collection=shop&q=garden&user_id=odd",
                 "/x/recommendations/for_you?collection=shop&user_id=odd", "/x/shoppers/odd",
                 "/x/recommendations/related?collection=shop&id=1&limit=5"]
        text = "\n".join(server.call("GET", path, raw=True)[1] for path in paths)
        # Sums are taken back up to rounding: a query's score of 7,000 comes back a thousandth off.
        return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.2f}", text)

    def test_nothing_is_left_of_a_forgotten_shopper(self):
        odd = {"user_id": "odd", "session_id": "odd-session"}
        with Server(self.data) as server:
            for name, kind in [("popular", "popular_queries"), ("counted", "counter")]:
                rule = {"name": name, "type": kind, "collection": "shop", "event_type": "search" if kind != "counter" else "click",
                        "params": {"counter_field": "popularity", "weight": 1} if kind == "counter" else {"limit": 100}}
                status, answer = server.call("POST", "/analytics/rules", rule)
                self.assertEqual(status, 200, answer)
            for number in range(6):
                self.send(server, {"event_type": "search", "user_id": f"u{number}", "q": "garden hose", "hit_ids": ["1"]},
                          {"event_type": "click", "user_id": f"u{number}", "doc_id": "2"})
            before = self.told(server)
            self.send(server, {"event_type": "search", "q": WORDS[0], "query_id": WORDS[1], "hit_ids": ["1", "7"], **odd},
                      {"event_type": "search", "q": "garden hose", "hit_ids": ["1"], **odd},
                      {"event_type": "click", "doc_id": "1", "query_id": WORDS[1], "position": 1, **odd},
                      {"event_type": "click", "doc_id": "7", "q": f"a {WORDS[0]}", **odd},
                      {"event_type": "purchase", "doc_id": WORDS[2], "category": WORDS[3], "brand": WORDS[3], **odd},
                      {"event_type": "custom", "name": WORDS[2], "doc_id": "1", **odd})
            self.assertNotEqual(self.told(server), before)
            self.assertEqual(server.call("POST", "/x/filters/shop/train")[0], 200)
            self.assertEqual(server.call("DELETE", "/x/shoppers/odd?opt_out=true")[0], 200)
            self.assertEqual(self.told(server), before)
            # Who opted out is refused, and counted by that reason.
            status, answer = server.call("POST", "/analytics/events",
                                         {"event_type": "click", "collection": "shop", "doc_id": WORDS[2], **odd})
            self.assertEqual(status, 400, answer)
            self.assertEqual(server.call("GET", "/analytics/status")[1]["refused_opted_out"], 1)
            self.assertEqual(self.told(server), before)
        exported = run("events", "export", "--data-dir", self.data).stdout
        self.assertEqual(len(exported.splitlines()), 12)
        # A backup has no free pages: what is not in it is nowhere in what is stored.
        copy = self.directory / "copy"
        done = run("backup", "--data-dir", self.data, copy)
        self.assertEqual(done.returncode, 0, done.stderr)
        stored = b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file())
        for word in [*WORDS, "odd-session"]:
            self.assertNotIn(word.encode(), stored, word)
            self.assertNotIn(word, exported)


if __name__ == "__main__":
    unittest.main()
