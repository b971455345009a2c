# SPDX-License-Identifier: Apache-2.0
"""The answers of every route, byte for byte as clients get them, apart from times.

MARTLET_RECORD=1 writes what is answered to golden.jsonl: read its difference before committing it.
"""
import json
import os
import pathlib
import re
import unittest

from support import Server, temporary

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden.jsonl"
C = "/collections/companies"
D = C + "/documents"
SCHEMA = {"name": "companies", "default_sorting_field": "num_employees", "fields": [
    {"name": "company_name", "type": "string"}, {"name": "country", "type": "string", "facet": True},
    {"name": "num_employees", "type": "int32"}, {"name": "rating", "type": "float", "optional": True},
    {"name": "tags", "type": "string[]", "optional": True, "facet": True},
    {"name": "place", "type": "geopoint", "optional": True}]}
DOCUMENTS = "\n".join(json.dumps(document) for document in (
    {"id": "0", "company_name": "Stark Industries", "country": "USA", "num_employees": 5215, "rating": 4.5,
     "tags": ["arms", "energy"], "place": [40.7, -74.0]},
    {"id": "1", "company_name": "Acme Corp", "country": "USA", "num_employees": 2133, "tags": ["tools"]},
    {"id": "2", "company_name": "Industria Gráfica", "country": "España", "num_employees": 12, "rating": 3.25},
    {"id": "3", "company_name": "株式会社 電気", "country": "日本", "num_employees": 900, "place": [35.6, 139.7]}))
REQUESTS = [
    ("GET", "/health", None), ("GET", "/debug", None), ("GET", "/nowhere", None), ("GET", "/collections", None),
    ("POST", "/collections", SCHEMA), ("POST", "/collections", SCHEMA), ("POST", "/collections", {"name": "x"}),
    ("GET", C, None), ("GET", "/collections/nosuch", None),
    ("POST", D + "/import?action=create&return_id=true", DOCUMENTS),
    ("POST", D + "/import?action=create", DOCUMENTS + "\n{bad\n[1]\n{}"),
    ("POST", D, {"id": "4", "company_name": "Umbrella", "country": "UK", "num_employees": 1}),
    ("POST", D, {"id": "4", "company_name": "Umbrella", "country": "UK", "num_employees": 1}),
    ("POST", D, {"id": "5", "company_name": "No country", "num_employees": 1}),
    ("POST", D, {"id": "5", "company_name": "Bad", "country": "UK", "num_employees": "many"}),
    ("PATCH", D + "/4", {"num_employees": 2}), ("GET", D + "/4", None), ("GET", D + "/404", None),
    ("GET", D + "/search?q=stark&query_by=company_name", None),
    ("GET", D + "/search?q=industr&query_by=company_name&facet_by=country,num_employees&sort_by=num_employees:desc", None),
    ("GET", D + "/search?q=industris&query_by=company_name,country&query_by_weights=2,1&highlight_full_fields=company_name", None),
    ("GET", D + "/search?q=%E9%9B%BB%E6%B0%97&query_by=company_name&include_fields=id,company_name", None),
    ("GET", D + "/search?q=*&filter_by=num_employees:%3E100%20%26%26%20country:=USA&sort_by=num_employees:asc", None),
    ("GET", D + "/search?q=*&query_by=company_name&group_by=country&group_limit=1&sort_by=num_employees:desc", None),
    ("GET", D + "/search?q=*&sort_by=place(40,%20-74):asc&include_fields=id,place&filter_by=place:(40,-74,%20500%20km)", None),
    ("GET", D + "/search?q=nothing&query_by=company_name", None),
    ("GET", D + "/search?q=x", None), ("GET", D + "/search?q=x&query_by=nosuch", None),
    ("GET", D + "/search?q=x&query_by=company_name&filter_by=nosuch:1", None),
    ("GET", D + "/search?q=x&query_by=company_name&filter_by=num_employees:%3E", None),
    ("GET", D + "/search?q=x&query_by=company_name&per_page=251", None),
    ("POST", "/multi_search?query_by=company_name", {"searches": [
        {"collection": "companies", "q": "acme"}, {"collection": "nosuch", "q": "x"}]}),
    ("POST", "/multi_search", {"search": []}),
    ("GET", D + "/export", None), ("GET", D + "/export?include_fields=id,country&filter_by=num_employees:%3C1000", None),
    ("DELETE", D + "?filter_by=num_employees:%3C5", None), ("DELETE", D, None), ("DELETE", D + "/3", None),
    ("DELETE", D + "/3", None), ("DELETE", D + "/3?ignore_not_found=true", None), ("DELETE", C, None), ("DELETE", C, None),
]
# Times and random names, which differ from run to run; and scores, which better ranking changes.
CHANGING = [(re.compile(r'"(text_match|score|best_field_score)":"?[0-9]+"?'), r'"\1":0'),
            (re.compile(r'"(created_at|search_time_ms|took_us|took_ms|budget_us)":[0-9.]+'), r'"\1":0'),
            (re.compile(r'"query_id":"[^"]*"'), '"query_id":""')]


class GoldenTest(unittest.TestCase):
    maxDiff = None

    def test_answers_are_those_that_were_recorded(self):
        answers = []
        with temporary() as directory, Server(directory) as server:
            for method, path, body in REQUESTS:
                sent = body.encode() if isinstance(body, str) else body
                status, text = server.call(method, path, sent, raw=True)
                for pattern, replacement in CHANGING:
                    text = pattern.sub(replacement, text)
                answers.append({"request": f"{method} {path}", "status": status, "answer": text})
            unknown = server.call("GET", "/collections", key="bad", raw=True)
            answers.append({"request": "GET /collections with a bad key", "status": unknown[0], "answer": unknown[1]})
        if os.environ.get("MARTLET_RECORD"):
            GOLDEN.write_text("".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers))
        recorded = [json.loads(line) for line in GOLDEN.read_text().splitlines()]
        self.assertEqual(len(answers), len(recorded))
        for answer, expected in zip(answers, recorded):
            self.assertEqual(answer, expected)


if __name__ == "__main__":
    unittest.main()
