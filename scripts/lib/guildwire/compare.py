"""Compares what a simulated Discord sent with what viewers received and with what PostgreSQL holds."""

import array
import bisect
import collections
import csv
import json
import random
import struct

from .oracle import Oracle

ORDINAL_BITS = 20
STATES = ("snapshot", "reset")
DIFFERENCES_SHOWN = 20


def parse_id(text):
    """`<epoch>-<number>` as two integers, or None."""
    epoch, hyphen, number = text.partition("-")
    return (int(epoch), int(number)) if hyphen and epoch.isdigit() and number.isdigit() else None


class Transcript:
    """What LoadProbe wrote: `blocks`, each once, and for each viewer the numbers of those it received, in its order."""

    def __init__(self, blocks, viewers):
        self.blocks, self.viewers = blocks, viewers

    @classmethod
    def read(cls, folder):
        with open(f"{folder}/blocks.ndjson", encoding="utf-8") as file:
            blocks = [json.loads(line) for line in file]
        viewers = []
        with open(f"{folder}/viewers.bin", "rb") as file:
            while head := file.read(4):
                viewers.append(array.array("I", file.read(4 * struct.unpack("<I", head)[0])))
        return cls(blocks, viewers)

    def plant(self, kind, seed=0):
        """Spoils what one viewer received, to see the comparison find it: loss, repeat or reorder. Answers the event's id."""
        chance = random.Random(seed)
        viewer = max(self.viewers, key=len)
        events = [place for place, number in enumerate(viewer) if "data" in self.blocks[number]]
        index = chance.randrange(len(events) // 3, len(events) // 2)
        place, following = events[index], events[index + 1]
        spoilt = self.blocks[viewer[place]]["id"]
        if kind == "loss":
            del viewer[place]
        elif kind == "repeat":
            viewer.insert(following + 1, viewer[place])
        else:
            viewer[place], viewer[following] = viewer[following], viewer[place]
        return spoilt


class Sent:
    """All events that the dispatches make, by id, and those of them that @everyone sees."""

    def __init__(self, entries, epochs):
        """`epochs`: of the sessions in the log, in their order; a session without one made no events."""
        sessions = list(dict.fromkeys(entry["session"] for entry in entries))
        oracle, places = Oracle(), dict(zip(sessions, sorted(epochs)))
        self.dispatches, self.sessions = len(entries), len(sessions)
        self.events = {}
        for entry in entries:
            for event in oracle.feed(entry):
                if entry["session"] in places:
                    number = event.s << ORDINAL_BITS | event.k
                    self.events[places[entry["session"]], number] = event
        self.visible = sorted(identifier for identifier, event in self.events.items() if event.shown)
        self.places = {identifier: place for place, identifier in enumerate(self.visible)}


class Figures:
    """What is counted, in the order in which it is shown; `faults` are those that have to be 0."""

    FAULTS = ["lost", "repeated", "out of order", "not as sent", "not sent", "resets", "gave up"]

    def __init__(self):
        self.counts = collections.Counter()
        self.differences = []

    def fault(self, what, count=1, **details):
        self.counts[what] += count
        if len(self.differences) < DIFFERENCES_SHOWN:
            self.differences.append({"what": what, **details})

    @property
    def is_clean(self):
        return self.counts["received"] > 0 and not self.differences


def _holds(payload, fields):
    return all(payload.get(name, fields) == value for name, value in fields.items())


SNAPSHOT, AWAY, BEAT, NOT_SENT, WRONG = -1, -2, -3, -4, -5


def _classify(transcript, sent):
    """For each block: the place of its event among those sent, or one of the codes above."""
    for block in transcript.blocks:
        name, identifier = block["event"], parse_id(block["id"])
        block["key"] = identifier
        if name in STATES:
            yield SNAPSHOT
        elif name.startswith("("):
            yield AWAY
        elif not name:
            yield BEAT
        elif identifier not in sent.places:
            yield NOT_SENT
        else:
            kind, fields = sent.events[identifier].shown
            data = block.get("data", {})
            same = name == kind == data.get("event") and data.get("id") == block["id"] and _holds(data["payload"], fields)
            yield sent.places[identifier] if same else WRONG


class ViewerCheck:
    """One viewer's stream, block by block."""

    def __init__(self, number, transcript, codes, sent, figures):
        self.number, self.blocks, self.codes = number, transcript.blocks, codes
        self.sent, self.figures = sent, figures
        self.start = None
        self.highest = -1
        self.seen = bytearray(len(sent.visible))

    def fault(self, what, identifier, **details):
        event = self.sent.events.get(identifier)
        if event:
            details.update(kind=event.kind, dispatch=event.s, sent=event.at)
        text = "-".join(map(str, identifier)) if identifier else None
        self.figures.fault(what, viewer=self.number, id=text, **details)

    def run(self, numbers):
        codes, seen = self.codes, self.seen
        for number in numbers:
            code = codes[number]
            # Nearly always: the next one.
            if code > self.highest and not seen[code] and self.start is not None:
                seen[code] = 1
                self.highest = code
            else:
                self._unusual(code, self.blocks[number])
        if self.start is None:
            return self.fault("gave up", None, after="no snapshot ever came")
        lost = len(seen) - self.start - sum(seen[self.start:])
        self.figures.counts["received"] += sum(seen[self.start:])
        self.figures.counts["to be received"] += len(seen) - self.start
        if lost:
            self._lost(lost)

    def _lost(self, lost):
        place = self.start
        for _ in range(min(lost, DIFFERENCES_SHOWN)):
            place = self.seen.index(0, place)
            self.fault("lost", self.sent.visible[place])
            place += 1
        self.figures.counts["lost"] += max(0, lost - DIFFERENCES_SHOWN)

    def _unusual(self, code, block):
        identifier = block["key"]
        if code == SNAPSHOT:
            self._state(block)
        elif code == AWAY:
            if block["event"] == "(gave up)":
                self.fault("gave up", None, after=f"status {block['id']}")
        elif code == BEAT:
            # The position scanned: nothing at or before it may follow.
            place = bisect.bisect_right(self.sent.visible, identifier or (0, 0)) - 1
            if place < self.highest:
                self.fault("out of order", identifier, of="a beat")
            self.highest = max(self.highest, place)
        elif code == NOT_SENT:
            self.fault("not sent", identifier, data=block.get("data"))
        elif code == WRONG:
            self.fault("not as sent", identifier, data=block.get("data"), wanted=self.sent.events[identifier].shown)
        elif self.seen[code] or self.start is None or code < self.start:
            self.fault("repeated", identifier)
        else:
            self.seen[code] = 1
            self.fault("out of order", identifier, behind="-".join(map(str, self.sent.visible[self.highest])))

    def _state(self, block):
        if self.start is None and block["event"] == "snapshot":
            self.start = bisect.bisect_right(self.sent.visible, block["key"])
            self.highest = self.start - 1
            return
        last = self.sent.visible[self.highest] if self.highest >= 0 else None
        self.fault("resets", block["key"], block=block["event"], after=last and "-".join(map(str, last)))
        self.start = self.start or 0
        self.highest = max(self.highest, bisect.bisect_right(self.sent.visible, block["key"]) - 1)


def compare_viewers(transcript, sent, figures):
    codes = list(_classify(transcript, sent))
    for number, numbers in enumerate(transcript.viewers):
        ViewerCheck(number, transcript, codes, sent, figures).run(numbers)
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
