"""Who may see what, in the comparison that scripts/chaos ends with: what is right passes, and each way of being wrong is named."""

import array
import copy
import unittest

import support  # noqa: F401  (finds guildwire)
from guildwire.compare import Figures, Sent, Transcript, compare_viewers, write_id
from guildwire.plants import plant
from guildwire.processes import Failure

GUILD, OPEN, STAFF, ROOM, CELLAR, THREAD = "100", "201", "202", "203", "204", "205"
MODERATOR, ANNA, BEN, CLEO = "400", "301", "302", "303"
EPOCH = 1_732_147_200_000
VIEW, HISTORY, CONNECT = 1 << 10, 1 << 16, 1 << 20
START = EPOCH, 2 << 20
GROUPS = ANNA, BEN, CLEO
# `ts` of the dispatches' events.
TIMES = {(EPOCH, s << 20): EPOCH + 1000 * s for s in range(100)}


def user(identifier):
    return {"id": identifier, "username": f"user{identifier}", "global_name": None, "avatar": None}


def member(identifier, roles=(), **fields):
    return {"user": user(identifier), "nick": None, "roles": list(roles), **fields}


def message(identifier, channel, author=BEN):
    return "MESSAGE_CREATE", {"id": identifier, "guild_id": GUILD, "channel_id": channel, "author": user(author),
                              "content": "hello", "attachments": [], "type": 0}


def voice(identifier, channel):
    return "VOICE_STATE_UPDATE", {"guild_id": GUILD, "user_id": identifier, "channel_id": channel}


def overwrite(identifier, allow=0, deny=0, kind=0):
    return {"id": identifier, "type": kind, "allow": str(allow), "deny": str(deny)}


def channel(identifier, kind, *overwrites, **fields):
    return {"id": identifier, "guild_id": GUILD, "name": f"channel{identifier}", "type": kind, "permission_overwrites": list(overwrites),
            **fields}


def roles_of(identifier, *roles, **fields):
    return "GUILD_MEMBER_UPDATE", {"guild_id": GUILD, **member(identifier, roles, **fields)}


HIDDEN = overwrite(GUILD, deny=VIEW), overwrite(MODERATOR, allow=VIEW)
# Anna is a moderator, Ben somebody, Cleo owns it.
WORLD = "GUILD_CREATE", {
    "id": GUILD, "owner_id": CLEO, "member_count": 3, "members": [member(ANNA, [MODERATOR]), member(BEN), member(CLEO)],
    "presences": [], "voice_states": [],
    "roles": [{"id": GUILD, "name": "@everyone", "permissions": str(VIEW | HISTORY | CONNECT)},
              {"id": MODERATOR, "name": "Moderator", "permissions": "0"}],
    "channels": [channel(OPEN, 0), channel(STAFF, 0, *HIDDEN), channel(ROOM, 2), channel(CELLAR, 2, *HIDDEN)],
}
SCRIPT = [
    ("READY", {}), WORLD,
    message("501", OPEN), message("502", STAFF),                                      # 3, 4
    voice(CLEO, ROOM), voice(CLEO, CELLAR), voice(CLEO, ROOM), voice(CLEO, CELLAR),   # 5 to 8: Ben sees coming and going
    message("503", OPEN), roles_of(BEN, MODERATOR), message("504", STAFF),            # 10: Ben sees more
    message("505", OPEN), roles_of(ANNA), message("506", STAFF), message("507", OPEN),     # 13: Anna sees less
    ("CHANNEL_UPDATE", channel(OPEN, 0, overwrite(BEN, deny=VIEW, kind=1))), message("508", OPEN),   # 16: Ben sees less
    ("GUILD_MEMBER_REMOVE", {"guild_id": GUILD, "user": user(ANNA)}), message("509", OPEN),          # 18: Anna is gone
    ("GUILD_MEMBER_ADD", {"guild_id": GUILD, **member(ANNA)}), message("510", OPEN), message("511", STAFF, CLEO),
    message("512", CELLAR, CLEO),
]


def log(script):
    return [{"session": "a", "s": number + 1, "t": name, "d": copy.deepcopy(data), "at": 1000.0 * number}
            for number, (name, data) in enumerate(script)]


