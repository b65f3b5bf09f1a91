"""What must come out: the events that each dispatch of a simulated Discord makes, by specs/events.md.

Written from the specification and sharing nothing with the gateway, so that the two can be compared. It knows the dispatches
that the simulated community makes, and refuses others rather than guess. Who may see what it makes: sight.py.
"""

import collections

from .permissions import unix_milliseconds
from .processes import Failure
from .structure import Structure

SILENT = {"RESUMED", "RATE_LIMITED"}
TYPING_A_SECOND = 32

# `fields`: what the payload must hold, not all it may hold; of internal events what sight.py needs of them. A time (`since`,
# `fromSince`) is the place of the dispatch whose events have it as `ts`: (session, s).
Event = collections.namedtuple("Event", "s k kind guild fields at")


class Member:
    """A person, as far as events show it."""

    def __init__(self, user):
        self.id, self.username, self.roles = user["id"], user["username"], []
        self.global_name = self.avatar = self.nick = self.member_avatar = self.timeout = None
        self.bot = self.pending = False
        # Whether a list or a dispatch about members said so; others are known by what they did, and may have left.
        self.is_member = True
        self.take_user(user)

    def take_user(self, user):
        self.username = user.get("username") or self.username
        self.bot = user.get("bot", self.bot)
        for name in ("global_name", "avatar"):
            if name in user:
                setattr(self, name, user[name])

    def take_member(self, member):
        for field, name in (("nick", "nick"), ("avatar", "member_avatar"), ("communication_disabled_until", "timeout")):
            if field in member:
                setattr(self, name, member[field])
        if "roles" in member:
            self.roles = sorted(member["roles"], key=int)
        self.pending = member.get("pending", self.pending)

    @property
    def card(self):
        return {"userId": self.id, "username": self.username, "displayName": self.nick or self.global_name or self.username,
                "bot": self.bot}

    @property
    def look(self):
        return self.card, self.avatar, self.member_avatar


class Guild:
    def __init__(self, identifier):
        self.id, self.known, self.knows_all = identifier, False, False
        self.name = self.icon = self.owner = None
        self.members, self.presences, self.voice, self.edits = {}, set(), {}, {}
        # Who wrote a message: (user, is it a webhook). Never more messages in a run than the gateway remembers.
        self.authors = {}
        # Roles and channels by id, as events tell them; overwrites by channel; users by private thread.
        self.channels, self.roles, self.overwrites, self.threads, self.count = {}, {}, {}, {}, 0


