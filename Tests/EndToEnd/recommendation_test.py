# SPDX-License-Identifier: Apache-2.0
"""Recommendations of the real server: the filter in service, cold starts, curation, training over HTTP."""
import pathlib
import random
import threading
import time
import unittest
import urllib.parse

from support import SHOP, Server, run, temporary


class RecommendationTest(unittest.TestCase):
    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.data = pathlib.Path(directory.name) / "data"
        done = run("import", "--data-dir", self.data, "--collection", "shop", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)

    def get(self, server, path, **parameters):
        status, answer = server.call("GET", path + "?" + urllib.parse.urlencode(parameters))
        self.assertEqual(status, 200, answer)
        return answer

    def recommend(self, server, kind, **parameters):
        answer = self.get(server, f"/x/recommendations/{kind}", collection="shop", **parameters)
        return answer["recommendations"]

    def ids(self, server, kind, **parameters):
        return [each["document"]["id"] for each in self.recommend(server, kind, **parameters)]

    def click(self, server, shopper, *products, kind="click"):
        events = [{"event_type": kind, "user_id": shopper, "doc_id": each, "collection": "shop"} for each in products]
        self.assertEqual(server.call("POST", "/analytics/events", events), (200, {"ok": True}))

    def stocked(self, server, q="*", count=60):
        found = self.get(server, "/collections/shop/documents/search", q=q, query_by="title", per_page=count,
                         filter_by="in_stock:true", include_fields="id")
        return [hit["document"]["id"] for hit in found["hits"]]

    def train(self, server, until=60):
        before = self.get(server, "/x/filters/shop")["model"]
        self.assertEqual(server.call("POST", "/x/filters/shop/train")[0], 200)
        deadline = time.monotonic() + until
        while time.monotonic() < deadline:
            state = self.get(server, "/x/filters/shop")
            if state["state"] == "idle" and state["model"] and state["model"] != before:
                return state
            time.sleep(0.1)
        self.fail(f"not trained: {state}")

    def pairs(self, server, count=20):
        """Shoppers who take pairs of products, and others by chance; returns the pairs."""
        products = self.stocked(server, count=200)
        chance = random.Random(3)
        pairs = [products[2 * index:2 * index + 2] for index in range(count)]
        for shopper in range(200):
            self.click(server, f"s{shopper}", *pairs[shopper % count], *chance.sample(products[2 * count:], 3))
        return pairs

    def test_a_trained_filter_is_used_without_being_named(self):
        with Server(self.data) as server:
            pairs = self.pairs(server)
            self.assertIsNone(self.get(server, "/x/filters/shop")["model"])
            state = self.train(server)
            self.assertIsNone(state["problem"])
            self.assertEqual(state["model"]["users"], 200)
            first, second = pairs[0]
            related = self.recommend(server, "related", id=first)
            self.assertEqual(related[0]["document"]["id"], second)
            self.assertEqual((related[0]["basis"], related[0]["score"]), ("behaviour", 1))
            self.assertTrue(related[0]["reason"].startswith("Viewed together with "))
            # One click is a history.
            self.click(server, "new", first)
            mine = self.recommend(server, "for_you", user_id="new")
            self.assertEqual(mine[0]["document"]["id"], second)
            self.assertTrue(mine[0]["reason"].startswith("Because you viewed "))
            self.assertNotIn(first, [each["document"]["id"] for each in mine])
        # A restart finds the model again.
        with Server(self.data) as server:
            self.assertEqual(self.get(server, "/x/filters/shop")["model"]["users"], 200)
            self.assertEqual(self.ids(server, "for_you", user_id="new")[0], second)

    def test_events_after_the_training_count_and_leave_with_their_shopper(self):
        with Server(self.data) as server:
            pairs = self.pairs(server)
            self.train(server)
            first, late = pairs[0][0], self.stocked(server, count=250)[240]
            self.assertNotIn(late, self.ids(server, "related", id=first, limit=5))

            def answers_with(product, wanted):
                deadline = time.monotonic() + 10
                while time.monotonic() < deadline:
                    if (product in self.ids(server, "related", id=first, limit=5, diversity=0)) == wanted:
                        return True
                    time.sleep(0.2)
                return False

            for number in range(40):
                self.click(server, f"t{number}", first, late)
            self.assertTrue(answers_with(late, True))
            self.assertGreater(self.get(server, "/x/filters/shop")["model"]["updated_items"], 0)
            for number in range(40):
                self.assertEqual(server.call("DELETE", f"/x/shoppers/t{number}")[0], 200)
            self.assertTrue(answers_with(late, False))
            self.assertEqual(self.get(server, "/x/filters/shop")["model"]["updated_items"], 0)
            # What was trained on goes with the next training.
            users = self.train(server)["model"]["users"]
            server.call("DELETE", "/x/shoppers/s0")
            self.assertEqual(self.train(server)["model"]["users"], users - 1)

    def test_models_change_under_load_and_no_query_fails(self):
        with Server(self.data) as server:
            pairs = self.pairs(server)
            self.train(server)
            stop, failures, count = threading.Event(), [], [0]

            def load(number):
                while not stop.is_set():
                    status, answer = server.call(
                        "GET", f"/x/recommendations/related?collection=shop&id={pairs[number][0]}&limit=5")
                    count[0] += 1
                    # Trainings give way to all else: clients that never rest would leave them no processor.
                    time.sleep(0.02)
                    if status != 200 or len(answer["recommendations"]) != 5:
                        failures.append(answer)

            loads = [threading.Thread(target=load, args=(number,)) for number in range(3)]
            for thread in loads:
                thread.start()
            for round in range(3):
                self.click(server, f"more{round}", *pairs[round])
                self.train(server)
            stop.set()
            for thread in loads:
                thread.join()
            self.assertEqual(failures, [])
            self.assertGreater(count[0], 50)

    def test_new_products_and_unknown_shoppers_never_get_an_empty_page(self):
        with Server(self.data) as server:
            products = self.stocked(server)
            kinds = {"related": {"id": products[0]}, "bought_together": {"id": products[0]}, "trending": {},
                     "cross_category": {"id": products[0]}, "for_you": {"user_id": "nobody"}}
            for kind, parameters in kinds.items():
                self.assertEqual(len(self.ids(server, kind, limit=10, **parameters)), 10, kind)
                self.assertEqual(len(self.ids(server, kind, limit=3, filter_by="language:=de", **parameters)), 3, kind)
            self.assertEqual(len(self.ids(server, "related", id="no such product", limit=4)), 4)
            self.pairs(server)
            self.train(server)
            for kind, parameters in kinds.items():
                self.assertEqual(len(self.ids(server, kind, limit=10, **parameters)), 10, kind)

    def test_a_new_product_is_shown_by_what_it_is_like(self):
        with Server(self.data) as server:
            barrows = self.stocked(server, "wheelbarrow", 8)
            other = self.stocked(server, "garden hose", 8)
            for shopper in range(60):
                self.click(server, f"s{shopper}", barrows[shopper % 4], barrows[(shopper + 1) % 4], other[shopper % 8])
            self.train(server)
            document = server.call("GET", f"/collections/shop/documents/{barrows[0]}")[1]
            document.update(id="brand-new", in_stock=True)
            self.assertEqual(server.call("POST", "/collections/shop/documents", document)[0], 201)
            self.click(server, "fan", barrows[0])
            mine = self.recommend(server, "for_you", user_id="fan", limit=10, diversity=0)
            new = [each for each in mine if each["document"]["id"] == "brand-new"]
            self.assertEqual([each["basis"] for each in new], ["behaviour"])
            self.assertTrue(new[0]["reason"].startswith("New, and similar to "))
            # What goes with its like goes with it.
            related = self.recommend(server, "related", id="brand-new", limit=5, diversity=0)
            self.assertTrue({each["document"]["id"] for each in related} & set(barrows), related)

    def test_what_is_hidden_or_out_of_stock_is_not_recommended(self):
        with Server(self.data) as server:
            (first, second), *_ = self.pairs(server)
            self.assertIn(second, self.ids(server, "related", id=first))
            rules = {"items": [{"id": "hide", "rule": {"query": "*", "match": "exact"}, "excludes": [{"id": second}]}]}
            self.assertEqual(server.call("PUT", "/curation_sets/rules", rules)[0], 200)
            self.assertEqual(server.call("PATCH", "/collections/shop", {"curation_sets": ["rules"]})[0], 200)
            for kind in ("related", "cross_category", "trending"):
                self.assertNotIn(second, self.ids(server, kind, id=first, limit=100), kind)
            self.assertEqual(server.call("DELETE", "/curation_sets/rules")[0], 200)
            self.assertIn(second, self.ids(server, "related", id=first))
            self.assertEqual(
                server.call("PATCH", f"/collections/shop/documents/{second}", {"in_stock": False})[0], 200)
            self.assertNotIn(second, self.ids(server, "related", id=first, limit=100))
            # Where nothing is in stock, a shop still has products to show.
            self.assertEqual(len(self.ids(server, "related", id=first, limit=5, filter_by="in_stock:false")), 5)

    def test_a_training_follows_so_many_events_by_itself(self):
        with Server(self.data, "--filter-events", "300") as server:
            self.pairs(server)
            deadline = time.monotonic() + 60
            while not self.get(server, "/x/filters/shop")["model"] and time.monotonic() < deadline:
                time.sleep(0.2)
            state = self.get(server, "/x/filters")["filters"][0]
            self.assertGreater(state["model"]["interactions"], 200)
            self.assertGreater(state["next_training"], time.time() + 23 * 3600)


if __name__ == "__main__":
    unittest.main()