def send(script=SCRIPT, users=GROUPS, times=None):
    """What is sent, with the views of every place where a snapshot may stand."""
    entries = log(script)
    sent = Sent(entries, {EPOCH}, users, times)
    places = {(number, place) for number, group in enumerate(sent.groups) for place in (START, *sent.events)}
    return Sent(entries, {EPOCH}, users, times, places)


def state(sent, group, place, name="reset"):
    guilds = [{"id": view.guild, "people": len(view.voice), "channels": sorted(view.channels),
               "voice": [[user, *held] for user, held in view.voice.items()], "messages": list(view.messages)}
              for view in sent.views[group, place].values()]
    return {"id": write_id(place), "event": name, "guilds": guilds}


def event(sent, group, place):
    kind, fields = sent.groups[group].shown[place]
    return {"id": write_id(place), "event": kind,
            "data": {"id": write_id(place), "event": kind, "guild": GUILD, "ts": 1, "payload": dict(fields)}}


def stream(sent, group):
    """What a viewer should receive who stays on one connection."""
    shown = sent.groups[group]
    blocks = [{"id": "", "event": "(connected)", "at": 0}, state(sent, group, START, "snapshot")]
    for place in sorted({*shown.visible, *shown.changes}):
        if place > START:
            blocks += [event(sent, group, place)] if place in shown.shown else []
            blocks += [state(sent, group, place)] if place in shown.changes else []
    blocks.append({"id": write_id(max(sent.events)), "event": ""})
    return blocks


def transcript(streams):
    blocks = [block for blocks in streams for block in blocks]
    numbers = iter(range(len(blocks)))
    return Transcript(blocks, [array.array("I", [next(numbers) for _ in one]) for one in streams], list(range(len(streams))))


