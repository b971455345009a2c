# SPDX-License-Identifier: Apache-2.0
"""A shop at work: suggestions, events, recommendations, a trained filter in the ranking, curation."""
import pathlib
import random
import subprocess
import threading
import time
import unittest
import urllib.parse

from support import ROOT, SHOP, Server, run, temporary

SEARCH = "/collections/products/documents/search?"


class ShoppingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.plugins = ROOT / ".build/plugins"
        subprocess.run([ROOT / "Scripts/plugins", cls.plugins], check=True, capture_output=True)

    def setUp(self):
        directory = temporary()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.data = self.directory / "data"
        done = run("import", "--data-dir", self.data, "--collection", "products", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)

    def get(self, server, path, **parameters):
        status, answer = server.call("GET", path + urllib.parse.urlencode(parameters))
        self.assertEqual(status, 200, answer)
        return answer

    def ids(self, server, q, **parameters):
        found = self.get(server, SEARCH, q=q, query_by="title,description", per_page=20, include_fields="id", **parameters)
        return [hit["document"]["id"] for hit in found["hits"]]

    def suggestions(self, server, q, **parameters):
        found = self.get(server, "/x/suggest?", q=q, collection="products", **parameters)
        return [suggestion["text"] for suggestion in found["suggestions"]]

    def test_suggestions_in_any_language_with_slips(self):
        with Server(self.data) as server:
            self.assertEqual(self.suggestions(server, "wheelb")[0], "wheelbarrow")
            self.assertEqual(self.suggestions(server, "whelbarow", limit=3)[0], "wheelbarrow")
            self.assertEqual(self.suggestions(server, "炊")[0], "炊飯器")
            german = self.suggestions(server, "wheelb", filter_by="language:=de")
            self.assertNotIn("wheelbarrow", german)
            answer = self.get(server, "/x/suggest?", q="wheelb", collection="products", with_hits=2)
            self.assertEqual(len(answer["hits"]), 2)

    def test_queries_of_enough_shoppers_are_suggested_at_once(self):
        with Server(self.data) as server:
            self.assertNotIn("foldable wheelbarrow", self.suggestions(server, "foldable wh"))
            for shopper in range(6):
                status, answer = server.call("POST", "/analytics/events", {
                    "event_type": "search", "user_id": f"u{shopper}", "q": "foldable wheelbarrow", "collection": "products",
                    "hit_ids": ["1"]})
                self.assertEqual((status, answer), (200, {"ok": True}))
            self.assertEqual(self.suggestions(server, "foldable wh")[0], "foldable wheelbarrow")

    def test_a_trained_filter_changes_the_next_answer(self):
        random.seed(1)
        with Server(self.data) as server:
            barrow, (popular, hose) = self.ids(server, "wheelbarrow")[3], self.ids(server, "garden hose")[8:10]
            events = []
            for shopper in range(300):
                # One hose is bought with the barrow, another by most.
                pair = [barrow, hose] if shopper < 40 else [popular] * (shopper < 200)
                seen = pair + [str(random.randrange(1, 1200)) for _ in range(5)]
                events += [{"event_type": "click", "user_id": f"s{shopper}", "doc_id": each, "collection": "products"}
                           for each in seen]
            self.assertEqual(server.call("POST", "/analytics/events", events), (200, {"ok": True}))
            related = self.get(server, "/x/recommendations/related?", collection="products", id=barrow)["recommendations"]
            self.assertEqual(related[0]["document"]["id"], hose)
        model = self.directory / "shop.cf"
        trained = run("train", "cf", "--data-dir", self.data, "--collection", "products", "--model", model)
        self.assertEqual(trained.returncode, 0, trained.stderr)
        with Server(self.data, "--plugin-dir", self.plugins) as server:
            profile = {"stages": [{"plugin": "collaborative-filtering", "config": {"model": str(model)}, "budget_us": 500_000}],
                       "budget_us": 500_000}
            self.assertEqual(server.call("PUT", "/x/profiles/cf", profile)[0], 200)
            server.call("POST", "/analytics/events", {
                "event_type": "click", "user_id": "new", "doc_id": barrow, "collection": "products"})
            stranger = self.ids(server, "garden hose", rank_profile="cf")
            ours = self.ids(server, "garden hose", rank_profile="cf", **{"x-typesense-user-id": "new"})
            self.assertNotEqual(stranger[0], hose)
            self.assertEqual(ours[0], hose)
            answer = self.get(server, SEARCH, q="garden hose", query_by="title", rank_profile="cf", explain="true",
                              **{"x-typesense-user-id": "new"})
            self.assertEqual(answer["ranking"]["stages"][0]["status"], "ok")
            self.assertEqual(answer["hits"][0]["explain"]["stages"][0]["reason"], "fits what this shopper looked at")
            # Forgotten, the shopper is a stranger again.
            self.assertEqual(server.call("DELETE", "/x/shoppers/new")[0], 200)
            self.assertEqual(
                self.ids(server, "garden hose", rank_profile="cf", **{"x-typesense-user-id": "new"}), stranger)

    def test_a_training_beside_the_server_takes_over_while_it_answers(self):
        random.seed(2)
        model = self.directory / "shop.cf"
        with Server(self.data, "--plugin-dir", self.plugins) as server:
            barrow = self.ids(server, "wheelbarrow", rank_profile="none")[3]
            hose, late = self.ids(server, "garden hose", rank_profile="none")[8:10]

            def click(shoppers, products):
                events = [{"event_type": "click", "user_id": each, "doc_id": product, "collection": "products"}
                          for each in shoppers for product in products]
                self.assertEqual(server.call("POST", "/analytics/events", events), (200, {"ok": True}))

            def train():
                done = run("train", "cf", "--data-dir", self.data, "--collection", "products", "--model", model)
                self.assertEqual(done.returncode, 0, done.stderr)

            for shopper in range(100):
                click([f"s{shopper}"], [str(random.randrange(1, 1200)) for _ in range(6)])
            train()
            profile = {"stages": [{"plugin": "collaborative-filtering", "config": {"model": str(model), "weight": 5},
                                   "budget_us": 500_000}], "budget_us": 500_000}
            self.assertEqual(server.call("PUT", "/x/profiles/cf", profile)[0], 200)
            click(["new"], [barrow])

            def first():
                return self.ids(server, "garden hose", rank_profile="cf", **{"x-typesense-user-id": "new"})[0]

            self.assertNotEqual(first(), hose)
            stop, states = threading.Event(), []

            def load():
                while not stop.is_set():
                    answer = self.get(server, SEARCH, q="garden hose", query_by="title", rank_profile="cf",
                                      explain="true", **{"x-typesense-user-id": "new"})
                    states.append(answer["ranking"]["stages"][0]["status"])

            loads = [threading.Thread(target=load) for _ in range(2)]
            for thread in loads:
                thread.start()
            for shopper in range(40):
                click([f"t{shopper}"], [barrow, hose])
            train()
            deadline = time.monotonic() + 20
            while first() != hose and time.monotonic() < deadline:
                time.sleep(0.2)
            stop.set()
            for thread in loads:
                thread.join()
            self.assertEqual(first(), hose)
            self.assertEqual(set(states), {"ok"})
            # What shoppers do after the training counts too, once they ask something.
            for shopper in range(60):
                user = {"x-typesense-user-id": f"v{shopper}"}
                click([f"v{shopper}"], [barrow])
                self.ids(server, "garden hose", rank_profile="cf", **user)
                click([f"v{shopper}"], [late])
                self.ids(server, "garden hose", rank_profile="cf", **user)
            found = self.ids(server, "garden hose", rank_profile="cf", **{"x-typesense-user-id": "new"})
            self.assertEqual(set(found[:2]), {hose, late})
            # Recommendations go by the model where a profile names it.
            related = self.get(server, "/x/recommendations/for_you?", collection="products", user_id="new",
                               rank_profile="cf", limit=3)["recommendations"]
            self.assertIn(hose, [each["document"]["id"] for each in related])

    def test_a_share_of_searches_explores(self):
        with Server(self.data, "--plugin-dir", self.plugins) as server:
            for name, share in [("never", 0), ("always", 1), ("wrong", 2)]:
                config = {"exploration": share, "optimism": 4, "click_weight": 10, "purchase_weight": 0}
                profile = {"stages": [{"plugin": "click-model", "config": config, "budget_us": 500_000}],
                           "budget_us": 500_000}
                status, answer = server.call("PUT", f"/x/profiles/{name}", profile)
                self.assertEqual(status, 400 if name == "wrong" else 200, answer)
            before = self.ids(server, "garden hose", rank_profile="none")
            liked = before[:4]
            # Much is known of the first, and nothing of the others, one of which might be better.
            for shopper in range(150):
                user = {"user_id": f"c{shopper}", "q": "garden hose", "collection": "products", "query_id": f"q{shopper}"}
                server.call("POST", "/analytics/events", [
                    {"event_type": "search", "hit_ids": liked, **user},
                    {"event_type": "click", "doc_id": liked[shopper % 4], "position": shopper % 4 + 1, **user}])
            never = self.ids(server, "garden hose", rank_profile="never")
            always = self.ids(server, "garden hose", rank_profile="always")
            self.assertEqual(set(never[:4]), set(liked))
            self.assertTrue(set(always[:4]) - set(liked), always)

    def test_clicks_for_a_query_change_its_next_answer(self):
        with Server(self.data, "--plugin-dir", self.plugins) as server:
            profile = {"stages": [{"plugin": "click-model", "budget_us": 500_000}], "budget_us": 500_000}
            self.assertEqual(server.call("PUT", "/x/profiles/clicks", profile)[0], 200)
            before = self.ids(server, "garden hose", rank_profile="clicks")
            liked = before[6]
            for shopper in range(60):
                user = {"user_id": f"c{shopper}", "q": "garden hose", "collection": "products", "query_id": f"q{shopper}"}
                server.call("POST", "/analytics/events", [
                    {"event_type": "search", "hit_ids": before[:10], **user},
                    {"event_type": "click", "doc_id": liked, "position": 7, **user}])
            self.assertEqual(self.ids(server, "garden hose", rank_profile="clicks")[0], liked)
            # Another query is not touched by it as much as this one.
            self.assertEqual(self.ids(server, "garden hose", rank_profile="none"), before)

    def test_curation_changes_the_next_answer(self):
        with Server(self.data) as server:
            before = self.ids(server, "wheelbarrow")
            rules = {"items": [
                {"id": "pin", "rule": {"query": "wheelbarrow", "match": "exact"},
                 "includes": [{"id": before[7], "position": 2}], "excludes": [{"id": before[0]}],
                 "metadata": {"banner": "spring"}, "stop_processing": False}]}
            self.assertEqual(server.call("PUT", "/curation_sets/shop", rules)[0], 200)
            found = self.get(server, SEARCH, q="wheelbarrow", query_by="title,description", curation_sets="shop")
            ids = [hit["document"]["id"] for hit in found["hits"]]
            self.assertEqual(ids[1], before[7])
            self.assertNotIn(before[0], ids)
            self.assertTrue(found["hits"][1]["curated"])
            self.assertEqual(found["metadata"], {"banner": "spring"})
            self.assertEqual(self.ids(server, "wheelbarrow", curation_sets="shop", enable_curations="false"), before)


if __name__ == "__main__":
    unittest.main()
