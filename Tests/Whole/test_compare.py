"""The comparison that scripts/chaos ends with: what is right passes, and each way of being wrong is found and named."""

import array
import copy
import json
import unittest

import support  # noqa: F401  (finds guildwire)
from guildwire.chaos import Chaos, sequence
from guildwire.compare import Figures, Sent, Transcript, compare_rows, compare_viewers, parse_id, read_table, row_of, write_id
from guildwire.faults import ACTIONS, STRUCK_WITH, plan
from guildwire.oracle import Oracle
from guildwire.plants import plant
from guildwire.processes import Failure

GUILD, OPEN, HIDDEN, ROOM, CELLAR = "100", "201", "202", "203", "204"
ANNA, BEN, CLEO = "301", "302", "303"
EPOCH = 1_732_147_200_000
NOBODY_SEES = [{"id": GUILD, "type": 0, "allow": "0", "deny": "1024"}]


def user(identifier, name):
    return {"id": identifier, "username": name, "global_name": name.title(), "avatar": None}


def member(identifier, name, roles=()):
    return {"user": user(identifier, name), "nick": None, "roles": list(roles)}


def voice(identifier, channel, **flags):
    return "VOICE_STATE_UPDATE", {"guild_id": GUILD, "user_id": identifier, "channel_id": channel, "self_mute": False, **flags}


def message(identifier, channel=OPEN, content="hello"):
    return "MESSAGE_CREATE", {"id": identifier, "guild_id": GUILD, "channel_id": channel, "author": user(ANNA, "anna"),
                              "content": content, "attachments": [], "type": 0}


def edit(identifier, when, content):
    return "MESSAGE_UPDATE", {**message(identifier)[1], "content": content, "edited_timestamp": when}


WORLD = "GUILD_CREATE", {
    "id": GUILD, "member_count": 2, "members": [member(ANNA, "anna"), member(BEN, "ben", ["400"])],
    "presences": [{"user": {"id": ANNA}, "status": "online"}], "voice_states": [{"user_id": BEN, "channel_id": CELLAR}],
    "roles": [{"id": GUILD, "name": "@everyone", "permissions": "1049600"}, {"id": "400", "name": "Player"},
              {"id": "401", "name": "Artist"}],
    "channels": [{"id": OPEN, "name": "open", "type": 0}, {"id": HIDDEN, "name": "hidden", "type": 0, "permission_overwrites": NOBODY_SEES},
                 {"id": ROOM, "name": "room", "type": 2},
                 {"id": CELLAR, "name": "cellar", "type": 2, "permission_overwrites": NOBODY_SEES}],
}
SCRIPT = [
    ("READY", {}), WORLD, message("501"), message("502", HIDDEN), voice(ANNA, ROOM), voice(BEN, ROOM),
    voice(BEN, ROOM, self_mute=True), voice(BEN, ROOM, self_mute=True), edit("501", "2026-01-01T00:00:00Z", "hullo"),
    edit("501", "2026-01-01T00:00:00Z", "hullo"), ("TYPING_START", {"guild_id": GUILD, "channel_id": OPEN, "user_id": ANNA, "timestamp": 1}),
    ("GUILD_MEMBER_ADD", {"guild_id": GUILD, **member(CLEO, "cleo", ["400"])}),
    ("GUILD_MEMBER_UPDATE", {"guild_id": GUILD, **member(CLEO, "cleo", ["401"]), "nick": "Chloe"}),
    ("PRESENCE_UPDATE", {"guild_id": GUILD, "user": {"id": CLEO}, "status": "idle", "client_status": {"web": "idle", "mobile": "idle"}}),
    ("MESSAGE_REACTION_ADD", {"guild_id": GUILD, "channel_id": OPEN, "message_id": "501", "user_id": CLEO,
                              "emoji": {"id": None, "name": "+"}}),
    ("MESSAGE_DELETE", {"guild_id": GUILD, "channel_id": OPEN, "id": "501"}),
    ("GUILD_MEMBER_REMOVE", {"guild_id": GUILD, "user": user(CLEO, "cleo")}),
]


