# SPDX-License-Identifier: Apache-2.0
"""What holds for both pages of the web page: narrow screens, names, contrast.

Screenshots go to the folder that MARTLET_SCREENSHOTS names, if it is set.
"""
import os
import pathlib
import time
import unittest

from browser import Browser
from support import KEY
from web import WebTest

SHOTS = os.environ.get("MARTLET_SCREENSHOTS")


class BothPagesTest(WebTest):
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
                    BothPagesTest.browser, kept = browser, BothPagesTest.browser
                    try:
                        self.shots(browser, lambda page: folder / f"{page}-{name}-{'dark' if dark else 'light'}.png")
                    finally:
                        BothPagesTest.browser = kept

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
