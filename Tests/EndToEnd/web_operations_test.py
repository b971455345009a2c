# SPDX-License-Identifier: Apache-2.0
"""The page for operations."""
import unittest

from support import KEY
from web import WebTest


class OperationsPageTest(WebTest):
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


if __name__ == "__main__":
    unittest.main()
