"""A community that means harm, or means nothing by it: every field that people control holds what pages break on.

    hostility = fill(server)             # before a page is opened
    for event in hostility.events(): server.emit(*event)

`NAMES` says what there is. Discord's own limits are much lower; these are those of somebody who is not Discord.
"""

import itertools

from mock_access import DAY, now_ms
from mock_pictures import HANGING, JUNK, MISSING, picture

MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload="window.hacked=1">'
# Turns what follows around, and is never ended.
BIDI = "\u202egnorw eht yaw dnuor\u2066\u202d"
ZALGO = "".join(letter + "".join(chr(0x300 + (number * 7 + place) % 0x60) for place in range(40)) for number, letter in enumerate("Zalgo"))
EMOJI = "👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿🇩🇪🇯🇵👨🏽‍🚀🏳️‍🌈❤️‍🔥" * 3
LONG = "W" * 4000
WORDS = "no end in sight " * 250
NAMES = {
    "markup": MARKUP, "script address": "javascript:window.hacked=1", "bidi": BIDI, "zalgo": ZALGO, "emoji": EMOJI, "long": LONG,
    "words": WORDS, "arabic": "مرحبا بالعالم", "mixed": "abc \u05d0\u05d1\u05d2 123 \u0627\u0644", "invisible": "\u200b\u2060\ufeff", "blank": "   ",
    "lines": "one\ntwo\r\nthree\u2028four", "control": "a\u0001b\u0007c\u001b[31md\u007f", "quote": "\"'`--></title></textarea>{{7*7}}${7*7}",
    "prototype": "__proto__", "tall": "\ufdfd\U00012031" * 5, "combining first": "\u0301\u0301x", "no character": "\ufffd\ufffe\uffff",
}
# Content that is read for markup of Discord's.
CONTENTS = [*NAMES.values(), "<t:9999999999999:F> <t:-9999999999999> <t:0:R>", "<@1003> <@99999999999999999999> <#303> <@&1>",
            "https://example.org/" + "a" * 3900, "`" * 4000, "||" * 2000, "<:" + "e" * 32 + ":1>" * 900, "> " * 2000,
            "http://user@[::1]:99999/%%%" + BIDI.replace(" ", "-"), "\n" * 3999 + "end"]
CHANNELS, IN_VOICE, ROOMS = 500, 2000, 120
YEARS = 365 * DAY


def times():
    """Clocks that are wrong, for ever."""
    now = now_ms()
    return itertools.cycle([now, now + 10 * YEARS, now - 40 * YEARS, 0, 1, now + 90_000, 8_640_000_000_000_000, -now])


class Hostility:
    def __init__(self, server):
        self.server, self.guild = server, server.community.main
        self.names, self.times = itertools.cycle(NAMES.values()), times()
        self.pictures = itertools.cycle(["javascript:window.hacked=1", "data:text/html,<script>window.hacked=1</script>", None,
                                         "https://203.0.113.1/tracked.png", "http://[bad", "//example.org/x.png", MARKUP, ""])
        self.channels = []
        self.written = itertools.count(5000)

    def fill(self):
        guild = self.guild
        guild["name"], guild["icon"] = MARKUP, next(self.pictures)
        guild["counts"] = {"members": 10 ** 15, "online": -5, "voice": IN_VOICE}
        guild["channels"] = self.channels = [self.channel(number) for number in range(CHANNELS)]
        rooms = [one for one in self.channels if one["type"] == 2]
        guild["voice"] = [self.in_voice(number, rooms[number % len(rooms)]) for number in range(IN_VOICE)]
        guild["messages"] = [{**self.message(number, content), "ts": next(self.times)}
                             for number, content in enumerate(CONTENTS)]
        self.fill_access()

    def channel(self, number):
        kind = 4 if number % 10 == 9 else 2 if number < ROOMS else 0
        return {"id": str(7000 + number), "name": next(self.names) if number % 3 == 0 else f"channel {number}", "type": kind,
                "parentId": str(7000 + number - number % 10 + 9) if kind != 4 else None, "position": number}

    def person(self, number):
        """The first few have pictures that never come, are none, or were taken away."""
        user = str(30_000 + number)
        avatar = picture("avatars", user, (HANGING, JUNK, MISSING)[number]) if number < 3 else next(self.pictures)
        name = next(self.names) if number % 4 == 0 else f"Guest {number}"
        return {"userId": user, "username": name, "displayName": name, "avatar": avatar, "bot": number % 97 == 0}

    def in_voice(self, number, room):
        flags = {name: (number >> place) % 2 == 0 for place, name in enumerate(
            ("mute", "deaf", "selfMute", "selfDeaf", "streaming", "video", "suppress"))}
        return {**self.person(number), **flags, "channelId": room["id"], "channelName": room["name"],
                "since": next(self.times) if number % 5 else None}

    def message(self, number, content):
        place = self.channels[400 + number % 9]
        return {"messageId": str(900_000 + number), "channelId": place["id"], "channelName": place["name"],
                **self.person(4 * number), "content": content, "attachments": 0}

    def fill_access(self):
        access = self.server.access
        access.user = {"id": "1000", "name": BIDI, "avatar": next(self.pictures)}
        for number, name in enumerate(NAMES.values()):
            access.add_key(name=name, maker=name, tier=name, kind=("api", "overlay")[number % 2], channels=[self.channels[number * 3]["id"]],
                           lastUsed=next(self.times))
            access.note("101", name, target=name, detail={name: name}, actor=name, outcome=name, at=next(self.times))
            self.server.faces.add_preset(name=name, query=f"text={name[:200]}", changed=next(self.times))
            self.hostile_system(name)
        access.sessions[0]["agent"] = MARKUP + LONG
        access.settings["101"]["badWords"] = list(NAMES.values())[:10]

    def hostile_system(self, name):
        """Services and the bot are told of by others too: versions, host names, channels' names."""
        faces = self.server.faces
        faces.system["services"].append({"name": "web", "id": name, "state": "down", "version": name, "since": next(self.times),
                                         "seen": next(self.times), "detail": name, "advice": name})
        faces.system["problems"].append({"what": name, "advice": name, "severity": "bad"})
        faces.bot["channels"].append({"id": "7000", "name": name, "type": 0, "missing": ["VIEW_CHANNEL", "SEND_MESSAGES"]})

    def events(self):
        """What happens then: each kind once with each name."""
        rooms = [one for one in self.channels if one["type"] == 2]
        for number, name in enumerate(NAMES.values()):
            person = {**self.person(5000 + number), "username": name, "displayName": name}
            room = rooms[number % len(rooms)]
            yield "voice.joined", {**self.in_voice(5000 + number, room), **person}
            yield "message.created", self.message(next(self.written), name)
            yield "member.joined", {**person, "members": 10 ** 15}
            yield "role.granted", {**person, "roleId": "1", "roleName": name}
            yield "reaction.added", {**self.message(0, ""), **person, "emoji": {"id": None, "name": name}}
            yield "channel.updated", {"channelId": self.channels[number]["id"], "name": name, "type": self.channels[number]["type"],
                                      "parentId": None, "position": number, "topic": name}
            yield "milestone.reached", {"count": name, "name": name}


def fill(server):
    hostility = Hostility(server)
    hostility.fill()
    return hostility
