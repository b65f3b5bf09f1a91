"""A made-up community: the same for the same seed. Payloads have the fields of specs/events.md."""

import random
import time

from mock_pictures import MISSING, picture

NAMES = ["Ada Brandt", "Benoît", "Chiyo", "Dario", "Esme Quill", "Finn", "Greta Lund", "Hoshi", "Imani", "Jonas",
         "Kalinda", "Leocadia Featherstonehaugh", "Miro", "Nadia", "Ottoline", "Pax", "Quentin", "Rosalind", "Sora",
         "Tomasz", "Uma", "Vesna", "Wren", "Xavi", "Yuki", "Zed"]
CHANNELS = [("200", "Community", 4, None, 0), ("201", "general", 0, "200", 0), ("202", "art-and-craft", 0, "200", 1),
            ("203", "help", 0, "200", 2), ("300", "Rooms", 4, None, 1), ("301", "Lounge", 2, "300", 0),
            ("302", "Focus room", 2, "300", 1), ("303", "Game night", 2, "300", 2), ("304", "Town hall", 13, "300", 3),
            ("305", "Quiet corner", 2, "300", 4)]
LINES = ["Good morning, everyone!", "Has anyone tried the new build? It feels a lot smoother here.",
         "I pushed the sketches to the shared folder, tell me what you think.", "Brilliant 👏",
         "Game night starts at eight. <@1003> brings the snacks, <#303> as ever.", "on my way",
         "The recipe calls for two eggs, but three make it fluffier. Trust me on this one.",
         "Does `make all` work for you? Mine stops half-way with a strange message about a missing header.",
         "That sunset yesterday 🌅", "See https://example.org/notes/2024-spring for the notes of last time.",
         "Could somebody look at the second question in #help? I answered as well as I could.", "Thanks, that was it.",
         "We are eleven people in voice now, a record for a Tuesday.", "lol", "Same here.",
         "I'll be back in ten minutes.\nSave me a seat, please.", "Who drew the new banner? It is lovely.",
         "Please remember that the town hall moved to Thursday.", "<:wave:9001> hello from the train"]
ROLES = [("401", "Regular"), ("402", "Artist"), ("403", "Helper")]
EMOJI = ["👏", "🎉", "❤️", "😂", "👀"]
EPOCH = 1732147200000