def log(script=SCRIPT, session="a"):
    return [{"session": session, "s": number + 1, "t": name, "d": copy.deepcopy(data), "at": 1000.0 * number}
            for number, (name, data) in enumerate(script)]


def received(sent, first=0):
    """A transcript of two viewers who got everything: a snapshot before the `first`, then events, with a beat between."""
    sent = sent.groups[0]
    blocks, numbers = [{"id": f"{EPOCH}-{2 << 20}", "event": "snapshot", "guilds": []}, {"id": "", "event": "(connected)"}], [1, 0]
    for key in sent.visible[first:]:
        kind, fields = sent.shown[key]
        data = {"id": write_id(key), "event": kind, "guild": GUILD, "ts": 1, "payload": {**fields, "more": 1}}
        blocks.append({"id": write_id(key), "event": kind, "data": data})
        numbers.append(len(blocks) - 1)
    blocks.append({"id": write_id(sent.visible[-1]), "event": ""})
    numbers.append(len(blocks) - 1)
    return Transcript(blocks, [array.array("I", numbers), array.array("I", numbers)])


def tables(sent):
    held = {}
    for key, event in sent.events.items():
        if row := row_of(event):
            held.setdefault(row[0], []).append({"epoch": str(key[0]), "number": str(key[1]), **row[1]})
    return held


class OracleTest(unittest.TestCase):
    def setUp(self):
        sent = Sent(log(), {EPOCH})
        self.events, self.shown = list(sent.events.values()), sent.groups[0].shown

    def test_what_everyone_sees_in_order(self):
        shown = [(number >> 20, number & (1 << 20) - 1, kind) for (_, number), (kind, _) in self.shown.items()]
        self.assertEqual(shown, [
            (3, 0, "message.created"), (5, 0, "voice.joined"), (6, 0, "voice.joined"), (7, 0, "voice.updated"),
            (9, 0, "message.updated"), (11, 0, "typing.started"), (12, 0, "member.joined"), (12, 1, "role.granted"), (13, 0, "role.revoked"),
            (13, 1, "role.granted"), (13, 2, "member.updated"), (14, 0, "presence.updated"), (15, 0, "reaction.added"),
            (16, 0, "message.deleted"), (17, 0, "member.left")])

    def test_a_guild_comes_first_and_then_who_is_in_voice(self):
        first = [(event.s, event.k, event.kind, event.fields.get("synthetic")) for event in self.events[:2]]
        self.assertEqual(first, [(2, 0, "guild.synced", None), (2, 1, "voice.joined", True)])

    def test_what_is_kept_of_hidden_channels_too(self):
        kinds = [(event.s, event.kind) for event in self.events if row_of(event)]
        self.assertIn((4, "message.created"), kinds)
        self.assertIn((6, "voice.moved"), kinds)

    def test_counts(self):
        by_kind = {event.kind: event.fields for event in self.events}
        self.assertEqual(by_kind["member.joined"]["members"], 3)
        self.assertEqual(by_kind["presence.updated"]["online"], 2)
        self.assertEqual((by_kind["member.left"]["members"], by_kind["member.left"]["online"]), (2, 1))
        self.assertEqual(by_kind["member.updated"]["displayName"], "Chloe")

    def test_a_message_that_goes_names_its_author(self):
        gone = next(event.fields for event in self.events if event.kind == "message.deleted")
        self.assertEqual((gone["userId"], gone["displayName"], gone["webhook"]), (ANNA, "Anna", False))

    def test_of_typing_only_so_much_is_told(self):
        oracle = Oracle()
        oracle.feed(log()[1])
        typing = {"guild_id": GUILD, "channel_id": OPEN, "user_id": ANNA}
        told = [len(oracle.feed({"s": 3, "t": "TYPING_START", "d": {**typing, "timestamp": second}, "at": 0}))
                for second in [100] * 40 + [99] + [101]]
        self.assertEqual((sum(told[:40]), told[40], told[41]), (32, 0, 1))

    def test_a_dispatch_that_it_does_not_know_is_refused(self):
        with self.assertRaises(Failure):
            Oracle().feed({"s": 1, "t": "STAGE_INSTANCE_CREATE", "d": {}, "at": 0})


