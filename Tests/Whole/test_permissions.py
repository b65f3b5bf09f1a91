"""The comparison's own idea of Discord's permissions, by the cases of its documentation."""

import unittest

import support  # noqa: F401  (finds guildwire)
from guildwire.permissions import (ADMINISTRATOR, BAN_MEMBERS, CONNECT, EVERYTHING, HISTORY, MANAGE, MANAGE_CHANNELS, MANAGE_GUILD,
                                   MANAGE_THREADS, READ_MESSAGE_HISTORY, RIGHTS, SEND_MESSAGES, TEXT, VIEW, VIEW_AUDIT_LOG,
                                   VIEW_CHANNEL, Guild, Member, unix_milliseconds)

GUILD, ROLE, OTHER, USER, OWNER, TEXT_CHANNEL, VOICE, THREAD, PRIVATE = "1", "10", "11", "20", "21", "30", "31", "32", "33"
NOW = 1_000_000


class PermissionsTest(unittest.TestCase):
    def setUp(self):
        self.guild = Guild(GUILD, OWNER)
        self.guild.roles = {GUILD: VIEW_CHANNEL | SEND_MESSAGES, ROLE: 0, OTHER: 0}
        self.guild.channels = {TEXT_CHANNEL: (0, None), VOICE: (2, None), THREAD: (11, TEXT_CHANNEL), PRIVATE: (12, TEXT_CHANNEL)}
        self.guild.members = {USER: Member([ROLE, OTHER]), OWNER: Member()}

    def overwrite(self, *entries, channel=TEXT_CHANNEL):
        self.guild.overwrites[channel] = list(entries)

    def has(self, channel=TEXT_CHANNEL, user=USER, now=NOW):
        return self.guild.permissions(user, channel, now)

    def test_everyone(self):
        self.assertEqual(self.has(), 3072)
        self.assertEqual(self.has(user=None), 3072)

    def test_roles_add_to_everyone_and_unknown_ones_count_for_nothing(self):
        self.guild.roles[ROLE] = READ_MESSAGE_HISTORY
        self.guild.members[USER].roles.add("gone")
        self.assertEqual(self.has(), 3072 | READ_MESSAGE_HISTORY)
        self.assertEqual(self.has(user=None), 3072)

    def test_the_owner_and_administrators_have_everything(self):
        self.overwrite((GUILD, False, 0, VIEW_CHANNEL), (USER, True, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(), 0)
        self.assertEqual(self.has(user=OWNER), EVERYTHING)
        self.guild.roles[ROLE] = ADMINISTRATOR
        self.assertEqual(self.has(), EVERYTHING)
        self.assertEqual(self.has(PRIVATE), EVERYTHING)

    def test_an_overwrite_of_everyone(self):
        self.overwrite((GUILD, False, 0, SEND_MESSAGES))
        self.assertEqual(self.has(), VIEW_CHANNEL)
        self.overwrite((GUILD, False, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(), 0)

    def test_of_several_roles_the_allow_wins(self):
        deny, allow = (ROLE, False, 0, VIEW_CHANNEL), (OTHER, False, VIEW_CHANNEL, 0)
        everyone = (GUILD, False, 0, VIEW_CHANNEL)
        for order in ((everyone, deny, allow), (allow, deny, everyone)):
            self.overwrite(*order)
            self.assertEqual(self.has(), 3072)

    def test_a_roles_overwrite_outranks_everyones_and_a_members_outranks_both(self):
        self.overwrite((GUILD, False, VIEW_CHANNEL, 0), (ROLE, False, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(), 0)
        self.overwrite((GUILD, False, 0, VIEW_CHANNEL), (ROLE, False, 0, VIEW_CHANNEL), (USER, True, VIEW_CHANNEL, 0))
        self.assertEqual(self.has(), 3072)
        self.overwrite((ROLE, False, VIEW_CHANNEL, 0), (USER, True, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(), 0)

    def test_documented_sums(self):
        self.guild.roles = {GUILD: SEND_MESSAGES, ROLE: VIEW_CHANNEL}
        self.overwrite((ROLE, False, 0, SEND_MESSAGES), (USER, True, SEND_MESSAGES | READ_MESSAGE_HISTORY, 0))
        self.assertEqual(self.has(), 68608)

    def test_an_overwrite_is_of_a_role_or_of_a_member(self):
        self.overwrite((ROLE, True, 0, VIEW_CHANNEL), (USER, False, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(), 3072)

    def test_who_is_no_member_has_nothing(self):
        self.assertEqual(self.has(user="99"), 0)
        self.assertEqual(self.guild.sight("99", NOW), {})

    def test_an_unknown_channel_has_nothing(self):
        self.assertEqual(self.has("99"), 0)

    def test_threads_follow_their_parent(self):
        self.assertEqual(self.has(THREAD), 3072)
        self.overwrite((GUILD, False, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(THREAD), 0)
        # Its own overwrites are none.
        self.overwrite((USER, True, VIEW_CHANNEL, 0), channel=THREAD)
        self.assertEqual(self.has(THREAD), 0)
        self.guild.channels.pop(TEXT_CHANNEL)
        self.assertEqual(self.has(THREAD), 0)

    def test_private_threads_ask_for_membership_or_manage_threads(self):
        self.assertEqual(self.has(PRIVATE), 0)
        self.guild.threads[PRIVATE] = {OTHER}
        self.assertEqual(self.has(PRIVATE), 0)
        self.guild.threads[PRIVATE] = {USER}
        self.assertEqual(self.has(PRIVATE), 3072)
        self.assertEqual(self.has(PRIVATE, user=None), 0)
        self.guild.threads = {}
        self.guild.roles[ROLE] = MANAGE_THREADS
        self.assertEqual(self.has(PRIVATE), 3072 | MANAGE_THREADS)
        self.overwrite((GUILD, False, 0, VIEW_CHANNEL))
        self.assertEqual(self.has(PRIVATE), 0)

    def test_a_time_out_leaves_seeing_and_reading_until_it_ends(self):
        self.guild.roles[GUILD] |= CONNECT | READ_MESSAGE_HISTORY
        self.guild.members[USER].until = NOW + 1
        self.assertEqual(self.has(), VIEW_CHANNEL | READ_MESSAGE_HISTORY)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW), VIEW)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW + 1), VIEW | TEXT | HISTORY)
        self.guild.members[OWNER].until = NOW + 1
        self.assertEqual(self.has(user=OWNER), EVERYTHING)

    def test_a_time_out_takes_manage_threads_too(self):
        self.guild.roles[ROLE] = MANAGE_THREADS
        self.guild.members[USER].until = NOW + 1
        self.assertEqual(self.has(PRIVATE), 0)
        self.assertEqual(self.has(PRIVATE, now=NOW + 1), 3072 | MANAGE_THREADS)

    def test_bits(self):
        self.assertEqual(self.guild.bits(USER, TEXT_CHANNEL, NOW), VIEW | TEXT)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW), VIEW)
        self.guild.roles[GUILD] |= READ_MESSAGE_HISTORY
        self.assertEqual(self.guild.bits(USER, TEXT_CHANNEL, NOW), VIEW | TEXT | HISTORY)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW), VIEW)
        self.overwrite((GUILD, False, CONNECT, 0), channel=VOICE)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW), VIEW | TEXT | HISTORY)

    def test_rights_and_managing(self):
        every = BAN_MEMBERS | MANAGE_GUILD | VIEW_AUDIT_LOG
        self.assertEqual(self.guild.rights(USER, NOW), 0)
        self.assertEqual(self.guild.rights(OWNER, NOW), every)
        self.guild.roles[GUILD] |= BAN_MEMBERS | MANAGE_CHANNELS
        self.assertEqual(self.guild.rights(USER, NOW), BAN_MEMBERS)
        self.assertEqual(self.guild.bits(USER, VOICE, NOW), VIEW | MANAGE)
        # Who has not logged in is perhaps no member.
        self.assertEqual((self.guild.rights(None, NOW), self.guild.bits(None, TEXT_CHANNEL, NOW)), (0, VIEW | TEXT))
        self.guild.members[USER].until = self.guild.members[OWNER].until = NOW + 1
        self.assertEqual((self.guild.rights(USER, NOW), self.guild.rights(OWNER, NOW)), (0, every))
        self.assertEqual(self.guild.sight(USER, NOW + 1)[RIGHTS], BAN_MEMBERS)

    def test_times(self):
        self.assertIsNone(unix_milliseconds(None))
        self.assertEqual(unix_milliseconds("1970-01-01T00:00:01.500000+00:00"), 1500)
        self.assertEqual(unix_milliseconds("1970-01-01T00:00:01.500001+00:00"), 1501)
        self.assertEqual(unix_milliseconds("1970-01-01T01:00:00+01:00"), 0)


if __name__ == "__main__":
    unittest.main()
