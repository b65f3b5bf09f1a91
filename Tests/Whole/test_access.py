"""Issue by issue what people do: log in as each of four, see what is theirs, make, use and revoke keys, log out everywhere."""

import json
import threading
import time
import unittest
import urllib.request

from support import StackCase, get, wait_for
from guildwire.chromium import Person
from guildwire.oracle import Oracle
from guildwire.permissions import HISTORY, RIGHTS, VIEW
from guildwire.sight import World

CATEGORY, VOICE = 4, (2, 13)


class Stream(threading.Thread):
    """One stream without coming again: what it told, and when it ended."""

    def __init__(self, url, headers=None):
        super().__init__(daemon=True)
        self.answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=60)
        self.kinds, self.ended_at = [], None
        self.start()

    def run(self):
        try:
            for line in self.answer:
                if line.startswith(b"event: "):
                    self.kinds.append(line[7:].strip().decode())
        except OSError:
            pass
        self.ended_at = time.monotonic()


class AccessCase(StackCase):
    options = {"access": "login", "web": 2, "guilds": 1, "members": 60, "rate": 8}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = []
        cls.addClassCleanup(lambda: [person.quit() for person in cls.people])
        cls.first, cls.second = cls.person(), cls.person()
        cls.guild = cls.stack.snapshot()["payload"]["guilds"][0]["id"]

    @classmethod
    def person(cls):
        cls.people.append(Person(cls.stack.public_url))
        return cls.people[-1]

    def setUp(self):
        for person in self.people:
            self.forget(person)

    @staticmethod
    def forget(person):
        """As a browser that has never been here."""
        person.open("/api/health")
        person.driver.delete_all_cookies()

    def tearDown(self):
        for person in self.people:
            person.driver.get("about:blank")

    def sight(self, role):
        """{channel: bits} of what Discord's rules give this person, from what the simulator has told the gateway."""
        oracle, world = Oracle(), World()
        status, body = get(f"{self.stack.control_url}/control/log", timeout=20)
        self.assertEqual(status, 200)
        for line in body.splitlines():
            events = oracle.feed(json.loads(line))
            for learnt in oracle.learnt:
                world.learn(*learnt)
            for event in events:
                world.take(event, None)
        guild = world.guilds[self.guild]
        sight = guild.sight(self.stack.roles()[role], int(time.time() * 1000))
        self.kinds = {channel: kind for channel, (kind, _) in guild.channels.items()}
        return {channel: bits for channel, bits in sight.items() if channel != RIGHTS}


class Sight(AccessCase):
    def rooms(self):
        return set(self.first.script("return [...document.querySelectorAll('#voice .voice-room')].map((one) => one.dataset.channelId)"))

    def test_each_of_the_four_sees_what_is_theirs(self):
        seen = {}
        for role in ("owner", "moderator", "member"):
            with self.subTest(role=role):
                self.forget(self.first)
                self.first.log_in(role, f"/?guild={self.guild}")
                self.first.wait("messages", lambda: self.first.all(".message"))
                sight = self.sight(role)
                voice = {channel for channel, bits in sight.items() if bits & VIEW and self.kinds[channel] in VOICE}
                self.assertEqual(self.rooms(), voice)
                hidden = {f"#{name}" for name in self.names(lambda channel: not sight.get(channel, 0) & HISTORY)}
                self.assertEqual(set(self.first.texts(".message-channel")) & hidden, set())
                channels = self.first.script(f"return fetch('/api/guilds/{self.guild}/channels').then((answer) => answer.json())")
                self.assertEqual({channel["id"] for channel in channels["channels"]},
                                 {channel for channel, bits in sight.items() if bits & VIEW})
                seen[role] = {channel for channel, bits in sight.items() if bits & VIEW}
                self.menu(role)
        self.assertGreater(seen["owner"], seen["member"])

    def names(self, wanted):
        """Of the guild's channels, as its owner's snapshot tells them."""
        view = self.stack.snapshot()["payload"]["guilds"][0]
        return {channel["name"] for channel in view["channels"] if wanted(channel["id"])}

    def menu(self, role):
        """Who manages the guild sees the way there, and only they are let in."""
        entry = f'.account-menu a[href="/guilds/{self.guild}/keys"]:not([hidden])'
        if role == "member":
            self.first.open(f"/guilds/{self.guild}/keys")
            self.first.wait("the refusal", lambda: "may not manage" in "".join(self.first.texts(".state-title")))
            self.assertEqual(self.first.all(".menu-entry[href^='/guilds/']:not([hidden])"), [])
            return
        self.first.wait("the way to manage", lambda: self.first.all(entry))
        self.first.open(f"/guilds/{self.guild}/audit")
        if role == "owner":
            self.first.wait("the log", lambda: self.first.all(".audit-entry"))
        else:
            self.first.wait("the refusal", lambda: self.first.texts(".state-title") == ["Only the owner reads the audit log"])

    def test_a_stranger_sees_nothing_and_is_told_so(self):
        self.first.log_in("stranger")
        self.first.wait("the empty state", lambda: self.first.texts(".state-title") == ["No guild to show"])
        self.first.open(f"/guilds/{self.guild}/keys")
        self.first.wait("the refusal", lambda: self.first.texts(".state-title") == ["There is no such guild"])
        status = self.first.script(f"return fetch('/api/guilds/{self.guild}').then((answer) => answer.status)")
        self.assertEqual(status, 404)

    def test_logging_out_everywhere_ends_the_other_browsers_page(self):
        for person in (self.first, self.second):
            person.log_in("member")
            person.wait("messages", lambda: person.all(".message"))
        self.first.open("/account")
        self.first.wait("both sessions", lambda: len(self.first.all(".session")) >= 2)
        self.first.click("button", "Log out everywhere")
        self.first.click("dialog button", "Log out everywhere")
        self.second.wait("the way in", lambda: self.second.texts(".gate-title") == ["Your session has ended"])
        self.first.wait("the way in", self.first.is_at_the_gate)
        self.assertFalse(any(one.is_displayed() for one in self.second.all(".message")))


