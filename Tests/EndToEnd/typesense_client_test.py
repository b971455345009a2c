# SPDX-License-Identifier: Apache-2.0
"""The PyPI client `typesense` driven through every endpoint that it has."""
import json
import time
import unittest

import httpx
import typesense
from typesense import exceptions

from support import KEY, Server, temporary

COMPANIES = {"name": "companies", "fields": [
    {"name": "company_name", "type": "string"},
    {"name": "num_employees", "type": "int32", "sort": False}]}
COMPANY = {"id": "0", "company_name": "Company", "num_employees": 10}
FIELD = {"facet": False, "index": True, "optional": False, "locale": "", "infix": False, "stem": False,
         "stem_dictionary": "", "truncate_len": 100, "store": True}


HTTP = httpx.Client(timeout=20)


def client(port, key=KEY):
    return typesense.Client({"api_key": key, "nodes": [{"host": "127.0.0.1", "port": port, "protocol": "http"}],
                             "connection_timeout_seconds": 20, "num_retries": 0}, http_client=HTTP)


def tearDownModule():
    HTTP.close()


class Preset:
    """A preset, which the client has no calls for, while a with statement lasts."""

    def __init__(self, server, name, value):
        self.server, self.path, self.value = server, f"/presets/{name}", value

    def __enter__(self):
        made = self.server.call("PUT", self.path, {"value": self.value})
        assert made == (200, {"name": self.path[9:], "value": self.value}), made
        assert self.server.call("GET", self.path) == made
        assert self.server.call("GET", "/presets")[1] == {"presets": [made[1]]}

    def __exit__(self, *_):
        assert self.server.call("DELETE", self.path)[0] == 200


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.server = Server(cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        cls.directory.cleanup()

    def setUp(self):
        self.client = client(self.server.port)

    def companies(self, *documents):
        """A collection of the documents, gone after the test."""
        self.client.collections.create(COMPANIES)
        self.addCleanup(self.client.collections["companies"].delete)
        for document in documents:
            self.client.collections["companies"].documents.create(document)
        return self.client.collections["companies"]

    def hits(self, **parameters):
        found = self.client.collections["companies"].documents.search({"query_by": "company_name", **parameters})
        return [hit["document"]["id"] for hit in found["hits"]]


class CollectionsTest(ClientTest):
    def test_create_read_list(self):
        made = self.client.collections.create(COMPANIES)
        self.addCleanup(self.client.collections["companies"].delete)
        self.assertGreater(made.pop("created_at"), 1_700_000_000)
        expected = {
            "default_sorting_field": "", "enable_nested_fields": False, "name": "companies", "num_documents": 0,
            "symbols_to_index": [], "token_separators": [], "synonym_sets": [], "curation_sets": [],
            "fields": [FIELD | {"name": "company_name", "type": "string", "sort": False},
                       FIELD | {"name": "num_employees", "type": "int32", "sort": False}]}
        self.assertEqual(made, expected)
        for read in (self.client.collections["companies"].retrieve(), self.client.collections.retrieve()[0]):
            read.pop("created_at")
            self.assertEqual(read, expected)
        self.assertIn("companies", self.client.collections)
        self.assertNotIn("nothing", self.client.collections)
        with self.assertRaises(exceptions.ObjectAlreadyExists):
            self.client.collections.create(COMPANIES)

    def test_alter_keeps_documents(self):
        companies = self.companies(COMPANY)
        with self.assertRaises(exceptions.RequestMalformed):
            companies.update({"fields": [{"name": "must", "type": "string"}]})
        echoed = companies.update({"fields": [{"name": "num_locations", "type": "int32", "optional": True}]})
        self.assertLessEqual({"name": "num_locations", "type": "int32", "truncate_len": 100}.items(),
                             echoed["fields"][0].items())
        companies.documents["0"].update({"num_locations": 4})
        self.assertEqual(self.hits(q="company", filter_by="num_locations:4"), ["0"])
        self.assertEqual(companies.update({"fields": [{"name": "num_locations", "drop": True}]})["fields"],
                         [{"drop": True, "name": "num_locations"}])
        with self.assertRaises(exceptions.TypesenseClientError):
            self.hits(q="company", filter_by="num_locations:4")
        self.assertEqual(companies.documents["0"].retrieve(), COMPANY | {"num_locations": 4})
        for bad in ({"fields": [{"name": "nothing", "drop": True}]}, {"fields": []}, {},
                    {"fields": [{"name": "company_name", "type": "int32"}]}):
            with self.assertRaises(exceptions.RequestMalformed):
                companies.update(bad)

    def test_metadata(self):
        companies = self.companies()
        self.assertEqual(companies.update({"metadata": {"owner": "shop"}}), {"metadata": {"owner": "shop"}})
        self.assertEqual(companies.retrieve()["metadata"], {"owner": "shop"})


class DocumentsTest(ClientTest):
    def test_one_document(self):
        documents = self.companies().documents
        self.assertEqual(documents.create(COMPANY), COMPANY)
        with self.assertRaises(exceptions.ObjectAlreadyExists):
            documents.create(COMPANY)
        self.assertEqual(documents.upsert(COMPANY | {"num_employees": 11})["num_employees"], 11)
        self.assertEqual(documents["0"].update({"num_employees": 12})["num_employees"], 12)
        self.assertEqual(documents["0"].retrieve(), COMPANY | {"num_employees": 12})
        self.assertEqual(documents["0"].delete()["id"], "0")
        with self.assertRaises(exceptions.ObjectNotFound):
            documents["0"].retrieve()
        with self.assertRaises(exceptions.ObjectNotFound):
            documents["0"].delete()
        self.assertEqual(documents["0"].delete({"ignore_not_found": True}), {"id": "0"})

    def test_by_filter(self):
        documents = self.companies(COMPANY, COMPANY | {"id": "1", "company_name": "Other"}).documents
        self.assertEqual(documents.update({"num_employees": 50}, {"filter_by": "company_name:company"}),
                         {"num_updated": 1})
        self.assertEqual(documents["0"].retrieve()["num_employees"], 50)
        self.assertEqual(documents.delete({"filter_by": "num_employees:>100"}), {"num_deleted": 0})
        self.assertEqual(documents.delete({"filter_by": "company_name:other", "batch_size": 1}), {"num_deleted": 1})
        self.assertEqual(documents.delete({"truncate": True}), {"num_deleted": 1})

    def test_import_and_export(self):
        documents = self.companies().documents
        rows = [COMPANY, COMPANY | {"id": "1", "company_name": "Wayne"}]
        self.assertEqual(documents.import_(rows), [{"success": True}] * 2)
        self.assertEqual(documents.import_([COMPANY], {"action": "create"}), [
            {"code": 409, "error": "A document with id 0 already exists.", "success": False}])
        self.assertEqual(documents.import_(rows, {"action": "upsert", "return_id": True}),
                         [{"id": "0", "success": True}, {"id": "1", "success": True}])
        self.assertEqual(documents.import_([{"id": "0", "num_employees": 2}], {"action": "update", "return_doc": True}),
                         [{"document": COMPANY | {"num_employees": 2}, "success": True}])
        self.assertEqual(documents.import_(rows, {"action": "upsert", "batch_size": 1}), [{"success": True}] * 2)
        lines = documents.import_("\n".join(map(json.dumps, rows)), {"action": "upsert"})
        self.assertEqual(lines, '{"success":true}\n{"success":true}')
        self.assertEqual(documents.export({"filter_by": "company_name:=Company"}),
                         '{"company_name":"Company","id":"0","num_employees":10}')
        self.assertEqual(documents.export({"include_fields": "id"}), '{"id":"0"}\n{"id":"1"}')

    def test_search(self):
        companies = self.companies(COMPANY)
        found = companies.documents.search({"q": "com", "query_by": "company_name"})
        self.assertLessEqual({"facet_counts", "found", "hits", "out_of", "page", "request_params", "search_cutoff",
                              "search_time_ms"}, set(found))
        hit = found["hits"][0]
        self.assertEqual(hit["document"], COMPANY)
        self.assertEqual(hit["highlights"], [{"field": "company_name", "matched_tokens": ["Company"],
                                              "snippet": "<mark>Com</mark>pany"}])
        self.assertIsInstance(hit["text_match"], int)
        self.assertIsInstance(hit["text_match_info"]["score"], str)


class SetsTest(ClientTest):
    def test_aliases(self):
        alias = {"collection_name": "companies", "name": "firms"}
        self.assertEqual(self.client.aliases.upsert("firms", {"collection_name": "companies"}), alias)
        self.companies(COMPANY)
        self.assertEqual(self.client.aliases["firms"].retrieve(), alias)
        self.assertEqual(self.client.aliases.retrieve(), {"aliases": [alias]})
        self.assertEqual(self.client.collections["firms"].documents["0"].retrieve(), COMPANY)
        self.assertEqual(self.client.aliases["firms"].delete(), alias)
        with self.assertRaises(exceptions.ObjectNotFound):
            self.client.aliases["firms"].retrieve()

    def test_synonyms(self):
        companies = self.companies(COMPANY, COMPANY | {"id": "1", "company_name": "Enterprise"})
        sets = self.client.synonym_sets
        item = {"id": "words", "root": "", "synonyms": ["enterprise", "firm"]}
        self.assertEqual(sets["words"].upsert({"items": [{"id": "words", "synonyms": ["enterprise", "firm"]}]}),
                         {"items": [item], "name": "words"})
        self.assertEqual(sets.retrieve(), [{"items": [item], "name": "words"}])
        self.assertEqual(sets["words"].retrieve(), {"items": [item], "name": "words"})
        self.assertEqual(sets["words"].list_items(limit=5, offset=0), [item])
        self.assertEqual(self.hits(q="firm", synonym_sets="words"), ["1"])
        self.assertEqual(self.hits(q="firm"), [])
        companies.update({"synonym_sets": ["words"]})
        self.assertEqual(companies.retrieve()["synonym_sets"], ["words"])
        self.assertEqual(self.hits(q="firm"), ["1"])
        self.assertEqual(self.hits(q="firm", enable_synonyms="false"), [])
        one_way = {"id": "one", "root": "business", "synonyms": ["company"]}
        self.assertEqual(sets["words"].upsert_item("one", one_way), one_way)
        self.assertEqual(sets["words"].get_item("one"), one_way)
        self.assertEqual(self.hits(q="business"), ["0"])
        self.assertEqual(sets["words"].delete_item("one"), {"id": "one"})
        self.assertEqual(self.hits(q="business"), [])
        self.assertEqual(sets["words"].delete(), {"name": "words"})
        with self.assertRaises(exceptions.ObjectNotFound):
            sets["words"].retrieve()

    def test_curation_sets(self):
        sets = self.client.curation_sets
        rule = {"id": "rule-1", "rule": {"query": "test", "match": "exact"}, "includes": [{"id": "123", "position": 1}]}
        echoed = rule | {"filter_curated_hits": False, "remove_matched_tokens": False, "stop_processing": True}
        self.assertEqual(sets["products"].upsert({"items": [rule]}), {"items": [echoed], "name": "products"})
        self.assertEqual(sets.retrieve(), [{"items": [echoed], "name": "products"}])
        self.assertEqual(sets["products"].retrieve()["items"], [echoed])
        self.assertEqual(sets["products"].list_items(), [echoed])
        self.assertEqual(sets["products"].upsert_item("rule-2", rule | {"id": "rule-2"})["id"], "rule-2")
        self.assertEqual(sets["products"].get_item("rule-2")["id"], "rule-2")
        self.assertEqual(sets["products"].delete_item("rule-2"), {"id": "rule-2"})
        with self.assertRaises(exceptions.RequestMalformed):
            sets["products"].upsert({"items": [{"id": "bad", "rule": {"match": "exact"}}]})
        self.assertEqual(sets["products"].delete(), {"name": "products"})

    def test_curation_places_and_hides_hits(self):
        companies = self.companies(COMPANY, COMPANY | {"id": "1", "company_name": "Wayne"},
                                   COMPANY | {"id": "2", "company_name": "Company two"})
        self.client.curation_sets["front"].upsert({"items": [
            {"id": "rule", "rule": {"query": "company", "match": "exact"}, "metadata": {"banner": "spring"},
             "includes": [{"id": "1", "position": 1}], "excludes": [{"id": "2"}]}]})
        self.addCleanup(self.client.curation_sets["front"].delete)
        companies.update({"curation_sets": ["front"]})
        search = {"q": "company", "query_by": "company_name"}
        found = companies.documents.search(search)
        self.assertEqual([(hit["document"]["id"], hit.get("curated", False)) for hit in found["hits"]],
                         [("1", True), ("0", False)])
        self.assertEqual((found["found"], found["metadata"]), (2, {"banner": "spring"}))
        self.assertEqual({hit["document"]["id"] for hit in companies.documents.search(
            search | {"enable_curations": "false"})["hits"]}, {"0", "2"})
        pinned = companies.documents.search(search | {"q": "two", "pinned_hits": "0:1,1:3", "hidden_hits": "1"})
        self.assertEqual([hit["document"]["id"] for hit in pinned["hits"]], ["0", "2"])

    def test_presets(self):
        self.companies(COMPANY, COMPANY | {"id": "1", "num_employees": 99})
        with Preset(self.server, "big", {"query_by": "company_name", "filter_by": "num_employees:>50"}):
            search = self.client.collections["companies"].documents.search
            self.assertEqual([hit["document"]["id"] for hit in search({"q": "company", "preset": "big"})["hits"]], ["1"])
            self.assertEqual(search({"q": "company", "preset": "big", "filter_by": "id:0"})["found"], 1)
        with self.assertRaises(exceptions.ObjectNotFound):
            search({"q": "company", "preset": "big"})

    def test_stop_words(self):
        self.companies(COMPANY)
        words = {"id": "common", "stopwords": ["and", "the"]}
        self.assertEqual(self.client.stopwords.upsert("common", {"stopwords": ["and", "the"]}), words)
        self.assertEqual(self.client.stopwords.retrieve(), {"stopwords": [words]})
        self.assertEqual(self.client.stopwords["common"].retrieve(), {"stopwords": words})
        self.assertEqual(self.hits(q="the company", drop_tokens_threshold=0), [])
        self.assertEqual(self.hits(q="the company", drop_tokens_threshold=0, stopwords="common"), ["0"])
        self.assertEqual(self.client.stopwords["common"].delete(), {"id": "common"})
        with self.assertRaises(exceptions.ObjectNotFound):
            self.hits(q="the", stopwords="common")

    def test_stemming_dictionaries(self):
        dictionaries = self.client.stemming.dictionaries
        words = [{"word": "companies", "root": "company"}, {"word": "exec", "root": "executive"}]
        self.assertEqual(dictionaries.upsert("set_1", words), words)
        self.assertEqual(dictionaries.retrieve(), {"dictionaries": ["set_1"]})
        self.assertEqual(dictionaries["set_1"].retrieve(), {"id": "set_1", "words": words})
        schema = {"name": "stemmed", "fields": [{"name": "title", "type": "string", "stem_dictionary": "set_1"}]}
        self.client.collections.create(schema)
        self.addCleanup(self.client.collections["stemmed"].delete)
        self.client.collections["stemmed"].documents.create({"title": "Executive chair"})
        self.assertEqual(self.client.collections["stemmed"].retrieve()["fields"][0]["stem_dictionary"], "set_1")
        found = self.client.collections["stemmed"].documents.search(
            {"q": "exec", "query_by": "title", "prefix": "false", "num_typos": 0})
        self.assertEqual(found["found"], 1)


class KeysTest(ClientTest):
    def test_keys(self):
        made = self.client.keys.create({"actions": ["documents:search"], "collections": ["companies"],
                                        "description": "Search-only key"})
        value = made.pop("value")
        self.assertEqual(made, {"id": made["id"], "actions": ["documents:search"], "collections": ["companies"],
                                "description": "Search-only key", "autodelete": False, "expires_at": 64723363199})
        read = self.client.keys[made["id"]].retrieve()
        self.assertEqual(read, made | {"value_prefix": value[:4]})
        self.assertEqual(self.client.keys.retrieve(), {"keys": [read]})
        self.companies(COMPANY)
        limited = client(self.server.port, value)
        self.assertEqual(limited.collections["companies"].documents.search({"q": "*"})["found"], 1)
        for forbidden in (lambda: limited.collections.retrieve(), lambda: limited.keys.retrieve(),
                          lambda: limited.collections["companies"].documents["0"].delete(),
                          lambda: limited.collections["others"].documents.search({"q": "*"})):
            with self.assertRaises(exceptions.RequestUnauthorized):
                forbidden()
        answers = limited.multi_search.perform({"searches": [{"collection": "companies", "q": "*"},
                                                             {"collection": "others", "q": "*"}]}, {})["results"]
        self.assertEqual([answers[0].get("found"), answers[1].get("code")], [1, 401])
        self.assertEqual(self.client.keys[made["id"]].delete(), {"id": made["id"]})
        with self.assertRaises(exceptions.RequestUnauthorized):
            limited.collections["companies"].documents.search({"q": "*"})

    def test_expired_keys(self):
        made = self.client.keys.create({"actions": ["*"], "collections": ["*"], "description": "old", "value": "gone-key",
                                        "expires_at": int(time.time()) - 1, "autodelete": True})
        with self.assertRaises(exceptions.RequestUnauthorized):
            client(self.server.port, "gone-key").collections.retrieve()
        self.assertNotIn(made["id"], [key["id"] for key in self.client.keys.retrieve()["keys"]])

    def test_scoped_search_keys(self):
        self.companies(COMPANY, COMPANY | {"id": "1", "num_employees": 99})
        parent = self.client.keys.create({"actions": ["documents:search"], "collections": ["*"], "description": "parent"})
        self.addCleanup(self.client.keys[parent["id"]].delete)
        make = self.client.keys.generate_scoped_search_key
        scoped = make(parent["value"], {"filter_by": "num_employees:>50"}).decode()
        limited = client(self.server.port, scoped)
        search = limited.collections["companies"].documents.search
        self.assertEqual([hit["document"]["id"] for hit in search({"q": "*"})["hits"]], ["1"])
        self.assertEqual(search({"q": "*", "filter_by": "num_employees:<50 || id:0"})["found"], 0)
        answers = limited.multi_search.perform({"searches": [{"collection": "companies", "q": "*"}]}, {})["results"]
        self.assertEqual(answers[0]["found"], 1)
        for bad in (make(parent["value"], {"expires_at": int(time.time()) - 1}).decode(),
                    make("wrong" + parent["value"], {"filter_by": ""}).decode(), scoped[:-8]):
            with self.assertRaises(exceptions.RequestUnauthorized):
                client(self.server.port, bad).collections["companies"].documents.search({"q": "*"})
        admin = self.client.keys.create({"actions": ["*"], "collections": ["*"], "description": "no parent"})
        self.addCleanup(self.client.keys[admin["id"]].delete)
        with self.assertRaises(exceptions.RequestUnauthorized):
            client(self.server.port, make(admin["value"], {}).decode()).collections["companies"].documents.search({"q": "*"})


class MultiSearchTest(ClientTest):
    def test_multi_search(self):
        self.companies(COMPANY)
        found = self.client.multi_search.perform(
            {"searches": [{"q": "com", "collection": "companies"}, {"q": "company", "collection": "nothing"}]},
            {"query_by": "company_name"})
        self.assertEqual(found["results"][0]["hits"][0]["document"], COMPANY)
        self.assertEqual(found["results"][1]["code"], 404)
        self.assertIn("error", found["results"][1])

    def test_union(self):
        self.companies(COMPANY, COMPANY | {"id": "1", "company_name": "Acme", "num_employees": 7})
        union = self.client.multi_search.perform(
            {"union": True, "searches": [
                {"q": "company", "query_by": "company_name", "collection": "companies"},
                {"q": "*", "collection": "companies", "filter_by": "num_employees:<50"}]}, {"page": 1, "per_page": 10})
        self.assertEqual(union["found"], 2)
        self.assertEqual([(hit["document"]["id"], hit["search_index"], hit["collection"]) for hit in union["hits"]],
                         [("0", 0, "companies"), ("1", 1, "companies")])
        self.assertEqual(len(union["union_request_params"]), 2)
        page = self.client.multi_search.perform(
            {"union": True, "searches": [{"q": "*", "collection": "companies"}]}, {"page": 2, "per_page": 1})
        self.assertEqual(len(page["hits"]), 1)
        self.assertEqual(page["page"], 2)


class AnalyticsTest(ClientTest):
    def test_rules_and_events(self):
        rules = self.client.analytics.rules
        rule = {"name": "clicks", "type": "log", "collection": "companies", "event_type": "click", "rule_tag": "t",
                "params": {}}
        self.assertEqual(rules.create(rule), rule)
        self.assertEqual(rules["clicks"].retrieve(), rule)
        self.assertEqual(rules.retrieve(), [rule])
        self.assertEqual(rules.retrieve(rule_tag="other"), [])
        self.assertEqual(rules.upsert("clicks", rule | {"rule_tag": "u"})["rule_tag"], "u")
        several = rules.create([rule | {"name": "a"}, rule | {"name": "clicks"}])
        self.assertEqual(several[0]["name"], "a")
        self.assertIn("error", several[1])
        events = self.client.analytics.events
        event = {"name": "clicks", "event_type": "click", "data": {"user_id": "u1", "doc_id": "0", "q": "company"}}
        self.assertEqual(events.create(event), {"ok": True})
        read = events.retrieve(user_id="u1", name="clicks", n=10)["events"]
        self.assertEqual((read[0]["data"], read[0]["name"]), (event["data"], "clicks"))
        self.assertTrue(events.flush()["ok"])
        self.assertTrue(all(isinstance(value, int) for value in events.status().values()))
        with self.assertRaises(exceptions.RequestMalformed):
            events.create({"name": "clicks"})
        self.assertEqual(rules["clicks"].delete()["name"], "clicks")
        rules["a"].delete()
        with self.assertRaises(exceptions.ObjectNotFound):
            rules["clicks"].retrieve()


class OperationsTest(ClientTest):
    def test_operations(self):
        operations = self.client.operations
        self.assertTrue(operations.is_healthy())
        self.assertEqual(operations.perform("db/compact"), {"success": True})
        self.assertEqual(operations.perform("cache/clear"), {"success": True})
        self.assertIsNotNone(operations.perform("vote"))
        with temporary() as directory:
            for _ in range(2):
                self.assertEqual(operations.perform("snapshot", {"snapshot_path": directory}), {"success": True})
        with self.assertRaises(exceptions.RequestMalformed):
            operations.perform("snapshot", {"snapshot_path": "/dev/null/copy"})
        self.assertEqual(operations.toggle_slow_request_log({"log_slow_requests_time_ms": -1}), {"success": True})
        with self.assertRaises(exceptions.ObjectNotFound):
            operations.perform("unknown")

    def test_state_and_figures(self):
        self.assertEqual(self.client.debug.retrieve(), {"state": 1, "version": "30.2"})
        figures = self.client.metrics.retrieve()
        names = {f"system_{name}" for name in (
            "cpu_active_percentage", "disk_total_bytes", "disk_used_bytes", "memory_total_bytes", "memory_used_bytes",
            "network_received_bytes", "network_sent_bytes")}
        names |= {f"typesense_memory_{name}" for name in (
            "active_bytes", "allocated_bytes", "fragmentation_ratio", "mapped_bytes", "metadata_bytes", "resident_bytes",
            "retained_bytes")}
        self.assertEqual(set(figures), names)
        self.assertTrue(all(isinstance(value, str) and float(value) >= 0 for value in figures.values()))
        self.assertGreater(int(figures["system_memory_total_bytes"]), 1 << 20)


if __name__ == "__main__":
    unittest.main()
