"""The part of the oracle that knows guild, roles, channels and threads: what their dispatches make, by specs/events.md."""

from .permissions import PRIVATE_THREAD, THREADS


def channel_fields(data):
    """A Channel object, as events tell it."""
    return {"channelId": data["id"], "name": data.get("name") or "", "type": data.get("type", 0), "parentId": data.get("parent_id"),
            "position": data.get("position") or 0, "topic": data.get("topic")}


def role_fields(role):
    color = (role.get("colors") or {}).get("primary_color", role.get("color", 0))
    return {"roleId": role["id"], "name": role.get("name") or "", "permissions": str(int(role.get("permissions") or 0)),
            "position": role.get("position", 0), "color": color}


def overwrite_list(values):
    """[(id, is it a member's, allow, deny)] by id."""
    return sorted((value["id"], int(value["type"]) == 1, int(value["allow"]), int(value["deny"])) for value in values or [])


def is_archived(data):
    return (data.get("thread_metadata") or {}).get("archived") is True


class Structure:
    """Handlers of `Oracle`, which has the guild, `_emit`, and people in voice."""

    def _take_structure(self, guild, data):
        """What a GUILD_CREATE tells of it. Who is in private threads it does not tell, but of the bot."""
        guild.name, guild.icon, guild.owner = data.get("name"), data.get("icon"), data.get("owner_id")
        guild.roles = {role["id"]: role_fields(role) for role in data["roles"]}
        everything = [*data["channels"], *data.get("threads", [])]
        guild.channels = {channel["id"]: channel_fields(channel) for channel in everything}
        guild.overwrites = {channel["id"]: held for channel in everything
                            if (held := overwrite_list(channel.get("permission_overwrites")))}
        guild.threads = {thread["id"]: {thread["member"].get("user_id") or self.bot} for thread in data.get("threads", [])
                         if thread["type"] == PRIVATE_THREAD and thread.get("member")}

    def _guild_update(self, guild, data):
        held = guild.name, guild.icon, guild.owner
        guild.name, guild.icon = data.get("name") or guild.name, data.get("icon")
        guild.owner = data.get("owner_id") or guild.owner
        if held != (guild.name, guild.icon, guild.owner):
            self._emit("guild.updated", name=guild.name, ownerId=guild.owner)

    # Roles

    def _role(self, guild, data):
        fields = role_fields(data["role"])
        held = guild.roles.get(fields["roleId"])
        if held != fields:
            guild.roles[fields["roleId"]] = fields
            self._emit("role.updated" if held else "role.created", **fields)

    _guild_role_create = _guild_role_update = _role

    def _guild_role_delete(self, guild, data):
        role = data["role_id"]
        if role not in guild.roles:
            return
        self._emit("role.deleted", roleId=role, name=guild.roles.pop(role)["name"])
        for member in guild.members.values():
            member.roles = [held for held in member.roles if held != role]

    # Channels

    def _channel(self, guild, data):
        identifier, fields = data["id"], channel_fields(data)
        if is_archived(data):
            return self._remove_channel(guild, data)
        if data.get("permission_overwrites") is not None:
            overwrites = overwrite_list(data["permission_overwrites"])
            if overwrites != guild.overwrites.get(identifier, []):
                guild.overwrites[identifier] = overwrites
                self._emit("channel.permissions", channelId=identifier, overwrites=overwrites)
        held = guild.channels.get(identifier)
        if held != fields:
            guild.channels[identifier] = fields
            self._emit("channel.updated" if held else "channel.created", **fields)

    _channel_create = _channel_update = _channel

    def _remove_channel(self, guild, data):
        fields = guild.channels.get(data["id"])
        if fields is None:
            return
        for user in sorted((user for user, state in guild.voice.items() if state["channel"] == data["id"]), key=int):
            self._change_voice(guild, user, guild.voice[user], None)
        self._emit("channel.deleted", **fields)
        for held in (guild.channels, guild.overwrites, guild.threads):
            held.pop(data["id"], None)

    _channel_delete = _thread_delete = _remove_channel

    # Threads

    def _thread_members(self, guild, thread, added, removed=frozenset()):
        held = guild.threads.setdefault(thread, set())
        added, removed = added - held, removed & held
        if added or removed:
            guild.threads[thread] = (held | added) - removed
            self._emit("thread.members", threadId=thread, added=sorted(added, key=int), removed=sorted(removed, key=int))

    def _thread(self, guild, data):
        """Who makes a private thread is in it; `member` is the bot."""
        if data["type"] == PRIVATE_THREAD and not is_archived(data):
            added = set()
            if data.get("newly_created") and data["id"] not in guild.channels and data.get("owner_id"):
                added.add(data["owner_id"])
            if data.get("member"):
                added.add(data["member"].get("user_id") or self.bot)
            self._thread_members(guild, data["id"], added - {None})
        self._channel(guild, data)

    _thread_create = _thread_update = _thread

    def _is_private_thread(self, guild, thread):
        return guild.channels.get(thread, {}).get("type") == PRIVATE_THREAD

    def _thread_members_update(self, guild, data):
        if self._is_private_thread(guild, data["id"]):
            removed = set(data.get("removed_member_ids") or [])
            added = {value["user_id"] for value in data.get("added_members") or []}
            self._thread_members(guild, data["id"], added - removed, removed)

    def _thread_member_update(self, guild, data):
        if self._is_private_thread(guild, data["id"]):
            self._thread_members(guild, data["id"], {data.get("user_id") or self.bot} - {None})

    def _thread_list_sync(self, guild, data):
        parents = data.get("channel_ids")
        listed = {value["id"]: value for value in data["threads"]}
        for identifier in sorted(guild.channels, key=int):
            fields = guild.channels[identifier]
            if fields["type"] in THREADS and identifier not in listed and (parents is None or fields["parentId"] in parents):
                self._remove_channel(guild, {"id": identifier})
        bots = {value["id"]: {value.get("user_id") or self.bot} for value in data.get("members") or []}
        for identifier in sorted(listed, key=int):
            value = listed[identifier]
            if value["type"] == PRIVATE_THREAD and not is_archived(value):
                told = bots.get(identifier, set()) - {None}
                self._thread_members(guild, identifier, told, guild.threads.get(identifier, set()) - told)
            self._thread(guild, value)
