"""Activity: what was stored, as charts, tables and a week by the hour."""

import unittest

from mock_access import DAY, HOUR, Refusal, now_ms
from probes import LOW_CONTRAST
from selenium.webdriver.common.keys import Keys
from support import BrowserTest, browser, eventually, media, size

WIDE = """return [...document.querySelectorAll('.activity-view *')].filter((one) => one.checkVisibility()
    && !one.closest('.chart-table, .visually-hidden') && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflow !== 'visible')
    .map((one) => one.className)"""
CHARTS = "Object.values(globalThis.Chart?.instances ?? {})"


class ActivityTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.access, self.faces = self.server.access, self.server.faces

    def open_activity(self, more="", drawn=True):
        self.open(f"/?guild=101&view=activity{more}")
        if drawn:
            eventually(lambda: self.run_script(f"return {CHARTS}.length") == 5, "five charts")

    def asked(self, what):
        return [query for path, query in self.access.queries if path.endswith(what)]

    def choose(self, name, value):
        self.run_script("document.querySelector(`input[name=${arguments[0]}][value='${arguments[1]}']`).click()", name, value)

    def wait_title(self, title):
        """Waits for the words of a state card."""
        try:
            eventually(lambda: self.texts(".activity-view .state-title") == [title], title)
        except AssertionError as problem:
            raise AssertionError(f"{problem}; {self.texts('.activity-view')} {self.console_errors()}") from None

    def press(self, *keys):
        browser().switch_to.active_element.send_keys(*keys)

    def test_a_range_is_chosen_and_kept_in_the_address(self):
        self.open_activity()
        week = self.asked("/activity")[-1]
        self.assertEqual(week["bucket"], "hour")
        self.assertAlmostEqual(int(week["to"]) - int(week["from"]), 14 * DAY, delta=2 * HOUR)
        self.choose("range", "90d")
        eventually(lambda: self.asked("/presence")[-1]["bucket"] == "day", "ninety days by the day")
        eventually(lambda: "range=90d" in browser().current_url, "the address")
        self.assertAlmostEqual(int(self.asked("/presence")[-1]["to"]) - int(self.asked("/presence")[-1]["from"]), 90 * DAY, delta=DAY + HOUR)
        self.choose("bucket", "hour")
        eventually(lambda: self.asked("/presence")[-1]["bucket"] == "hour", "the same by the hour")
        browser().refresh()
        eventually(lambda: self.run_script(f"return {CHARTS}.length") == 5, "the charts again")
        self.assertEqual(self.run_script("return [...document.querySelectorAll('.activity-tools :checked')].map((one) => one.value)"),
                         ["90d", "hour"])
        self.assertTrue(all(int(one["to"]) - int(one["from"]) <= (92 if one["bucket"] == "hour" else 1100) * DAY
                            for one in self.asked("/activity") + self.asked("/presence")))
        self.choose("range", "1y")
        eventually(lambda: not self.all("input[name=bucket][value=hour]")[0].is_enabled(), "a year is told by the day alone")

    def test_it_is_the_viewers_time_zone(self):
        browser().execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
        self.addCleanup(lambda: browser().execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""}))
        self.open_activity()
        self.assertIn("America/New York, your time zone", self.texts(".activity-note")[0])
        self.assertEqual({one["zone"] for one in self.asked("/activity")}, {"America/New_York"})

    def test_a_zone_that_the_database_does_not_know_is_utc(self):
        browser().execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
        self.addCleanup(lambda: browser().execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""}))
        self.faces.zones = ("UTC",)
        self.open_activity()
        self.assertIn("Times in UTC ·", self.texts(".activity-note")[0])

    def test_each_chart_is_a_table_too(self):
        self.open_activity("&range=24h")
        self.assertEqual(self.run_script("return document.querySelectorAll('canvas:not([aria-label])').length"), 0)
        self.assertRegex(self.run_script("return document.querySelector('[data-chart=messages] canvas').ariaLabel"), "Messages: [0-9,]+ in all; most on")
        self.all('[data-chart="people"] .chart-turn')[0].click()
        self.assertEqual(self.texts('[data-chart="people"] thead th'), ["Hour", "Joined", "Left"])
        self.assertEqual(len(self.all('[data-chart="people"] tbody tr')), 24)
        self.assertFalse(self.all('[data-chart="people"] canvas')[0].is_displayed())
        self.all('[data-chart="people"] .chart-turn')[0].click()
        self.assertTrue(self.all('[data-chart="people"] canvas')[0].is_displayed())

    def test_without_charts_there_are_tables_and_what_to_install(self):
        self.server.has_charts = False
        self.open_activity(drawn=False)
        eventually(lambda: len(self.all(".numbers")) == 5, "tables")
        self.assertIn("apt install libjs-chart.js", self.texts(".chart-missing")[0])
        self.assertTrue(self.all(".heat-cell[data-level='5']"))

    def test_the_week_is_walked_by_keys(self):
        self.open_activity("&heat=voice")
        self.run_script("document.querySelector('.heat-cell[tabindex=\"0\"]').focus()")
        self.press(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
        self.assertEqual(self.run_script("const { day, hour } = document.activeElement.dataset; return [day, hour]"), ["1", "1"])
        self.assertRegex(self.run_script("return document.activeElement.ariaLabel"), "Tuesday, .*in voice")
        self.assertEqual(self.texts(".heat-says")[0], self.run_script("return document.activeElement.ariaLabel"))
        self.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        self.assertEqual(self.run_script("return document.activeElement.dataset.hour"), "23")
        self.assertEqual(self.run_script("return document.querySelectorAll('.heat-cell[tabindex=\"0\"]').length"), 1)
        self.choose("heat", "joins")
        eventually(lambda: "heat=joins" in browser().current_url, "the address")

    def test_colours_change_with_the_theme(self):
        self.open_activity()
        ink = f"return {CHARTS}[0].data.datasets[0].hoverBackgroundColor"
        light = self.run_script(ink)
        media(scheme="dark", motion="reduce")
        eventually(lambda: self.run_script(ink) != light, "the dark's colours")
        self.assertFalse(self.run_script(f"return {CHARTS}[0].options.animation"), "nothing moves for who wants none of it")

    def test_refreshing_keeps_the_drawing(self):
        self.open_activity()
        self.run_script(f"window.before = {CHARTS}[0]; window.rows = 0; new MutationObserver(() => {{ window.rows += 1; }})"
                        ".observe(document.querySelector('.activity-body'), { childList: true })")
        count = len(self.asked("/presence"))
        self.run_script("document.activeElement.blur()")
        browser().find_element("css selector", "body").send_keys("r")
        eventually(lambda: len(self.asked("/presence")) > count, "another question")
        eventually(lambda: not self.all(".activity-view[aria-busy]"), "its answer")
        self.assertTrue(self.run_script(f"return window.before === {CHARTS}[0] && window.rows === 0"))
        self.access.trouble["GET /api/guilds/101/presence"] = Refusal(500, "It broke.")
        self.all(".activity-again")[0].click()
        eventually(lambda: "What you see is from before" in self.texts(".activity-note")[0], "that it could not be refreshed")
        self.assertTrue(self.all(".chart-card canvas")[0].is_displayed())

    def test_it_says_that_there_is_no_database(self):
        self.access.has_database = False
        self.open_activity(drawn=False)
        self.wait_title("This server keeps no history")
        self.assertIn("DATABASE_URL", self.texts(".state-steps")[0])
        self.access.has_database = True
        self.all(".state-card button")[0].click()
        eventually(lambda: self.all(".tile"), "the charts, once there is one")

    def test_it_says_that_nothing_is_stored(self):
        self.faces.empty = True
        self.open_activity(drawn=False)
        self.wait_title("Nothing is stored of the last 7 days")
        self.all(".state-card button")[0].click()
        eventually(lambda: "view=settings" in browser().current_url, "the way to the settings")

    def test_it_says_that_there_is_no_access(self):
        for status, words in ((401, "Log in to see what was stored"), (403, "This is not yours to see"), (404, "Nothing is kept here for you"),
                              (503, "Not available now"), (500, "The server failed (500)")):
            self.access.trouble["GET /api/guilds/101/activity"] = Refusal(status, "Because.")
            self.open_activity(drawn=False)
            self.wait_title(words)
            self.assertEqual(len(self.all(".state-card[role=alert]")), 1)

    def test_it_fits_and_has_contrast(self):
        for width, height in ((390, 844), (768, 1024), (2560, 1440)):
            for scheme in ("light", "dark"):
                size(width, height)
                media(scheme=scheme, motion="reduce")
                self.open_activity()
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
                self.assertEqual(self.run_script(WIDE), [], f"at {width}")
                self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{scheme} at {width}")
        self.assertEqual(self.console_errors(), [])

    def test_hostile_numbers_are_text_or_nothing(self):
        self.faces.hostile = {"messages": 9_007_199_254_740_991, "joins": 0, "leaves": 0, "voiceSeconds": 1e15}
        self.open_activity()
        self.assertEqual(self.run_script("return document.documentElement.scrollWidth"), 1280)
        self.assertIn("h", self.texts('[data-tile="voice"] .tile-value')[0])


if __name__ == "__main__":
    unittest.main()
