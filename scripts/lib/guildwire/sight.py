"""Who may see what at each place of the order, by specs/sight.md: from the oracle's events, for a handful of viewers.

`World` is what the events have told up to a place. A `Watcher` is one viewer in it.
"""

import collections

from .permissions import HISTORY, RIGHTS, TEXT, VIEW, Guild, Member, unix_milliseconds

EVERY_MEMBER = {"presence.updated", "member.joined", "member.left", "member.updated", "role.granted", "role.revoked",
                "overlay.tested", "overlay.updated"}
WRITTEN = {"message.created", "message.updated", "message.deleted", "reaction.added", "reaction.removed", "reaction.cleared",
           "typing.started", "channel.pins"}
# Of the moment: never replayed.
MOMENTARY = {"typing.started", "overlay.tested"}
IN_CHANNELS = {"voice.joined", "voice.left", "voice.moved", "voice.updated", "channel.created", "channel.updated", "channel.deleted",
               *WRITTEN}
# After these anybody's sight may be another one, after those only that of the member in question.
STRUCTURE = {"guild.synced", "guild.updated", "guild.removed", "role.created", "role.updated", "role.deleted", "channel.created",
             "channel.updated", "channel.deleted", "channel.permissions", "thread.members"}
PERSONAL = {"member.joined", "member.left", "member.timeout", "role.granted", "role.revoked"}
MESSAGES_KEPT = 50

# Since when somebody is in voice, where no viewer was told of the event that says it.
UNKNOWN = "unknown"

# What a snapshot of a guild shows: ids of channels, {user: (channel, since)}, and ids of messages, oldest first.
View = collections.namedtuple("View", "guild channels voice messages")


class World:
    """All guilds as the events up to a place tell them. `now`: that place's time in Unix milliseconds, which never goes back."""

    def __init__(self):
        self.guilds, self.voice, self.messages, self.now = {}, {}, {}, 0

    def learn(self, guild, user, roles, until):
        """A member of whom no event told."""
        self.guilds[guild].members[user] = Member(roles, until)

    def take(self, event, ts):
        self.now = max(self.now, ts or 0)
        fields = event.fields
        if event.kind == "guild.synced":
            return self._synced(event.guild, fields)
        guild = self.guilds.get(event.guild)
        if guild is None:
            return
        if event.kind in PERSONAL:
            self._personal(guild, event.kind, fields)
        elif event.kind in STRUCTURE:
            self._structure(guild, event.kind, fields)
        elif event.kind == "voice.left":
            self.voice[guild.id].pop(fields["userId"], None)
        elif event.kind.startswith("voice."):
            self.voice[guild.id][fields["userId"]] = fields["channelId"], fields.get("since", UNKNOWN)
        elif event.kind == "message.created":
            self.messages[guild.id] = [*self.messages[guild.id], (fields["messageId"], fields["channelId"])][-MESSAGES_KEPT:]
        elif event.kind == "message.deleted":
            self.messages[guild.id] = [held for held in self.messages[guild.id] if held[0] != fields["messageId"]]

    def _synced(self, identifier, fields):
        guild = Guild(identifier, fields["owner"])
        guild.roles = {role: int(permissions) for role, permissions in fields["roles"].items()}
        guild.channels = {channel: (shown["type"], shown["parentId"]) for channel, shown in fields["channels"].items()}
        guild.overwrites, guild.threads = dict(fields["overwrites"]), dict(fields["threads"])
        guild.members = {user: Member(*facts) for user, facts in fields["people"].items()}
        self.guilds[guild.id], self.voice[guild.id] = guild, dict(fields["voice"])
        self.messages[guild.id] = [held for held in self.messages.get(guild.id, []) if held[1] in guild.channels]

    def _structure(self, guild, kind, fields):
        if kind == "guild.updated":
            guild.owner = fields["ownerId"]
        elif kind == "guild.removed":
            for held in (self.guilds, self.voice, self.messages):
                held.pop(guild.id, None)
        elif kind == "role.deleted":
            guild.roles.pop(fields["roleId"], None)
            for member in guild.members.values():
                member.roles.discard(fields["roleId"])
        elif kind.startswith("role."):
            guild.roles[fields["roleId"]] = int(fields["permissions"])
        elif kind == "channel.permissions":
            guild.overwrites[fields["channelId"]] = fields["overwrites"]
        elif kind == "channel.deleted":
            for held in (guild.channels, guild.overwrites, guild.threads):
                held.pop(fields["channelId"], None)
            self.messages[guild.id] = [held for held in self.messages[guild.id] if held[1] != fields["channelId"]]
        elif kind.startswith("channel."):
            guild.channels[fields["channelId"]] = fields["type"], fields["parentId"]
        else:
            people = guild.threads.get(fields["threadId"], set())
            guild.threads[fields["threadId"]] = (people | set(fields["added"])) - set(fields["removed"])

    @staticmethod
    def _personal(guild, kind, fields):
        user = fields["userId"]
        if kind == "member.joined":
            guild.members[user] = Member()
        elif kind == "member.left":
            guild.members.pop(user, None)
            for people in guild.threads.values():
                people.discard(user)
        elif user in guild.members:
            member = guild.members[user]
            if kind == "member.timeout":
                member.until = unix_milliseconds(fields["timeoutUntil"])
            elif kind == "role.granted":
                member.roles.add(fields["roleId"])
            else:
                member.roles.discard(fields["roleId"])


