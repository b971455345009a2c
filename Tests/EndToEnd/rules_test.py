# SPDX-License-Identifier: Apache-2.0
"""Analytics rules write what they count to the collections that they name: queries, queries without hits, counters."""
import json
import time
import unittest
import urllib.parse

from support import Server, temporary

PRODUCTS = {"name": "products", "fields": [
    {"name": "title", "type": "string"}, {"name": "price", "type": "float"},
    {"name": "popularity", "type": "int32", "optional": True}, {"name": "score", "type": "float", "optional": True}]}
QUERIES = [{"name": "q", "type": "string"}, {"name": "count", "type": "int32"}]
META = [{"name": "filter_by", "type": "string"}, {"name": "analytics_tag", "type": "string"}]
OPTIONS = ("--analytics-least-shoppers", "2", "--analytics-flush-interval", "100000")


class RulesTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = temporary()
        self.addCleanup(self.directory.cleanup)
        self.start()
        self.call("POST", "/collections", PRODUCTS, expect=201)
        for number, title in enumerate(["Running shoe", "Trail shoe", "Desk lamp"]):
            self.call("POST", "/collections/products/documents", {"id": str(number), "title": title, "price": number + 1}, expect=201)

    def start(self, *options):
        self.server = Server(self.directory.name, *(options or OPTIONS))
        self.addCleanup(self.server.__exit__)

    def call(self, method, path, body=None, expect=200, **options):
        status, answer = self.server.call(method, path, body, **options)
        self.assertEqual(status, expect, answer)
        return answer

    def collection(self, name, fields=QUERIES):
        self.call("POST", "/collections", {"name": name, "fields": fields}, expect=201)

    def rule(self, name, kind, event="search", **params):
        self.call("POST", "/analytics/rules", {"name": name, "type": kind, "collection": "products", "event_type": event, "params": params})

    def search(self, q, user, **more):
        query = urllib.parse.urlencode({"q": q, "query_by": "title", "x-typesense-user-id": user} | more)
        return self.call("GET", f"/collections/products/documents/search?{query}")

    def event(self, name, **data):
        self.assertEqual(self.call("POST", "/analytics/events", {"name": name, "data": data}), {"ok": True})

    def flush(self, expect={"ok": True}):
        self.assertEqual(self.call("POST", "/analytics/flush"), expect)

    def documents(self, name):
        text = self.call("GET", f"/collections/{name}/documents/export", raw=True)
        return [json.loads(line) for line in text.splitlines()]

    def counted(self, name):
        return {document["q"]: document["count"] for document in self.documents(name)}

    def test_queries_with_and_without_hits(self):
        self.collection("popular")
        self.collection("none")
        self.rule("p", "popular_queries", destination_collection="popular", limit=2)
        self.rule("n", "nohits_queries", destination_collection="none")
        for user in "abc":
            self.search("shoe", user, per_page=1)
            self.search("xyzzy", user)
        for user in "ab":
            self.search("Desk Lamp", user)
            self.search("lamp", user, enable_analytics="false")
        self.search("my own name", "a")
        self.search("trail", "a")
        self.flush()
        self.assertEqual(self.counted("popular"), {"shoe": 3, "desk lamp": 2})
        self.assertEqual(self.counted("none"), {"xyzzy": 3})
        # The least popular makes room; what merchants add to a query stays, and so do their own documents.
        self.call("POST", "/collections/popular/documents", {"id": "own", "q": "sale", "count": 1}, expect=201)
        shoe, = [d["id"] for d in self.documents("popular") if d["q"] == "shoe"]
        self.call("PATCH", f"/collections/popular/documents/{shoe}", {"label": "Shoes"})
        for user in "abcd":
            self.search("running", user)
        self.search("shoe", "d")
        self.flush()
        self.assertEqual(self.counted("popular"), {"shoe": 4, "running": 4, "sale": 1})
        self.assertEqual([d["label"] for d in self.documents("popular") if d["q"] == "shoe"], ["Shoes"])
        found = self.call("GET", "/collections/popular/documents/search?q=sho&query_by=q&sort_by=count:desc")
        self.assertEqual([hit["document"]["q"] for hit in found["hits"]], ["shoe"])

    def test_typing_counts_once_and_repeated_pages_do_not(self):
        self.collection("popular")
        self.collection("none")
        self.rule("p", "popular_queries", destination_collection="popular")
        self.rule("n", "nohits_queries", destination_collection="none")
        for user in "abc":
            for typed in ("l", "la", "lamp"):
                self.search(typed, user)
            for typed in ("xyz", "xyzz", "xyzzy"):
                self.search(typed, user)
            self.search("lamp", user, page=2)
            self.search("lamp", user)
        self.flush()
        self.assertEqual(self.counted("popular"), {"lamp": 3})
        self.assertEqual(self.counted("none"), {"xyzzy": 3})

    def test_searches_without_a_user_count_as_their_address(self):
        self.server.__exit__()
        self.start("--analytics-least-shoppers", "1", "--analytics-flush-interval", "1")
        self.collection("popular")
        self.rule("p", "popular_queries", destination_collection="popular")
        answer = self.call("POST", "/multi_search", {"searches": [{"collection": "products", "q": "trail", "query_by": "title"}]})
        self.assertNotIn("query_id", answer["results"][0])
        # Within the interval, with no request for it.
        for _ in range(100):
            if self.counted("popular"):
                break
            time.sleep(0.1)
        self.assertEqual(self.counted("popular"), {"trail": 1})

    def test_expanded_queries_and_only_events(self):
        self.collection("popular")
        self.collection("told")
        self.rule("p", "popular_queries", destination_collection="popular", expand_query=True)
        self.rule("t", "popular_queries", destination_collection="told", capture_search_requests=False)
        for user, typed in (("a", "trail sh"), ("b", "trail sho"), ("c", "Trail Shoe")):
            self.search(typed, user)
            self.event("t", user_id=user, q="Winter  Sale")
        self.flush()
        self.assertEqual(self.counted("popular"), {"trail shoe": 3})
        self.assertEqual(self.counted("told"), {"winter sale": 3})

    def test_meta_fields(self):
        self.collection("tagged", QUERIES + META)
        self.collection("plain")
        for name in ("tagged", "plain"):
            self.rule(name, "popular_queries", destination_collection=name, meta_fields=["filter_by", "analytics_tag"])
        for user in "abc":
            self.search("shoe", user, filter_by="price:>1", analytics_tag="app")
        for user in "de":
            self.search("shoe", user, analytics_tag="web")
        # One shopper's filter is one's own business.
        self.search("shoe", "f", filter_by="price:>0.5")
        self.flush()
        rows = sorted((d["q"], d["filter_by"], d["analytics_tag"], d["count"]) for d in self.documents("tagged"))
        self.assertEqual(rows, [("shoe", "", "web", 2), ("shoe", "price:>1", "app", 3)])
        self.assertEqual(self.counted("plain"), {"shoe": 5})
        counts = self.call("GET", "/analytics/rules/tagged/counts")
        self.assertEqual(counts[0], {"subject": "shoe", "count": 3.0, "filter_by": "price:>1", "analytics_tag": "app"})

    def test_counters(self):
        self.rule("clicks", "counter", "click", counter_field="popularity", destination_collection="products", weight=1)
        self.rule("sales", "counter", "conversion", counter_field="popularity", weight=2)
        self.rule("scores", "counter", "click", counter_field="score", weight=0.5)
        self.call("PATCH", "/collections/products/documents/0", {"popularity": 40})
        for user in "abc":
            self.event("clicks", user_id=user, doc_id="0")
        self.event("sales", user_id="a", doc_ids=["0", "1", "gone"])
        self.event("scores", user_id="a", doc_id="2")
        self.flush()
        self.flush()
        state = {d["id"]: (d.get("popularity"), d.get("score")) for d in self.documents("products")}
        self.assertEqual(state, {"0": (45, None), "1": (2, None), "2": (None, 0.5)})
        found = self.call("GET", "/collections/products/documents/search?q=*&sort_by=popularity:desc")
        self.assertEqual([hit["document"]["id"] for hit in found["hits"]][:2], ["0", "1"])
        # A shopper who is forgotten leaves no trace in the counts; what the shop set itself stays.
        self.call("DELETE", "/x/shoppers/a")
        self.flush()
        self.assertEqual(self.call("GET", "/collections/products/documents/0")["popularity"], 42)
        self.call("PUT", "/x/shoppers/b/consent")
        self.call("DELETE", "/x/shoppers/b?opt_out=true")
        self.assertEqual(self.server.call("POST", "/analytics/events", {"name": "clicks", "data": {"user_id": "b", "doc_id": "0"}})[0], 400)
        self.flush()
        self.assertEqual(self.call("GET", "/collections/products/documents/0")["popularity"], 41)
        self.server.__exit__()
        self.start()
        self.flush()
        self.assertEqual(self.call("GET", "/collections/products/documents/0")["popularity"], 41)

    def test_missing_and_unfit_destinations_are_told_and_tried_again(self):
        self.collection("unfit", [{"name": "title", "type": "string"}])
        self.rule("late", "popular_queries", destination_collection="later")
        self.rule("unfit", "popular_queries", destination_collection="unfit")
        self.rule("field", "counter", "click", counter_field="nothing")
        for user in "ab":
            self.search("shoe", user)
        self.event("field", user_id="a", doc_id="0")
        answer = self.call("POST", "/analytics/flush")
        self.assertFalse(answer["ok"])
        self.assertEqual([error["rule"] for error in answer["errors"]], ["field", "late", "unfit"])
        self.assertEqual(self.call("GET", "/analytics/status")["missing_destinations"], 3)
        self.collection("later")
        answer = self.call("POST", "/analytics/flush")
        self.assertEqual([error["rule"] for error in answer["errors"]], ["field", "unfit"])
        self.assertEqual(self.counted("later"), {"shoe": 2})
        for rule in ("unfit", "field"):
            self.call("DELETE", f"/analytics/rules/{rule}")
        self.flush()
        status = self.call("GET", "/analytics/status")
        self.assertEqual((status["missing_destinations"], status["queries_written"]), (0, 1))
        self.assertTrue(all(isinstance(value, int) for value in status.values()))

    def test_a_removed_rule_leaves_its_documents(self):
        self.collection("popular")
        self.rule("p", "popular_queries", destination_collection="popular")
        for user in "ab":
            self.search("shoe", user)
        self.flush()
        self.call("DELETE", "/analytics/rules/p")
        for user in "cd":
            self.search("lamp", user)
        self.flush()
        self.assertEqual(self.counted("popular"), {"shoe": 2})

    def test_an_alias_is_counted_as_its_collection(self):
        self.call("PUT", "/aliases/store", {"collection_name": "products"})
        self.call("POST", "/analytics/rules", {"name": "sold", "type": "counter", "collection": "store", "event_type": "conversion",
                                               "params": {"counter_field": "popularity", "weight": 3}})
        self.assertEqual(self.call("GET", "/analytics/rules/sold")["collection"], "products")
        self.event("sold", user_id="u1", doc_id="1", collection="store")
        self.event("sold", user_id="u2", doc_id="1", collection="products")
        self.flush()
        self.assertEqual(self.call("GET", "/collections/store/documents/1")["popularity"], 6)
        recent = self.call("GET", "/x/shoppers/u1")["recent"]
        self.assertEqual([(each["collection"], each["doc_id"]) for each in recent], [("products", "1")])

    def test_logs_tell_what_was_sent(self):
        self.rule("seen", "log", "search")
        self.event("seen", user_id="u", q="Shoe", filter_by="price:>1", analytics_tag="app")
        logged, = self.call("GET", "/analytics/events?user_id=u&name=seen&n=10")["events"]
        self.assertEqual(logged["data"], {"user_id": "u", "q": "shoe", "filter_by": "price:>1", "analytics_tag": "app"})


if __name__ == "__main__":
    unittest.main()
