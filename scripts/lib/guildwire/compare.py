"""Compares what a simulated Discord sent with what viewers received and with what PostgreSQL holds."""

import array
import bisect
import collections
import csv
import json
import random
import struct

from .oracle import Oracle
from .sight import UNKNOWN, Watcher, World

ORDINAL_BITS = 20
STATES = ("snapshot", "reset")
DIFFERENCES_SHOWN = 20
# What is sent so soon after a stream was opened may have come by replay, where READ_MESSAGE_HISTORY is asked for.
REPLAY_MILLISECONDS = 20_000


def parse_id(text):
    """`<epoch>-<number>` as two integers, or None."""
    epoch, hyphen, number = text.partition("-")
    return (int(epoch), int(number)) if hyphen and epoch.isdigit() and number.isdigit() else None


def write_id(key):
    return f"{key[0]}-{key[1]}" if key else None


class Transcript:
    """What LoadProbe wrote: `blocks`, each once; for each viewer the numbers of those it received, in its order; and its group."""

    def __init__(self, blocks, viewers, groups=None):
        self.blocks, self.viewers = blocks, viewers
        self.groups = groups or [0] * len(viewers)

    @classmethod
    def read(cls, folder):
        with open(f"{folder}/blocks.ndjson", encoding="utf-8") as file:
            blocks = [json.loads(line) for line in file]
        viewers, groups = [], []
        with open(f"{folder}/viewers.bin", "rb") as file:
            while head := file.read(8):
                group, count = struct.unpack("<II", head)
                groups.append(group)
                viewers.append(array.array("I", file.read(4 * count)))
        return cls(blocks, viewers, groups)

    def states(self):
        """(group, number) of each snapshot and reset."""
        numbers = {number for number, block in enumerate(self.blocks) if block["event"] in STATES}
        return {(group, number) for group, viewer in zip(self.groups, self.viewers) for number in numbers.intersection(viewer)}

    def times(self):
        """{id: `ts`} of every event."""
        return {key: block["data"]["ts"] for block in self.blocks
                if "ts" in block.get("data", ()) and (key := parse_id(block["id"]))}


class Sent:
    """All events that the dispatches make, by id, and what of them each group sees.

    `users`: by group, None for @everyone. `times`: `ts` by id. `places`: (group, id) of snapshots; `views` holds what each shows.
    """

    def __init__(self, entries, epochs, users=(None,), times=None, places=()):
        """`epochs`: of the sessions in the log, in their order; a session without one made no events."""
        sessions = list(dict.fromkeys(entry["session"] for entry in entries))
        epochs_of = dict(zip(sessions, sorted(epochs)))
        self.dispatches, self.sessions = len(entries), len(sessions)
        self.events, self.views = {}, {}
        oracle, world, watchers = Oracle(), World(), [Watcher(user) for user in users]
        waiting = sorted(places, key=lambda place: place[1], reverse=True)
        for entry in entries:
            events = oracle.feed(entry)
            for learnt in oracle.learnt:
                world.learn(*learnt)
            epoch = epochs_of.get(entry["session"])
            for event in events if epoch is not None else ():
                self._tell_times(event, epochs_of, times or {})
                identifier = epoch, event.s << ORDINAL_BITS | event.k
                while waiting and waiting[-1][1] < identifier:
                    self._view(waiting.pop(), watchers, world)
                self.events[identifier] = event
                world.take(event, (times or {}).get(identifier))
                for watcher in watchers:
                    watcher.step(identifier, event, world)
        for place in reversed(waiting):
            self._view(place, watchers, world)
        self.groups = [GroupSent(watcher) for watcher in watchers]

    @staticmethod
    def _tell_times(event, epochs_of, times):
        """`ts` for the place of a dispatch, as far as a viewer was told of its events; what is not known is not compared."""
        def time(place):
            return place and times.get((epochs_of.get(place[0]), place[1] << ORDINAL_BITS), UNKNOWN)

        fields = event.fields
        if event.kind == "guild.synced":
            fields["voice"] = {user: (channel, time(since)) for user, (channel, since) in fields["voice"].items()}
        for name in ("since", "fromSince"):
            if event.kind.startswith("voice.") and name in fields:
                fields[name] = time(fields[name])
                if fields[name] == UNKNOWN:
                    del fields[name]

    def _view(self, place, watchers, world):
        self.views[place] = watchers[place[0]].views(world)


