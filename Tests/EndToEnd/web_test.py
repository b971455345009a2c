# SPDX-License-Identifier: Apache-2.0
"""The web page in a headless Chromium, on the real binary with the sample shop.

Answers of routes that need a history of shoppers or loaded plugins are given by a server in front
(front.py), so that what the page makes of them is tested whatever is in the data directory.
Screenshots of both pages go to the folder that MARTLET_SCREENSHOTS names, if it is set.
"""
import json
import os
import pathlib
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from browser import AVAILABLE, Browser
from front import Front
from support import KEY, SHOP, Server, run, temporary

SHOTS = os.environ.get("MARTLET_SCREENSHOTS")


@unittest.skipUnless(AVAILABLE, "needs Debian's chromium and chromium-driver")
class WebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = temporary()
        cls.addClassCleanup(cls.directory.cleanup)
        done = run("import", "--data-dir", cls.directory.name, "--collection", "shop", "--schema", SHOP / "schema.json",
                   SHOP / "products.jsonl")
        assert done.returncode == 0, done.stderr
        cls.server = Server(cls.directory.name)
        cls.addClassCleanup(cls.server.__exit__)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.__exit__)

    def setUp(self):
        self.front = Front(self.server.port)
        self.addCleanup(self.front.close)
        # No history of searches, unless a test brings one.
        self.front.routes["/x/suggest"] = lambda *_: 404
        self.base = f"http://127.0.0.1:{self.front.port}"
        self.browser.log()

    def shop(self, query=""):
        """Opens the search page and waits for its results."""
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}/{'?' + query if query else ''}#key={KEY}")
        self.browser.until("return document.getElementById('count').innerText !== ''")

    def found(self, text):
        self.browser.until("return document.getElementById('count').innerText.startsWith(arguments[0])", text)

    def no_errors(self):
        """No script error and nothing that the content security policy stopped."""
        bad = [line for line in self.browser.log() if line["level"] == "SEVERE" and "Failed to load resource" not in line["message"]]
        self.assertEqual(bad, [])

    def test_assets_need_no_key_and_come_from_here_only(self):
        for path, kind in (("/", "text/html"), ("/ui/operations", "text/html"), ("/ui/shop.js", "text/javascript"),
                           ("/ui/base.css", "text/css"), ("/ui/icon.svg", "image/svg+xml")):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}{path}") as response:
                self.assertTrue(response.headers["Content-Type"].startswith(kind), path)
                self.assertIn("default-src 'none'; script-src 'self'", response.headers["Content-Security-Policy"])
                tag = response.headers["ETag"]
            known = urllib.request.Request(f"http://127.0.0.1:{self.server.port}{path}", headers={"If-None-Match": tag})
            with self.assertRaises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(known)
            raised.exception.close()
            self.assertEqual(raised.exception.code, 304)
        self.assertEqual(self.server.call("GET", "/ui/nothing.js", key=None)[0], 404)
        self.shop()
        hosts = self.browser.run("return performance.getEntriesByType('resource').map((each) => new URL(each.name).host)")
        self.assertEqual(set(hosts), {f"127.0.0.1:{self.front.port}"})

    def test_key(self):
        self.browser.open(f"{self.base}/")
        self.browser.run("sessionStorage.clear()")
        self.browser.open(f"{self.base}/ui/operations")
        self.browser.until("return document.getElementById('key').open")
        self.browser.open(f"{self.base}/")
        self.browser.until("return document.getElementById('key').open")
        self.browser.type("#key-input", "wrong")
        self.browser.press("Enter")
        self.browser.until("return !document.getElementById('key-error').hidden")
        self.browser.run("document.getElementById('key-input').value = ''")
        self.browser.type("#key-input", KEY)
        self.browser.press("Enter")
        self.found("1,260 products")
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}/?q=drill#key={KEY}")
        self.found("22 products")
        self.assertNotIn(KEY, self.browser.run("return location.href"))

    def test_search_key(self):
        """The key that the documentation names for the search page is enough for it."""
        key = self.server.call("POST", "/keys", {
            "description": "web", "actions": ["documents:search", "documents:get", "collections:list"], "collections": ["*"]})[1]["value"]
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}/?q=drill&product=1#key={key}")
        self.found("22 products")
        self.browser.until("return document.querySelectorAll('#product .mini').length > 2")
        self.browser.press("Escape")
        self.browser.type("#q", " pre")
        self.browser.until("return document.querySelector('.suggest-product, .suggest-word')")
        self.browser.open(f"{self.base}/ui/operations")
        self.browser.until("return document.getElementById('health').innerText === 'Serving'")
        self.assertFalse(self.browser.run("return document.getElementById('key').open"))

    def test_search_refine_page_and_back(self):
        self.shop()
        self.found("1,260 products")
        self.assertEqual(self.browser.count(".card"), 24)
        self.browser.press("/")
        self.browser.until("return document.activeElement.id === 'q'")
        self.browser.type("#q", "drill")
        self.browser.press("Enter")
        self.found("22 products for “drill”")
        self.assertTrue(all("drill" in text.lower() for text in self.browser.texts(".card-title mark")))
        # A value chosen narrows the results and leaves the other values of its field to add.
        brands = self.browser.count("[id^='facet-brand-']:not(button)")
        self.browser.click("[id='facet-brand-Norvik']")
        self.found("5 products")
        self.assertEqual(self.browser.count("[id^='facet-brand-']:not(button)"), brands)
        self.browser.click("[id='facet-brand-Kestrel']")
        self.found("7 products")
        self.assertEqual(self.browser.texts(".chosen .chip"), ["Brand: Norvik", "Brand: Kestrel"])
        self.browser.run("document.getElementById('sort').value = 'price:asc'; document.getElementById('sort').dispatchEvent(new Event('change'))")
        self.browser.until("return location.search.includes('sort=price')")
        self.browser.until("return !document.querySelector('[aria-busy]')")
        prices = [float(text) for text in self.browser.texts(".card .card-price")]
        self.assertEqual(prices, sorted(prices))
        self.browser.back()
        self.browser.back()
        self.found("5 products")
        self.browser.back()
        self.found("22 products")
        self.browser.back()
        self.found("1,260 products")
        self.assertEqual(self.browser.run("return document.getElementById('q').value"), "")
        titles = self.browser.texts(".card-title")
        self.browser.click(".pager > button:last-child")
        self.browser.until("return document.querySelector('.pager [aria-current]')?.innerText === '2'")
        self.assertFalse(set(titles) & set(self.browser.texts(".card-title")))
        self.assertEqual(self.browser.text(".card .why"), "#25")
        self.no_errors()

    def test_address_alone_brings_the_search_back(self):
        self.shop("collection=shop&q=drill&f.brand=Norvik&r.price=10..50&sort=price%3Adesc")
        self.browser.until("return document.querySelectorAll('.card').length > 0")
        prices = [float(text) for text in self.browser.texts(".card .card-price")]
        self.assertTrue(all(10 <= price <= 50 for price in prices))
        self.assertEqual(prices, sorted(prices, reverse=True))
        self.assertEqual(self.browser.texts(".chosen .chip"), ["Brand: Norvik", "Price: 10–50"])
        self.assertTrue(self.browser.run("return document.getElementById('facet-brand-Norvik').checked"))

    def test_tree_and_range(self):
        self.shop()
        self.browser.click("[id='facet-categories-Tools']")
        self.browser.until("return document.getElementById('facet-categories-Tools > hand plane')")
        before = self.browser.text("#count")
        self.browser.click("[id='facet-categories-Tools']")
        self.browser.click("[id='facet-categories-Kitchen']")
        self.browser.until("return document.getElementById('count').innerText.split(' ')[0] !== arguments[0]", before.split(" ")[0])
        self.browser.type("#facet-price-from", "100")
        self.browser.press("Enter")
        self.browser.until("return location.search.includes('r.price=100..')")
        self.browser.until("return !document.querySelector('[aria-busy]')")
        self.assertTrue(all(float(text) >= 100 for text in self.browser.texts(".card .card-price")))

    def test_typos_nothing_found_and_errors(self):
        self.shop("q=cordlss+drlil")
        self.browser.until("return document.getElementById('corrected')")
        self.assertIn("cordless drill", self.browser.text("#corrected"))
        self.browser.click("#corrected .link")
        self.found("22 products for “cordless drill”")
        self.shop("q=xyzzyqwertz")
        self.assertIn("Nothing found for “xyzzyqwertz”", self.browser.text("#notice"))
        self.front.routes["/multi_search"] = lambda *_: 503
        self.shop_fails()
        self.assertIn("503", self.browser.text("#notice"))
        del self.front.routes["/multi_search"]
        self.browser.click("#notice .primary")
        self.found("1,260 products")

    def shop_fails(self):
        self.browser.open("about:blank")
        self.browser.open(f"{self.base}/#key={KEY}")
        self.browser.until("return document.querySelector('#notice [role=alert]')")

    def test_text_of_documents_is_never_markup(self):
        evil = "<img src=x onerror=window.harmed=1> <mark>drillbit</mark> <script>window.harmed=1</script>"
        self.server.call("POST", "/collections", {"name": "evil", "fields": [
            {"name": "title", "type": "string"}, {"name": "tag", "type": "string", "facet": True}]})
        self.addCleanup(self.server.call, "DELETE", "/collections/evil")
        self.server.call("POST", "/collections/evil/documents", {"id": "1", "title": evil, "tag": evil, "image": "javascript:window.harmed=1"})
        self.shop("collection=evil&q=drillbit")
        self.found("1 product")
        self.assertIn("<img src=x", self.browser.text(".card-title"))
        self.assertIsNone(self.browser.run("return window.harmed ?? null"))
        self.no_errors()

    def test_suggestions_by_keyboard(self):
        words = ["drill", "drill bits", "drill press"]
        self.front.routes["/x/suggest"] = lambda query, _: {"suggestions": [
            {"text": word, "highlighted": f"<mark>{word[:3]}</mark>{word[3:]}", "kind": "query", "score": 1, "count": 22,
             **({"category": "Tools"} if word == "drill" else {})}
            for word in words], "hits": self.hits("drill", 2)}
        self.shop()
        self.browser.type("#q", "dri")
        self.browser.until("return document.querySelectorAll('#suggestions [role=option]').length === 5")
        self.assertEqual(self.browser.attribute("#q", "aria-expanded"), "true")
        self.assertEqual(self.browser.text(".suggest-word mark"), "dri")
        self.assertIn("in Tools", self.browser.text(".suggest-word"))
        asked = urllib.parse.parse_qs([query for _, path, query, _ in self.front.asked if path == "/x/suggest"][-1])
        self.assertEqual((asked["q"], asked["collection"], asked["with_hits"]), (["dri"], ["shop"], ["4"]))
        self.browser.press("Down", "Down")
        active = self.browser.attribute("#q", "aria-activedescendant")
        self.assertEqual(self.browser.attribute(f"[id='{active}']", "aria-selected"), "true")
        self.assertEqual(self.browser.run("return document.getElementById('q').value"), "drill bits")
        self.browser.press("Up", "Up")
        self.assertIsNone(self.browser.attribute("#q", "aria-activedescendant"))
        self.assertEqual(self.browser.run("return document.getElementById('q').value"), "dri")
        self.browser.press("Escape")
        self.assertEqual(self.browser.attribute("#q", "aria-expanded"), "false")
        self.browser.press("Down")
        self.browser.until("return document.getElementById('q').getAttribute('aria-expanded') === 'true'")
        self.browser.press("Down", "Enter")
        self.found("22 products for “drill”")
        self.assertEqual(self.browser.texts(".chosen .chip"), ["Categories: Tools"])
        self.browser.type("#q", " pr")
        self.browser.until("return document.querySelector('.suggest-product')")
        self.browser.click(".suggest-product")
        self.browser.until("return document.getElementById('product').open")
        self.no_errors()

    def hits(self, q, limit):
        path = f"/collections/shop/documents/search?q={q}&query_by=title&per_page={limit}"
        return self.server.call("GET", path)[1]["hits"]

    def test_late_suggestions_are_dropped(self):
        def answer(query, _):
            q = urllib.parse.parse_qs(query).get("q", [""])[0]
            time.sleep(1 if q == "co" else 0)
            return {"suggestions": [{"text": f"about {q}", "kind": "query", "score": 1, "count": 1}]}
        self.front.routes["/x/suggest"] = answer
        self.shop()
        self.browser.type("#q", "co")
        time.sleep(0.3)
        self.browser.type("#q", "f")
        self.browser.until("return document.querySelector('.suggest-text')?.innerText === 'about cof'")
        time.sleep(1.2)
        self.assertEqual(self.browser.texts(".suggest-text"), ["about cof"])

    def test_input_method(self):
        self.front.routes["/x/suggest"] = lambda query, _: {"suggestions": [
            {"text": text, "kind": "query", "score": 1, "count": 1} for text in urllib.parse.parse_qs(query).get("q", [])]}
        self.shop()
        self.browser.click("#q")
        time.sleep(0.3)
        self.front.asked.clear()
        for part in ("す", "すい", "すいは", "すいはん"):
            self.browser.cdp("Input.imeSetComposition", text=part, selectionStart=len(part), selectionEnd=len(part))
        time.sleep(0.3)
        self.assertEqual([path for _, path, _, _ in self.front.asked if path == "/x/suggest"], [])
        self.browser.cdp("Input.insertText", text="炊飯")
        self.browser.until("return document.querySelector('.suggest-text')?.innerText === '炊飯'")
        asked = [query for _, path, query, _ in self.front.asked if path == "/x/suggest"]
        self.assertEqual([urllib.parse.parse_qs(query)["q"] for query in asked], [["炊飯"]])

    def test_suggestions_of_the_real_server(self):
        status, answer = self.server.call("GET", "/x/suggest?q=kest&collection=shop&limit=8&with_hits=4")
        if status == 404:
            self.skipTest("this server has no /x/suggest")
        self.assertEqual(status, 200)
        del self.front.routes["/x/suggest"]
        self.shop()
        self.browser.type("#q", "kest")
        self.browser.until("return document.querySelector('.suggest-word')")
        self.assertEqual(self.browser.count(".suggest-word"), len(answer["suggestions"]))
        self.assertEqual(self.browser.count(".suggest-product"), len(answer["hits"]))
        self.browser.press("Down", "Enter")
        self.browser.until("return document.getElementById('count').innerText.includes('for “')")
        self.assertGreater(self.browser.count(".card"), 0)
        self.no_errors()

    def test_box_without_suggestions_shows_products(self):
        self.shop()
        self.browser.type("#q", "coff")
        self.browser.until("return document.querySelectorAll('.suggest-product').length > 0")
        self.assertEqual({text.lower() for text in self.browser.texts(".suggest-product mark")}, {"coff"})
        self.assertEqual(self.browser.count(".suggest-word"), 0)

    def test_product_panel(self):
        self.shop("q=drill")
        self.browser.click(".card-link")
        self.browser.until("return document.querySelector('#product[open] .product-line')")
        self.browser.until("return document.querySelectorAll('.mini').length > 2")
        title = self.browser.text("#product .product h2")
        self.browser.click(".mini")
        self.browser.until("return document.querySelector('#product .product h2').innerText !== arguments[0]", title)
        self.browser.back()
        self.browser.until("return document.querySelector('#product .product h2').innerText === arguments[0]", title)
        self.browser.press("Escape")
        self.browser.until("return !document.getElementById('product').open && !location.search.includes('product=')")
        self.assertEqual(self.browser.run("return document.activeElement.className"), "card-link")
        # Closed, the panel is no step of the history any more: of two products neither comes back.
        self.browser.click(".card-link")
        self.browser.until("return document.querySelectorAll('.mini').length > 2")
        self.browser.click(".mini")
        self.browser.until("return history.state?.depth === 2")
        self.browser.click("#product [data-close]")
        self.browser.until("return !document.getElementById('product').open && !location.search.includes('product=')")
        self.assertEqual(self.browser.run("return history.state?.depth ?? 0"), 0)
        self.front.routes["/x/recommendations/related"] = lambda *_: {"recommendations": [
            {"document": hit["document"], "score": 1.0, "reason": "bought with this"} for hit in self.hits("tent", 3)]}
        self.browser.click(".card-link")
        self.browser.until("return document.querySelectorAll('.mini-reason').length === 3")
        self.no_errors()

    def explained(self, _, body):
        """The real answer with what ranking stages would add."""
        answer = self.server.call("POST", "/multi_search", json.loads(body))[1]
        for result in answer["results"]:
            result["ranking"] = {"profile": "default", "stages": [
                {"plugin": "promotions", "version": "1.0.0", "status": "ok", "scored": 100, "window": 100, "took_us": 41, "budget_us": 200},
                {"plugin": "neural", "version": "0.3.1", "status": "timeout", "scored": 64, "window": 100, "took_us": 5200, "budget_us": 5000}]}
            for rank, hit in enumerate(result["hits"], 1):
                hit["explain"] = {
                    "recall": {"score": 9.5 - rank / 10, "terms": [
                        {"word": "drill", "term": "drill", "score": 6.5 - rank / 10,
                         "fields": {"title": 4.2, "description": 2.3 - rank / 10}},
                        {"word": "cordles", "term": "cordless", "score": 3.0, "fields": {"title": 3.0}}]},
                    "stages": [{"plugin": "promotions", "score": 1.5, "rank": rank, "reason": "boost: Norvik week", "pin": None}],
                    "rank_before": 2 if rank == 1 else 1 if rank == 2 else rank, "rank_after": rank}
        return answer

    def test_why_this_order(self):
        self.shop("q=drill")
        self.browser.click("#why")
        self.browser.until("return document.querySelectorAll('#explain .reasons li').length === 22")
        self.front.routes["/multi_search"] = self.explained
        self.shop("q=drill")
        self.browser.click(".card .why")
        self.browser.until("return document.querySelectorAll('#explain .stages li').length === 2")
        self.assertIn("timeout", self.browser.text("#explain .stages"))
        self.assertEqual(self.browser.count("#explain .bar-over"), 1)
        detail = self.browser.text("#explain details[open]")
        for text in ("Rank 2 by text match, 1 after", "drill", "4.20", "cordles → cordless", "boost: Norvik week"):
            self.assertIn(text, detail)
        self.assertEqual(self.browser.count("#explain .moved"), 2)
        asked = json.loads([body for _, path, _, body in self.front.asked if path == "/multi_search"][-1])
        self.assertTrue(asked["searches"][0]["explain"])
        self.no_errors()

    def test_phone(self):
        self.addCleanup(self.browser.size, 1280, 900)
        self.browser.size(390, 844)
        self.shop("q=drill")
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)
        self.browser.click("#filters-open")
        self.browser.click("[id='facet-brand-Norvik']")
        self.browser.click("#filters-done")
        self.found("5 products")
        self.assertEqual(self.browser.text("#filters-open .bubble"), "1")
        self.browser.open(f"{self.base}/ui/operations")
        self.browser.until("return document.querySelector('#collections tbody tr')")
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)

    def test_everything_has_a_name(self):
        nameless = """return [...document.querySelectorAll('a, button, input, select, dialog, [role=img]')].filter((each) =>
          !(each.getAttribute('aria-label') || each.getAttribute('aria-labelledby') || each.labels?.length || each.innerText?.trim()
            || (!each.checkVisibility() && each.textContent.trim()))).map((each) => each.outerHTML.slice(0, 120))"""
        self.addCleanup(self.browser.size, 1280, 900)
        for width in (390, 1280):
            self.browser.size(width, 900)
            self.shop("q=drill")
            self.assertEqual(self.browser.run(nameless), [])
        self.assertEqual(self.browser.run("const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size"), 0)
        self.browser.open(f"{self.base}/ui/operations")
        self.browser.until("return document.querySelector('#collections tbody tr')")
        self.assertEqual(self.browser.run(nameless), [])

    def test_contrast(self):
        """WCAG 2.2, 1.4.3: 4.5 to 1, or 3 to 1 for large text."""
        faint = """
          const parts = (text) => text.match(/[\\d.]+/g).map(Number);
          const over = ([r, g, b, a = 1], under) => [r, g, b].map((each, index) => each * a + under[index] * (1 - a));
          const ground = (each) => {
            if (!each) return [255, 255, 255];
            const colour = parts(getComputedStyle(each).backgroundColor);
            return colour[3] === 0 ? ground(each.parentElement) : over(colour, ground(each.parentElement));
          };
          const light = (colour) => colour.map((each) => each / 255)
            .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
            .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
          return [...document.querySelectorAll('body *')].filter((each) => each.checkVisibility()
              && !each.closest('svg, .hidden, .skip, [disabled]')
              && [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).flatMap((each) => {
            const style = getComputedStyle(each);
            const back = ground(each);
            const [one, other] = [light(over(parts(style.color), back)), light(back)];
            const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
            const size = parseFloat(style.fontSize);
            const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
            return ratio < needed ? [`${each.className || each.tagName} ${each.innerText.slice(0, 20)}: ${ratio.toFixed(2)}`] : [];
          });"""
        self.busy()
        self.addCleanup(self.browser.theme, False)
        for dark in (False, True):
            self.browser.theme(dark)
            self.front.routes["/multi_search"] = self.explained
            self.shop("q=cordlss+drill&f.categories=Tools")
            self.assertEqual(self.browser.run(faint), [])
            self.browser.click(".card .why")
            self.browser.until("return document.querySelector('#explain .stages')")
            self.assertEqual(self.browser.run(faint), [])
            del self.front.routes["/multi_search"]
            self.browser.open(f"{self.base}/ui/operations#key={KEY}")
            self.browser.until("return document.querySelector('#top .queries')")
            self.assertEqual(self.browser.run(faint), [])

    def test_operations_of_a_server_without_metrics(self):
        for path in ("/metrics", "/stats.json", "/x/plugins", "/analytics/rules"):
            self.front.routes[path] = lambda *_: 404
        self.browser.open(f"{self.base}/ui/operations#key={KEY}")
        self.browser.until("return document.getElementById('health').innerText === 'Serving'")
        self.browser.until("return document.querySelector('#collections tbody tr')?.innerText.includes('1,260')")
        self.browser.until("return document.getElementById('top').innerText.includes('popular_queries')")
        self.assertIn("/metrics", self.browser.text("#routes"))
        self.no_errors()

    def test_operations_of_the_real_server(self):
        for _ in range(30):
            self.hits("drill", 3)
        self.browser.open(f"{self.base}/ui/operations#key={KEY}")
        self.browser.until("return document.querySelector('#routes tbody')?.innerText.includes('documents/search')")
        self.browser.until("return Number(document.querySelector('#plots .plot-now b')?.innerText) > 0")
        numbers = self.browser.text("#numbers")
        for name in ("requests a second", "server errors", "memory", "data file"):
            self.assertIn(name, numbers)
        self.hits("drill", 3)
        self.browser.until("return document.querySelectorAll('#plots section:nth-child(2) path.line').length >= 3")
        self.no_errors()

    def metrics(self):
        """A Prometheus page whose counters grow by 100 searches each time, nine tenths below 1 ms."""
        self.readings = getattr(self, "readings", 0) + 1
        n = 100 * self.readings
        buckets = [(0.0005, n // 2), (0.001, n * 9 // 10), (0.005, n * 99 // 100), ("+Inf", n)]
        lines = ["# TYPE martlet_http_request_duration_seconds histogram"]
        route = 'route="/collections/:c/documents/search",method="GET",status="200"'
        lines += [f'martlet_http_request_duration_seconds_bucket{{{route},le="{bound}"}} {value}' for bound, value in buckets]
        lines += [f"martlet_http_request_duration_seconds_count{{{route}}} {n}",
                  f'martlet_http_requests_total{{{route}}} {n}', "process_resident_memory_bytes 64000000"]
        return "\n".join(lines) + "\n"

    def busy(self):
        """Routes of a server with plugins and a day of shoppers."""
        self.front.routes["/metrics"] = lambda *_: self.metrics()
        def use(config, isolation, breaker, scale, timeouts):
            return {"config": config, "isolation": isolation, "generation": 3, "breaker": breaker, "calls": {"ok": 1000 - timeouts, "timeout": timeouts},
                    "took_us_buckets": {str(50 * scale): 500, str(100 * scale): 480, str(200 * scale): 15, "+Inf": 5}}
        self.front.routes["/x/plugins"] = lambda *_: {"plugins": [
            {"name": "promotions", "version": "1.0.0", "generation": 3, "state": "enabled", "stages": [use({}, "thread", "closed", 1, 0)]},
            {"name": "neural", "version": "0.3.1", "generation": 1, "state": "enabled", "stages": [use({"top": 9}, "process", "open", 50, 5)]}],
            "not_loaded": [], "problems": ["recency: the file is writable by all"]}
        self.front.routes["/x/profiles"] = lambda *_: {"profiles": [{"name": "default", "stages": [
            {"plugin": "promotions", "config": {}, "isolation": "thread", "budget_us": 500},
            {"plugin": "neural", "config": {"top": 9}, "isolation": "process", "budget_us": 5000}]}]}
        self.front.routes["/analytics/rules"] = lambda *_: [
            {"name": "popular", "type": "popular_queries", "collection": "shop"},
            {"name": "missed", "type": "nohits_queries", "collection": "shop"}]
        top = [("cordless drill", 412), ("coffee grinder", 365), ("炊飯器", 241), ("tent", 198), ("wireless headphones", 120)]
        missed = [("drone", 31), ("standing desk", 12)]
        for name, rows in (("popular", top), ("missed", missed)):
            self.front.routes[f"/analytics/rules/{name}/counts"] = lambda *_, rows=rows: [
                {"subject": q, "count": count} for q, count in rows]

    def test_operations(self):
        self.busy()
        self.browser.open(f"{self.base}/ui/operations#key={KEY}")
        self.browser.until("return Number(document.querySelector('#plots .plot-now b')?.innerText) > 25", seconds=15)
        numbers = self.browser.text("#numbers")
        self.assertIn("61 MiB", numbers)
        rate = float(self.browser.texts("#plots .plot-now b")[0])
        self.assertLess(rate, 55)  # 100 more at each reading, a reading every 2 s
        self.assertEqual(self.browser.texts("#plots section:nth-child(2) .plot-now b"), ["500 µs", "1.0 ms", "5.0 ms"])
        self.assertEqual(self.browser.texts("#stages b"), ["promotions", "neural"])
        self.assertIn("p50 50 µs, p99 167 µs of 500 µs", self.browser.text("#stages"))
        self.assertEqual(self.browser.count("#stages .bar-over"), 1)
        self.assertIn("open", self.browser.text("#plugins"))
        self.assertIn("writable by all", self.browser.text("#plugins"))
        self.assertEqual(self.browser.text("#top a"), "cordless drill")
        self.assertEqual(self.browser.texts("#nohits a"), ["drone", "standing desk"])
        self.browser.click("#top a")
        self.found("22 products for “cordless drill”")
        self.no_errors()

    @unittest.skipUnless(SHOTS, "set MARTLET_SCREENSHOTS to a folder")
    def test_screenshots(self):
        folder = pathlib.Path(SHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        self.busy()
        self.front.routes["/x/suggest"] = lambda query, _: {"suggestions": [
            {"text": text, "highlighted": f"<mark>co</mark>{text[2:]}", "kind": kind, "score": 1, "count": count, **more}
            for text, kind, count, more in (("coffee grinder", "query", 21, {}), ("coffee grinder", "query", 21, {"category": "Kitchen"}),
                                            ("cordless drill", "recent", 22, {}), ("compact soundbar", "title", 4, {}),
                                            ("cooking", "category", 107, {}))], "hits": self.hits("coffee", 4)}
        for dark in (False, True):
            for name, width, height in (("desktop", 1280, 900), ("phone", 390, 844)):
                with Browser(width, height, dark) as browser:
                    WebTest.browser, kept = browser, WebTest.browser
                    try:
                        self.shots(browser, lambda page: folder / f"{page}-{name}-{'dark' if dark else 'light'}.png")
                    finally:
                        WebTest.browser = kept

    def shots(self, browser, path):
        self.front.routes.pop("/multi_search", None)
        self.shop()
        browser.screenshot(path("shop"))
        browser.type("#q", "co")
        browser.until("return document.querySelector('.suggest-word')")
        browser.press("Down")
        browser.screenshot(path("suggest"))
        self.shop("q=cordlss+drill&f.categories=Tools&r.price=10..50")
        browser.screenshot(path("refined"))
        self.shop("q=xyzzyqwertz")
        browser.screenshot(path("nothing"))
        self.shop("q=headphones&product=8")
        browser.until("return document.querySelector('.mini')")
        browser.screenshot(path("product"))
        self.front.routes["/multi_search"] = self.explained
        self.shop("q=drill")
        browser.click(".card .why")
        browser.until("return document.querySelector('#explain .stages')")
        browser.screenshot(path("why"))
        browser.open(f"{self.base}/ui/operations#key={KEY}")
        time.sleep(9)
        browser.screenshot(path("operations"))


if __name__ == "__main__":
    unittest.main()
