"""What Discord lets a member do in a channel, by its documentation ("Permissions", "Threads"), for the comparisons.

Written from the documentation and sharing nothing with the services, so that the two can be compared.
"""

import datetime

BAN_MEMBERS, MANAGE_CHANNELS, MANAGE_GUILD, VIEW_AUDIT_LOG = 1 << 2, 1 << 4, 1 << 5, 1 << 7
ADMINISTRATOR, VIEW_CHANNEL, SEND_MESSAGES = 1 << 3, 1 << 10, 1 << 11
READ_MESSAGE_HISTORY, CONNECT, MANAGE_THREADS = 1 << 16, 1 << 20, 1 << 34
EVERYTHING = 0x1F_7FFF_FFFF_FFFF
TIMED_OUT = VIEW_CHANNEL | READ_MESSAGE_HISTORY
VOICE_CHANNELS, THREADS, PRIVATE_THREAD = (2, 13), (10, 11, 12), 12

# What a viewer has of a channel (specs/sight.md).
VIEW, TEXT, HISTORY, MANAGE = 1, 2, 4, 8
# What a viewer may have of the guild as a whole, under this name in a sight.
RIGHTS, RIGHTS_SHOWN = "rights", BAN_MEMBERS | MANAGE_GUILD | VIEW_AUDIT_LOG


def unix_milliseconds(text):
    """Of one of Discord's time stamps, the part of a millisecond counted as a whole one; or None."""
    if not text:
        return None
    since = datetime.datetime.fromisoformat(text) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return -(-since // datetime.timedelta(milliseconds=1))


class Member:
    """`until`: the time-out's end in Unix milliseconds, or None."""

    def __init__(self, roles=(), until=None):
        self.roles, self.until = set(roles), until


class Guild:
    """What permissions depend on. Roles: {id: permissions}; channels: {id: (type, parent)}; overwrites: {channel: [(id, is it a
    member's, allow, deny)]}; threads: {private thread: users}; members: {user: Member}."""

    def __init__(self, identifier, owner=None):
        self.id, self.owner = identifier, owner
        self.roles, self.channels, self.overwrites, self.threads, self.members = {}, {}, {}, {}, {}

    def is_member(self, user):
        """`user` None: nobody in particular, who has what @everyone has."""
        return user is None or user in self.members

    def _base(self, user, roles):
        if user is not None and user == self.owner:
            return EVERYTHING
        permissions = self.roles.get(self.id, 0)
        for role in roles:
            permissions |= self.roles.get(role, 0)
        return EVERYTHING if permissions & ADMINISTRATOR else permissions

    def _overwritten(self, permissions, user, roles, channel):
        """@everyone's overwrite, then those of all roles at once, where an allow wins, then the member's own."""
        steps = [[0, 0], [0, 0], [0, 0]]
        for identifier, is_member, allow, deny in self.overwrites.get(channel, ()):
            if is_member:
                step = 2 if identifier == user else None
            else:
                step = 0 if identifier == self.id else 1 if identifier in roles else None
            if step is not None:
                steps[step][0] |= allow
                steps[step][1] |= deny
        for allow, deny in steps:
            permissions = permissions & ~deny | allow
        return permissions

    def permissions(self, user, channel, now):
        """Permissions in a channel or thread; `now` in Unix milliseconds. 0 without VIEW_CHANNEL."""
        if channel not in self.channels or not self.is_member(user):
            return 0
        member = self.members.get(user) or Member()
        kind, parent = self.channels[channel]
        base = self._base(user, member.roles)
        if base & ADMINISTRATOR:
            return EVERYTHING
        place = channel
        if kind in THREADS:
            if parent not in self.channels:
                return 0
            place = parent
        permissions = self._overwritten(base, user, member.roles, place)
        if member.until is not None and now < member.until:
            permissions &= TIMED_OUT
        if not permissions & VIEW_CHANNEL:
            return 0
        if kind == PRIVATE_THREAD and not permissions & MANAGE_THREADS and user not in self.threads.get(channel, ()):
            return 0
        return permissions

    def bits(self, user, channel, now):
        """VIEW, TEXT, HISTORY and MANAGE as far as the user has them."""
        permissions = self.permissions(user, channel, now)
        if not permissions & VIEW_CHANNEL:
            return 0
        seen = VIEW | (MANAGE if user is not None and permissions & MANAGE_CHANNELS else 0)
        if self.channels[channel][0] in VOICE_CHANNELS and not permissions & CONNECT:
            return seen
        return seen | TEXT | (HISTORY if permissions & READ_MESSAGE_HISTORY else 0)

    def rights(self, user, now):
        """Of RIGHTS_SHOWN, what a member has; nobody in particular has none."""
        if user not in self.members:
            return 0
        member = self.members[user]
        base = self._base(user, member.roles)
        is_out = member.until is not None and now < member.until and not base & ADMINISTRATOR
        return 0 if is_out else base & RIGHTS_SHOWN

    def sight(self, user, now):
        """{channel: bits} of all channels that there are, and RIGHTS; nothing for who is no member."""
        if not self.is_member(user):
            return {}
        return {RIGHTS: self.rights(user, now)} | {channel: self.bits(user, channel, now) for channel in self.channels}