class Watcher:
    """One viewer: `user`, or None for whom @everyone is shown (WEB_ACCESS=open).

    By the ids of the events: `shown` {id: (kind, fields)}, `changes` where the viewer's sight changes, `unread` what is shown as it
    happens but not replayed.
    """

    def __init__(self, user):
        self.user = user
        self.shown, self.unread, self.changes = {}, set(), []
        self.sights = {}       # by guild; None: no member
        self.ends = None       # of the time-out that is in the sights

    def _look(self, world, guild):
        held = world.guilds.get(guild)
        if held is None or not held.is_member(self.user):
            return None
        member = held.members.get(self.user)
        if member and member.until is not None and world.now < member.until:
            self.ends = min(self.ends or member.until, member.until)
        return held.sight(self.user, world.now)

    def step(self, identifier, event, world):
        """Behind `world.take(event)`."""
        guild, kind, fields = event.guild, event.kind, event.fields
        before = self.sights.get(guild)
        over = self.ends is not None and world.now >= self.ends
        if over or kind in STRUCTURE or kind in PERSONAL and fields["userId"] == self.user:
            self._again(identifier, world, {guild, *self.sights})
        self._show(identifier, kind, fields, before, self.sights.get(guild))

    def _again(self, identifier, world, guilds):
        self.ends = None
        changed = False
        for guild in guilds:
            before, after = self.sights.get(guild), self._look(world, guild)
            self.sights[guild] = after
            if before is None or after is None:
                changed = changed or before is not after
            else:
                changed = changed or any(before[channel] != after[channel] for channel in before.keys() & after.keys())
        if changed:
            self.changes.append(identifier)

    def _show(self, identifier, kind, fields, before, after):
        if before is None or after is None:
            return
        if kind in EVERY_MEMBER:
            self.shown[identifier] = kind, fields
        elif kind in IN_CHANNELS:
            def bits(channel):
                there = [sight.get(channel, 0) for sight in (before, after)]
                return {"channel.created": there[1], "channel.deleted": there[0]}.get(kind, there[0] & there[1])
            here = bits(fields["channelId"])
            needed = TEXT if kind in WRITTEN else VIEW
            if kind == "voice.moved":
                return self._moved(identifier, fields, here & VIEW, bits(fields["fromChannelId"]) & VIEW)
            if here & needed:
                self.shown[identifier] = kind, fields
                if kind in MOMENTARY or kind in WRITTEN and not here & HISTORY:
                    self.unread.add(identifier)

    def _moved(self, identifier, fields, here, there):
        """Between a channel that is seen and one that is not it is a coming or a going."""
        single = {name: value for name, value in fields.items() if not name.startswith("from")}
        if here and there:
            self.shown[identifier] = "voice.moved", fields
        elif here:
            self.shown[identifier] = "voice.joined", single
        elif there:
            single.pop("since", None)
            origin = {"since": fields["fromSince"]} if "fromSince" in fields else {}
            self.shown[identifier] = "voice.left", {**single, **origin, "channelId": fields["fromChannelId"],
                                                    "channelName": fields["fromChannelName"]}

    def views(self, world):
        """What a snapshot shows here: {guild: View}."""
        views = {}
        for guild, sight in self.sights.items():
            if sight is not None:
                views[guild] = View(
                    guild, {channel for channel, bits in sight.items() if channel != RIGHTS and bits & VIEW},
                    {user: held for user, held in world.voice[guild].items() if sight.get(held[0], 0) & VIEW},
                    [message for message, channel in world.messages[guild] if sight.get(channel, 0) & HISTORY])
        return views