class GroupSent:
    """What one group sees of what was sent: ids in their order, what is shown under each, and where its sight changes."""

    def __init__(self, watcher):
        self.user, self.shown, self.unread, self.changes = watcher.user, watcher.shown, watcher.unread, watcher.changes
        self.visible = sorted(watcher.shown)
        self.places = {identifier: place for place, identifier in enumerate(self.visible)}

    def behind(self, identifier):
        """The place of the first event behind the id."""
        return bisect.bisect_right(self.visible, identifier or (0, 0))


class Figures:
    """What is counted, in the order in which it is shown; `faults` are those that have to be 0."""

    FAULTS = ["lost", "repeated", "out of order", "not as sent", "not sent", "leaked", "resets without cause", "resets missing",
              "gave up"]
    COUNTED = ("received", "to be received", "connections", "resets", "sight changes", "rows", "rows wanted")

    def __init__(self):
        self.counts = collections.Counter()
        self.differences = []

    def fault(self, what, count=1, **details):
        self.counts[what] += count
        if len(self.differences) < DIFFERENCES_SHOWN:
            self.differences.append({"what": what, **details})

    @property
    def faults(self):
        return {name: count for name, count in self.counts.items() if count and name not in self.COUNTED}

    @property
    def is_clean(self):
        return self.counts["received"] > 0 and not self.faults


def _holds(payload, fields):
    return all(payload.get(name, fields) == value for name, value in fields.items())


STATE, AWAY, BEAT, NOT_SENT, WRONG, LEAKED = -1, -2, -3, -4, -5, -6


def _classify(block, group, sent):
    """The place of the block's event among those that the group sees, or one of the codes above."""
    name, identifier = block["event"], block["key"]
    if name in STATES:
        return STATE
    if name.startswith("("):
        return AWAY
    if not name:
        return BEAT
    event = sent.events.get(identifier)
    if event is None:
        return NOT_SENT
    if identifier not in group.places:
        return LEAKED
    kind, fields = group.shown[identifier]
    data = block.get("data", {})
    if name == kind == data.get("event") and data.get("id") == block["id"] and _holds(data["payload"], fields):
        return group.places[identifier]
    # All of a move of which only one end may be seen.
    return LEAKED if kind != event.kind and "fromChannelId" in data.get("payload", {}) else WRONG


def compare_state(block, views):
    """What is wrong with a snapshot or reset: (leaked, otherwise not as it should be), as texts."""
    leaked, wrong = [], []
    for shown in block["guilds"]:
        view = views.get(shown["id"])
        if view is None:
            leaked.append(f"guild {shown['id']}")
            continue
        voice, messages = {user: (channel, since) for user, channel, since in shown["voice"]}, set(shown["messages"])
        held = {user: view.voice.get(user, (None, None)) for user in voice}
        leaked += [f"channel {channel}" for channel in shown["channels"] if channel not in view.channels]
        leaked += [f"{user} in voice" for user, (channel, _) in voice.items() if held[user][0] != channel]
        leaked += [f"message {message}" for message in shown["messages"] if message not in view.messages]
        if shown["people"] > len(view.voice):
            leaked.append(f"{shown['people']} people in voice, not {len(view.voice)}")
        wrong += [f"no channel {channel}" for channel in view.channels.difference(shown["channels"])]
        wrong += [f"no {user} in voice" for user in view.voice if user not in voice]
        wrong += [f"{user} in voice since {since}, not {held[user][1]}" for user, (channel, since) in voice.items()
                  if held[user][0] == channel and held[user][1] not in (since, UNKNOWN)]
        wrong += [f"no message {message}" for message in view.messages if message not in messages]
        if shown["people"] < len(view.voice):
            wrong.append(f"{shown['people']} people in voice, not {len(view.voice)}")
    wrong += [f"no guild {guild}" for guild in views.keys() - {shown["id"] for shown in block["guilds"]}]
    return leaked, wrong


LOST, RECEIVED, COVERED = 0, 1, 2


