#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an invented history of what shoppers did in the sample shop, one event a line, oldest first.

    python3 Examples/shop/events.py > events.jsonl
    python3 Examples/shop/events.py --shoppers 200000 --truth truth.json > events.jsonl
    python3 Examples/shop/events.py --held-out queries.tsv > events.jsonl

Shoppers have a language, favourite categories and a price that they like; they look at results from the
top (a position k is looked at with chance 1 / k^0.8) and click what they like. Half of the time they type
their favourite brand beside the product, and some go on to a brand within a session. Planted in it, and told in
--truth: pairs of products bought together, a season (gardens sell as the year's half-waves go), a product
that rises in the last three days, and bots that push a few products. With --held-out the searches of the
last 14 days, lines of shopper, time and query, are kept back for 'martlet evaluate suggest'. Equal arguments give equal bytes.
"""
import argparse
import datetime
import json
import math
import pathlib
import random

DAY = 86400
PAIRS, BOOSTED, SHOWN, HELD_OUT = 20, 5, 10, 14 * DAY


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", default=pathlib.Path(__file__).parent / "products.jsonl")
    parser.add_argument("--shoppers", type=int, default=4000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--until", help="the day after the last, such as 2026-11-01; today if not given")
    parser.add_argument("--collection", default="shop")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--truth", help="a file to tell what was planted")
    parser.add_argument("--held-out", help="a file for the searches of the last 14 days, kept back from the events")
    return parser.parse_args()


class Shop:
    def __init__(self, options):
        self.options = options
        self.rng = random.Random(options.seed)
        # Apart, so that wordings change nothing of what is clicked.
        self.words = random.Random(options.seed + 1)
        self.wordings = {}
        until = options.until or datetime.date.today().isoformat()
        self.end = int(datetime.datetime.fromisoformat(until + "T00:00:00+00:00").timestamp())
        self.products = [json.loads(line) for line in open(options.products, encoding="utf-8")]
        self.by_query, self.events = {}, []
        for product in self.products:
            product["query"] = product["categories"][1].split(" > ")[1].lower()
            product["appeal"] = self.rng.betavariate(2, 4)
            self.by_query.setdefault(product["query"], []).append(product)
        languages = {}
        for query, found in self.by_query.items():
            found.sort(key=lambda product: -product["popularity"])
            languages.setdefault(found[0]["language"], []).append(query)
        self.queries = languages
        chosen = self.rng.sample(self.products, PAIRS + BOOSTED + 1)
        # The first of a pair is one that sells, or there would be nothing to find.
        sellers = sorted(self.products, key=lambda product: -product["popularity"] * product["appeal"])[:PAIRS]
        self.pairs = [pair for pair in zip(sellers, chosen) if pair[0] is not pair[1]]
        self.partner = {first["id"]: second for first, second in self.pairs}
        self.boosted, self.rising = chosen[PAIRS:-1], chosen[-1]

    def emit(self, time, shopper, kind, **fields):
        self.events.append((time, len(self.events), {
            "id": f"e{len(self.events)}", "event_type": kind, "user_id": shopper, "timestamp": int(time * 1000),
            "collection": self.options.collection, **fields}))

    def season(self, product, time):
        if product["categories"][0] in ("Garden", "Garten", "Jardin"):
            return 1 + 0.9 * math.sin(2 * math.pi * (time / DAY - 80) / 365)
        return 1

    def buy(self, time, shopper, product):
        items = [{"doc_id": product["id"], "price": product["price"], "quantity": self.rng.choice([1, 1, 1, 2])}]
        partner = self.partner.get(product["id"])
        if partner and self.rng.random() < 0.6:
            items.append({"doc_id": partner["id"], "price": partner["price"]})
        self.emit(time, shopper, "purchase", items=items)

    def brand(self, shopper, query):
        """The shopper's wording of a query: with the brand that this shopper likes best."""
        if (shopper, query) not in self.wordings:
            brands = sorted({product["brand"].lower() for product in self.by_query[query]})
            favoured = self.words.choices(brands, [1 / rank for rank in range(1, len(brands) + 1)])[0]
            self.wordings[shopper, query] = f"{query} {favoured}" if self.words.random() < 0.3 else f"{favoured} {query}"
        return self.wordings[shopper, query]

    def session(self, shopper, likes, price, language, time):
        rng = self.rng
        query = rng.choice(likes if rng.random() < 0.7 else self.queries[language])
        shown = self.by_query[query][:40]
        # Every search orders a little otherwise, which is what propensities are learnt from.
        shown = sorted(shown, key=lambda product: -product["popularity"] * rng.lognormvariate(0, 0.8))[:SHOWN]
        query_id, started = f"q{len(self.events)}", time
        text = self.brand(shopper, query) if self.words.random() < 0.5 else query
        self.emit(time, shopper, "search", q=text, query_id=query_id, hit_ids=[product["id"] for product in shown])
        for position, product in enumerate(shown, 1):
            fit = math.exp(-abs(math.log(product["price"] / price)))
            if rng.random() > position ** -0.8 or rng.random() > product["appeal"] * (0.4 + 0.6 * fit):
                continue
            time += rng.uniform(3, 40)
            about = {"doc_id": product["id"], "category": product["categories"][0], "brand": product["brand"],
                     "price": product["price"]}
            self.emit(time, shopper, "click", q=text, query_id=query_id, position=position, **about)
            if rng.random() < 0.25 * self.season(product, time):
                time += rng.uniform(5, 60)
                self.emit(time, shopper, "add_to_cart", query_id=query_id, **about)
                if rng.random() < 0.5:
                    time += rng.uniform(20, 200)
                    self.buy(time, shopper, product)
        if text == query and self.words.random() < 0.3:
            self.emit(started + self.words.uniform(10, 90), shopper, "search", q=self.brand(shopper, query))

    def people(self):
        rng = self.rng
        for number in range(self.options.shoppers):
            shopper = f"shopper-{number}"
            language = rng.choices(list(self.queries), [len(queries) for queries in self.queries.values()])[0]
            likes = rng.sample(self.queries[language], 3)
            price = rng.lognormvariate(3.5, 0.6)
            for _ in range(min(60, int(rng.paretovariate(1.2)) + 2)):
                self.session(shopper, likes, price, language, self.end - rng.uniform(0.1, self.options.days) * DAY)
        for number in range(max(60, self.options.shoppers // 40)):
            time = self.end - rng.uniform(0.05, 3) * DAY
            self.emit(time, f"shopper-{rng.randrange(self.options.shoppers)}", "view", doc_id=self.rising["id"])

    def bots(self):
        rng, day = self.rng, self.end - 2 * DAY
        for number in range(6):  # fast, and buying what they push
            time = day + number * 3600
            for step in range(2000):
                time += rng.uniform(0.05, 0.4)
                self.emit(time, f"bot-fast-{number}", rng.choice(["view", "click"]), doc_id=rng.choice(self.boosted)["id"])
                if step % 50 == 0:
                    self.buy(time, f"bot-fast-{number}", rng.choice(self.boosted))
        for number in range(3):  # as regular as a clock
            for step in range(1500):
                self.emit(day + number + step * 3, f"bot-clock-{number}", "view", doc_id=rng.choice(self.boosted)["id"])
        for number in range(3):  # slow, looking at everything
            time = day
            for product in self.products:
                time += rng.uniform(20, 60)
                self.emit(time, f"bot-wide-{number}", "view", doc_id=product["id"])
        for step in range(50):  # says so
            self.emit(day + step * rng.uniform(60, 90), "bot-honest", "view", doc_id=self.boosted[0]["id"],
                      user_agent="Examplebot/2.1 (+https://bot.example)")

    def write(self):
        self.people()
        self.bots()
        held_out = []
        for time, _, event in sorted(self.events, key=lambda entry: entry[:2]):
            if self.options.held_out and event["event_type"] == "search" and time >= self.end - HELD_OUT:
                held_out.append(f"{event['user_id']}\t{event['timestamp']}\t{event['q']}\n")
            else:
                print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        if self.options.held_out:
            pathlib.Path(self.options.held_out).write_text("".join(held_out), encoding="utf-8")
        if self.options.truth:
            truth = {"pairs": [[first["id"], second["id"]] for first, second in self.pairs],
                     "boosted": [product["id"] for product in self.boosted], "rising": self.rising["id"],
                     "propensity": "1 / k^0.8"}
            pathlib.Path(self.options.truth).write_text(json.dumps(truth) + "\n", encoding="utf-8")


if __name__ == "__main__":
    Shop(arguments()).write()
