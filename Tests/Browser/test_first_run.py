"""A dashboard without a guild: what to do, looked at live, until the guild is there."""

import unittest

from mock_access import Refusal
from probes import LOW_CONTRAST
from support import BrowserTest, browser, eventually, media, size

EVIL = '<img src=x onerror="window.hacked=1">\u202e' + "w" * 4_000


class FirstRunTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.access, self.faces = self.server.access, self.server.faces
        self.kept = dict(self.server.community.guilds)
        self.server.community.guilds.clear()
        self.faces.setup["application"] = None
        self.faces.setup["invite"] = None
        for step in ("token", "intents", "guild"):
            self.faces.set_step(step, "unknown")
        self.faces.set_step("gateway", "todo", "This service cannot reach it.", "Start the gateway.")

    def open_setup(self):
        self.open("/")
        eventually(lambda: self.all(".step"), "the steps")

    def states(self):
        return self.run_script("return [...document.querySelectorAll('.step')].map((one) => one.dataset.state)")

    def opened(self):
        return self.run_script("return [...document.querySelectorAll('.step[open]')].map((one) => one.dataset.step)")

    def test_each_step_is_looked_at_until_the_guild_is_there(self):
        self.open_setup()
        self.assertEqual(self.states(), ["todo", "unknown", "unknown", "unknown", "unknown"])
        self.assertEqual(self.opened(), ["application"])
        self.assertIn("Start the gateway.", self.texts(".server-step[data-step=gateway]")[0])
        self.faces.setup["application"] = {"id": "900", "name": "Harbour Bot"}
        self.faces.setup["invite"] = "https://discord.com/oauth2/authorize?client_id=900"
        self.faces.set_step("token", "done")
        self.faces.set_step("intents", "problem", "Message Content is off.", "Switch it on.")
        eventually(lambda: self.states()[:3] == ["done", "done", "problem"], "what was done meanwhile")
        self.assertEqual(self.opened(), ["intents"])
        self.assertEqual(self.texts(".step[data-step=intents] .step-found"), ["Message Content is off."])
        self.assertEqual(self.texts(".steps-count"), ["2 of 4"])
        self.faces.set_step("intents", "done")
        self.faces.set_step("guild", "todo", "It is in no guild yet.")
        eventually(lambda: self.opened() == ["guild"], "the invitation")
        link = self.all(".step[data-step=guild] a")[0]
        self.assertEqual((link.get_attribute("href"), link.get_attribute("rel")),
                         (self.faces.setup["invite"], "noreferrer noopener"))
        self.assertEqual(self.all(".step[data-step=guild] .copy-text")[0].get_attribute("value"), self.faces.setup["invite"])
        self.server.community.guilds.update(self.kept)
        self.server.step(3)
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: self.all(".message") and not self.all(".first-run-view")[0].is_displayed(), "the dashboard, by itself")
        self.assertEqual(self.texts(".tell"), ["Harbour Lights is here. Welcome!"])

    def test_it_comes_back_when_the_last_guild_goes(self):
        self.server.community.guilds.update(self.kept)
        self.open_dashboard()
        self.server.step(3)
        self.server.community.guilds.clear()
        self.server.forget_log()
        self.server.end_streams()
        eventually(lambda: self.all(".step"), "the steps instead of the dashboard")
        self.assertFalse(self.all(".live-view")[0].is_displayed())
        self.assertEqual(self.console_errors(), [])

    def test_it_stays_while_the_stream_is_lost(self):
        self.open_setup()
        self.server.stream_status = 503
        self.server.end_streams()
        self.wait_phase("lost")
        self.run_script("window.ticks = 0; setInterval(() => { window.ticks += 1; }, 300)")
        eventually(lambda: self.run_script("return window.ticks >= 3"), "the page to be drawn again")
        self.assertTrue(self.all(".setup")[0].is_displayed())

    def test_what_a_person_opened_stays_open(self):
        self.open_setup()
        self.run_script("document.querySelector('.step[data-step=role] summary').click()")
        count = len(self.access.requests)
        eventually(lambda: sum(path == "/api/setup" for _, path, _ in self.access.requests[count:]) >= 2, "two more looks")
        self.assertEqual(self.opened(), ["application", "role"])

    def test_who_may_not_see_it_gets_the_plain_words(self):
        self.access.trouble["GET /api/setup"] = Refusal(403, "No.")
        self.open("/")
        eventually(lambda: self.texts(".first-run-view .state-title") == ["No guild to show"], "the plain card")

    def test_a_server_that_does_not_answer_is_tried_again(self):
        self.access.trouble["GET /api/setup"] = Refusal(500, "It broke.")
        self.open("/")
        eventually(lambda: self.texts(".first-run-view .state-title") == ["The server failed (500)"], "that it failed")
        self.access.trouble.clear()
        eventually(lambda: self.all(".step"), "the steps, by themselves")
        self.access.trouble["GET /api/setup"] = Refusal(500, "It broke.")
        eventually(lambda: "tried again" in self.texts(".setup-note")[0], "a word beside them")
        self.assertEqual(len(self.all(".step")), 5)

    def test_system_is_there_before_any_guild(self):
        self.open_setup()
        self.assertEqual(self.run_script("return [...document.querySelectorAll('.view-link:not([hidden])')].map((one) => one.dataset.view)"),
                         ["live", "system"])
        self.run_script("document.querySelector('.view-link[data-view=system]').click()")
        eventually(lambda: self.all(".service"), "System")

    def test_below_the_way_in_before_anyone_could_log_in(self):
        self.access.user, self.access.can_log_in = None, False
        self.open("/")
        eventually(lambda: self.all(".gate ~ .at-gate .step"), "the steps below the way in")
        self.faces.set_step("guild", "done")
        self.open("/")
        eventually(lambda: sum(path == "/api/setup" for _, path, _ in self.access.requests) > 1 and self.all(".gate"), "the way in")
        self.run_script("window.ticks = 0; setInterval(() => { window.ticks += 1; }, 300)")
        eventually(lambda: self.run_script("return window.ticks >= 3"), "time to show what is not to be shown")
        self.assertEqual(self.all(".at-gate"), [])

    def test_hostile_answers_are_text(self):
        self.faces.setup["application"] = {"id": "900", "name": EVIL}
        self.faces.setup["invite"] = "javascript:window.hacked=1//authorize"
        self.faces.set_step("guild", "problem", EVIL, EVIL)
        self.faces.set_step("redis", "problem", EVIL, EVIL)
        for width in (390, 1280):
            size(width, 844)
            self.open_setup()
            self.assertEqual(self.all(".step[data-step=guild] .step-links a"), [])
            self.assertEqual(len(self.all(".first-run-view img")), 0)
            self.assertLessEqual(self.run_script("return document.querySelector('.first-run-view').scrollWidth"), width)
        self.assertIsNone(self.run_script("return window.hacked ?? null"))

    def test_it_fits_and_has_contrast(self):
        self.faces.set_step("intents", "problem", "Off.", "Switch it on.")
        for width in (390, 1280, 2560):
            for scheme in ("light", "dark"):
                size(width, 900)
                media(scheme=scheme, motion="reduce")
                self.open_setup()
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
                self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{scheme} at {width}")
        self.assertEqual(self.console_errors(), [])


if __name__ == "__main__":
    unittest.main()
