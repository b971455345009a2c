# SPDX-License-Identifier: Apache-2.0
"""Leads schemathesis' random requests to what is there: most of them name things that examples have made."""
import random

import schemathesis

rng = random.Random(7)
NAMES = {"collection": ["products", "shop", "queries"], "set": ["spring", "home", "common"],
         "name": ["clicks", "shop", "listing", "popular", "margin"], "id": ["1", "0", "lamps", "phones", "common", "plurals", "u1", "gemini"]}
FILTERS = ["price:>1", "title:lamp", "place:(48.9,2.3,5 km)", "brand:=[Acme, `a,b`]", "!(price:[1..2] || brand:!=x)", "id:[1,2]",
           "area:(1,1)", "parts.{name:=a}", "price:<", "((", "`"]
VALUES = {
    "filter_by": FILTERS, "query_by": ["title", "title,brand", "brand,nothing", "*"], "facet_by": ["brand", "brand,price(low:[0,5])", "*", "brand("],
    "sort_by": ["price:asc", "_text_match:desc,price:desc", "place(48.9,2.3):asc", "_eval(price:>1):desc", "_rand(1)", "area(1,2):asc"],
    "q": ["lamp", "*", "\"red lamp\"", "-lamp red", "lmap", "la"], "page": ["1", "2", "0", "-1"], "per_page": ["1", "250", "251", "0"],
    "limit": ["1", "10", "x"], "offset": ["0", "1", "100001"], "action": ["create", "upsert", "update", "emplace", "x"],
    "dirty_values": ["reject", "drop", "coerce_or_drop"], "include_fields": ["title", "id", "a.b"], "exclude_fields": ["title"],
    "user_id": ["u1", "u2"], "n": ["1", "1000", "1001"], "src_name": ["products", "nothing"], "truncate": ["true", "false"]}


@schemathesis.hook
def map_path_parameters(context, parameters):
    for name, known in NAMES.items():
        if parameters and name in parameters and rng.random() < 0.7:
            parameters[name] = rng.choice(known)
    return parameters


@schemathesis.hook
def map_query(context, query):
    for name, known in VALUES.items():
        if query and name in query and rng.random() < 0.6:
            query[name] = rng.choice(known)
    return query