class Keys(AccessCase):
    def open_keys(self):
        self.first.log_in("owner", f"/guilds/{self.guild}/keys")
        self.first.wait("the keys", lambda: self.first.all("[data-make]"))

    def make(self, kind, name, *scopes):
        """(token, second field) as the page shows them, once."""
        self.first.click(f'[data-make="{kind}"]')
        self.first.wait("the form", lambda: self.first.all("#key-name"))
        self.first.all("#key-name")[0].send_keys(name)
        for scope in scopes:
            self.first.click(f'dialog input[value="{scope}"]')
        self.first.click("dialog button", "Make the key")
        fields = self.first.wait("the token", lambda: self.first.script(
            "return [...document.querySelectorAll('.copy-text')].map((one) => one.value)"))
        self.first.click("dialog button", "I have copied it")
        self.first.wait("it in the list", lambda: name in self.first.texts(".key-name"))
        return fields

    def revoke(self, name):
        """When it was asked for."""
        self.first.click(f'button[aria-label="Revoke {name}"]')
        self.first.wait("the question", lambda: self.first.all("dialog .is-danger"))
        began = time.monotonic()
        self.first.click("dialog .is-danger")
        return began

    def call(self, path, token):
        """(status, headers, value)"""
        request = urllib.request.Request(self.stack.public_url + path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.load(error)

    def test_an_overlay_key_is_made_used_and_revoked(self):
        self.open_keys()
        token, address = self.make("overlay", "Stream scene")
        self.assertTrue(address.startswith(self.stack.public_url + "/overlays/voice?"))
        self.second.driver.get(address)
        self.second.wait("people in voice", lambda: self.second.all(".voice-member"))
        streams = [Stream(f"{url}/api/stream?key={token}") for url in self.stack.web_urls]
        wait_for("snapshots", lambda: all("snapshot" in stream.kinds for stream in streams), 20)
        self.assertEqual(self.call(f"/api/guilds/{self.guild}/channels", token)[0], 403)
        began = self.revoke("Stream scene")
        wait_for("the streams' end", lambda: all(stream.ended_at for stream in streams), 10)
        took = max(stream.ended_at for stream in streams) - began
        self.assertLess(took, 2, "a second for the replicas, and one for the browser and this machine")
        self.second.wait("the overlay to be empty", lambda: not self.second.script(
            "return [...document.querySelectorAll('.voice-member')].some((one) => one.checkVisibility())"))
        self.first.wait("its record", lambda: self.first.texts('[data-kind="overlay"] .ended-keys summary') == ["Ended keys (1)"])
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{self.stack.public_url}/api/stream?key={token}", timeout=10)
        self.assertEqual(refused.exception.code, 401)

    def test_an_api_key_is_made_used_and_revoked(self):
        self.open_keys()
        token, command = self.make("api", "Script")
        self.assertIn("Authorization: Bearer", command)
        status, headers, value = self.call(f"/api/guilds/{self.guild}/channels", token)
        self.assertEqual(status, 200)
        self.assertTrue(value["channels"])
        self.assertIn("RateLimit", headers)
        self.assertEqual(self.call(f"/api/guilds/{self.guild}/members", token)[0], 403)
        self.assertEqual(self.call(f"/api/guilds/{self.guild}/keys", token)[0], 403)
        self.first.open(f"/guilds/{self.guild}/keys")
        self.first.wait("its use", lambda: any(not words.startswith("0 of") for words in self.first.texts(".quota-words")))
        self.revoke("Script")
        wait_for("the refusal", lambda: self.call(f"/api/guilds/{self.guild}/channels", token)[0] == 401, 5)
        self.first.open(f"/guilds/{self.guild}/audit")
        self.first.wait("both in the log", lambda: len(self.first.all(".audit-entry")) >= 2)


if __name__ == "__main__":
    unittest.main()
