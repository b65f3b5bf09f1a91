"""System: what works and what does not, and the way of an event."""

import unittest

from mock_access import Refusal, now_ms
from probes import LOW_CONTRAST
from support import BrowserTest, browser, eventually, media, size

EVIL = '<img src=x onerror="window.hacked=1">\u202e ' + "z\u0327\u0301" * 40
LONG = "w" * 4_000


class SystemTest(BrowserTest):
    def setUp(self):
        super().setUp()
        self.access, self.faces = self.server.access, self.server.faces

    def open_system(self):
        self.open("/?guild=101&view=system")
        eventually(lambda: self.all(".service"), "the services")

    def service(self, name):
        return next(one for one in self.faces.system["services"] if one["name"] == name)

    def asked(self):
        return sum(path == "/api/system" for _, path, _ in self.access.requests)

    def test_everything_works_and_is_asked_again(self):
        self.open_system()
        self.assertEqual(self.texts(".verdict"), ["Everything works"])
        self.assertEqual(self.texts(".service-name"), ["Gateway", "Web", "Analytics", "Redis", "PostgreSQL"])
        self.assertEqual(self.texts(".station-name"), ["Discord", "Gateway", "Log", "Web", "Browser"])
        self.assertEqual(self.texts(".hop-value")[:3], ["2 ms", "1 ms", "4 ms"])
        self.assertEqual(self.texts(".shard > *")[:4], ["0/1", "Up", "41 ms", "1"])
        self.run_script("window.before = document.querySelector('.service')")
        self.faces.system["problems"] = [{"what": "Redis does not answer", "advice": "Start Redis.", "severity": "bad"}]
        self.service("redis").update(state="down", detail="connection refused", advice="Start it.")
        eventually(lambda: self.texts(".verdict") == ["One thing is wrong"], "the news, within the next question")
        self.assertEqual(self.texts(".problem"), ["Redis does not answerStart Redis."])
        self.assertEqual(self.run_script("return document.querySelector('[data-station=log]').dataset.state"), "down")
        self.assertTrue(self.run_script("return window.before === document.querySelector('.service')"), "rows stay the same elements")

    def test_the_browsers_share_is_measured(self):
        self.open_system()
        self.wait_phase("live")
        self.assertEqual(self.texts(".hop-value")[3], "–")
        self.server.step(12)
        eventually(lambda: self.texts(".hop-value")[3].endswith("s"), "the network's part")
        eventually(lambda: "from the gateway's hearing" in self.texts(".way-whole")[0], "the whole way")

    def test_it_is_asked_only_while_it_is_looked_at(self):
        self.open_system()
        self.run_script("document.querySelector('.view-link[data-view=live]').click()")
        eventually(lambda: self.all(".message"), "Live")
        count = self.asked()
        self.run_script("const now = Date.now; Date.now = () => now() + 60000")
        eventually(lambda: not self.all(".system-view")[0].is_displayed(), "Live instead")
        self.run_script("window.ticks = 0; setInterval(() => { window.ticks += 1; }, 1000)")
        eventually(lambda: self.run_script("return window.ticks >= 3"), "three ticks of the page")
        self.assertEqual(self.asked(), count)
        self.run_script("document.querySelector('.view-link[data-view=system]').click()")
        eventually(lambda: self.asked() > count, "asked again when it is shown")

    def test_an_outline_says_that_it_is_one(self):
        self.faces.system["detailed"] = False
        self.service("postgres").update(state="down", version=None, since=None, seen=None)
        self.open_system()
        self.assertEqual(self.texts(".verdict"), ["Something is down"])
        self.assertIn("shown to who manages a guild", self.texts(".system-note")[0])

    def test_no_access_and_no_answer(self):
        for status, words in ((401, "Log in to see how the system is"), (403, "This is not yours to see"), (500, "The server failed (500)")):
            self.access.trouble["GET /api/system"] = Refusal(status, "Because.")
            self.open("/?guild=101&view=system")
            eventually(lambda: self.texts(".system-view .state-title") == [words], words)
        self.access.trouble.clear()
        self.open_system()
        self.access.trouble["GET /api/system"] = Refusal(503, "It restarts.")
        eventually(lambda: self.texts(".verdict") == ["Not known now"], "that nothing new is known")
        self.assertIn("What you see is from before", self.texts(".system-note")[0])
        self.assertEqual(len(self.all(".service")), 5)
        self.access.trouble.clear()
        eventually(lambda: self.texts(".verdict") == ["Everything works"], "back by itself")

    def test_hostile_text_and_thousands_of_shards(self):
        self.service("web").update(id=EVIL, detail=EVIL + LONG, advice=LONG, version=EVIL)
        self.faces.system["problems"] = [{"what": EVIL + LONG, "advice": EVIL, "severity": "bad"}]
        shard = self.faces.system["shards"][0]
        self.faces.system["shards"] = [{**shard, "shard": f"{index}/3000", "state": "down" if index == 2_999 else "up",
                                        "detail": EVIL if index == 2_999 else None} for index in range(3_000)]
        for width in (390, 1280):
            size(width, 900)
            self.open_system()
            self.assertIsNone(self.run_script("return window.hacked ?? null"))
            self.assertEqual(len(self.all(".system-view img")), 0)
            self.assertEqual(len(self.all(".shard")), 200)
            self.assertEqual(self.texts(".shard th")[0], "2999/3000")
            self.assertIn("2,800 more", "".join(self.texts(".system-view .part-note")))
            self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
            self.assertLessEqual(self.run_script("return document.querySelector('.system-view').scrollWidth"), width)

    def test_clocks_that_are_wrong(self):
        self.service("gateway").update(since=now_ms() + 10**9)
        self.service("web").update(since=8.7e15, state="up")
        self.open_system()
        self.assertEqual(len(self.all(".service")), 5)
        self.assertIn("started now", self.texts(".service-age"))

    def test_it_fits_and_has_contrast(self):
        self.service("redis").update(state="degraded", detail="keeps no append-only file", advice="Set it.")
        self.service("postgres").update(state="down")
        self.faces.system["problems"] = [{"what": "One", "advice": "Do it.", "severity": "bad"}, {"what": "Two", "advice": "Do.", "severity": "warn"}]
        for width in (390, 800, 2560):
            for scheme in ("light", "dark"):
                size(width, 900)
                media(scheme=scheme, motion="reduce")
                self.open_system()
                self.assertLessEqual(self.run_script("return document.documentElement.scrollWidth"), width)
                self.assertEqual(self.run_script(LOW_CONTRAST), [], f"{scheme} at {width}")
        self.assertEqual(self.console_errors(), [])


if __name__ == "__main__":
    unittest.main()