class ViewerCheck:
    """One viewer's stream, block by block."""

    def __init__(self, number, group_number, transcript, codes, sent, figures):
        self.number, self.group_number, self.blocks, self.codes = number, group_number, transcript.blocks, codes
        self.sent, self.group, self.figures = sent, sent.groups[group_number], figures
        self.start = None
        self.highest = -1
        self.seen = bytearray(len(self.group.visible))
        self.base = None           # The id up to which changes of sight have been told.
        self.barrier = 0           # The first place behind the next change.
        self.is_new = False        # Nothing has come on this connection.
        self.connections = []      # (highest at its start, Unix milliseconds)

    def fault(self, what, identifier, **details):
        event = self.sent.events.get(identifier)
        if event:
            details.update(kind=event.kind, dispatch=event.s, sent=event.at)
        self.figures.fault(what, viewer=self.number, group=self.group_number, id=write_id(identifier), **details)

    def run(self, numbers):
        codes, seen = self.codes, self.seen
        for number in numbers:
            code = codes[number]
            # Nearly always: the next one.
            if self.highest < code < self.barrier and not seen[code]:
                seen[code] = RECEIVED
                self.highest = code
                self.is_new = False
            else:
                self._unusual(code, self.blocks[number])
        if self.start is None:
            return self.fault("gave up", None, after="no snapshot ever came")
        while (change := self._next_change()) is not None:
            self._missing(change, at="the end")
        self._count()

    # Places

    def _next_change(self):
        """The id of the first change of sight that was not told."""
        place = bisect.bisect_right(self.group.changes, self.base)
        return self.group.changes[place] if place < len(self.group.changes) else None

    def _told(self, identifier):
        self.base = max(self.base or identifier, identifier)
        change = self._next_change()
        self.barrier = len(self.seen) if change is None else self.group.behind(change)

    def _missing(self, change, **details):
        self.fault("resets missing", change, **details)
        self._told(change)

    def _pass(self, identifier):
        """Something of this id came: what changed before it must have been told."""
        if self.start is not None:
            while (change := self._next_change()) is not None and change < identifier:
                self._missing(change, came=write_id(identifier))

    # Blocks

    def _unusual(self, code, block):
        identifier = block["key"]
        if code == AWAY:
            return self._away(block)
        if code == STATE:
            return self._state(block, identifier)
        is_new, self.is_new = self.is_new, False
        if code == NOT_SENT:
            return self.fault("not sent", identifier, data=block.get("data"))
        if code == LEAKED:
            return self.fault("leaked", identifier, data=block.get("data"))
        if code == WRONG:
            return self.fault("not as sent", identifier, data=block.get("data"), wanted=self.group.shown[identifier])
        self._pass(identifier)
        if code == BEAT:
            # The position scanned: nothing at or before it may follow.
            place = self.group.behind(identifier) - 1
            if place < self.highest:
                self.fault("out of order", identifier, of="a beat")
            self.highest = max(self.highest, place)
        elif self.start is None or code < self.start or self.seen[code]:
            self.fault("repeated", identifier)
        elif code > self.highest:
            self.seen[code] = RECEIVED
            self.highest = code
        else:
            self.seen[code] = RECEIVED
            self.fault("out of order", identifier, behind=write_id(self.group.visible[self.highest]))

    def _away(self, block):
        if block["event"] == "(gave up)":
            self.fault("gave up", None, after=f"status {block['id']}")
        elif block["event"] == "(connected)":
            self.is_new = True
            self.connections.append((self.highest, block.get("at", 0)))

    def _state(self, block, identifier):
        leaked, wrong = block["found"][self.group_number]
        if leaked:
            self.fault("leaked", identifier, block=block["event"], shows=leaked[:5])
        if wrong:
            self.fault("not as sent", identifier, block=block["event"], shows=wrong[:5])
        is_new, self.is_new = self.is_new, False
        place = self.group.behind(identifier)
        if self.start is None:
            if block["event"] == "reset":
                self.fault("resets without cause", identifier, after="no snapshot before it")
            self.start, self.highest = place, place - 1
            return self._told(identifier)
        self.figures.counts["resets"] += 1
        change = self._next_change()
        if change is None or change > identifier or block["event"] == "snapshot":
            last = self.group.visible[self.highest] if self.highest >= 0 else None
            self.fault("resets without cause", identifier, block=block["event"], after=write_id(last))
        else:
            # Who comes back over a change gets nothing of what was before it; who was there has had it.
            first = self.highest + 1 if is_new else self.group.behind(change)
            for covered in range(first, place):
                self.seen[covered] = self.seen[covered] or COVERED
        self._told(identifier)
        self.highest = max(self.highest, place - 1)

    # The end

    def _count(self):
        counts, seen = self.figures.counts, self.seen
        received = seen.count(RECEIVED, self.start)
        lost = []
        place = seen.find(LOST, self.start)
        while place >= 0:
            if not self._may_be_passed_over(place):
                lost.append(place)
            place = seen.find(LOST, place + 1)
        counts["received"] += received
        counts["to be received"] += received + len(lost)
        for place in lost[:DIFFERENCES_SHOWN]:
            self.fault("lost", self.group.visible[place])
        counts["lost"] += max(0, len(lost) - DIFFERENCES_SHOWN)

    def _may_be_passed_over(self, place):
        """Whether it may not be replayed, and may have been so."""
        identifier = self.group.visible[place]
        if identifier not in self.group.unread:
            return False
        connection = bisect.bisect_left(self.connections, (place, 0)) - 1
        return connection > 0 and self.sent.events[identifier].at < self.connections[connection][1] + REPLAY_MILLISECONDS


