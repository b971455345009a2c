# SPDX-License-Identifier: Apache-2.0
"""Parameters of the wire format one by one: what they ask for is what the answer shows."""
import base64
import hashlib
import hmac
import json
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
        parent = self.call("POST", "/keys", {"description": "p", "actions": ["documents:search"], "collections": ["meals"]}, expect=201)["value"]

        def scoped(**parameters):
            text = json.dumps(parameters)
            code = base64.b64encode(hmac.new(parent.encode(), text.encode(), hashlib.sha256).digest()).decode()
            return base64.b64encode((code + parent[:4] + text).encode()).decode()

        key = scoped(filter_by="cook.town:=Rome", exclude_fields="cook")
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


if __name__ == "__main__":
    unittest.main()
