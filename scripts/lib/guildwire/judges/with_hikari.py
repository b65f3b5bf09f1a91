"""hikari as the scenes want it. Its own names stay in here."""

import base64
import functools

from .stage import Record


class Peer:
    name = "hikari"
    compressions = {
        "zlib-stream": "transport_zlib_stream", "zstd-stream": "transport_zstd_stream",
        "payload compression": "payload_zlib_stream", "no compression": None,
    }
    # It warns of every line that breaks, as it should.
    at_cut = (r"WARNING hikari\.gateway\.\d+: failed to communicate with server, reason was: 'Socket has closed'",)

    def __init__(self, api, gateway, token, compression=None, shards=None):
        import hikari
        from hikari.impl import gateway_bot, shard
        self.hikari, self.record, self.shards = hikari, Record(), shards
        if compression:
            chosen = self.compressions[compression]
            chosen = chosen and hikari.api.shard.GatewayCompression(chosen)
            # The bot has no option for it; the class that it makes its connections of has.
            gateway_bot.shard_impl = type("shard_impl", (), {
                "GatewayShardImpl": functools.partial(shard.GatewayShardImpl, compression=chosen)})
        # `logs=None`: it leaves the loggers as they are. No look for updates either: it would leave this machine.
        self.bot = hikari.GatewayBot(token, rest_url=api, intents=hikari.Intents.ALL, logs=None, banner=None,
                                     suppress_optimization_warning=True)
        self._listen()

    # Life

    async def start(self):
        """Logs in and connects; ends when every guild is there, with all its members."""
        mark = self.record.mark()
        await self.bot.start(check_for_updates=False, shard_count=self.shards)
        readies = await self.record.wait(mark, "ready", count=self.shards or 1)
        readies = readies if self.shards else [readies]
        for guild in set().union(*(ready["guilds"] for ready in readies)):
            available = await self.record.wait(mark, "guild", id=guild)
            if available["chunked"]:
                await self.record.wait(mark, "last chunk", guild=guild)

    async def close(self):
        await self.bot.close()

    def latencies(self):
        return list(self.bot.heartbeat_latencies.values())

    # What it was told

    def identity(self):
        cache = self.bot.cache
        return {"user": str(self.bot.get_me().id), "application": self.record.since(0, "ready")[0]["application"],
                "guilds": {str(guild) for guild in cache.get_guilds_view()}}

    def shard_of(self, guild):
        return [event["shard"] for event in self.record.since(0, "guild", id=str(guild))][-1]

    def guild(self, guild):
        cache, number = self.bot.cache, int(guild)
        guild = cache.get_guild(number)
        channels = cache.get_guild_channels_view_for_guild(number).values()
        presences = cache.get_presences_view_for_guild(number).values()
        return {
            "name": guild.name, "owner": str(guild.owner_id), "members": guild.member_count,
            "roles": {str(role.id): (role.name, int(role.permissions), int(role.color), role.position)
                      for role in cache.get_roles_view_for_guild(number).values()},
            "channels": {str(one.id): (one.name, int(one.type), text(one.parent_id), one.position, len(one.permission_overwrites))
                         for one in channels},
            "threads": {str(one.id): (one.name, int(one.type), text(one.parent_id), one.is_archived)
                        for one in cache.get_threads_view_for_guild(number).values()},
            "voice": {str(state.user_id): str(state.channel_id)
                      for state in cache.get_voice_states_view_for_guild(number).values()},
            "presences": {str(one.user_id): one.visible_status.value for one in presences if one.visible_status != "offline"},
        }

    def members(self, guild):
        return {str(member.id): (member.username, member.nickname, {str(role) for role in member.role_ids} - {str(guild)},
                                 member.is_bot) for member in self.bot.cache.get_members_view_for_guild(int(guild)).values()}

    async def query_members(self, guild, prefix, limit):
        return await self._chunk(guild, query=prefix, limit=limit)

    async def members_by_id(self, guild, ids):
        return await self._chunk(guild, users=[int(one) for one in ids])

    async def _chunk(self, guild, **request):
        mark, nonce = self.record.mark(), f"judge-{self.record.mark()}"
        await self.bot.request_guild_members(int(guild), nonce=nonce, **request)
        return (await self.record.wait(mark, "chunk", nonce=nonce))["members"]

    # What it does

    async def send(self, channel, content=None, nonce=None, embed=None, file=None, button=None):
        hikari, more = self.hikari, {}
        if content is not None:
            more["content"] = content
        if nonce is not None:
            more["nonce"] = nonce
        if embed:
            more["embed"] = hikari.Embed(title=embed["title"], description=embed["description"]).add_field("field", "value")
        if file:
            more["attachment"] = hikari.Bytes(file[1], file[0])
        if button:
            row = self.bot.rest.build_message_action_row()
            row.add_interactive_button(hikari.ButtonStyle.PRIMARY, button, label="Press")
            more["component"] = row
        message = await self.bot.rest.create_message(int(channel), **more)
        return {"id": str(message.id), "content": message.content or "", "nonce": text(message.nonce),
                "embeds": [one.title for one in message.embeds],
                "files": [(one.filename, one.size) for one in message.attachments]}

    async def edit(self, channel, message, content):
        return (await self.bot.rest.edit_message(int(channel), int(message), content)).content

    async def delete(self, channel, message):
        await self.bot.rest.delete_message(int(channel), int(message))

    async def react(self, channel, message, emoji):
        await self.bot.rest.add_reaction(int(channel), int(message), emoji)

    async def unreact(self, channel, message, emoji):
        await self.bot.rest.delete_my_reaction(int(channel), int(message), emoji)

    async def history(self, channel, limit):
        return [message.content or "" async for message in self.bot.rest.fetch_messages(int(channel)).limit(limit)]

    async def set_role(self, guild, user, role, granted):
        rest = self.bot.rest
        await (rest.add_role_to_member if granted else rest.remove_role_from_member)(int(guild), int(user), int(role))

    async def fetch_member(self, guild, user):
        return str((await self.bot.rest.fetch_member(int(guild), int(user))).id)

    async def set_presence(self, status, activity):
        await self.bot.update_presence(status=self.hikari.Status(status), activity=self.hikari.Activity(name=activity))

    async def move_to_voice(self, guild, channel):
        await self.bot.update_voice_state(int(guild), int(channel) if channel else None)

    async def register(self, commands):
        """Slash commands {name: description}, each with an option `text` that it completes; all that were there before go."""
        rest, hikari = self.bot.rest, self.hikari
        option = hikari.CommandOption(type=hikari.OptionType.STRING, name="text", description="what to say", is_required=True,
                                      autocomplete=True)
        builders = [rest.slash_command_builder(name, description).add_option(option) for name, description in commands.items()]
        made = await rest.set_application_commands(int(self.identity()["application"]), builders)
        return {command.name: str(command.id) for command in made}

    async def _ran(self, event):
        interaction = event.interaction
        name, given = interaction.command_name, interaction.options[0].value
        self.record.note("command", name=name, text=given, user=str(interaction.user.id))
        await {"echo": self._answer, "later": self._answer_later, "form": self._open_form}[name](interaction, f"{name}: {given}")

    async def _answer(self, interaction, text):
        await interaction.create_initial_response(self.hikari.ResponseType.MESSAGE_CREATE, text)
        message = await interaction.fetch_initial_response()
        self.record.note("answered", content=message.content)
        await interaction.execute("followed up")

    async def _answer_later(self, interaction, text):
        await interaction.create_initial_response(self.hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
        message = await interaction.edit_initial_response(text)
        self.record.note("answered", content=message.content)
        await interaction.execute("for one alone", flags=self.hikari.MessageFlag.EPHEMERAL)
        await interaction.delete_initial_response()

    async def _open_form(self, interaction, text):
        row = self.bot.rest.build_modal_action_row().add_text_input("field", "Field")
        await interaction.create_modal_response("Form", "form", component=row)

    async def _submitted(self, event):
        interaction = event.interaction
        self.record.note("form", custom_id=interaction.custom_id, value=interaction.components[0][0].value,
                         user=str(interaction.user.id))
        await interaction.create_initial_response(self.hikari.ResponseType.MESSAGE_CREATE, "thank you",
                                                  flags=self.hikari.MessageFlag.EPHEMERAL)

    async def _completing(self, event):
        from hikari.impl import AutocompleteChoiceBuilder
        interaction = event.interaction
        given = next(option for option in interaction.options if option.is_focused).value
        await interaction.create_response([AutocompleteChoiceBuilder(f"{given}{ending}", f"{given}{ending}") for ending in "ab"])

    async def _pressed(self, event):
        interaction = event.interaction
        self.record.note("component", custom_id=interaction.custom_id, user=str(interaction.user.id),
                         message=str(interaction.message.id))
        await interaction.create_initial_response(self.hikari.ResponseType.MESSAGE_UPDATE, "pressed", components=[])

    # Events

    def _listen(self):
        hikari, note, add = self.hikari, self.record.note, self._subscribe
        add(hikari.ShardReadyEvent, lambda event: note(
            "ready", shard=event.shard.id, application=str(event.application_id),
            guilds={str(one) for one in event.unavailable_guilds}))
        add(hikari.ShardResumedEvent, lambda event: note("resumed"))
        add(hikari.GuildAvailableEvent, lambda event: note(
            "guild", id=str(event.guild_id), shard=event.shard.id, chunked=event.chunk_nonce is not None))
        add(hikari.MemberChunkEvent, self._chunk_came)
        add(hikari.GuildMessageCreateEvent, lambda event: note(
            "message", id=str(event.message_id), channel=str(event.channel_id), author=str(event.author_id),
            content=event.content or "", bot=event.author.is_bot, nonce=text(event.message.nonce), kind_of=int(event.message.type),
            embeds=[one.title for one in event.embeds], webhook=text(event.message.webhook_id)))
        add(hikari.GuildMessageUpdateEvent, lambda event: note(
            "message edited", id=str(event.message_id), content=event.content, edited=bool(event.message.edited_timestamp)))
        add(hikari.GuildMessageDeleteEvent, lambda event: note(
            "message deleted", id=str(event.message_id), channel=str(event.channel_id)))
        add(hikari.GuildBulkMessageDeleteEvent, lambda event: note(
            "messages deleted", ids={str(one) for one in event.message_ids}))
        add(hikari.PresenceUpdateEvent, lambda event: note(
            "presence", user=str(event.user_id), status=event.presence.visible_status.value,
            activities=[one.name for one in event.presence.activities]))
        add(hikari.VoiceStateUpdateEvent, lambda event: note(
            "voice", user=str(event.state.user_id), channel=text(event.state.channel_id), muted=event.state.is_self_muted,
            before=text(event.old_state and event.old_state.channel_id)))
        add(hikari.GuildReactionAddEvent, lambda event: note(
            "reaction added", user=str(event.user_id), message=str(event.message_id), emoji=str(event.emoji_name)))
        add(hikari.GuildReactionDeleteEvent, lambda event: note(
            "reaction removed", user=str(event.user_id), message=str(event.message_id), emoji=str(event.emoji_name)))
        add(hikari.MemberCreateEvent, lambda event: note("member joined", user=str(event.user_id), name=event.user.username))
        add(hikari.MemberDeleteEvent, lambda event: note("member left", user=str(event.user_id)))
        add(hikari.MemberUpdateEvent, lambda event: note(
            "member updated", user=str(event.user_id), nick=event.member.nickname,
            roles={str(role) for role in event.member.role_ids} - {str(event.guild_id)}))
        add(hikari.GuildTypingEvent, lambda event: note("typing", user=str(event.user_id), channel=str(event.channel_id)))
        self._listen_to_structure()
        for kind, take in ((hikari.CommandInteractionCreateEvent, self._ran),
                           (hikari.ComponentInteractionCreateEvent, self._pressed),
                           (hikari.ModalInteractionCreateEvent, self._submitted),
                           (hikari.AutocompleteInteractionCreateEvent, self._completing)):
            self.bot.subscribe(kind, take)

    def _listen_to_structure(self):
        hikari, note, add = self.hikari, self.record.note, self._subscribe
        for what, kind in (("create", "Create"), ("update", "Update"), ("delete", "Delete")):
            add(getattr(hikari, f"GuildChannel{kind}Event"), lambda event, what=what: note(
                f"channel {what}", id=str(event.channel_id), name=event.channel.name))
        for what, kind in (("create", hikari.RoleCreateEvent), ("update", hikari.RoleUpdateEvent)):
            add(kind, lambda event, what=what: note(f"role {what}", id=str(event.role_id), name=event.role.name))
        add(hikari.RoleDeleteEvent, lambda event: note(
            "role delete", id=str(event.role_id), name=event.old_role and event.old_role.name))
        for what, kind in (("create", hikari.GuildThreadCreateEvent), ("update", hikari.GuildThreadUpdateEvent)):
            add(kind, lambda event, what=what: note(f"thread {what}", id=str(event.thread_id), name=event.thread.name))
        add(hikari.GuildThreadDeleteEvent, lambda event: note("thread delete", id=str(event.thread_id)))

    def _chunk_came(self, event):
        self.record.note("chunk", nonce=event.nonce, members={str(one) for one in event.members})
        if event.chunk_index == event.chunk_count - 1:
            self.record.note("last chunk", guild=str(event.guild_id))

    def _subscribe(self, kind, take):
        async def listener(event):
            take(event)

        self.bot.subscribe(kind, listener)


def text(value):
    """Also None for what the library calls undefined, which is false."""
    return str(value) if value else None
