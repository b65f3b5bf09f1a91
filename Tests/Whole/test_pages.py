"""A real browser on the real thing: the dashboard lives, the overlay shows who is in voice."""

import os
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options as ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from support import StackCase, wait_for
from guildwire.check import send_message
from guildwire.reconnects import metric


def browser():
    options = ChromeOptions()
    for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(flag)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Pages(StackCase):
    options = {"rate": 10}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser()
        cls.addClassCleanup(cls.browser.quit)
        cls.view = cls.stack.snapshot()["payload"]["guilds"][0]

    def wait(self, condition):
        return WebDriverWait(self.browser, 20).until(lambda _: condition())

    def text(self):
        return self.browser.execute_script("return document.body.innerText")

    def no_errors(self):
        self.assertEqual([entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"], [])

    def tearDown(self):
        self.browser.get("about:blank")

    def test_the_dashboard_shows_the_community_and_what_is_said(self):
        self.browser.get(self.stack.public_url + "/")
        self.wait(lambda: self.view["name"] in self.text())
        someone = self.view["voice"][0]["displayName"] if self.view["voice"] else None
        if someone:
            self.wait(lambda: someone in self.text())
        send_message(self.stack, self.view, "Hello from the test of the pages")
        self.wait(lambda: "Hello from the test of the pages" in self.text())
        self.no_errors()

    def test_eight_pages_share_one_stream(self):
        first = self.browser.current_window_handle
        tabs = []
        for path in ["/", "/overlays/voice", "/overlays/voice?scale=2", "/"] * 2:
            self.browser.switch_to.new_window("tab")
            tabs.append((self.browser.current_window_handle, path))
            self.browser.get(self.stack.public_url + path)
            self.wait(lambda: self.browser.execute_script(
                "return document.querySelectorAll('.message, .voice-member').length") > 0)
        try:
            wait_for("one viewer", lambda: metric(self.stack.web_urls[0], "guildwire_web_viewers") == 1, 20)
            send_message(self.stack, self.view, "Hello to all eight of you")
            for tab, path in tabs:
                if path == "/":
                    self.browser.switch_to.window(tab)
                    self.wait(lambda: "Hello to all eight of you" in self.text())
            self.assertEqual(metric(self.stack.web_urls[0], "guildwire_web_viewers"), 1)
            self.no_errors()
        finally:
            for tab, _ in tabs:
                self.browser.switch_to.window(tab)
                self.browser.close()
            self.browser.switch_to.window(first)
        wait_for("none", lambda: metric(self.stack.web_urls[0], "guildwire_web_viewers") == 0, 20)

    def test_the_overlay_shows_who_is_in_voice_on_nothing(self):
        self.browser.get(self.stack.public_url + "/overlays/voice")
        self.wait(lambda: self.browser.execute_script("return document.querySelectorAll('.voice-member').length") > 0)
        background = self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        self.assertEqual(background, "rgba(0, 0, 0, 0)")
        self.no_errors()


if __name__ == "__main__":
    unittest.main()
