# SPDX-License-Identifier: Apache-2.0
"""The search box of the web page."""
import time
import unittest
import urllib.parse

from web import WebTest


class SearchBoxTest(WebTest):
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


if __name__ == "__main__":
    unittest.main()
