"""Pages and overlays on the real thing, in a real browser: what happens is seen, what may not be seen goes, and nothing has to be reloaded."""

import json
import os
import time
import unittest
import urllib.request

from support import ROOT, StackCase, wait_for
from guildwire import session
from guildwire.check import send_message
from guildwire.chromium import Person
from guildwire.http import post_json
from guildwire.reconnects import metric

TEXT, VOICE, VIEW_CHANNEL = 0, 2, 1 << 10
OVERLAYS = sorted(name for name in os.listdir(os.path.join(ROOT, "Services", "Web", "Public", "overlays"))
                  if os.path.exists(os.path.join(ROOT, "Services", "Web", "Public", "overlays", name, f"{name}.js")))
VIEWS = ("live", "activity", "overlays", "system", "settings")


class Faces(StackCase):
    # Nobody of the simulator's own goes in or out of voice, edits or deletes: it would take away what a test is waiting to see.
    options = {"access": "login", "web": 2, "guilds": 1, "members": 60, "rate": 10, "mix": "presence=60,message=40"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.view = cls.stack.snapshot()["payload"]["guilds"][0]
        cls.guild, cls.owner, cls.member = cls.view["id"], cls.stack.roles()["owner"], cls.stack.roles()["member"]

    def setUp(self):
        self.stack.wait_until_ready()
        self.person = Person(self.stack.public_url)
        self.addCleanup(self.person.quit)
        self.driver = self.person.driver

    # What somebody at the page sees and does

    def watch(self, role="owner", path="/"):
        self.person.log_in(role, path)
        # At the gate the page asks what is set up, and may be told 401.
        self.person.complaints()
        self.person.wait("messages", lambda: self.person.all(".message"))

    def shown(self):
        return self.person.script("return document.body.innerText")

    def sees(self, text):
        self.person.wait(f"“{text}” to be seen", lambda: text in self.shown())

    def new_tab(self, path):
        self.driver.switch_to.new_window("tab")
        self.person.open(path)
        return self.driver.current_window_handle

    def room(self, channel):
        return self.person.script("""return [...document.querySelectorAll(
            `[data-channel-id="${arguments[0]}"] [data-user-id]`)].map((one) => one.dataset.userId)""", channel)

    # What happens at Discord

    def channel(self, kind, name=None):
        return next(one for one in self.view["channels"] if one["type"] == kind and name in (None, one["name"]))

    def say(self, text, channel=None):
        send_message(self.stack, {**self.view, "channels": [channel or self.channel(TEXT)]}, text)

    def dispatch(self, kind, **data):
        post_json(f"{self.stack.control_url}/control/dispatch", {"t": kind, "d": {"guild_id": self.guild, **data}})

    def enter(self, channel, user=None):
        self.dispatch("VOICE_STATE_UPDATE", user_id=user or self.owner, channel_id=channel and channel["id"])

    def hide(self, channel, user, is_hidden=True):
        denied = [{"id": user, "type": 1, "allow": "0", "deny": str(VIEW_CHANNEL)}] if is_hidden else []
        self.dispatch("CHANNEL_UPDATE", id=channel["id"], permission_overwrites=denied)

    def api(self, method, path, value=None):
        now = int(time.time())
        cookie = session.mint(self.owner, self.stack.tokens["session"], now, now + 600)
        request = urllib.request.Request(self.stack.public_url + path, value and json.dumps(value).encode(), {
            "Cookie": f"{session.NAME}={cookie}", "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin",
            "Origin": self.stack.public_url}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    # The tests

    def test_what_happens_is_seen(self):
        self.watch()
        self.say("Seen as it is written")
        self.sees("Seen as it is written")
        lounge = self.channel(VOICE)
        self.enter(lounge)
        self.person.wait("the owner in voice", lambda: self.owner in self.room(lounge["id"]))
        self.enter(None)
        self.person.wait("the owner to have left", lambda: self.owner not in self.room(lounge["id"]))
        self.assertEqual(self.person.complaints(), [])

    def test_messages_are_filtered_and_searched(self):
        first, second = [one for one in self.view["channels"] if one["type"] == TEXT][:2]
        self.watch(path=f"/?guild={self.guild}&view=live")
        self.say("A needle in the first channel", first)
        self.say("A needle in the second channel", second)
        self.sees("A needle in the second channel")
        field = self.person.all('input[aria-label="Search messages"]')[0]
        field.send_keys("needle")
        wanted = ["A needle in the first channel", "A needle in the second channel"]
        self.person.wait("what was searched", lambda: self.person.texts(".message-text") == wanted)
        self.person.click('.feed-tools button[aria-haspopup="dialog"]')
        self.person.wait("the channels", lambda: self.person.all(f'[role="dialog"] input[value="{second["id"]}"]'))[0].click()
        self.person.wait("one of them", lambda: self.person.texts(".message-text") == wanted[1:])
        # It is in the address, and a copy of the address shows the same.
        address = self.driver.current_url.removeprefix(self.stack.public_url)
        self.say("Another needle in the second channel", second)
        self.new_tab(address)
        self.person.wait("the same elsewhere", lambda: self.person.texts(".message-text")[-1:] == ["Another needle in the second channel"])
        self.assertEqual({text for text in self.person.texts(".message-text") if "first" in text}, set())

    def test_a_channel_that_may_not_be_seen_any_more_goes(self):
        text, voice = self.channel(TEXT, "general"), self.channel(VOICE)
        self.addCleanup(self.hide, text, self.member, False)
        self.addCleanup(self.hide, voice, self.member, False)
        self.watch("member")
        self.say("In a channel that will go", text)
        self.sees("In a channel that will go")
        self.enter(voice)
        self.person.wait("somebody in voice", lambda: self.owner in self.room(voice["id"]))
        self.driver.execute_script("window.marker = 'the same page'")
        self.hide(text, self.member)
        self.hide(voice, self.member)
        self.person.wait("the room to go", lambda: not self.person.all(f'[data-channel-id="{voice["id"]}"]'))
        self.person.wait("the message to go", lambda: "In a channel that will go" not in self.shown())
        self.say("Said where it is not seen", text)
        other = next(one for one in self.view["channels"] if one["type"] == TEXT and one["id"] != text["id"])
        self.say("Said where it is seen", other)
        self.sees("Said where it is seen")
        self.assertNotIn("Said where it is not seen", self.driver.page_source)
        self.hide(voice, self.member, False)
        self.person.wait("the room to be back", lambda: self.person.all(f'[data-channel-id="{voice["id"]}"]'))
        self.assertEqual(self.person.script("return window.marker"), "the same page")
        self.enter(None)

    def test_every_service_starts_again_and_no_page_is_loaded_again(self):
        lounge = self.channel(VOICE)
        self.watch()
        page = self.driver.current_window_handle
        overlay = self.new_tab(f"/overlays/voice?guild={self.guild}&channel={lounge['id']}")
        for tab in (page, overlay):
            self.driver.switch_to.window(tab)
            self.person.script("window.marker = 'the same page'")
        stack = self.stack
        away = {"gateway": lambda: [stack.gateway], "web": lambda: stack.web, "analytics": lambda: [stack.analytics],
                "redis": lambda: [stack.redis.process]}
        is_in = False
        for name, processes in away.items():
            with self.subTest(service=name):
                for process in processes():
                    process.kill()
                self.say(f"Said while {name} was away")
                for process in processes():
                    process.start()
                stack.wait_until_ready()
                self.say(f"Said when {name} was back")
                is_in = not is_in
                self.enter(lounge if is_in else None)
                self.driver.switch_to.window(page)
                self.sees(f"Said when {name} was back")
                self.sees(f"Said while {name} was away")
                self.person.wait("to be live", lambda: self.person.all('.connection[data-phase="live"]'))
                self.driver.switch_to.window(overlay)
                self.person.wait("the overlay to follow", lambda: (self.owner in self.room(lounge["id"])) is is_in)
                for tab in (page, overlay):
                    self.driver.switch_to.window(tab)
                    self.assertEqual(self.person.script("return window.marker"), "the same page")

    def test_twelve_tabs_and_eight_overlays_of_one_browser(self):
        key = self.api("POST", f"/api/guilds/{self.guild}/keys", {"kind": "overlay", "name": "Scene"})["token"]
        self.watch()
        pages = [(self.driver.current_window_handle, "live")]
        for number in range(1, 12):
            view = VIEWS[number % len(VIEWS)] if number % 2 else "live"
            pages.append((self.new_tab(f"/?guild={self.guild}&view={view}"), view))
        overlays = [self.new_tab(f"/overlays/{OVERLAYS[number % len(OVERLAYS)]}?guild={self.guild}&key={key}") for number in range(8)]
        for tab, _ in pages:
            self.driver.switch_to.window(tab)
            self.person.wait("a page to be live", lambda: self.person.all('.connection[data-phase="live"]'))
        for tab in overlays:
            self.driver.switch_to.window(tab)
            self.person.wait("an overlay to be live", lambda: self.person.all('html[data-connection="live"]'))
        self.say("Hello to all twenty of you")
        for tab, view in pages:
            if view == "live":
                self.driver.switch_to.window(tab)
                self.sees("Hello to all twenty of you")
        # One stream of who has logged in, one of the key: six connections are all that HTTP/1.1 gives to one site.
        viewers = sum(metric(url, "guildwire_web_viewers") for url in self.stack.web_urls)
        self.assertLessEqual(viewers, 4)
        protocols = "return [...new Set(performance.getEntriesByType('resource').map((one) => one.nextHopProtocol))].filter(Boolean)"
        self.assertEqual(self.person.script(protocols), ["http/1.1"])
        self.driver.switch_to.window(pages[0][0])
        self.assertEqual(self.person.complaints(), [])
        wait_for("nobody waits", lambda: self.person.script("return fetch('/api/me').then((answer) => answer.status)") == 200, 20)


if __name__ == "__main__":
    unittest.main()