def compare_viewers(transcript, sent, figures):
    for block in transcript.blocks:
        block["key"] = parse_id(block["id"]) or (0, 0)
        block["found"] = {}
    for group, number in transcript.states():
        block = transcript.blocks[number]
        block["found"][group] = compare_state(block, sent.views[group, block["key"]])
    codes = {group: [_classify(block, sent.groups[group], sent) for block in transcript.blocks] for group in set(transcript.groups)}
    for number, (group, numbers) in enumerate(zip(transcript.groups, transcript.viewers)):
        ViewerCheck(number, group, transcript, codes[group], sent, figures).run(numbers)
    figures.counts["sight changes"] = sum(len(group.changes) for group in sent.groups)
    figures.counts["connections"] = sum(
        1 for numbers in transcript.viewers for number in numbers if transcript.blocks[number]["event"] == "(connected)")


# PostgreSQL

def _number(value):
    return "" if value is None else str(value)


def _truth(value):
    return "t" if value else "f"


VOICE_FLAGS = {"mute": "mute", "deaf": "deaf", "self_mute": "selfMute", "self_deaf": "selfDeaf", "streaming": "streaming",
               "video": "video", "suppress": "suppress"}


def row_of(event):
    """(table, {column: text}) of an event that is kept, or None."""
    topic, _, action = event.kind.partition(".")
    fields = event.fields
    if topic == "presence":
        return "presence_events", {"user_id": fields["userId"], "status": fields["status"],
                                   "clients": ",".join(fields["clients"]), "online": str(fields["online"])}
    if topic == "message":
        content = fields.get("content")
        return "message_events", {
            "kind": action, "channel_id": fields["channelId"], "message_id": fields["messageId"],
            "user_id": _number(fields.get("userId")), "content_length": _number(None if content is None else len(content))}
    if topic == "voice":
        return "voice_events", {
            "kind": action, "user_id": fields["userId"], "channel_id": fields["channelId"],
            "from_channel_id": _number(fields.get("fromChannelId")), "synthetic": _truth(fields.get("synthetic")),
            **{column: _truth(fields[name]) for column, name in VOICE_FLAGS.items()}}
    if topic == "member":
        return "member_events", {"kind": action, "user_id": fields["userId"], "members": _number(fields.get("members"))}
    if topic == "role" and action in ("granted", "revoked"):
        return "role_events", {"kind": action, "user_id": fields["userId"], "role_id": fields["roleId"]}
    return None


TABLES = ("presence_events", "message_events", "voice_events", "member_events", "role_events")


def compare_rows(tables, sent, figures):
    """`tables`: {table: [row as {column: text}]}."""
    wanted = {identifier: row for identifier, event in sent.events.items() if (row := row_of(event))}
    held = set()
    for table in TABLES:
        for row in tables.get(table, []):
            figures.counts["rows"] += 1
            identifier = int(row["epoch"]), int(row["number"])
            expected = wanted.get(identifier)
            if identifier in held:
                figures.fault("rows repeated", table=table, id=identifier, row=row)
            elif expected is None:
                figures.fault("rows not sent", table=table, id=identifier, row=row)
            elif expected[0] != table or any(row[name] != value for name, value in expected[1].items()):
                figures.fault("rows not as sent", table=table, id=identifier, row=row, wanted=expected)
            held.add(identifier)
    figures.counts["rows wanted"] = len(wanted)
    for identifier in sorted(wanted.keys() - held):
        event = sent.events[identifier]
        figures.fault("rows lost", id=identifier, kind=event.kind, dispatch=event.s, sent=event.at)


def read_table(text):
    """What `COPY … TO STDOUT WITH (FORMAT csv, HEADER)` wrote."""
    return list(csv.DictReader(text.splitlines()))
