# SPDX-License-Identifier: Apache-2.0
"""The HTTP surface through the real binary."""
import unittest

from support import Server, temporary

SCHEMA = {"name": "companies", "fields": [
    {"name": "company_name", "type": "string"}, {"name": "num_employees", "type": "int32", "facet": True}]}


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.directory = temporary()
        self.addCleanup(self.directory.cleanup)
        self.server = Server(self.directory.name)
        self.addCleanup(self.server.__exit__)

    def test_health_needs_no_key_and_the_rest_does(self):
        self.assertEqual(self.server.call("GET", "/health", key=None), (200, {"ok": True}))
        self.assertEqual(self.server.call("GET", "/collections", key=None)[0], 401)
        self.assertEqual(self.server.call("GET", "/collections", key="xyy")[0], 401)
        self.assertEqual(self.server.call("GET", "/collections?x-typesense-api-key=xyz", key=None), (200, []))
        self.assertEqual(self.server.call("GET", "/debug")[1], {"state": 1, "version": "30.2"})
        self.assertEqual(self.server.call("GET", "/nowhere")[0], 404)

    def test_collections(self):
        status, made = self.server.call("POST", "/collections", SCHEMA)
        self.assertEqual(status, 201)
        made.pop("created_at")
        field = {"facet": False, "index": True, "optional": False, "locale": "", "infix": False, "stem": False,
                 "stem_dictionary": "", "truncate_len": 100, "store": True}
        self.assertEqual(made, {
            "default_sorting_field": "", "enable_nested_fields": False, "name": "companies", "num_documents": 0,
            "symbols_to_index": [], "token_separators": [], "synonym_sets": [], "curation_sets": [],
            "fields": [{"name": "company_name", "type": "string", "sort": False} | field,
                       {"name": "num_employees", "type": "int32", "sort": True} | field | {"facet": True}]})
        self.assertEqual(self.server.call("POST", "/collections", SCHEMA)[0], 409)
        self.assertEqual(self.server.call("POST", "/collections", {"name": "x"})[0], 400)
        self.assertEqual(self.server.call("POST", "/collections", b"{")[0], 400)
        self.assertEqual(self.server.call("DELETE", "/collections/companies")[0], 200)
        self.assertEqual(self.server.call("GET", "/collections/companies")[0], 404)

    def test_documents(self):
        self.server.call("POST", "/collections", SCHEMA)
        document = {"company_name": "Company", "id": "0", "num_employees": 10}
        path = "/collections/companies/documents"
        self.assertEqual(self.server.call("POST", path + "/", document), (201, document))
        self.assertEqual(self.server.call("POST", path, document), (
            409, {"message": "A document with id 0 already exists."}))
        self.assertEqual(self.server.call("GET", path + "/0"), (200, document))
        self.assertEqual(self.server.call("GET", path + "/export", raw=True)[1],
                         '{"company_name":"Company","id":"0","num_employees":10}')
        lines = b'{"id":"0","company_name":"Again","num_employees":1}\n\n{"id":"1","company_name":"Other","num_employees":5}\n{"id":\n'
        status, text = self.server.call("POST", path + "/import?action=create", lines, raw=True)
        self.assertEqual(status, 200)
        answers = text.split("\n")
        self.assertEqual(answers[:2], [
            '{"code":409,"error":"A document with id 0 already exists.","success":false}', '{"success":true}'])
        self.assertIn('"code":400', answers[2])
        self.assertEqual(self.server.call("PATCH", path + "/1", {"num_employees": 6})[1]["num_employees"], 6)
        self.assertEqual(self.server.call("DELETE", path + "?filter_by=num_employees:>5"), (200, {"num_deleted": 2}))
        self.assertEqual(self.server.call("DELETE", path + "/1")[0], 404)
        self.assertEqual(self.server.call("DELETE", path + "/1?ignore_not_found=true"), (200, {"id": "1"}))

    def test_search(self):
        self.server.call("POST", "/collections", SCHEMA)
        self.server.call("POST", "/collections/companies/documents", {"company_name": "Company", "id": "0", "num_employees": 10})
        status, found = self.server.call(
            "GET", "/collections/companies/documents/search?q=com&query_by=company_name&facet_by=num_employees")
        self.assertEqual(status, 200)
        self.assertLessEqual({"facet_counts", "found", "hits", "out_of", "page", "request_params", "search_cutoff",
                              "search_time_ms"}, set(found))
        self.assertEqual(found["found"], 1)
        self.assertEqual(found["request_params"], {"collection_name": "companies", "first_q": "com", "per_page": 10, "q": "com"})
        hit = found["hits"][0]
        self.assertEqual(hit["highlight"]["company_name"]["snippet"], "<mark>Com</mark>pany")
        self.assertEqual(hit["highlights"][0]["matched_tokens"], ["Company"])
        self.assertEqual(found["facet_counts"][0]["counts"], [{"count": 1, "highlighted": "10", "value": "10"}])
        self.assertEqual(found["facet_counts"][0]["stats"], {"avg": 10.0, "max": 10.0, "min": 10.0, "sum": 10.0, "total_values": 1})
        status, both = self.server.call("POST", "/multi_search?query_by=company_name", {
            "searches": [{"collection": "companies", "q": "company"}, {"collection": "nowhere", "q": "x"}]})
        self.assertEqual(status, 200)
        self.assertEqual(both["results"][0]["found"], 1)
        self.assertEqual(both["results"][1]["code"], 404)

    def test_bad_searches_are_errors_with_a_reason(self):
        self.server.call("POST", "/collections", SCHEMA)
        path = "/collections/companies/documents/search?q=x&query_by=company_name&"
        for bad in ("filter_by=nosuch:1", "filter_by=" + "(" * 1000, "per_page=251", "page=x", "sort_by=nosuch:asc",
                    "facet_by=nosuch", "num_typos=9", "query_by_weights=1,2"):
            status, answer = self.server.call("GET", path + bad)
            self.assertIn(status, (400, 404), bad)
            self.assertTrue(answer["message"], bad)
        status, answer = self.server.call("POST", "/multi_search", {
            "searches": [{"collection": "companies", "query_by": "company_name", "q": "x" * 200_000}]})
        self.assertEqual(answer["results"][0]["code"], 400)


if __name__ == "__main__":
    unittest.main()
