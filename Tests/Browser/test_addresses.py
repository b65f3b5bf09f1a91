"""The dashboard's address: back and forward, views that are pressed again, views that cannot be loaded."""

import unittest

from selenium.webdriver.common.by import By

from support import BrowserTest, browser, eventually

SEARCH = ".message-feed input[type=search]"


class AddressTest(BrowserTest):
    def press(self, key):
        browser().find_element(By.TAG_NAME, "body").send_keys(key)

    def search(self):
        return self.run_script("return document.querySelector(arguments[0])?.value ?? null", SEARCH)

    def view(self):
        return self.run_script("return document.querySelector('.view:not([hidden])')?.dataset.view ?? null")

    def filtered(self):
        shown = self.texts(".message:not(.is-leaving) .message-text")
        return shown != [] and all("banner" in one for one in shown)

    def test_back_and_forward_lead_to_what_was_seen(self):
        self.server.emit("message.created", self.server.community.message(1, "201", "the new banner"))
        self.open_dashboard("/?guild=101&q=banner")
        eventually(self.filtered, "the search of the address")
        self.press("2")
        eventually(lambda: self.view() == "activity", "Activity")
        self.press("1")
        eventually(lambda: self.view() == "live" and "q=banner" in browser().current_url, "Live as it was left")
        browser().back()
        eventually(lambda: self.view() == "activity", "Activity again")
        browser().back()
        eventually(lambda: self.view() == "live", "Live again")
        eventually(lambda: self.search() == "banner" and self.filtered(), "its search")

    def test_the_key_of_the_view_that_is_shown_changes_nothing(self):
        self.server.emit("message.created", self.server.community.message(1, "201", "the new banner"))
        self.open_dashboard("/?guild=101&q=banner")
        eventually(self.filtered, "the search of the address")
        entries = self.run_script("return history.length")
        self.press("1")
        self.assertIn("q=banner", browser().current_url)
        self.assertEqual(self.run_script("return history.length"), entries)

    def test_a_view_that_cannot_be_loaded_says_so_once(self):
        self.open_dashboard()
        browser().execute_cdp_cmd("Network.enable", {})
        browser().execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/dashboard/system/*"]})
        self.addCleanup(lambda: browser().execute_cdp_cmd("Network.setBlockedURLs", {"urls": []}))
        self.press("4")
        eventually(lambda: self.texts(".system-view .state-title") == ["System could not be loaded"], "why there is nothing")
        for number in range(5):
            self.server.emit("message.created", self.server.community.message(1, "201", f"and more {number}"))
            eventually(lambda: self.run_script("return new Promise((done) => setTimeout(() => requestAnimationFrame(() => done(true)), 60))"), "a drawing")
        self.assertEqual(len(self.all(".system-view")), 1)


if __name__ == "__main__":
    unittest.main()