class Oracle(Structure):
    """Takes one session's dispatches in their order; `feed` answers each one's events."""

    def __init__(self):
        self.guilds, self.bot = {}, None
        # Of the dispatch that is being taken: (session, s).
        self.place = None
        # Discord's second, and how much typing of it was told.
        self.typing = [0, 0]
        # Members that the last dispatch told without an event: [(guild, user, roles, end of the time-out)].
        self.learnt = []

    def feed(self, entry):
        name, data = entry["t"], entry["d"]
        self._events, self.learnt = [], []
        self.place = entry.get("session"), entry["s"]
        if name == "READY":
            self.bot = (data.get("user") or {}).get("id")
            return []
        if name in SILENT:
            return []
        handler = getattr(self, "_" + name.lower(), None)
        if handler is None:
            raise Failure(f"dispatch {entry['s']} is a {name}, of which the comparison knows nothing")
        identifier = data["id"] if name in ("GUILD_CREATE", "GUILD_UPDATE") else data["guild_id"]
        guild = self.guilds.setdefault(identifier, Guild(identifier))
        if guild.known or name == "GUILD_CREATE":
            handler(guild, data)
        return [Event(entry["s"], k, kind, identifier, fields, entry["at"])
                for k, (kind, fields) in enumerate(self._events)]

    def _emit(self, kind, **fields):
        self._events.append((kind, fields))

    # People

    @staticmethod
    def _learn(guild, member, user=None):
        """A Member object that came along; roles and the like of who is known have events of their own."""
        user = user or (member or {}).get("user")
        if not user:
            return
        held = guild.members.get(user["id"])
        if held is None and "username" not in user:
            return
        record = held or Member(user)
        kept = (record.roles, record.pending, record.timeout)
        record.take_user(user)
        if member:
            record.take_member(member)
        if held:
            record.roles, record.pending, record.timeout = kept
        else:
            record.is_member = member is not None and not guild.knows_all
        guild.members[record.id] = record
        return record

    @staticmethod
    def _person(guild, user):
        return guild.members.get(user) or Member({"id": user, "username": "unknown"})

    # Dispatches

    def _guild_create(self, guild, data):
        guild.knows_all = len(data["members"]) >= data["member_count"]
        if guild.knows_all:
            guild.members = {}
        for value in data["members"]:
            record = Member(value["user"])
            record.take_member(value)
            guild.members[record.id] = record
        guild.presences = {value["user"]["id"] for value in data["presences"] if value["status"] != "offline"}
        guild.count = data["member_count"]
        self._take_structure(guild, data)
        old, guild.voice = guild.voice, {}
        for value in data["voice_states"]:
            self._learn(guild, value.get("member"))
            guild.voice[value["user_id"]] = self._voice(guild, value, old.get(value["user_id"]), None)
        guild.known = True
        self._emit("guild.synced", owner=guild.owner, roles={role: held["permissions"] for role, held in guild.roles.items()},
                   channels=dict(guild.channels), overwrites=dict(guild.overwrites),
                   threads={thread: set(held) for thread, held in guild.threads.items()},
                   voice={user: (state["channel"], state["since"]) for user, state in guild.voice.items()},
                   people={record.id: (record.roles, unix_milliseconds(record.timeout))
                           for record in guild.members.values() if record.is_member})
        # Of a second session, which no run may need, roles, channels and members are not compared.
        for user in sorted({*old, *guild.voice}, key=int):
            self._voice_event(guild, old.get(user), guild.voice.get(user), synthetic=True)

    def _guild_members_chunk(self, guild, data):
        for value in data["members"]:
            known = guild.members.get(value["user"]["id"])
            record = self._learn(guild, value)
            if not known and not guild.knows_all:
                self.learnt.append((guild.id, record.id, record.roles, unix_milliseconds(record.timeout)))
        guild.knows_all = guild.knows_all or data["chunk_index"] + 1 == data["chunk_count"]
        for user in sorted((value["user"]["id"] for value in data["members"]), key=int):
            before = guild.voice.get(user)
            if before:
                self._change_voice(guild, user, before, {**before, "look": self._person(guild, user).look})

    def _guild_member_add(self, guild, data):
        user = data["user"]
        if (held := guild.members.get(user["id"])) and held.is_member:
            return self._guild_member_update(guild, data)
        record = guild.members[user["id"]] = Member(user)
        record.take_member(data)
        guild.count += 1
        self._emit("member.joined", **record.card, pending=record.pending, members=guild.count)
        self._roles(guild, "role.granted", record.roles, record)
        self._timeout(record, None)

    def _timeout(self, record, before):
        if record.timeout != before:
            self._emit("member.timeout", **record.card, timeoutUntil=record.timeout)

    def _roles(self, guild, kind, roles, record):
        for role in sorted(roles, key=int):
            self._emit(kind, **record.card, roleId=role, roleName=guild.roles.get(role, {}).get("name", ""))

    def _guild_member_update(self, guild, data):
        user = data["user"]
        record = guild.members.get(user["id"])
        if record is None or not record.is_member:
            self._learn(guild, data, user)
            return
        look, roles, nick, pending, timeout = record.look, record.roles, record.nick, record.pending, record.timeout
        record.take_user(user)
        record.take_member(data)
        self._roles(guild, "role.revoked", [role for role in roles if role not in record.roles], record)
        self._roles(guild, "role.granted", [role for role in record.roles if role not in roles], record)
        if (look[0], nick, pending) != (record.look[0], record.nick, record.pending) or look != record.look:
            self._emit("member.updated", **record.card, nick=record.nick, pending=record.pending)
            if record.id in guild.voice:
                guild.voice[record.id] = {**guild.voice[record.id], "look": record.look}
        self._timeout(record, timeout)

    def _guild_member_remove(self, guild, data):
        user = data["user"]["id"]
        self._learn(guild, None, data["user"])
        card = self._person(guild, user).card
        if user in guild.voice:
            self._change_voice(guild, user, guild.voice[user], None)
        guild.members.pop(user, None)
        for people in guild.threads.values():
            people.discard(user)
        guild.presences.discard(user)
        guild.count = max(1, guild.count) - 1
        self._emit("member.left", **card, members=guild.count, online=len(guild.presences))

    def _presence_update(self, guild, data):
        user = data["user"]
        if user["id"] in guild.members or "username" in user:
            self._learn(guild, None, user)
        offline = data["status"] in ("offline", "invisible")
        (guild.presences.discard if offline else guild.presences.add)(user["id"])
        self._emit("presence.updated", **self._person(guild, user["id"]).card, status="offline" if offline else data["status"],
                   clients=[] if offline else sorted(data.get("client_status") or {}), online=len(guild.presences))

    # Voice

    def _voice(self, guild, data, before, now):
        """`since`: the dispatch by which they came into the channel, or None."""
        flags = {"mute": "mute", "deaf": "deaf", "selfMute": "self_mute", "selfDeaf": "self_deaf",
                 "streaming": "self_stream", "video": "self_video", "suppress": "suppress"}
        stays = before and before["channel"] == data["channel_id"]
        return {"look": self._person(guild, data["user_id"]).look, "channel": data["channel_id"],
                "since": before["since"] if stays else now,
                "flags": {ours: data.get(theirs) is True for ours, theirs in flags.items()}}

    def _voice_state_update(self, guild, data):
        self._learn(guild, data.get("member"))
        user = data["user_id"]
        before = guild.voice.get(user)
        after = self._voice(guild, data, before, self.place) if data["channel_id"] else None
        self._change_voice(guild, user, before, after)

    def _change_voice(self, guild, user, before, after):
        self._voice_event(guild, before, after)
        if after:
            guild.voice[user] = after
        else:
            guild.voice.pop(user, None)

    def _voice_event(self, guild, before, after, synthetic=False):
        if before == after:
            return
        shown = after or before
        kind = ("voice.joined" if before is None else "voice.left" if after is None
                else "voice.moved" if before["channel"] != after["channel"] else "voice.updated")
        fields = {**shown["look"][0], **shown["flags"], "channelId": shown["channel"], "since": shown["since"],
                  "channelName": guild.channels.get(shown["channel"], {}).get("name", "")}
        if kind == "voice.moved":
            fields["fromChannelId"] = before["channel"]
            fields["fromChannelName"] = guild.channels.get(before["channel"], {}).get("name", "")
            fields["fromSince"] = before["since"]
        if synthetic:
            fields["synthetic"] = True
        self._emit(kind, **fields)

    # Messages

    def _author(self, guild, data):
        author = data["author"]
        if data.get("webhook_id"):
            return Member(author).card
        if author["id"] in guild.members or data.get("member"):
            self._learn(guild, data.get("member"), author)
        return (guild.members.get(author["id"]) or Member(author)).card

    def _message(self, guild, kind, data, message, **fields):
        self._emit(kind, messageId=message, channelId=data["channel_id"],
                   channelName=guild.channels.get(data["channel_id"], {}).get("name", ""), **fields)

    def _message_create(self, guild, data):
        self._wrote(guild, data)
        self._message(guild, "message.created", data, data["id"], **self._author(guild, data), content=data["content"],
                      attachments=len(data["attachments"]), webhook=bool(data.get("webhook_id")), type=data["type"],
                      replyTo=(data.get("message_reference") or {}).get("message_id"))

    def _message_update(self, guild, data):
        edited = data.get("edited_timestamp")
        if not edited or "content" not in data or "author" not in data or guild.edits.get(data["id"]) == edited:
            return
        guild.edits[data["id"]] = edited
        self._wrote(guild, data)
        self._message(guild, "message.updated", data, data["id"], **self._author(guild, data), content=data["content"],
                      editedAt=edited, webhook=bool(data.get("webhook_id")))

    @staticmethod
    def _wrote(guild, data):
        guild.authors.setdefault(data["id"], (data["author"]["id"], bool(data.get("webhook_id"))))

    def _message_delete(self, guild, data):
        author = {}
        if data["id"] in guild.authors:
            user, webhook = guild.authors[data["id"]]
            author = {**self._person(guild, user).card, "webhook": webhook}
        self._message(guild, "message.deleted", data, data["id"], **author)

    def _message_delete_bulk(self, guild, data):
        for message in sorted(data["ids"], key=int):
            self._message_delete(guild, {**data, "id": message})

    def _reaction(self, guild, kind, data):
        self._learn(guild, data.get("member"))
        self._message(guild, kind, data, data["message_id"], **self._person(guild, data["user_id"]).card,
                      emoji={"id": data["emoji"]["id"], "name": data["emoji"]["name"]})

    def _message_reaction_add(self, guild, data):
        self._reaction(guild, "reaction.added", data)

    def _message_reaction_remove(self, guild, data):
        self._reaction(guild, "reaction.removed", data)

    # Of which nothing is held

    def _in_channel(self, guild, kind, data, channel, **fields):
        self._emit(kind, channelId=channel, channelName=guild.channels.get(channel, {}).get("name", ""), **fields)

    def _typing_start(self, guild, data):
        self._learn(guild, data.get("member"))
        second = data["timestamp"]
        if second != self.typing[0] and not 0 <= self.typing[0] - second < 60:
            self.typing = [second, 0]
        if self.typing[1] < TYPING_A_SECOND:
            self.typing[1] += 1
            self._in_channel(guild, "typing.started", data, data["channel_id"], **self._person(guild, data["user_id"]).card)

    def _channel_pins_update(self, guild, data):
        self._in_channel(guild, "channel.pins", data, data["channel_id"], lastPinAt=data.get("last_pin_timestamp"))
