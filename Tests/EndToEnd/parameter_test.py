# SPDX-License-Identifier: Apache-2.0
"""What search parameters ask for beyond words, filters and facets: typos, highlights, curation, sampling, places."""
import json
import unittest
import urllib.parse

from support import Server, temporary

LONG = " ".join(f"word{number}" for number in range(20)) + " lantern " + " ".join(f"tail{number}" for number in range(20))
SCHEMA = {"name": "goods", "fields": [
    {"name": "title", "type": "string", "sort": True, "infix": True}, {"name": "notes", "type": "string", "optional": True},
    {"name": "price", "type": "float"}, {"name": "brand", "type": "string", "facet": True, "optional": True}]}
GOODS = [
    {"id": "0", "title": "Red basketball", "price": 10, "brand": "Acme"}, {"id": "1", "title": "Blue lamp", "price": 20, "brand": "Acme"},
    {"id": "2", "title": "Green lamp shade", "price": 30, "brand": "Bolt"}, {"id": "3", "title": "RTX 4090 card", "price": 40},
    {"id": "4", "title": "Camping light", "notes": LONG, "price": 50}, {"id": "5", "title": "AK1243XYZ6789", "price": 60},
    {"id": "6", "title": "Headphones stand", "price": 70}]


class ParameterTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.server = Server(cls.directory.name)
        cls.fill(SCHEMA, GOODS)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.directory.cleanup()

    @classmethod
    def fill(cls, schema, documents):
        status, answer = cls.server.call("POST", "/collections", schema)
        assert status == 201, answer
        body = "\n".join(map(json.dumps, documents)).encode()
        status, answer = cls.server.call("POST", f"/collections/{schema['name']}/documents/import", body, raw=True)
        assert answer.count('{"success":true}') == len(documents), answer

    def call(self, method, path, body=None, expect=200, **options):
        status, answer = self.server.call(method, path, body, **options)
        self.assertEqual(status, expect, answer)
        return answer

    def search(self, q="*", expect=200, collection="goods", **parameters):
        asked = urllib.parse.urlencode({"q": q, "query_by": "title"} | parameters)
        return self.call("GET", f"/collections/{collection}/documents/search?{asked}", expect=expect)

    def order(self, q="*", **parameters):
        return [hit["document"]["id"] for hit in self.search(q, **parameters)["hits"]]

    def found(self, q="*", **parameters):
        return sorted(self.order(q, **parameters))

    def test_typos(self):
        self.assertEqual(self.found("blye"), ["1"])
        for off in ({"num_typos": 0}, {"min_len_1typo": 5}, {"typo_tokens_threshold": 0}):
            self.assertEqual(self.found("blye", **off), [], off)
        self.assertEqual(self.found("baskedbal"), ["0"])
        for off in ({"num_typos": 1}, {"min_len_2typo": 20}):
            self.assertEqual(self.found("baskedbal", prefix="false", **off), [], off)
        self.assertEqual(self.found("4091"), ["3"])
        self.assertEqual(self.found("4091", enable_typos_for_numerical_tokens="false"), [])
        self.assertEqual(self.found("AK1243XYZ6788"), ["5"])
        self.assertEqual(self.found("AK1243XYZ6788", enable_typos_for_alpha_numerical_tokens="false"), [])
        # Enough hits without a misspelling end the search for some, unless all are asked for.
        self.fill({"name": "near", "fields": SCHEMA["fields"]},
                  [{"id": "0", "title": "lamp", "price": 1}, {"id": "1", "title": "lamb", "price": 1}])
        self.assertEqual(self.found("lamp", collection="near"), ["0"])
        for on in ({"typo_tokens_threshold": 2}, {"exhaustive_search": "true"}):
            self.assertEqual(self.found("lamp", collection="near", **on), ["0", "1"], on)

    def test_words_that_are_dropped_joined_and_split(self):
        self.assertEqual(self.found("lamp xqwkz"), ["1", "2"])
        self.assertEqual(self.found("lamp xqwkz", drop_tokens_threshold=0), [])
        self.assertEqual(self.found("card blue", drop_tokens_mode="right_to_left"), ["3"])
        self.assertEqual(self.found("card blue", drop_tokens_mode="left_to_right"), ["1"])
        self.assertEqual(self.found("card blue", drop_tokens_mode="both_sides:3"), ["1", "3"])
        self.search("card", drop_tokens_mode="sideways", expect=400)
        self.assertEqual(self.found("basket ball", drop_tokens_threshold=0), ["0"])
        self.assertEqual(self.found("basket ball", drop_tokens_threshold=0, split_join_tokens="off", num_typos=0, prefix="false"), [])
        self.assertIn("2", self.found("lampshade"))
        self.assertEqual(self.found("XYZ", num_typos=0), [])
        self.assertEqual(self.found("XYZ", num_typos=0, infix="always"), ["5"])

    def test_what_a_query_sends_as_one_word_is_one(self):
        self.assertEqual(self.found("4090-card"), ["3"])
        self.assertEqual(self.found("shade-lamp"), ["2"])
        self.assertEqual(self.found("shade-lamp", pre_segmented_query="true"), [])
        self.assertEqual(self.found("lamp-shade", pre_segmented_query="true"), ["2"])

    def test_prefixes_by_field_and_how_many_words_they_stand_for(self):
        self.assertEqual(self.found("basketb"), ["0"])
        self.assertEqual(self.found("basketb", prefix="false", num_typos=0), [])
        words = [{"id": str(number), "title": f"pre{chr(97 + number)}", "price": number} for number in range(20)]
        self.fill({"name": "words", "fields": SCHEMA["fields"]}, words)
        self.assertEqual(self.search("pre", collection="words", max_candidates=4, num_typos=0)["found"], 20)
        self.assertEqual(self.search("prea", collection="words", max_candidates=1000, typo_tokens_threshold=30, prefix="false")["found"], 20)
        self.assertLess(self.search("prea", collection="words", max_candidates=4, typo_tokens_threshold=30, prefix="false")["found"], 20)

    def test_highlights(self):
        asked = {"query_by": "notes", "filter_by": "id:4"}
        hit = self.search("lantern", **asked)["hits"][0]
        self.assertEqual(hit["highlight"]["notes"]["snippet"], "word16 word17 word18 word19 <mark>lantern</mark> tail0 tail1 tail2 tail3")
        self.assertEqual(hit["highlights"][0]["field"], "notes")
        for more, snippet in [
            ({"highlight_affix_num_tokens": 1}, "word19 <mark>lantern</mark> tail0"),
            ({"highlight_start_tag": "<b>", "highlight_end_tag": "</b>", "highlight_affix_num_tokens": 0}, "<b>lantern</b>"),
            ({"snippet_threshold": 100}, LONG.replace("lantern", "<mark>lantern</mark>")),
        ]:
            self.assertEqual(self.search("lantern", **asked, **more)["hits"][0]["highlight"]["notes"]["snippet"], snippet)
        self.assertNotIn("highlights", self.search("lantern", enable_highlight_v1="false", **asked)["hits"][0])
        self.assertEqual(self.search("lantern", highlight_fields="none", **asked)["hits"][0]["highlight"], {})
        other = self.search("camping", highlight_fields="title,notes", filter_by="id:4")["hits"][0]["highlight"]
        self.assertEqual(set(other), {"title"})
        full = self.search("lantern", highlight_full_fields="notes", **asked)["hits"][0]["highlight"]["notes"]
        self.assertEqual(full["value"], LONG.replace("lantern", "<mark>lantern</mark>"))

    def test_curation(self):
        self.call("PUT", "/curation_sets/spring", {"items": [
            {"id": "a", "rule": {"query": "lamp", "match": "exact", "tags": ["web"]}, "excludes": [{"id": "1"}]},
            {"id": "b", "rule": {"query": "lamp", "match": "exact"}, "includes": [{"id": "6", "position": 1}], "metadata": {"banner": "x"}}]})
        sets = {"curation_sets": "spring"}
        answer = self.search("lamp", **sets)
        self.assertEqual([hit["document"]["id"] for hit in answer["hits"]][0], "6")
        self.assertEqual((answer["hits"][0]["curated"], answer["metadata"]), (True, {"banner": "x"}))
        for off in ("enable_curations", "enable_overrides"):
            self.assertEqual(self.found("lamp", **{off: "false"}, **sets), ["1", "2"])
        for name in ("curation_tags", "override_tags"):
            self.assertEqual(self.found("lamp", **{name: "web"}, **sets), ["2"])
        self.assertEqual(self.order("lamp", filter_by="price:<50", **sets)[0], "6")
        self.assertNotIn("6", self.order("lamp", filter_by="price:<50", filter_curated_hits="true", **sets))
        self.assertEqual(self.order("lamp", hidden_hits="6,2", **sets), ["1"])
        self.assertEqual(self.order("lamp", pinned_hits="3:1,5:2")[:2], ["3", "5"])
        # A pin that the filter takes away leaves its place to others or, if asked, the others where they were.
        pins = {"pinned_hits": "6:1,3:3", "filter_by": "price:<50", "filter_curated_hits": "true", "sort_by": "price:asc"}
        self.assertEqual(self.order("*", **pins)[2], "3")
        self.search("lamp", pinned_hits="6", expect=400)

    def test_limits(self):
        self.assertEqual(len(self.search("*", limit_hits=4, per_page=4)["hits"]), 4)
        self.search("*", limit_hits=4, per_page=5, expect=400)
        self.search("*", limit_hits=4, per_page=2, page=3, expect=400)
        self.assertEqual(len(self.search("*", per_page=0)["hits"]), 0)
        self.search("*", per_page=251, expect=400)
        self.assertEqual(self.order("*", offset=2, limit=2, sort_by="price:asc"), ["2", "3"])
        self.assertEqual(self.order("*", page=2, per_page=3, sort_by="price:asc"), ["3", "4", "5"])
        self.assertFalse(self.search("lamp", search_cutoff_ms=10_000)["search_cutoff"])
        late = self.search("lamp xqwkz", search_cutoff_ms=0)
        self.assertTrue(late["search_cutoff"])
        # Nothing but what is asked for hangs on these.
        for name in ("use_cache", "facet_strategy", "enable_lazy_filter", "max_filter_by_candidates", "group_max_candidates", "nothing_known"):
            self.assertEqual(self.found("lamp", **{name: "1"}), ["1", "2"])

    def test_sampled_facets(self):
        many = [{"id": str(number), "title": "thing", "price": number % 100, "brand": "Acme" if number % 4 else "Bolt"} for number in range(20_000)]
        self.fill({"name": "many", "fields": SCHEMA["fields"]}, many)
        exact = self.search(collection="many", facet_by="brand,price")["facet_counts"]
        self.assertEqual([facet["sampled"] for facet in exact], [False, False])
        self.assertEqual(exact[0]["counts"][0]["count"], 15_000)
        sampled = self.search(collection="many", facet_by="brand,price", facet_sample_percent=10)["facet_counts"]
        self.assertEqual([facet["sampled"] for facet in sampled], [True, True])
        self.assertNotEqual(sampled[0]["counts"][0]["count"], 15_000)
        # The standard error of either count is under 3 %.
        self.assertAlmostEqual(sampled[0]["counts"][0]["count"], 15_000, delta=1_500)
        self.assertAlmostEqual(sampled[0]["counts"][1]["count"], 5_000, delta=1_500)
        self.assertAlmostEqual(sampled[1]["stats"]["avg"], 49.5, delta=5)
        self.assertAlmostEqual(sampled[1]["stats"]["sum"], 990_000, delta=100_000)
        few = {"facet_by": "brand", "facet_sample_percent": 10, "facet_sample_threshold": 20_000}
        self.assertEqual(self.search(collection="many", **few)["facet_counts"][0], exact[0])
        steep = {"facet_by": "brand", "facet_sample_percent": 90, "facet_sample_threshold": 1000, "facet_sample_slope": 2}
        self.assertTrue(self.search(collection="many", **steep)["facet_counts"][0]["sampled"])
        self.search(collection="many", facet_by="brand", facet_sample_percent="few", expect=400)

    def test_unions_drop_duplicates_unless_told(self):
        searches = [{"collection": "goods", "q": q, "query_by": "title"} for q in ("lamp", "blue")]
        for more, count in (("", 2), ("?remove_duplicates=false", 3)):
            self.assertEqual(self.call("POST", "/multi_search" + more, {"union": True, "searches": searches})["found"], count)

    def test_distances(self):
        places = {"louvre": [48.8609, 2.3370], "dame": [48.8530, 2.3499], "eiffel": [48.8584, 2.2945], "versailles": [48.8049, 2.1204], "nice": [43.7, 7.26]}
        self.fill({"name": "sights", "fields": [{"name": "at", "type": "geopoint"}, {"name": "fame", "type": "int32"}]},
                  [{"id": name, "at": at, "fame": number} for number, (name, at) in enumerate(places.items())])
        asked = {"collection": "sights", "query_by": "", "q": "*"}
        self.assertEqual(self.order(sort_by="at(48.853, 2.344):asc", **asked), ["dame", "louvre", "eiffel", "versailles", "nice"])
        self.assertEqual(self.order(sort_by="at(48.853, 2.344, exclude_radius: 2mi):asc,fame:asc", **asked), ["louvre", "dame", "eiffel", "versailles", "nice"])
        self.assertEqual(self.order(sort_by="at(48.853, 2.344, precision: 10 km):asc,fame:desc", **asked), ["eiffel", "dame", "louvre", "versailles", "nice"])
        hit = self.search(sort_by="at(48.853, 2.344):asc", **asked)["hits"][0]
        self.assertAlmostEqual(hit["geo_distance_meters"]["at"], 431, delta=5)
        for area, names in [
            ("(48.853, 2.344, 5 km)", ["dame", "eiffel", "louvre"]), ("(48.853, 2.344, 1 mi)", ["dame", "louvre"]),
            ("[(48.853, 2.344, 1 mi), (43.7, 7.2, 10 km)]", ["dame", "louvre", "nice"]),
            ("[(48.9, 2.3, 48.8, 2.3, 48.8, 2.4, 48.9, 2.4), (44, 7, 43, 7, 43, 8, 44, 8)]", ["dame", "louvre", "nice"]),
        ]:
            self.assertEqual(self.found(filter_by="at:" + area, **asked), names, area)
        self.assertEqual(self.found(filter_by="at:!=(48.853, 2.344, 5 km)", **asked), ["nice", "versailles"])
        for wrong in ("(48.8, 2.3)", "(48.8, 2.3, 5)", "(1, 2, 3, 4, 5)", "[(48.8, 2.3, 5 km)", "here"):
            self.search(filter_by="at:" + wrong, expect=400, **asked)

    def test_areas_that_cross_themselves_or_the_date_line(self):
        self.fill({"name": "isles", "fields": [{"name": "at", "type": "geopoint"}]},
                  [{"id": name, "at": at} for name, at in {"fiji": [-17.7, 178.0], "samoa": [-13.8, -171.8], "rome": [41.9, 12.5],
                                                         "left": [0.5, -0.8], "right": [0.5, 0.8], "middle": [0.9, 0.0]}.items()])
        asked = {"collection": "isles", "query_by": "", "q": "*"}
        self.assertEqual(self.found(filter_by="at:(-10, 175, -25, 175, -25, -165, -10, -165)", **asked), ["fiji", "samoa"])
        # An hourglass holds both of its bulbs and not what lies beside its waist.
        self.assertEqual(self.found(filter_by="at:(0, -1, 1, -1, 0, 1, 1, 1)", **asked), ["left", "right"])

    def test_fields_of_areas(self):
        self.fill({"name": "zones", "fields": [{"name": "area", "type": "geopolygon"}, {"name": "name", "type": "string"}]}, [
            {"id": "square", "name": "Square", "area": [0, 0, 1, 0, 1, 1, 0, 1]}, {"id": "other", "name": "Other", "area": [0.4, 0.4, 0.4, 3, 3, 0.4]},
            {"id": "pacific", "name": "Pacific", "area": [-10, 175, -25, 175, -25, -165, -10, -165]}])
        asked = {"collection": "zones", "q": "*", "query_by": "name"}
        for place, names in [("0.1, 0.1", ["square"]), ("0.5, 0.5", ["other", "square"]), ("2, 2", []), ("-17.7, 178", ["pacific"]), ("-14, -171", ["pacific"])]:
            self.assertEqual(self.found(filter_by=f"area:({place})", **asked), names, place)
        self.assertEqual(self.found(filter_by="area:!=(0.5, 0.5)", **asked), ["pacific"])
        self.assertEqual(self.call("GET", "/collections/zones/documents/square")["area"], [0, 0, 1, 0, 1, 1, 0, 1])
        for wrong in ([0, 0, 1, 1], [0, 0, 1, 1, 2], [0, 0, 91, 0, 1, 1], [0, 0, 1, 1, 0, 1, 1, 0], "x", [[0, 0], [1, 0], [1, 1]]):
            self.call("POST", "/collections/zones/documents", {"id": "wrong", "name": "x", "area": wrong}, expect=400)
        self.search(filter_by="area:(1, 2, 3 km)", expect=400, **asked)
        self.search(sort_by="area(1, 2):asc", expect=400, **asked)


if __name__ == "__main__":
    unittest.main()
