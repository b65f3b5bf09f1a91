"""The gateway is killed while a caller's command is in flight: it is carried out once, or its outcome is said to be unknown."""

import json
import shutil
import unittest
import urllib.request

from support import Stack, get, make_options, wait_for
from guildwire.benchreplica import Replica
from guildwire.http import get_json, post_json

# Longer than the test: what is held back is held back until the gateway is dead.
HELD_MS = 20_000


class Caller(Replica):
    """A link that gives commands and keeps their results; it acknowledges what comes, as a replica does."""

    def __init__(self, port, token):
        self.results, self.asked = {}, 0
        super().__init__(port, token)

    def messages(self):
        for message in super().messages():
            if message.startswith(b'{"type":"result"'):
                data = json.loads(message)["data"]
                self.results[data["id"]] = data
            yield message

    def ask(self, name, key, **arguments):
        """The command's number on this link."""
        self.asked += 1
        data = {"id": self.asked, "name": name, "shard": "0/1", "key": key, "deadline": 60_000, **arguments}
        self.send(json.dumps({"type": "command", "data": data, "ts": 0}, separators=(",", ":")).encode())
        return self.asked

    def answer(self, number):
        return wait_for("a result", lambda: self.results.get(number), 30)


class CommandsKilled(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        made = make_options(rate=0)
        cls.addClassCleanup(shutil.rmtree, made.folder, ignore_errors=True)
        cls.stack = stack = Stack(made)
        cls.addClassCleanup(stack.stop)
        stack.start_simulator()
        stack.gateway_port = made.wanted_ports["gateway"]
        stack.start_gateway()
        cls.api = f"http://127.0.0.1:{stack.simulator_port}/api/v10"
        cls.guild = get_json(f"{stack.control_url}/control/guilds")[0]
        channels = cls.discord("GET", f"/guilds/{cls.guild['id']}/channels")
        cls.channels = [channel["id"] for channel in channels if channel["type"] == 0]
        cls.application = cls.discord("GET", "/applications/@me")["id"]
        commands = [{"name": "killed", "description": "Nothing", "type": 1}]
        cls.discord("PUT", f"/applications/{cls.application}/commands", commands)

    def setUp(self):
        self.caller = self.link()

    # What the test does at the simulator

    @classmethod
    def discord(cls, method, path, value=None):
        request = urllib.request.Request(
            cls.api + path, None if value is None else json.dumps(value).encode(), method=method,
            headers={"Authorization": f"Bot {cls.stack.tokens['bot']}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def fault(self, route, **what):
        post_json(f"{self.stack.control_url}/control/fault", {"kind": "rest", "route": route, **what})

    def calls(self, method, part, since=0):
        """The gateway's calls: (status, body)."""
        lines = get(f"{self.stack.control_url}/control/rest?after={since}&limit=100000")[1].splitlines()
        found = [json.loads(line) for line in lines]
        return [entry for entry in found if entry["method"] == method and part in entry["path"]]

    # The gateway

    def link(self):
        def linked():
            try:
                return Caller(self.stack.gateway_port, self.stack.tokens["link"])
            except OSError:
                return None

        wait_for("the gateway's port", lambda: self.metric("commands_open") is not None, 30, self.stack.family)
        caller = wait_for("a link", linked, 30, self.stack.family)
        self.addCleanup(caller.socket.close)
        # Until the guild is folded it is not known.
        wait_for("the guild", lambda: "value" in caller.answer(
            caller.ask("fetch guild", "", guild=self.guild["id"])), 30, self.stack.family)
        return caller

    def metric(self, name):
        """The sum of a metric's values; None: the gateway does not answer, or has none."""
        status, body = get(f"http://127.0.0.1:{self.stack.gateway_port}/metrics")
        lines = [line for line in body.decode().splitlines() if line.startswith(f"guildwire_gateway_{name}")] \
            if status == 200 else []
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines) if lines else None

    def kill(self):
        self.stack.gateway.kill()
        self.caller.socket.close()
        self.stack.gateway.start()
        self.caller = self.link()

    # Moments

    def killed_before(self, route, first, second):
        """Kills the gateway when `second` waits in line behind `first`, which Discord has put off."""
        self.fault(route, status=429, scope="shared", retry_after=HELD_MS / 1000)
        for name, key, arguments in (first, second):
            self.caller.ask(name, key, **arguments)
        # Who waits there was begun on disk.
        wait_for("both to wait", lambda: self.metric("rest_waiting") == 2, 10, self.stack.family)
        self.kill()

    def killed_behind(self, route, command, is_done):
        """Kills the gateway when Discord has done what it asked, and has not said so."""
        self.fault(route, answer_ms=HELD_MS)
        name, key, arguments = command
        self.caller.ask(name, key, **arguments)
        wait_for("Discord to do it", is_done, 10, self.stack.family)
        self.kill()

    def asked_again(self, command):
        name, key, arguments = command
        return self.caller.answer(self.caller.ask(name, key, **arguments))

    # Messages: their nonce lets them be tried again

    def saying(self, channel, text):
        return ("send message", f"test:{text}", {"guild": self.guild["id"], "channel": channel,
                                                 "message": {"content": text}})

    def said(self, channel, text):
        messages = self.discord("GET", f"/channels/{channel}/messages?limit=100")
        return [message["id"] for message in messages if message["content"] == text]

    def test_a_message_that_discord_was_not_asked_for(self):
        channel = self.channels[0]
        first, second = self.saying(channel, "before, first"), self.saying(channel, "before, second")
        part = f"/channels/{channel}/messages"
        self.killed_before("POST /channels/{channel}/messages", first, second)
        answers = [self.asked_again(command) for command in (first, second)]
        self.assertEqual([self.said(channel, text) for text in ("before, first", "before, second")],
                         [[answer["value"]["messageId"]] for answer in answers])
        sent = [(call["status"], call["body"]["content"]) for call in self.calls("POST", part)]
        self.assertEqual(sent[0], (429, "before, first"))
        self.assertEqual(sorted(sent[1:]), [(200, "before, first"), (200, "before, second")])

    def test_a_message_that_discord_has_made(self):
        channel = self.channels[1]
        command = self.saying(channel, "behind")
        self.killed_behind("POST /channels/{channel}/messages", command, lambda: self.said(channel, "behind"))
        made = self.said(channel, "behind")
        answer = self.asked_again(command)
        self.assertEqual([answer["value"]["messageId"]], made)
        self.assertEqual(self.said(channel, "behind"), made)
        calls = self.calls("POST", f"/channels/{channel}/messages")
        self.assertEqual(len(calls), 2, "it was tried again")
        self.assertEqual(len({call["body"]["nonce"] for call in calls}), 1)

    # Roles: done twice they are as done once

    def granting(self, user, role):
        return ("add role", f"test:{user}:{role}", {"guild": self.guild["id"], "user": user, "role": role})

    def role(self, name):
        roles = self.discord("GET", f"/guilds/{self.guild['id']}/roles")
        return next(role["id"] for role in roles if role["name"] == name)

    def granted(self, user, role):
        """How often Discord has told that the member has the role now."""
        lines = get(f"{self.stack.control_url}/control/log")[1].splitlines()
        told = [json.loads(line) for line in lines if b"GUILD_MEMBER_UPDATE" in line]
        return sum(entry["d"]["user"]["id"] == user and role in entry["d"]["roles"] for entry in told)

    def test_a_role_that_discord_was_not_asked_for(self):
        role = self.role("Player")
        first, second = [self.granting(user, role) for user in self.guild["watched"][5:7]]
        self.killed_before("PUT /guilds/{guild}/members/{user}/roles/{role}", first, second)
        for command in (first, second):
            self.assertEqual(self.asked_again(command).get("value"), {})
            self.assertEqual(self.granted(command[2]["user"], role), 1)

    def test_a_role_that_discord_has_given(self):
        role, user = self.role("VIP"), self.guild["watched"][5]
        command = self.granting(user, role)
        self.killed_behind("PUT /guilds/{guild}/members/{user}/roles/{role}", command, lambda: self.granted(user, role))
        self.assertEqual(self.asked_again(command).get("value"), {})
        self.assertEqual(self.granted(user, role), 1)

    # Follow-ups: nothing tells Discord that it has one already

    def using(self):
        """Somebody uses a command."""
        return post_json(f"{self.stack.control_url}/control/interaction", {
            "channel": self.channels[0], "user": self.guild["watched"][6], "command": "killed"})

    def interaction(self):
        made = self.using()
        deferral = ("defer interaction", f"test:defer:{made['id']}",
                    {"guild": self.guild["id"], "interaction": made["id"]})
        # Until the gateway has heard of it.
        wait_for("the deferral", lambda: "value" in self.asked_again(deferral), 10)
        return made

    def following(self, made, text):
        return ("follow up interaction", f"test:{text}", {"guild": self.guild["id"], "interaction": made["id"],
                                                          "message": {"content": text}})

    def follow_ups(self, made, text):
        return [call["status"] for call in self.calls("POST", f"/webhooks/{self.application}/{made['token']}")
                if call["body"]["content"] == text]

    def test_a_follow_up_that_discord_was_not_asked_for(self):
        made = self.interaction()
        first, second = self.following(made, "first follow-up"), self.following(made, "second follow-up")
        self.killed_before("POST /webhooks/{webhook}/{token}", first, second)
        self.assertEqual(self.asked_again(second)["error"]["code"], "unknown_outcome")
        self.assertEqual(self.follow_ups(made, "second follow-up"), [])

    def test_a_follow_up_that_discord_has_made(self):
        made = self.interaction()
        command = self.following(made, "follow-up")
        self.killed_behind("POST /webhooks/{webhook}/{token}", command, lambda: self.follow_ups(made, "follow-up"))
        for _ in range(2):
            self.assertEqual(self.asked_again(command)["error"]["code"], "unknown_outcome")
        self.assertEqual(self.follow_ups(made, "follow-up"), [200])

    # A gateway that goes down in peace leaves no interaction without a response

    def test_an_interaction_that_nobody_has_answered(self):
        events = 'events_total{event="interaction.received"}'
        before = self.metric(events) or 0
        made = self.using()
        wait_for("the gateway to hear of it", lambda: (self.metric(events) or 0) > before, 10, self.stack.family)
        self.stack.gateway.stop()
        held = next(entry for entry in get_json(f"{self.stack.control_url}/control/interactions")
                    if entry["id"] == made["id"])
        self.assertEqual((held["state"], held.get("callback")), ("acknowledged", 5))
        self.caller.socket.close()
        self.stack.gateway.start()
        self.caller = self.link()


if __name__ == "__main__":
    unittest.main()
