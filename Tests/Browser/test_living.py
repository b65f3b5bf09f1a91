"""A living community: the made-up one, or with BASE_URL a real server (WEB_ACCESS=open, with a simulator behind it)."""

import unittest

from support import BASE_URL, BrowserTest, browser, eventually, media, size


class LivingTest(BrowserTest):
    def setUp(self):
        if not BASE_URL:
            super().setUp()
            return
        self.addCleanup(lambda: browser().get("about:blank"))
        size(1280, 900)
        media(motion="reduce")
        browser().get_log("browser")

    def open(self, path="/"):
        browser().get((BASE_URL or self.server.url) + path)

    def live_on(self):
        if not BASE_URL:
            self.server.step(5)

    def last_message(self):
        return self.run_script("return [...document.querySelectorAll('.message')].at(-1)?.dataset.messageId")

    def test_dashboard_lives(self):
        self.open("/")
        self.wait_phase("live")
        eventually(lambda: self.all(".guild-name") and self.texts(".stat-value")[:1] not in ([], ["–"]), "counts")
        eventually(lambda: self.live_on() or self.all("#voice .voice-member"), "someone in voice")
        first = self.last_message()
        eventually(lambda: self.live_on() or self.last_message() not in (None, first), "another message")
        self.assertEqual(self.console_errors(), [])

    def test_dashboard_fits_a_phone(self):
        size(390, 844)
        self.open("/")
        self.wait_phase("live")
        self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), 390)

    def test_overlay_lives(self):
        self.open("/overlays/voice")
        eventually(lambda: self.live_on() or self.all(".voice-member"), "someone in voice")
        ground = self.run_script("return getComputedStyle(document.body).backgroundColor")
        self.assertEqual(ground, "rgba(0, 0, 0, 0)")
        self.assertEqual(self.console_errors(), [])


if __name__ == "__main__":
    unittest.main()