class Community:
    def __init__(self, seed, guilds=1):
        self.random = random.Random(seed)
        self.number = 0
        self.first_id = f"{EPOCH}-0"
        self.last_id = self.first_id
        self.guilds = {}
        titles = ["Harbour Lights", "Paper Lantern Club", "Northern Arcade"]
        for index in range(guilds):
            self.guilds[str(101 + index)] = self.new_guild(str(101 + index), titles[index % len(titles)])
        self.main = self.guilds["101"]

    def new_guild(self, guild_id, name):
        now = now_ms()
        guild = {
            "id": guild_id, "name": name, "icon": picture("icons", guild_id),
            "counts": {"members": 1284, "online": 312, "voice": 0},
            "channels": [dict(zip(("id", "name", "type", "parentId", "position"), row)) for row in CHANNELS],
            "voice": [], "messages": [],
        }
        for index, channel in [(0, "301"), (2, "301"), (4, "301"), (11, "301"), (7, "303"), (9, "303"), (3, "303"),
                               (17, "303"), (20, "303"), (25, "304")]:
            member = {**self.person(index), **self.channel(channel), **flags()}
            member["selfMute"] = index in (2, 9)
            member["selfDeaf"] = index in (9,)
            member["streaming"] = index == 7
            member["video"] = index in (4, 7)
            member["since"] = None if index == 11 else now - (index * index * 3 + 1) * 60_000
            guild["voice"].append(member)
        count = 34
        at = now - 52 * 60_000
        author = 0
        place = "201"
        for index in range(count):
            at += self.random.randrange(10_000, 150_000)
            if self.random.random() < 0.7:
                author = self.random.randrange(len(NAMES))
                place = self.random.choice(["201", "201", "202", "203"])
            message = self.message(author, place, self.random.choice(LINES))
            guild["messages"].append({**message, "ts": min(at, now - 4_000 - (count - index) * 1_000)})
        guild["counts"]["voice"] = len(guild["voice"])
        return guild

    def person(self, index):
        user_id = str(1000 + index)
        hash = MISSING if index in (5, 17, 20) else None
        return {"userId": user_id, "username": NAMES[index].lower().split()[0], "displayName": NAMES[index],
                "avatar": picture("avatars", user_id, hash), "bot": False}

    def channel(self, channel_id):
        name = next(row[1] for row in CHANNELS if row[0] == channel_id)
        return {"channelId": channel_id, "channelName": name}

    def message(self, author, channel_id, content):
        self.number += 1
        return {"messageId": str(500_000 + self.number), **self.channel(channel_id), **self.person(author),
                "content": content, "attachments": 0}

    def snapshot(self, event):
        return {"id": self.last_id, "event": event, "guild": None, "ts": now_ms(),
                "payload": {"guilds": list(self.guilds.values())}}

    def envelope(self, event, payload, guild_id=None):
        """Numbers an event and applies it to what a snapshot will show."""
        self.number += 1
        self.last_id = f"{EPOCH}-{self.number << 20}"
        guild = self.guilds[guild_id or "101"]
        self.apply(guild, event, payload)
        return {"id": self.last_id, "event": event, "guild": guild["id"], "ts": now_ms(), "payload": payload}

    def apply(self, guild, event, payload):
        voice, messages = guild["voice"], guild["messages"]
        if event.startswith("voice."):
            voice[:] = [member for member in voice if member["userId"] != payload["userId"]]
            if event != "voice.left":
                voice.append({"since": now_ms(), **payload})
        elif event == "message.created":
            messages.append({**payload, "ts": now_ms()})
            del messages[:-50]
        elif event == "message.deleted":
            messages[:] = [one for one in messages if one["messageId"] != payload["messageId"]]
        elif event == "message.updated":
            for one in messages:
                if one["messageId"] == payload["messageId"]:
                    one.update(payload)
        elif event in ("member.joined", "member.left"):
            guild["counts"]["members"] = payload["members"]
        elif event == "presence.updated":
            guild["counts"]["online"] = payload["online"]
        guild["counts"]["voice"] = len(voice)

    def next_event(self):
        """What happens next, as (event, payload, guild id)."""
        choose = self.random
        kind = choose.choices(["message", "presence", "voice", "reaction", "edit", "delete", "member", "role"],
                              [40, 30, 16, 9, 4, 2, 4, 3])[0]
        guild = self.main
        index = choose.randrange(len(NAMES))
        person = self.person(index)
        if kind == "presence":
            online = guild["counts"]["online"] + choose.choice([-2, -1, 1, 2])
            return "presence.updated", {**person, "status": "online", "clients": ["desktop"], "online": online}, None
        if kind == "voice":
            return self.next_voice(person)
        if kind == "member":
            joined = choose.random() < 0.7
            members = guild["counts"]["members"] + (1 if joined else -1)
            return ("member.joined" if joined else "member.left"), {**person, "members": members}, None
        if kind == "role":
            role_id, role = choose.choice(ROLES)
            name = choose.choice(["role.granted", "role.granted", "role.revoked"])
            return name, {**person, "roleId": role_id, "roleName": role}, None
        recent = guild["messages"][-5:]
        if kind == "message" or not recent:
            place = choose.choice(["201", "201", "202", "203"])
            return "message.created", self.message(index, place, choose.choice(LINES)), None
        message = choose.choice(recent)
        place = {name: message[name] for name in ("messageId", "channelId", "channelName")}
        if kind == "reaction":
            return "reaction.added", {**place, **person, "emoji": {"id": None, "name": choose.choice(EMOJI)}}, None
        if kind == "edit":
            author = {name: message[name] for name in person}
            return "message.updated", {**place, **author, "content": message["content"] + " (now with a correction)",
                                       "editedAt": "2026-11-21T06:00:00Z"}, None
        return "message.deleted", place, None

    def next_voice(self, person):
        held = next((one for one in self.main["voice"] if one["userId"] == person["userId"]), None)
        room = self.channel(self.random.choice(["301", "301", "302", "303", "303", "305"]))
        if held is None:
            return "voice.joined", {**person, **room, **flags(), "since": now_ms()}, None
        chance = self.random.random()
        if chance < 0.4:
            return "voice.left", held, None
        if chance < 0.6 and room["channelId"] != held["channelId"]:
            before = {"fromChannelId": held["channelId"], "fromChannelName": held["channelName"], "fromSince": held["since"]}
            return "voice.moved", {**held, **room, **before, "since": now_ms()}, None
        name = self.random.choice(["selfMute", "selfMute", "selfDeaf", "streaming", "video"])
        return "voice.updated", {**held, name: not held[name]}, None


def flags():
    return {"mute": False, "deaf": False, "selfMute": False, "selfDeaf": False, "streaming": False, "video": False,
            "suppress": False}


def now_ms():
    return int(time.time() * 1000)
