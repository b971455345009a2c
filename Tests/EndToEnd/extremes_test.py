# SPDX-License-Identifier: Apache-2.0
"""Extreme values of search parameters, drawn at random: each request gets an answer or a refusal, soon.

MARTLET_SEED repeats a run, MARTLET_EXTREMES=60 makes it last a minute.
"""
import http.client
import json
import os
import random
import time
import unittest
import urllib.parse

from support import KEY, SHOP, Server, run, temporary

SECONDS = float(os.environ.get("MARTLET_EXTREMES", "15"))
SLOW = 3

NUMBERS = ("-1 0 1 2 3 10 250 251 65535 2147483647 2147483648 9223372036854775807 9223372036854775808 -9223372036854775808 "
           "1e9 1e308 nan inf -inf abc 1.5 99999999999999999999999").split() + ["", " 5"]
WORDS = ["drill", "*", "", "cordles dril", "a", "red lamp blue", '"cordless drill"', '"', '""', "-drill", "drill -cordless", "-", "é",
         "蓝牙耳机", "x" * 300, "a b c d e f g h i j k l m n o p " * 6, "drill\0x", "%", "* drill", "( )", "drill*"]
FIELDS = ["title", "title,description", "title,description,categories,brand", "*", "nosuch", "", "title,title"]
INTEGERS = ("page per_page limit offset max_facet_values group_limit num_typos min_len_1typo min_len_2typo typo_tokens_threshold "
            "drop_tokens_threshold highlight_affix_num_tokens snippet_threshold max_candidates facet_query_num_typos "
            "search_cutoff_ms limit_hits facet_sample_percent facet_sample_threshold synonym_num_typos rank_budget_ms "
            "diversity_lambda query_by_weights").split()
SWITCHES = ("prioritize_exact_match prioritize_token_position prioritize_num_matching_fields exhaustive_search use_cache "
            "enable_synonyms enable_curations enable_highlight_v1 pre_segmented_query group_missing_values "
            "filter_curated_hits explain synonym_prefix demote_synonym_match validate_field_names").split()
# "N" stands for a number out of NUMBERS.
TEXTS = {
    "sort_by": ["price:asc", "_text_match:desc", "_text_match(buckets: N):desc", "_text_match(bucket_size: N):desc",
                "_eval([(price:>N):3,(brand:Norvik):N]):desc", "location(N,N):asc", "location(52.5,13.4, exclude_radius: N km):asc",
                "location(52.5,13.4, precision: N mi):asc", "_rand(N):desc", "price(missing_values: first):asc",
                "created_at(origin: N, func: gauss, scale: N, decay: N, offset: N):desc", "title:asc", "(((", "N:asc"],
    "filter_by": ["price:<N", "price:[N..N]", "price:>=N && brand:=Norvik", "location:(N,N,N km)", "location:(N,N,N,N,N,N)",
                  "id:[1,2,N]", "!(price:<5)", "(" * 200, "price:=N", "brand:Nor*", "price:[<N,>N]", "&&", "price:", "nosuch:1"],
    "facet_by": ["brand", "price,categories", "brand(sort_by:_alpha:asc)", "price(cheap:[0,N],dear:[N,])", "price(a:[N,N])", "br*", "nosuch"],
    "facet_query": ["brand:nor", "price:1", "brand:", ":", ""],
    "group_by": ["brand", "brand,in_stock", "price", "nosuch", ",".join(["brand"] * 100)],
    "text_match_type": ["max_score", "max_weight", "sum_score", "x"],
    "infix": ["off", "always", "fallback"],
    "prefix": ["true", "true,false", "x"],
    "drop_tokens_mode": ["both_sides:3", "left_to_right", "both_sides:N"],
    "split_join_tokens": ["always", "off"],
    "pinned_hits": ["1:1", "1:N,2:N", ":::"],
    "hidden_hits": ["1,2,3", ","],
    "include_fields": ["title", "*", "$x(y)"],
    "highlight_fields": ["title", "none"],
    "rank_profile": ["nosuch"],
}
UNTYPED = [True, None, 1, -1, 1.5, 2**63 - 1, [1], {"a": 1}, ""]


class Extremes:
    """Requests drawn from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def filled(self, pattern):
        # Names with the letter, such as Norvik, stay: only a capital that stands alone is a number.
        parts = []
        for place, letter in enumerate(pattern):
            alone = letter == "N" and not pattern[place + 1:place + 2].isalpha()
            parts.append(self.random.choice(NUMBERS) if alone else letter)
        return "".join(parts)

    def search(self):
        choose = self.random.choice
        parameters = {"q": choose(WORDS), "query_by": choose(FIELDS)}
        for _ in range(self.random.randint(0, 5)):
            kind = self.random.random()
            if kind < 0.35:
                parameters[choose(INTEGERS)] = choose(NUMBERS)
            elif kind < 0.5:
                parameters[choose(SWITCHES)] = choose(["true", "false", "1", "x"])
            else:
                name = choose(list(TEXTS))
                parameters[name] = self.filled(choose(TEXTS[name]))
        return parameters

    def searches(self):
        several = [{**self.search(), "collection": "shop"} for _ in range(self.random.randint(1, 4))]
        for one in several:
            for name in list(one):
                if self.random.random() < 0.1:
                    one[name] = self.random.choice(UNTYPED)
        return {"searches": several, **({"union": True} if self.random.random() < 0.3 else {})}

    def request(self):
        """A method, a path and a body."""
        kind = self.random.random()
        if kind < 0.3:
            return "POST", "/multi_search", json.dumps(self.searches())
        if kind < 0.4:
            query = {"q": self.random.choice(WORDS), "collection": "shop", "limit": self.random.choice(NUMBERS),
                     "with_hits": self.random.choice(NUMBERS)}
            return "GET", "/x/suggest?" + urllib.parse.urlencode(query), None
        if kind < 0.45:
            query = {"collection": "shop", "id": self.random.choice(["1", "nosuch", ""]), "limit": self.random.choice(NUMBERS),
                     "diversity": self.random.choice(NUMBERS), "filter_by": self.filled(self.random.choice(TEXTS["filter_by"]))}
            return "GET", "/x/recommendations/related?" + urllib.parse.urlencode(query), None
        return "GET", "/collections/shop/documents/search?" + urllib.parse.urlencode(self.search()), None


class ExtremesTest(unittest.TestCase):
    def test_every_request_is_answered(self):
        seed = int(os.environ.get("MARTLET_SEED", time.time_ns() % 1_000_000))
        print(f"extremes: MARTLET_SEED={seed}")
        extremes = Extremes(seed)
        directory = temporary()
        self.addCleanup(directory.cleanup)
        data = directory.name
        run("import", "--data-dir", data, "--collection", "shop", "--schema", SHOP / "schema.json", SHOP / "products.jsonl")
        statuses = set()
        with Server(data) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            self.addCleanup(connection.close)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                method, path, body = extremes.request()
                start = time.monotonic()
                try:
                    connection.request(method, path, body, {"X-TYPESENSE-API-KEY": KEY})
                    response = connection.getresponse()
                    answer = response.read()
                except OSError as error:
                    self.fail(f"{error!r} to {method} {path} {body}")
                statuses.add(response.status)
                self.assertLess(response.status, 500, f"{answer} to {method} {path} {body}")
                self.assertLess(time.monotonic() - start, SLOW, f"{method} {path} {body}")
                json.loads(answer)
        self.assertGreaterEqual(statuses, {200, 400})


if __name__ == "__main__":
    unittest.main()