class ComparisonTest(unittest.TestCase):
    def setUp(self):
        self.sent = Sent(log(), {EPOCH})
        self.visible = self.sent.groups[0].visible
        self.transcript = received(self.sent)

    def figures(self, transcript=None, rows=None):
        figures, transcript = Figures(), transcript or self.transcript
        for group, number in transcript.states():
            transcript.blocks[number].setdefault("guilds", [])
            self.sent.views[group, parse_id(transcript.blocks[number]["id"])] = {}
        compare_viewers(transcript, self.sent, figures)
        compare_rows(tables(self.sent) if rows is None else rows, self.sent, figures)
        return figures

    def faults(self, figures):
        self.assertEqual(figures.is_clean, not figures.faults)
        return figures.faults

    def test_everything_once_and_in_order_is_clean(self):
        figures = self.figures()
        self.assertEqual(self.faults(figures), {})
        self.assertEqual(figures.counts["received"], 2 * 15)
        self.assertEqual(figures.counts["to be received"], 2 * 15)
        self.assertEqual(figures.counts["connections"], 2)

    def test_each_plant_is_found(self):
        for kind, name in (("loss", "lost"), ("repeat", "repeated"), ("reorder", "out of order")):
            for seed in range(5):
                transcript = received(self.sent)
                plant(transcript, self.sent, kind, seed)
                self.assertEqual(self.faults(self.figures(transcript)), {name: 1}, (kind, seed))

    def test_a_verdict_that_is_not_clean_exits_1(self):
        plant(self.transcript, self.sent, "loss")
        chaos = Chaos.__new__(Chaos)
        said = []
        chaos.say, chaos.stack = said.append, type("", (), {"run": "run"})
        self.assertFalse(chaos.verdict(self.figures(self.transcript)))
        self.assertTrue(chaos.verdict(self.figures(received(self.sent))))
        self.assertIn("Chaos failed: lost 1.", "".join(said))

    def test_a_viewer_who_begins_later_needs_only_the_rest(self):
        transcript = received(self.sent, first=3)
        transcript.blocks[0]["id"] = write_id(self.visible[2])
        figures = self.figures(transcript)
        self.assertEqual(self.faults(figures), {})
        self.assertEqual(figures.counts["to be received"], 2 * 12)

    def test_what_the_snapshot_already_shows_is_a_repeat(self):
        self.transcript.blocks[0]["id"] = write_id(self.visible[2])
        self.assertEqual(self.faults(self.figures()), {"repeated": 2 * 3})

    def test_a_reset_is_a_fault_and_what_it_skips_is_lost(self):
        blocks, viewer = self.transcript.blocks, self.transcript.viewers[1]
        blocks.append({"id": write_id(self.visible[5]), "event": "reset"})
        # Events 4 and 5 of the visible ones are the numbers 6 and 7.
        self.transcript.viewers[1] = array.array("I", [*viewer[:6], len(blocks) - 1, *viewer[8:]])
        self.assertEqual(self.faults(self.figures()), {"resets without cause": 1, "lost": 2})

    def test_a_second_snapshot_is_a_reset_too(self):
        viewer = self.transcript.viewers[0]
        viewer.insert(6, viewer[1])
        self.assertEqual(self.faults(self.figures()), {"resets without cause": 1})

    def test_a_beat_ahead_of_what_follows_is_out_of_order(self):
        viewer = self.transcript.viewers[0]
        viewer[-1], viewer[-2] = viewer[-2], viewer[-1]
        self.assertEqual(self.faults(self.figures()), {"out of order": 1})

    def test_a_beat_that_goes_back_is_out_of_order(self):
        self.transcript.blocks.append({"id": write_id(self.visible[3]), "event": ""})
        self.transcript.viewers[0].insert(9, len(self.transcript.blocks) - 1)
        self.assertEqual(self.faults(self.figures()), {"out of order": 1})

    def test_a_viewer_without_a_snapshot_and_one_who_gave_up(self):
        self.transcript.blocks.append({"id": "503", "event": "(gave up)"})
        self.transcript.viewers[0] = array.array("I", [1, len(self.transcript.blocks) - 1])
        self.assertEqual(self.faults(self.figures()), {"gave up": 2})

    def test_other_contents_under_the_same_id(self):
        for change in ({"payload": {"content": "bye"}}, {"event": "message.deleted"}, {"id": "1-1"}):
            transcript = received(self.sent)
            transcript.blocks[2]["data"] |= change
            self.assertEqual(self.faults(self.figures(transcript)), {"not as sent": 2, "lost": 2})

    def test_what_the_viewer_must_not_see_has_leaked(self):
        hidden = next(key for key, event in self.sent.events.items() if event.fields.get("channelId") == HIDDEN)
        self.transcript.blocks.append({"id": write_id(hidden), "event": "message.created", "data": {}})
        self.transcript.viewers[0].append(len(self.transcript.blocks) - 1)
        self.assertEqual(self.faults(self.figures()), {"leaked": 1})

    def test_what_nobody_sent(self):
        self.transcript.blocks.append({"id": f"{EPOCH}-7", "event": "message.created", "data": {}})
        self.transcript.viewers[0].append(len(self.transcript.blocks) - 1)
        self.assertEqual(self.faults(self.figures()), {"not sent": 1})

    def test_rows(self):
        rows = tables(self.sent)
        for name, spoil in (
            ("rows lost", lambda rows: rows["message_events"].pop()),
            ("rows not sent", lambda rows: rows["message_events"].append({**rows["message_events"][0], "number": "7"})),
            ("rows repeated", lambda rows: rows["voice_events"].append(rows["voice_events"][0])),
            ("rows not as sent", lambda rows: rows["presence_events"][0].update(status="dnd")),
        ):
            spoilt = copy.deepcopy(rows)
            spoil(spoilt)
            self.assertEqual(self.faults(self.figures(rows=spoilt)), {name: 1})

    def test_a_second_session_has_its_own_epoch(self):
        sent = Sent(log() + log(SCRIPT[:3], "b"), {EPOCH, EPOCH + 5})
        self.assertEqual(sent.sessions, 2)
        self.assertIn((EPOCH + 5, 3 << 20), sent.events)


