# SPDX-License-Identifier: Apache-2.0
"""The search page: keys, searching, refining, products, and why an order is so."""
import json
import unittest
import urllib.error
import urllib.request

from support import KEY
from web import WebTest


class SearchPageTest(WebTest):
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

    def test_why_this_order(self):
        self.shop("q=drill")
        self.browser.click("#why")
        self.browser.until("return document.querySelectorAll('#explain .reasons li').length === 22")
        # The shop has a default sorting field, so matches are in tiers, which no figure shows.
        self.assertIn("more “Popularity”", self.browser.text("#explain .reasons-notice"))
        self.assertRegex(self.browser.text("#explain .reason-score"), r"^\d{1,2}\.\d\d$")
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


if __name__ == "__main__":
    unittest.main()
