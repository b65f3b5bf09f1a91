"""discord.py as the scenes want it. Its own names stay in here."""

import asyncio
import io
import sys

from .stage import Record, Unsupported

# What the library takes for its compression is decided when it is imported: zstd where this package is there.
ZSTD = "zstandard"


class Peer:
    name = "discord.py"
    compressions = {
        "zlib-stream": "zlib-stream", "zstd-stream": "zstd-stream",
        "payload compression": Unsupported("its connections always ask for transport compression"),
        "no compression": Unsupported("its connections always ask for transport compression"),
    }
    # What it says of a cut line, or of a session that ended, above the level of mere information.
    at_cut = ()

    def __init__(self, api, gateway, token, compression=None, shards=None):
        if compression == "zlib-stream":
            sys.modules[ZSTD] = None
        import discord
        from discord import app_commands
        self.discord, self.record, self.token = discord, Record(), token
        discord.http.Route.BASE = api
        # The first connection and one after an invalid session go there; the address in READY is not a resume's only use.
        import yarl
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        # Voice itself is not judged.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        options = {"intents": discord.Intents.all(), "guild_ready_timeout": 0.5}
        kind = discord.AutoShardedClient if shards else discord.Client
        self.client = kind(shard_count=shards, **options) if shards else kind(**options)
        self.tree = app_commands.CommandTree(self.client)
        self.task = None
        self._listen()

    # Life

    async def start(self):
        """Logs in and connects; ends when every guild is there."""
        mark = self.record.mark()
        self.task = asyncio.create_task(self.client.start(self.token))
        waiting = asyncio.create_task(self.record.wait(mark, "ready"))
        done, _ = await asyncio.wait({self.task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task in done:
            await self.task
            raise RuntimeError("the client ended before it was ready")

    async def close(self):
        await self.client.close()
        if self.task:
            await asyncio.wait({self.task}, timeout=5)

    def latencies(self):
        return [pair[1] for pair in self.client.latencies] if hasattr(self.client, "latencies") else [self.client.latency]

    # What it was told

    def identity(self):
        return {"user": str(self.client.user.id), "application": str(self.client.application_id),
                "guilds": {str(guild.id) for guild in self.client.guilds}}

    def shard_of(self, guild):
        return self.client.get_guild(int(guild)).shard_id

    def guild(self, guild):
        guild = self.client.get_guild(int(guild))
        return {
            "name": guild.name, "owner": str(guild.owner_id), "members": guild.member_count,
            "roles": {str(role.id): (role.name, role.permissions.value, role.color.value, role.position)
                      for role in guild.roles},
            "channels": {str(channel.id): (channel.name, channel.type.value, text(channel.category_id), channel.position,
                                           len(channel.overwrites)) for channel in guild.channels},
            "threads": {str(thread.id): (thread.name, thread.type.value, text(thread.parent_id), thread.archived)
                        for thread in guild.threads},
            "voice": {str(user): str(state.channel.id) for user, state in guild._voice_states.items()},
            "presences": {str(member.id): str(member.status) for member in guild.members if str(member.status) != "offline"},
        }

    def members(self, guild):
        return {str(member.id): (member.name, member.nick, {str(role.id) for role in member.roles} - {str(guild)}, member.bot)
                for member in self.client.get_guild(int(guild)).members}

    async def query_members(self, guild, prefix, limit):
        return {str(member.id) for member in await self.client.get_guild(int(guild)).query_members(prefix, limit=limit)}

    async def members_by_id(self, guild, ids):
        found = await self.client.get_guild(int(guild)).query_members(user_ids=[int(one) for one in ids])
        return {str(member.id) for member in found}

    # What it does

    def _channel(self, channel):
        return self.client.get_channel(int(channel))

    async def send(self, channel, content=None, nonce=None, embed=None, file=None, button=None):
        more = {}
        if embed:
            more["embed"] = self.discord.Embed(title=embed["title"], description=embed["description"]).add_field(
                name="field", value="value")
        if file:
            more["file"] = self.discord.File(io.BytesIO(file[1]), filename=file[0])
        if button:
            more["view"] = self._view(button)
        message = await self._channel(channel).send(content, nonce=nonce, **more)
        return {"id": str(message.id), "content": message.content, "nonce": text(message.nonce),
                "embeds": [one.title for one in message.embeds],
                "files": [(one.filename, one.size) for one in message.attachments]}

    async def edit(self, channel, message, content):
        edited = await self._channel(channel).get_partial_message(int(message)).edit(content=content)
        return edited.content

    async def delete(self, channel, message):
        await self._channel(channel).get_partial_message(int(message)).delete()

    async def react(self, channel, message, emoji):
        await self._channel(channel).get_partial_message(int(message)).add_reaction(emoji)

    async def unreact(self, channel, message, emoji):
        await self._channel(channel).get_partial_message(int(message)).remove_reaction(emoji, self.client.user)

    async def history(self, channel, limit):
        return [message.content async for message in self._channel(channel).history(limit=limit)]

    async def set_role(self, guild, user, role, granted):
        guild = self.client.get_guild(int(guild))
        member, role = guild.get_member(int(user)), guild.get_role(int(role))
        await (member.add_roles(role) if granted else member.remove_roles(role))

    async def fetch_member(self, guild, user):
        return str((await self.client.get_guild(int(guild)).fetch_member(int(user))).id)

    async def set_presence(self, status, activity):
        await self.client.change_presence(status=self.discord.Status(status), activity=self.discord.Game(activity))

    async def move_to_voice(self, guild, channel):
        guild = self.client.get_guild(int(guild))
        await guild.change_voice_state(channel=self.discord.Object(int(channel)) if channel else None)

    async def register(self, commands):
        """Slash commands {name: description}, each with an option `text` that it completes; all that were there before go."""
        self.tree.clear_commands(guild=None)
        for name, description in commands.items():
            self.tree.add_command(self._command(name, description))
        return {command.name: str(command.id) for command in await self.tree.sync()}

    def _command(self, name, description):
        discord, record = self.discord, self.record

        async def run(interaction: discord.Interaction, text: str):
            record.note("command", name=name, text=text, user=str(interaction.user.id))
            await self._answers[name](self, interaction, f"{name}: {text}")

        async def complete(interaction: discord.Interaction, current: str):
            return [discord.app_commands.Choice(name=f"{current}{ending}", value=f"{current}{ending}") for ending in "ab"]

        command = discord.app_commands.Command(name=name, description=description, callback=run)
        command.autocomplete("text")(complete)
        return command

    async def _answer(self, interaction, text):
        await interaction.response.send_message(text)
        message = await interaction.original_response()
        self.record.note("answered", content=message.content)
        await interaction.followup.send("followed up")

    async def _answer_later(self, interaction, text):
        await interaction.response.defer(thinking=True)
        message = await interaction.edit_original_response(content=text)
        self.record.note("answered", content=message.content)
        await interaction.followup.send("for one alone", ephemeral=True)
        await interaction.delete_original_response()

    async def _open_form(self, interaction, text):
        discord, record = self.discord, self.record

        class Form(discord.ui.Modal):
            field = discord.ui.TextInput(label="Field", custom_id="field")

            async def on_submit(self, submitted):
                record.note("form", custom_id="form", value=self.field.value, user=str(submitted.user.id))
                await submitted.response.send_message("thank you", ephemeral=True)

        await interaction.response.send_modal(Form(title="Form", custom_id="form"))

    _answers = {"echo": _answer, "later": _answer_later, "form": _open_form}

    def _view(self, button):
        discord, record = self.discord, self.record

        class View(discord.ui.View):
            @discord.ui.button(label="Press", custom_id=button)
            async def press(self, interaction, pressed):
                record.note("component", custom_id=pressed.custom_id, user=str(interaction.user.id),
                            message=str(interaction.message.id))
                await interaction.response.edit_message(content="pressed", view=None)

        return View(timeout=None)

    # Events

    def _listen(self):
        client, note = self.client, self.record.note

        @client.event
        async def on_ready():
            note("ready")

        @client.event
        async def on_shard_ready(shard):
            note("shard ready", shard=shard)

        @client.event
        async def on_resumed():
            note("resumed")

        @client.event
        async def on_message(message):
            note("message", id=str(message.id), channel=str(message.channel.id), author=str(message.author.id),
                 content=message.content, bot=message.author.bot, nonce=text(message.nonce), kind_of=message.type.value,
                 embeds=[one.title for one in message.embeds], webhook=text(message.webhook_id))

        @client.event
        async def on_raw_message_edit(edit):
            note("message edited", id=str(edit.message_id), content=edit.message.content,
                 edited=edit.message.edited_at is not None)

        @client.event
        async def on_raw_message_delete(deletion):
            note("message deleted", id=str(deletion.message_id), channel=str(deletion.channel_id))

        @client.event
        async def on_raw_bulk_message_delete(deletion):
            note("messages deleted", ids={str(one) for one in deletion.message_ids})

        @client.event
        async def on_presence_update(before, after):
            note("presence", user=str(after.id), status=str(after.status), activities=[one.name for one in after.activities])

        @client.event
        async def on_voice_state_update(member, before, after):
            note("voice", user=str(member.id), channel=text(after.channel and after.channel.id),
                 before=text(before.channel and before.channel.id), muted=after.self_mute)

        @client.event
        async def on_raw_reaction_add(reaction):
            note("reaction added", user=str(reaction.user_id), message=str(reaction.message_id), emoji=str(reaction.emoji))

        @client.event
        async def on_raw_reaction_remove(reaction):
            note("reaction removed", user=str(reaction.user_id), message=str(reaction.message_id), emoji=str(reaction.emoji))

        @client.event
        async def on_member_join(member):
            note("member joined", user=str(member.id), name=member.name)

        @client.event
        async def on_raw_member_remove(removal):
            note("member left", user=str(removal.user.id))

        @client.event
        async def on_member_update(before, after):
            everyone = after.guild.id
            note("member updated", user=str(after.id), roles={str(role.id) for role in after.roles if role.id != everyone},
                 nick=after.nick)

        @client.event
        async def on_raw_typing(typing):
            note("typing", user=str(typing.user_id), channel=str(typing.channel_id))

        for what in ("create", "update", "delete"):
            self._listen_to_structure(what)

    def _listen_to_structure(self, what):
        note = self.record.note

        async def channel(*channels):
            note(f"channel {what}", id=str(channels[-1].id), name=channels[-1].name)

        async def role(*roles):
            note(f"role {what}", id=str(roles[-1].id), name=roles[-1].name)

        async def thread(*threads):
            note(f"thread {what}", id=str(threads[-1].id), name=threads[-1].name)

        setattr(self.client, f"on_guild_channel_{what}", channel)
        setattr(self.client, f"on_guild_role_{what}", role)
        setattr(self.client, f"on_thread_{what}", thread)


def text(value):
    return None if value is None else str(value)