class SightTest(unittest.TestCase):
    def setUp(self):
        self.sent = send(times=TIMES)
        self.streams = [copy.deepcopy(stream(self.sent, group)) for group in range(len(GROUPS))]

    def compare(self):
        figures = Figures()
        compare_viewers(transcript(self.streams), self.sent, figures)
        self.assertEqual(figures.is_clean, not figures.faults)
        return figures

    def faults(self):
        return self.compare().faults

    def place(self, dispatch, k=0):
        return EPOCH, dispatch << 20 | k

    def at(self, group, dispatch, name=None):
        """Where in the group's stream the dispatch's (first) block is."""
        return next(index for index, block in enumerate(self.streams[group])
                    if block["id"] == write_id(self.place(dispatch)) and name in (None, block["event"]))

    def kinds(self, group):
        return [(number >> 20, kind) for (_, number), (kind, _) in self.sent.groups[group].shown.items()]

    # What is right

    def test_what_each_sees(self):
        everybody = [(10, "role.granted"), (13, "role.revoked"), (18, "member.left"), (20, "member.joined")]
        anna = [(s, "message.created") for s in (3, 4, 9, 11, 12, 15, 17, 21)]
        moves = [(5, "voice.joined"), (6, "voice.moved"), (7, "voice.moved"), (8, "voice.moved")]
        self.assertEqual(self.kinds(0), sorted([*anna, *moves, *everybody[:2]]))
        ben = [(s, "message.created") for s in (3, 9, 11, 12, 14, 15, 22, 23)]
        self.assertEqual(self.kinds(1), sorted([*ben, (5, "voice.joined"), (6, "voice.left"), (7, "voice.joined"),
                                                (8, "voice.left"), *everybody]))
        cleo = [(s, "message.created") for s in (3, 4, 9, 11, 12, 14, 15, 17, 19, 21, 22, 23)]
        self.assertEqual(self.kinds(2), sorted([*cleo, *moves, *everybody]))

    def test_since_when_somebody_is_in_voice(self):
        times = [[(number >> 20, (fields["since"] - EPOCH) // 1000) for (_, number), (kind, fields) in self.sent.groups[group].shown.items()
                  if kind.startswith("voice.")] for group in (0, 1)]
        # Ben sees Cleo leave where a move leads away: as long as she was there.
        self.assertEqual(times, [[(5, 5), (6, 6), (7, 7), (8, 8)], [(5, 5), (6, 5), (7, 7), (8, 7)]])

    def test_where_sight_changes(self):
        changes = [[number >> 20 for _, number in group.changes][1:] for group in self.sent.groups]
        self.assertEqual(changes, [[13, 18, 20], [10, 16], []])

    def test_what_snapshots_show(self):
        before, after = (self.sent.views[1, self.place(s)][GUILD] for s in (9, 10))
        self.assertEqual((before.channels, before.voice, before.messages), ({OPEN, ROOM}, {}, ["501", "503"]))
        self.assertEqual((after.channels, after.voice, after.messages),
                         ({OPEN, STAFF, ROOM, CELLAR}, {CLEO: (CELLAR, EPOCH + 8000)}, ["501", "502", "503"]))
        self.assertEqual(self.sent.views[0, self.place(19)], {})

    def test_everything_in_its_place_is_clean(self):
        figures = self.compare()
        self.assertEqual(figures.faults, {})
        self.assertEqual(figures.counts["resets"], 5)
        self.assertEqual(figures.counts["received"], sum(len(group.visible) for group in self.sent.groups))

    def test_who_comes_back_over_a_change_gets_a_reset_for_all_of_it(self):
        first, last = self.at(1, 9), self.at(1, 10, "reset")
        # What was missed stands in the snapshot, which may be taken further on.
        self.streams[1][first:self.at(1, 14)] = [{"id": "1", "event": "(connected)", "at": 5}, state(self.sent, 1, self.place(13))]
        self.assertGreater(last, first)
        self.assertEqual(self.faults(), {})

    def test_one_reset_may_stand_for_several_changes(self):
        place = self.at(1, 10, "reset")
        self.streams[1][place:self.at(1, 16, "reset") + 1] = [state(self.sent, 1, self.place(17))]
        self.assertEqual(self.faults(), {})

    # What is wrong

    def test_a_hidden_event(self):
        leaked = event(self.sent, 2, self.place(4))
        self.streams[1].insert(self.at(1, 5), leaked)
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_an_event_behind_a_revocation(self):
        self.streams[0].insert(self.at(0, 15), event(self.sent, 2, self.place(14)))
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_the_open_stream_of_somebody_who_was_kicked(self):
        self.streams[0].insert(self.at(0, 18, "reset") + 1, event(self.sent, 2, self.place(19)))
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_both_ends_of_a_move_into_a_hidden_room(self):
        self.streams[1][self.at(1, 6)] = event(self.sent, 2, self.place(6))
        self.assertEqual(self.faults(), {"leaked": 1, "lost": 1})

    def test_a_hidden_channel_in_a_snapshot(self):
        self.streams[1][1]["guilds"][0]["channels"].append(STAFF)
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_people_of_a_hidden_room_in_a_snapshot(self):
        shown = self.streams[0][self.at(0, 13, "reset")]["guilds"][0]
        shown["voice"].append([CLEO, CELLAR, None])
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_another_time_in_voice(self):
        self.streams[1][self.at(1, 6)]["data"]["payload"]["since"] += 1
        self.streams[1][self.at(1, 10, "reset")]["guilds"][0]["voice"][0][2] = None
        self.assertEqual(self.faults(), {"not as sent": 2, "lost": 1})

    def test_a_count_of_hidden_people(self):
        self.streams[0][self.at(0, 13, "reset")]["guilds"][0]["people"] += 1
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_a_hidden_message_in_a_reset(self):
        self.streams[0][self.at(0, 13, "reset")]["guilds"][0]["messages"].append("502")
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_a_guild_in_the_snapshot_of_who_is_no_member(self):
        self.streams[0][self.at(0, 18, "reset")]["guilds"] = [{"id": GUILD, "people": 0, "channels": [], "voice": [], "messages": []}]
        self.assertEqual(self.faults(), {"leaked": 1})

    def test_a_snapshot_that_shows_too_little(self):
        for spoil in (lambda shown: shown["channels"].remove(OPEN), lambda shown: shown["messages"].remove("501"),
                      lambda shown: shown["voice"].clear(), lambda shown: shown.update(people=0)):
            self.setUp()
            spoil(self.streams[1][self.at(1, 10, "reset")]["guilds"][0])
            self.assertEqual(self.faults(), {"not as sent": 1})

    def test_a_reset_that_did_not_come(self):
        del self.streams[1][self.at(1, 10, "reset")]
        self.assertEqual(self.faults(), {"resets missing": 1})

    def test_the_last_reset_did_not_come(self):
        sent = self.sent = send(SCRIPT[:13])
        self.streams = [copy.deepcopy(stream(sent, group)) for group in range(3)]
        self.assertEqual(self.faults(), {})
        del self.streams[0][self.at(0, 13, "reset")]
        self.assertEqual(self.faults(), {"resets missing": 1})

    def test_a_reset_that_came_too_late(self):
        self.streams[0].insert(self.at(0, 15) + 1, self.streams[0].pop(self.at(0, 13, "reset")))
        # Its snapshot is of before what came in front of it.
        self.assertIn("resets missing", self.faults())

    def test_a_reset_without_a_cause(self):
        self.streams[2].insert(self.at(2, 9) + 1, state(self.sent, 2, self.place(9)))
        self.assertEqual(self.faults(), {"resets without cause": 1})

    def test_what_a_reset_without_a_cause_skips_is_lost(self):
        first = self.at(2, 9)
        self.streams[2][first:self.at(2, 12)] = [state(self.sent, 2, self.place(11))]
        self.assertEqual(self.faults(), {"resets without cause": 1, "lost": 3})

    def test_what_was_due_before_the_change_is_lost_although_a_reset_follows(self):
        del self.streams[1][self.at(1, 9)]
        self.assertEqual(self.faults(), {"lost": 1})

    def test_plants(self):
        found = {"loss": "lost", "repeat": "repeated", "reorder": "out of order", "leak": "leaked", "leak-snapshot": "leaked",
                 "reset": "resets without cause", "missing-reset": "resets missing"}
        for kind, name in found.items():
            for seed in range(8):
                self.setUp()
                recording, figures = transcript(self.streams), Figures()
                plant(recording, self.sent, kind, seed)
                compare_viewers(recording, self.sent, figures)
                self.assertEqual(figures.faults, {name: 1}, (kind, seed))

    def test_nothing_can_leak_where_nothing_is_hidden(self):
        sent = send(SCRIPT[:10], (CLEO,))
        for kind in ("leak", "leak-snapshot"):
            with self.assertRaises(Failure):
                plant(transcript([stream(sent, 0)]), sent, kind)


class PlacesTest(unittest.TestCase):
    """Where sight changes."""

    def changes(self, *script, users=(ANNA,), times=None):
        sent = send([*SCRIPT[:2], *script], users, times)
        return [(number >> 20, number & (1 << 20) - 1) for _, number in sent.groups[0].changes[1:]]

    def test_a_channel_that_is_made_or_deleted_changes_nobodys_sight(self):
        self.assertEqual(self.changes(("CHANNEL_CREATE", channel("206", 0, *HIDDEN)),
                                      ("CHANNEL_DELETE", channel(STAFF, 0))), [])

    def test_it_changes_where_the_permissions_stand_before_the_channel(self):
        self.assertEqual(self.changes(("CHANNEL_UPDATE", {**channel(OPEN, 0, *HIDDEN), "name": "new"}), users=(BEN,)), [(3, 0)])

    def test_roles(self):
        role = {"id": MODERATOR, "name": "Moderator", "permissions": "1024"}
        self.assertEqual(self.changes(
            ("GUILD_ROLE_UPDATE", {"guild_id": GUILD, "role": {**role, "color": 5, "permissions": "0"}}), users=(ANNA,)), [])
        # Nothing that Anna has not already.
        self.assertEqual(self.changes(("GUILD_ROLE_UPDATE", {"guild_id": GUILD, "role": role})), [])
        # But bans, and invitations.
        for permissions in ("4", "16", "8"):
            changed = {"guild_id": GUILD, "role": {**role, "permissions": permissions}}
            self.assertEqual(self.changes(("GUILD_ROLE_UPDATE", changed)), [(3, 0)], permissions)
        self.assertEqual(self.changes(("GUILD_ROLE_DELETE", {"guild_id": GUILD, "role_id": MODERATOR})), [(3, 0)])

    def test_a_member_comes_back_with_roles(self):
        self.assertEqual(self.changes(
            ("GUILD_MEMBER_REMOVE", {"guild_id": GUILD, "user": user(ANNA)}),
            ("GUILD_MEMBER_ADD", {"guild_id": GUILD, **member(ANNA, [MODERATOR])})), [(3, 0), (4, 0), (4, 1)])

    def test_the_owner(self):
        self.assertEqual(self.changes(("GUILD_UPDATE", {"id": GUILD, "owner_id": BEN}), users=(CLEO,)), [(3, 0)])

    def test_private_threads(self):
        made = ("THREAD_CREATE", {"id": THREAD, "guild_id": GUILD, "parent_id": OPEN, "type": 12, "name": "t", "owner_id": BEN,
                                  "newly_created": True})
        came = ("THREAD_MEMBERS_UPDATE", {"id": THREAD, "guild_id": GUILD, "added_members": [{"user_id": ANNA}]})
        went = ("THREAD_MEMBERS_UPDATE", {"id": THREAD, "guild_id": GUILD, "removed_member_ids": [ANNA]})
        self.assertEqual(self.changes(made, came, came, went), [(4, 0), (6, 0)])
        self.assertEqual(self.changes(made, came, went, users=(BEN,)), [])
        sent = send([*SCRIPT[:2], made, message("1", THREAD), came, message("2", THREAD), went, message("3", THREAD)], (ANNA, BEN))
        # Its members are told first, so that they see it made.
        self.assertEqual([number & (1 << 20) - 1 for _, number in sent.groups[1].shown if number >> 20 == 3], [1])
        self.assertEqual([fields["messageId"] for _, fields in sent.groups[0].shown.values() if "messageId" in fields], ["2"])

    def test_a_time_out_ends_with_the_first_event_from_then_on(self):
        out = roles_of(ANNA, MODERATOR, communication_disabled_until="1970-01-01T00:00:50+00:00")
        times = {(EPOCH, (s << 20)): s * 10_000 for s in range(1, 9)}
        script = [out, message("1", OPEN), message("2", ROOM), message("3", ROOM), message("4", ROOM)]
        self.assertEqual(self.changes(*script, times=times), [(3, 0), (5, 0)])
        sent = send([*SCRIPT[:2], *script], (ANNA,), times)
        self.assertEqual([fields["messageId"] for _, fields in sent.groups[0].shown.values() if "messageId" in fields], ["1", "3", "4"])

    def test_a_time_never_goes_back(self):
        out = roles_of(ANNA, MODERATOR, communication_disabled_until="1970-01-01T00:00:50+00:00")
        times = {(EPOCH, (s << 20)): (60_000 if s == 4 else 10_000) for s in range(1, 9)}
        self.assertEqual(self.changes(out, message("1", OPEN), message("2", ROOM), times=times), [(3, 0), (4, 0)])

    def test_a_channel_of_which_history_is_hidden_need_not_be_replayed(self):
        hide = ("CHANNEL_UPDATE", channel(OPEN, 0, overwrite(GUILD, deny=HISTORY)))
        sent = send([*SCRIPT[:2], hide, message("1", OPEN), message("2", STAFF, CLEO)], (ANNA,))
        self.assertEqual([number >> 20 for _, number in sent.groups[0].unread], [4])
        for at, lost in ((0, 0), (-60_000, 1)):
            blocks = stream(sent, 0)
            place = next(index for index, block in enumerate(blocks) if block["id"] == write_id((EPOCH, 4 << 20)))
            blocks[place] = {"id": "1", "event": "(connected)", "at": 3000 + at}
            figures = Figures()
            compare_viewers(transcript([blocks]), sent, figures)
            self.assertEqual(figures.counts["lost"], lost)
            blocks.pop(place)
            figures = Figures()
            compare_viewers(transcript([blocks]), sent, figures)
            self.assertEqual(figures.counts["lost"], 1)


if __name__ == "__main__":
    unittest.main()