class PiecesTest(unittest.TestCase):
    def test_ids(self):
        self.assertEqual(parse_id("12-34"), (12, 34))
        self.assertIsNone(parse_id("12"))
        self.assertIsNone(parse_id(""))
        self.assertEqual(sequence(f"1-{5 << 20 | 3}"), 5)

    def test_tables_are_read_as_they_are_written(self):
        self.assertEqual(read_table("epoch,kind\n1,created\n2,\n"), [{"epoch": "1", "kind": "created"}, {"epoch": "2", "kind": ""}])

    def test_a_transcript_is_read_as_it_is_written(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/blocks.ndjson", "w") as file:
                file.write(json.dumps({"id": "1-1", "event": "snapshot"}) + "\n")
            with open(f"{folder}/viewers.bin", "wb") as file:
                file.write(bytes([3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]))
            transcript = Transcript.read(folder)
        self.assertEqual(transcript.groups, [3, 4])
        self.assertEqual([list(viewer) for viewer in transcript.viewers], [[0, 257], []])

    def test_a_plan_has_every_kind_and_repeats_for_its_seed(self):
        faults = plan(1, 75, 2)
        kinds = {(name, action) for name, actions in ACTIONS.items() for action in actions}
        self.assertEqual({(fault.target.split("-")[0], fault.action) for fault in faults}, kinds)
        self.assertEqual(faults, plan(1, 75, 2))
        self.assertNotEqual(faults, plan(2, 75, 2))
        self.assertTrue(all(fault.at + fault.seconds <= 75 and fault.seconds < 60 for fault in faults))
        self.assertEqual({fault.target for fault in plan(1, 30, 2, ["redis", "web-1"])}, {"redis", "web-1"})

    def test_one_target_is_not_struck_twice_at_a_time(self):
        ends = {}
        for fault in plan(3, 600, 3):
            for target in STRUCK_WITH.get(fault.target, (fault.target,)):
                self.assertGreaterEqual(fault.at, ends.get(target, -3) + 3)
                ends[target] = fault.at + fault.seconds


if __name__ == "__main__":
    unittest.main()
