# SPDX-License-Identifier: Apache-2.0
"""Parameters of the wire format one by one: what they ask for is what the answer shows."""
import base64
import hashlib
import hmac
import json
import threading
import unittest
import urllib.parse

from support import Server, temporary

SCHEMA = {"name": "meals", "enable_nested_fields": True, "fields": [
    {"name": "name", "type": "string", "sort": True, "optional": True}, {"name": "kind", "type": "string", "facet": True, "optional": True},
    {"name": "minutes", "type": "int32"}, {"name": "rating", "type": "float", "optional": True},
    {"name": "vegan", "type": "bool", "optional": True}, {"name": "tags", "type": "string[]", "facet": True, "optional": True},
    {"name": "cook.name", "type": "string", "optional": True}, {"name": "cook.town", "type": "string", "facet": True, "optional": True},
    {"name": "parts.name", "type": "string[]", "facet": True, "optional": True}, {"name": "parts.share", "type": "int32[]", "facet": True, "optional": True}]}
MEALS = [
    {"id": "0", "name": "Pasta", "kind": "Noodles", "minutes": 20, "rating": 4.5, "vegan": False, "tags": ["quick", "warm"],
     "cook": {"name": "Ada Smith", "town": "Rome", "year": 1990},
     "parts": [{"name": "cheese", "share": 40}, {"name": "spinach", "share": 10}]},
    {"id": "1", "name": "Lasagne", "kind": "Noodles", "minutes": 60, "rating": 4.0, "vegan": False, "tags": ["warm"],
     "cook": {"name": "Bo Jones", "town": "Oslo"}, "parts": [{"name": "cheese", "share": 20}, {"name": "meat", "share": 30}]},
    {"id": "2", "name": "Salad", "kind": "Raw Food", "minutes": 10, "vegan": True, "cook": {"name": "Cy Smith", "town": "Rome"},
     "parts": [{"name": "spinach", "share": 60}]},
    {"id": "3", "name": "", "minutes": 30}, {"id": "4", "kind": "Soup", "minutes": 40, "rating": 3.5}]


SHIRTS = {"name": "shirts", "default_sorting_field": "sold", "fields": [
    {"name": "name", "type": "string"}, {"name": "brand", "type": "string", "facet": True},
    {"name": "about", "type": "string"}, {"name": "sold", "type": "int32"}]}


class WireTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.server = Server(cls.directory.name)
        status, answer = cls.server.call("POST", "/collections", SCHEMA)
        assert status == 201, answer
        body = "\n".join(map(json.dumps, MEALS)).encode()
        status, answer = cls.server.call("POST", "/collections/meals/documents/import", body, raw=True)
        assert answer.count('{"success":true}') == len(MEALS), answer

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.directory.cleanup()

    def call(self, method, path, body=None, expect=200, **options):
        status, answer = self.server.call(method, path, body, **options)
        self.assertEqual(status, expect, answer)
        return answer

    def search(self, expect=200, collection="meals", key="xyz", **parameters):
        parameters.setdefault("q", "*")
        return self.call("GET", f"/collections/{collection}/documents/search?" + urllib.parse.urlencode(parameters),
                         expect=expect, key=key)

    def scoped(self, **parameters):
        """A search key with parameters in it."""
        asked = {"description": "p", "actions": ["documents:search"], "collections": ["meals"]}
        parent = self.call("POST", "/keys", asked, expect=201)["value"]
        text = json.dumps(parameters)
        code = base64.b64encode(hmac.new(parent.encode(), text.encode(), hashlib.sha256).digest()).decode()
        return base64.b64encode((code + parent[:4] + text).encode()).decode()

    def found(self, **parameters):
        return sorted(hit["document"]["id"] for hit in self.search(**parameters)["hits"])

    def order(self, **parameters):
        return [hit["document"]["id"] for hit in self.search(**parameters)["hits"]]

    def test_filters_on_objects_of_an_array_hold_for_one_object(self):
        for expression, ids in [
            ("parts.{name:=cheese && share:<30}", ["1"]), ("parts.name:=cheese && parts.share:<30", ["0", "1"]),
            ("parts.{name:=spinach && share:>=10}", ["0", "2"]), ("parts.{name:=cheese && !share:>30}", ["1"]),
            ("parts.{name:[cheese, meat] && share:[25..35]}", ["1"]), ("parts.{name:chee* && share:40} && minutes:20", ["0"]),
            ("!parts.{name:=cheese && share:<30}", ["0", "2", "3", "4"]), ("parts.{(name:=meat || name:=spinach)}", ["0", "1", "2"]),
        ]:
            with self.subTest(expression):
                self.assertEqual(self.found(filter_by=expression), ids)
        self.assertIn("expected `}`", self.search(expect=400, filter_by="parts.{name:=a")["message"])
        self.assertIn("parts.nothing", self.search(expect=400, filter_by="parts.{nothing:=a}")["message"])

    def test_filters_by_word_whole_value_and_prefix(self):
        for expression, ids in [
            ("kind:food", ["2"]), ("kind:=food", []), ("kind:=Raw Food", ["2"]), ("kind:Food Raw", ["2"]), ("kind:=R*", ["2"]),
            ("kind:!=Noodles", ["2", "3", "4"]), ("kind:!food", ["0", "1", "3", "4"]), ("minutes:[<20, >=40]", ["1", "2", "4"]),
            ("minutes:!=[10, 20]", ["1", "3", "4"]), ("minutes:[10..20, 60]", ["0", "1", "2"]), ("minutes:= 10", ["2"]),
            ("vegan:true", ["2"]), ("vegan:[true, false]", ["0", "1", "2"]), ("id:[1, 2]", ["1", "2"]), ("id:!=[1, 2]", ["0", "3", "4"]),
            ("name:=S*", ["2"]), ("cook.town:=Rome", ["0", "2"]), ("tags:=[quick]", ["0"]), ("!(tags:=warm || vegan:true)", ["3", "4"]),
        ]:
            with self.subTest(expression):
                self.assertEqual(self.found(filter_by=expression), ids)

    def test_unknown_fields_are_refused_or_skipped(self):
        for parameter, value in [("query_by", "nothing"), ("facet_by", "nothing"), ("group_by", "nothing"),
                                 ("sort_by", "nothing:asc"), ("filter_by", "nothing:1")]:
            with self.subTest(parameter):
                asked = {"q": "pasta", "query_by": "name", parameter: value}
                self.assertIn("nothing", self.search(expect=400 if parameter == "filter_by" else 404, **asked)["message"])
                self.search(validate_field_names="false", **asked)
        self.assertEqual(self.found(filter_by="nothing:[1..2] || minutes:10", validate_field_names="false"), ["2"])
        self.assertEqual(self.found(q="pasta", query_by="nothing,name", validate_field_names="false"), ["0"])

    def test_an_objects_name_stands_for_the_texts_in_it(self):
        self.assertEqual(self.found(q="smith", query_by="cook"), ["0", "2"])
        self.assertEqual(self.found(q="rome", query_by="cook"), ["0", "2"])
        self.assertEqual(self.found(q="meat", query_by="parts"), ["1"])

    def test_documents_are_cut_down_to_fields_also_inside_objects(self):
        for asked, document in [
            ({"include_fields": "name,cook.town"}, {"name": "Pasta", "cook": {"town": "Rome"}}),
            ({"include_fields": "cook"}, {"cook": MEALS[0]["cook"]}),
            ({"include_fields": "parts.name"}, {"parts": [{"name": "cheese"}, {"name": "spinach"}]}),
            ({"include_fields": "id,cook.*", "exclude_fields": "cook.year"}, {"id": "0", "cook": {"name": "Ada Smith", "town": "Rome"}}),
            ({"exclude_fields": "cook.name,parts,tags,kind,rating,vegan"},
             {"id": "0", "name": "Pasta", "minutes": 20, "cook": {"town": "Rome", "year": 1990}}),
        ]:
            with self.subTest(asked):
                self.assertEqual(self.search(filter_by="id:0", **asked)["hits"][0]["document"], document)
                query = urllib.parse.urlencode(asked)
                self.assertEqual(self.call("GET", f"/collections/meals/documents/0?{query}"), document)
                lines = self.call("GET", f"/collections/meals/documents/export?filter_by=id:0&{query}", raw=True)
                self.assertEqual(json.loads(lines), document)

    def facet(self, **parameters):
        return self.search(**parameters)["facet_counts"][0]

    def test_facets(self):
        self.assertEqual([(count["value"], count["count"]) for count in self.facet(facet_by="kind")["counts"]],
                         [("Noodles", 2), ("Raw Food", 1), ("Soup", 1)])
        ordered = self.facet(facet_by="parts.name(sort_by: parts.share:desc)")["counts"]
        self.assertEqual(ordered[0]["value"], "spinach")
        backwards = self.facet(facet_by="kind(sort_by: _alpha:desc)", max_facet_values=2)["counts"]
        self.assertEqual([count["value"] for count in backwards], ["Soup", "Raw Food"])
        ranges = self.facet(facet_by="minutes(short:[0, 20], long:[20, ])")["counts"]
        self.assertEqual({count["value"]: count["count"] for count in ranges}, {"short": 1, "long": 4})
        self.assertEqual(self.facet(facet_by="rating")["stats"], {"avg": 4.0, "max": 4.5, "min": 3.5, "sum": 12.0, "total_values": 3})

    def test_facet_queries_take_typos_and_ask_for_no_hits(self):
        answer = self.search(facet_query="kind:nood")
        self.assertEqual([count["value"] for count in answer["facet_counts"][0]["counts"]], ["Noodles"])
        self.assertEqual(answer["facet_counts"][0]["counts"][0]["highlighted"], "<mark>Nood</mark>les")
        self.assertEqual((answer["hits"], answer["found"]), ([], 5))
        self.assertEqual(len(self.search(facet_query="kind:nood", per_page=2)["hits"]), 2)
        mistyped = {"facet_by": "kind", "facet_query": "kind:nodles"}
        self.assertEqual([count["value"] for count in self.facet(**mistyped)["counts"]], ["Noodles"])
        self.assertEqual(self.facet(facet_query_num_typos=0, **mistyped)["counts"], [])

    def test_facets_return_the_object_that_a_value_stands_in(self):
        for asked in ("parts.name", "parts.*", "*"):
            counts = {count["value"]: count for count in
                      self.facet(facet_by="parts.name", facet_return_parent=asked, filter_by="id:0")["counts"]}
            self.assertEqual(counts["cheese"]["parent"], {"name": "cheese", "share": 40})
            self.assertEqual(counts["spinach"]["parent"], {"name": "spinach", "share": 10})
        self.assertNotIn("parent", self.facet(facet_by="parts.name", facet_return_parent="kind")["counts"][0])

    def test_groups(self):
        answer = self.search(group_by="kind", sort_by="minutes:asc")
        self.assertEqual([group["group_key"] for group in answer["grouped_hits"]], [["Raw Food"], ["Noodles"], [[]], ["Soup"]])
        self.assertEqual((answer["found"], answer["found_docs"]), (4, 5))
        self.assertNotIn("hits", answer)
        tags = self.search(group_by="cook.town", sort_by="minutes:asc", group_missing_values="false")
        self.assertEqual(tags["found"], 4)
        self.assertEqual(self.search(group_by="cook.town")["found"], 3)
        sizes = [group["found"] for group in self.search(group_by="cook.town", sort_by="_group_found:asc")["grouped_hits"]]
        self.assertEqual(sizes, sorted(sizes))
        limited = self.search(group_by="kind", group_limit=1, filter_by="kind:=Noodles")["grouped_hits"][0]
        self.assertEqual((limited["found"], len(limited["hits"])), (2, 1))

    def test_orders(self):
        for sort, ids in [
            ("minutes:desc", ["1", "4", "3", "0", "2"]), ("name:asc", ["1", "0", "2", "3", "4"]),
            ("rating:asc,minutes:asc", ["4", "1", "0", "2", "3"]), ("rating(missing_values: first):asc,minutes:asc", ["2", "3", "4", "1", "0"]),
            ("name(missing_values: last):desc,minutes:asc", ["2", "0", "1", "3", "4"]), ("name:desc,minutes:asc", ["3", "4", "2", "0", "1"]),
            ("minutes(origin: 32, func: diff):asc", ["3", "4", "0", "2", "1"]),
            ("minutes(origin: 32, func: gauss, scale: 10, decay: 0.5):desc", ["3", "4", "0", "2", "1"]),
            ("minutes(origin: 32, func: exp, scale: 10):desc", ["3", "4", "0", "2", "1"]),
            ("minutes(origin: 32, func: linear, scale: 30):desc", ["3", "4", "0", "2", "1"]),
            ("minutes(origin: 32, func: diff, offset: 12):asc,minutes:asc", ["0", "3", "4", "2", "1"]),
            ("_eval(vegan:true):desc,minutes:desc", ["2", "1", "4", "3", "0"]),
            ("_eval([(kind:Soup):3, (kind:Noodles):2]):desc,minutes:asc", ["4", "0", "1", "2", "3"]),
        ]:
            with self.subTest(sort):
                self.assertEqual(self.order(sort_by=sort), ids)
        same = {tuple(self.order(sort_by="_rand(42)")) for _ in range(3)}
        self.assertEqual(len(same), 1)
        for wrong in ("minutes(origin: 1, func: cubic):asc", "minutes(func: gauss):asc", "minutes:sideways", "name", "a:asc,b:asc,c:asc,d:asc",
                      "minutes(origin: 1, func: gauss, scale: 0):asc"):
            self.assertIn(self.server.call("GET", "/collections/meals/documents/search?q=*&sort_by=" + urllib.parse.quote(wrong))[0], (400, 404))

    def test_a_scoped_key_cannot_be_got_round(self):
        key = self.scoped(filter_by="cook.town:=Rome", exclude_fields="cook")
        self.assertEqual(self.found(key=key), ["0", "2"])
        self.assertEqual(self.found(key=key, filter_by="minutes:>15"), ["0"])
        self.assertNotIn("cook", self.search(key=key)["hits"][0]["document"])
        for way_out in ("minutes:1) || (minutes:>0", "kind:[(] ) || (minutes:>0 || kind:[)]"):
            self.search(key=key, filter_by=way_out, expect=400)
        self.assertEqual(self.found(key=key, pinned_hits="1:1"), ["0", "2"])
        self.assertEqual(self.search(key=key, facet_by="cook.town")["facet_counts"][0]["counts"],
                         [{"count": 2, "highlighted": "Rome", "value": "Rome"}])
        self.call("GET", "/x/suggest?collection=meals&q=la&filter_by=" + urllib.parse.quote("minutes:1) || (minutes:>0"), key=key, expect=400)
        self.assertEqual(self.call("GET", "/x/suggest?collection=meals&q=la", key=key)["suggestions"], [])

    def test_search_keys_hide_figures_and_limit_searches(self):
        key = self.scoped(exclude_fields="out_of,search_time_ms", limit_multi_searches=1)
        self.assertFalse({"out_of", "search_time_ms"} & set(self.search(key=key)))
        one = {"collection": "meals", "q": "*"}
        self.assertEqual(len(self.call("POST", "/multi_search", {"searches": [one]}, key=key)["results"]), 1)
        self.call("POST", "/multi_search", {"searches": [one, one]}, key=key, expect=400)
        other = self.scoped(collection="elsewhere")
        self.assertEqual(self.search(key=other)["request_params"]["collection_name"], "meals")

    def test_searches_of_one_request_have_keys_and_presets_of_their_own(self):
        one = {"collection": "meals", "q": "*"}
        results = self.call("POST", "/multi_search", {"searches": [one, one | {"x-typesense-api-key": "wrong"}]})["results"]
        self.assertEqual((results[0]["found"], results[1]["code"]), (5, 401))
        self.call("PUT", "/presets/both", {"value": {"searches": [one, one | {"filter_by": "id:1"}]}})
        self.assertEqual([result["found"] for result in self.call("POST", "/multi_search?preset=both", {})["results"]], [5, 1])

    def test_actions_of_keys(self):
        for actions, allowed, refused in [
            (["presets:upsert"], ("PUT", "/presets/p", {"value": {}}), ("GET", "/presets", None)),
            (["analytics:*"], ("GET", "/analytics/rules", None), ("GET", "/stopwords", None)),
            (["documents:upsert"], ("POST", "/collections/meals/documents?action=upsert", MEALS[0]),
             ("POST", "/collections/meals/documents?action=create", MEALS[0])),
            (["operations/cache/clear:create"], ("POST", "/operations/cache/clear", None), ("POST", "/operations/db/compact", None)),
            (["synonym_sets:*"], ("GET", "/synonym_sets", None), ("GET", "/synonym_sets/s/items", None)),
        ]:
            key = self.call("POST", "/keys", {"description": "k", "actions": actions, "collections": ["*"]}, expect=201)["value"]
            self.assertLess(self.server.call(*allowed, key=key)[0], 300, actions)
            self.assertEqual(self.server.call(*refused, key=key)[0], 401, actions)

    def test_what_would_be_ignored_is_refused(self):
        key = {"description": "d", "actions": ["documents:search"], "collections": ["*"]}
        for wrong in ({"expires_at": "soon"}, {"expires_at": -1}, {"autodelete": "x"}, {"value": 5}, {"value": "abc"}, {"actions": "x"}, {"collections": ["("]}):
            self.call("POST", "/keys", key | wrong, expect=400)
        self.call("POST", "/keys", key | {"expires_at": None, "autodelete": None, "value": None}, expect=201)
        gone = self.call("POST", "/keys", key | {"expires_at": 1, "autodelete": True}, expect=201)["id"]
        self.assertNotIn(gone, [key["id"] for key in self.call("GET", "/keys")["keys"]])
        # A scoped key whose end is no time has none to live.
        self.search(key=self.scoped(expires_at="soon"), expect=401)
        self.call("PATCH", "/collections/meals", {"name": "other"}, expect=400)
        self.call("PUT", "/synonym_sets/wrong", {"items": [{"id": "a", "synonyms": ["x"], "root": 5}]}, expect=400)
        for nothing in (b"", b"[]", b"\n"):
            self.call("POST", "/analytics/events", nothing, expect=400)
        one = {"collection": "meals", "q": "*"}
        self.assertIn("union_request_params", self.call("POST", "/multi_search", {"union": "true", "searches": [one]}))

    def test_highlights_stand_where_the_values_stand(self):
        hit = self.search(q="warm", query_by="tags", filter_by="id:0")["hits"][0]
        self.assertEqual(hit["highlight"]["tags"], [
            {"matched_tokens": [], "snippet": "quick"}, {"matched_tokens": ["warm"], "snippet": "<mark>warm</mark>"}])
        self.assertEqual(hit["highlights"], [
            {"field": "tags", "indices": [1], "matched_tokens": [["warm"]], "snippets": ["<mark>warm</mark>"]}])
        hit = self.search(q="spinach", query_by="parts.name,cook", highlight_full_fields="parts.name", filter_by="id:0")["hits"][0]
        self.assertEqual(hit["highlight"], {"parts": [
            {"name": {"matched_tokens": [], "snippet": "cheese"}},
            {"name": {"matched_tokens": ["spinach"], "snippet": "<mark>spinach</mark>", "value": "<mark>spinach</mark>"}}]})
        self.assertEqual(hit["highlights"], [])
        hit = self.search(q="smith", query_by="cook")["hits"][0]
        self.assertEqual(hit["highlight"]["cook"]["name"]["matched_tokens"], ["Smith"])
        self.assertEqual(self.search(q="smith", query_by="cook", highlight_full_fields="none")["hits"][0]["highlight"], {})

    def test_facets_by_wildcard(self):
        fields = {"kind", "tags", "cook.town", "parts.name", "parts.share"}
        self.assertEqual({facet["field_name"] for facet in self.search(facet_by="*")["facet_counts"]}, fields)
        self.assertEqual({facet["field_name"] for facet in self.search(facet_by="parts.*")["facet_counts"]}, {"parts.name", "parts.share"})

    def test_values_of_a_wrong_type(self):
        fields = [{"name": "title", "type": "string", "optional": True}, {"name": "points", "type": "int32", "optional": True},
                  {"name": "tags", "type": "string[]", "optional": True}, {"name": "ok", "type": "bool", "optional": True},
                  {"name": "place", "type": "geopoint", "optional": True}]
        self.call("POST", "/collections", {"name": "dirty", "fields": fields}, expect=201)
        sent = {"id": "1", "title": 1984, "points": "100", "tags": "one", "ok": "true", "place": ["1.5", 2]}
        mended = {"id": "1", "title": "1984", "points": 100, "tags": ["one"], "ok": True, "place": [1.5, 2]}
        bad = {"id": "1", "title": "A", "points": "many"}
        path = "/collections/dirty/documents?action=upsert"
        self.call("POST", path, sent, expect=400)
        self.call("POST", path + "&dirty_values=reject", sent, expect=400)
        self.call("POST", path + "&dirty_values=nonsense", sent, expect=400)
        self.assertEqual(self.call("POST", path + "&dirty_values=coerce_or_reject", sent, expect=201), mended)
        self.assertEqual(self.search(collection="dirty", filter_by="points:100 && ok:true && tags:=one")["found"], 1)
        self.assertEqual(self.call("POST", path + "&dirty_values=drop", sent | {"title": "A"}, expect=201), {"id": "1", "title": "A"})
        self.call("POST", path + "&dirty_values=coerce_or_reject", bad, expect=400)
        self.assertEqual(self.call("POST", path + "&dirty_values=coerce_or_drop", bad, expect=201), {"id": "1", "title": "A"})
        self.assertEqual(self.call("PATCH", "/collections/dirty/documents/1?dirty_values=coerce_or_reject", {"points": "7"})["points"], 7)
        changed = self.call("PATCH", "/collections/dirty/documents?filter_by=points:7&dirty_values=coerce_or_drop", {"points": "8"})
        self.assertEqual((changed, self.search(collection="dirty", filter_by="points:8")["found"]), ({"num_updated": 1}, 1))
        lines = self.call("POST", "/collections/dirty/documents/import?action=upsert&dirty_values=drop&return_doc=true",
                          json.dumps(sent).encode(), raw=True)
        self.assertEqual(json.loads(lines), {"document": {"id": "1"}, "success": True})
        self.call("POST", "/collections", {"name": "open", "fields": [{"name": ".*", "type": "auto"}]}, expect=201)
        self.call("POST", "/collections/open/documents", {"id": "1", "points": 1}, expect=201)
        self.assertEqual(self.call("POST", "/collections/open/documents", {"id": "2", "points": "2"}, expect=201), {"id": "2", "points": 2})

    def test_import_says_which_lines_failed(self):
        line = '{"id":"0","minutes":1}'
        lines = self.call("POST", "/collections/meals/documents/import?return_doc=true&return_id=true", line.encode(), raw=True)
        self.assertEqual(json.loads(lines), {"code": 409, "document": line, "error": "A document with id 0 already exists.",
                                             "id": "0", "success": False})

    def test_older_clients_keep_synonyms_and_overrides_with_a_collection(self):
        self.call("POST", "/collections", {"name": "old", "fields": [{"name": "title", "type": "string"}]}, expect=201)
        for number, title in enumerate(("handset", "cover", "phone case")):
            self.call("POST", "/collections/old/documents", {"id": str(number), "title": title}, expect=201)
        synonym = {"id": "s", "root": "", "synonyms": ["phone", "handset"]}
        self.assertEqual(self.call("PUT", "/collections/old/synonyms/s", synonym), synonym)
        self.assertEqual(self.call("GET", "/collections/old/synonyms/"), {"synonyms": [synonym]})
        self.assertEqual(self.found(collection="old", q="phone", query_by="title"), ["0", "2"])
        rule = self.call("PUT", "/collections/old/overrides/o", {"rule": {"query": "phone", "match": "exact"}, "includes": [{"id": "1", "position": 1}]})
        self.assertEqual(self.call("GET", "/collections/old/overrides"), {"overrides": [rule]})
        self.assertEqual(self.order(collection="old", q="phone", query_by="title")[0], "1")
        self.assertEqual(self.call("DELETE", "/collections/old/overrides/o"), {"id": "o"})
        self.assertEqual(self.call("DELETE", "/collections/old/synonyms/s"), {"id": "s"})
        self.assertEqual(self.found(collection="old", q="phone", query_by="title"), ["2"])
        self.call("DELETE", "/collections/old")
        self.call("GET", "/synonym_sets/old_synonyms_index", expect=404)

    def test_analytics_rules_change_in_part(self):
        rule = {"name": "r", "type": "nohits_queries", "collection": "meals", "event_type": "search",
                "params": {"destination_collection": "queries", "limit": 1000}}
        self.call("POST", "/analytics/rules", rule)
        changed = self.call("PUT", "/analytics/rules/r", {"params": {"destination_collection": "queries", "limit": 5}})
        self.assertEqual((changed["type"], changed["params"]["limit"]), ("nohits_queries", 5))
        for params in ({"limit": 0}, {"expand_query": 1}, {"meta_fields": ["user"]}, {"capture_search_requests": "no"}, []):
            self.call("PUT", "/analytics/rules/r", {"params": params}, expect=400)
        self.call("POST", "/analytics/rules", {"name": "bought", "type": "counter", "collection": "meals", "event_type": "conversion",
                                              "params": {"counter_field": "sold"}})
        # The rule says what kind of event it is.
        self.assertEqual(self.call("POST", "/analytics/events", {"name": "bought", "data": {"user_id": "u", "doc_id": "1"}}), {"ok": True})
        self.assertEqual(self.call("GET", "/analytics/rules/bought/counts"), [{"subject": "1", "count": 1.0}])
        self.call("POST", "/analytics/events", {"name": "nothing", "data": {"user_id": "u", "doc_id": "1"}}, expect=404)

    def test_one_schema_change_at_a_time(self):
        self.call("POST", "/collections", {"name": "big", "fields": [{"name": "title", "type": "string"}]}, expect=201)
        lines = "\n".join(json.dumps({"id": str(number), "title": f"thing {number} of many", "size": number}) for number in range(100_000))
        self.call("POST", "/collections/big/documents/import", lines.encode(), raw=True)
        first = []
        field = {"fields": [{"name": "size", "type": "int32"}]}
        change = threading.Thread(target=lambda: first.append(self.server.call("PATCH", "/collections/big", field)[0]))
        change.start()
        while change.is_alive() and not self.call("GET", "/operations/schema_changes"):
            pass
        status, answer = self.server.call("PATCH", "/collections/meals", {"fields": [{"name": "extra", "type": "string", "optional": True}]})
        self.assertEqual(status, 422, answer)
        self.assertIn("schema_changes", answer["message"])
        self.assertEqual(self.call("PATCH", "/collections/meals", {"metadata": {"owner": "x"}}), {"metadata": {"owner": "x"}})
        change.join()
        self.assertEqual((first, self.call("GET", "/operations/schema_changes")), ([200], []))
        self.assertEqual(self.search(collection="big", filter_by="size:<10")["found"], 10)
        self.call("DELETE", "/collections/big")

    def test_language_models_are_kept_without_their_keys(self):
        path = "/nl_search_models"
        made = self.call("POST", path, {"model_name": "openai/gpt", "api_key": "very-secret", "max_bytes": 16384})
        self.assertEqual(made, {"id": made["id"], "model_name": "openai/gpt", "api_key": "very-***", "max_bytes": 16384, "system_prompt": ""})
        self.assertEqual(self.call("GET", path), [made])
        changed = self.call("PUT", f"{path}/{made['id']}", {"system_prompt": "p", "id": "mine"})
        self.assertEqual(changed, made | {"id": "mine", "system_prompt": "p"})
        self.call("GET", f"{path}/{made['id']}", expect=404)
        self.call("POST", path, {"id": "mine", "model_name": "m"}, expect=409)
        for wrong in ({}, {"model_name": 1}, {"model_name": "m", "id": 1}, [], {"model_name": "m", "id": ""}):
            self.call("POST", path, wrong, expect=400)
        self.assertEqual(self.call("DELETE", f"{path}/mine"), changed)
        self.assertEqual(self.call("GET", path), [])

    def test_polygons_have_sides_along_great_circles(self):
        self.call("POST", "/collections", {"name": "places", "fields": [{"name": "at", "type": "geopoint"}]}, expect=201)
        for name, at in {"chicago": [41.95, -87.63], "south of the arc": [41.2, -87.63], "north": [43.5, -93]}.items():
            self.call("POST", "/collections/places/documents", {"id": name, "at": at}, expect=201)
        # From New York to Salt Lake City the shortest way goes north of 42 degrees.
        self.assertEqual(self.found(collection="places", filter_by="at:(41.88, -87.62, 40.71, -74.0, 40.76, -111.89)"), ["chicago"])
        self.assertEqual(self.found(collection="places", filter_by="at:(42, -90, 42, -80, 41, -80, 41, -90)"), ["chicago", "south of the arc"])

    def test_ties_come_in_the_order_of_the_default_sorting_field(self):
        self.call("POST", "/collections", SHIRTS, expect=201)
        rows = [("0", "Red shirt", "Ann", "for summer", 5), ("1", "Shirts, red", "Ann", "a shirt", 9),
                ("2", "Red wool shirt", "Bea", "for winter", 7), ("3", "Red shirt", "Bea", "a red one", 1),
                ("4", "Shirt", "Cat", "green", 3), ("5", "Blue shirt", "Cat", "blue", 8), ("6", "Skirt", "Cat", "long", 2)]
        body = "\n".join(json.dumps(dict(zip(("id", "name", "brand", "about", "sold"), row))) for row in rows)
        self.call("POST", "/collections/shirts/documents/import", body.encode(), raw=True)

        def found(q, **parameters):
            answer = self.search(collection="shirts", q=q, query_by="name,about", **parameters)
            hits = answer.get("hits") or [hit for group in answer["grouped_hits"] for hit in group["hits"]]
            return [hit["document"]["id"] for hit in hits], answer

        # A whole value first, then what was sold most; a word that only begins with the query last.
        ids, answer = found("shirt")
        self.assertEqual(ids, ["4", "5", "2", "0", "3", "1"])
        matches = [hit["text_match"] for hit in answer["hits"]]
        self.assertEqual(matches[1:5], [matches[1]] * 4)
        self.assertGreater(matches[0], matches[1])
        self.assertGreater(matches[4], matches[5])
        info = answer["hits"][0]["text_match_info"]
        self.assertEqual({**info, "best_field_score": ""}, {
            "best_field_score": "", "best_field_weight": 15, "fields_matched": 1, "num_tokens_dropped": 0,
            "score": str(matches[0]), "tokens_matched": 1, "typo_prefix_score": 0})
        self.assertEqual(answer["hits"][5]["text_match_info"]["best_field_weight"], 14)
        # Without whole values, and by nearness.
        self.assertEqual(found("shirt", prioritize_exact_match="false")[0], ["5", "2", "0", "4", "3", "1"])
        self.assertEqual(found("red shirt", prioritize_exact_match="false")[0][:3], ["3", "0", "2"])
        self.assertEqual(found("red shirt", prioritize_exact_match="false", prioritize_num_matching_fields="false")[0][:3],
                         ["0", "3", "2"])
        self.assertEqual(found("shirt", sort_by="_text_match(buckets: 1):desc,sold:asc")[0], ["3", "4", "0", "2", "5", "1"])
        self.assertEqual(found("shirt", sort_by="_text_match(buckets: 2):desc,sold:desc")[0], ["5", "2", "4", "1", "0", "3"])
        self.assertEqual(found("shirt", text_match_type="max_weight", prioritize_exact_match="false")[0][-1], "1")
        self.search(400, collection="shirts", q="x", query_by="name", text_match_type="best")
        # The candidates for a misspelled word are its most frequent ones.
        self.assertEqual(sorted(found("sirt")[0]), ["0", "1", "2", "3", "4", "5", "6"])
        self.assertNotIn("6", found("sirt", max_candidates=1)[0])
        # Facets count groups where there are groups.
        ids, answer = found("shirt", group_by="brand", group_limit=1, facet_by="brand")
        self.assertEqual(ids, ["4", "2", "0"])
        self.assertEqual({value["count"] for value in answer["facet_counts"][0]["counts"]}, {1})
        # Searches of a union agree on what a text match is.
        self.search(400, collection="shirts", q="hirt", query_by="name", infix="always")
        union = self.call("POST", "/multi_search", {"union": True, "searches": [
            {"collection": "meals", "q": "pasta", "query_by": "name"},
            {"collection": "shirts", "q": "wool shirt", "query_by": "name"}]})
        self.assertEqual([hit["collection"] for hit in union["hits"]], ["shirts", "meals"])


if __name__ == "__main__":
    unittest.main()
