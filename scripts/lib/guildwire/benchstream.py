"""What `scripts/gateway-bench` sends: one session of a bot in one guild, made from a seed, the same for every client.

The mix of dispatches is issue and spec's: presence 70 %, message 20 %, voice 5 %, others 5 % (reactions, edits, deletions,
members). Objects have the fields that Discord documents for them, used or not.
"""

import json
import random

GUILD = 81_384_788_765_712_384
CROWD = GUILD + (1 << 40)
BOT = 80_351_110_224_678_000
CHANNELS = 40
VOICE_CHANNELS = 10
ROLES = 30
MIX = (("presence", 70), ("message", 20), ("voice", 5), ("other", 5))
WORDS = ("the raid starts soon who is in bring potions gg wp that was close anyone up for another round of chess tonight maybe "
         "tomorrow stream is live now thanks for the follow see you all later").split()


class Stream:
    """Payloads as (op, t, d); dispatches are numbered by whoever sends them."""

    def __init__(self, members, seed):
        self.random = random.Random(seed)
        self.count = members
        self.users = [self._user(number) for number in range(members)]
        self.joined = "2023-04-05T06:07:08.910000+00:00"
        self.messages = []
        self.made = 0

    def hello(self):
        # No heartbeat falls into a measurement.
        return {"op": 10, "t": None, "s": None, "d": {"heartbeat_interval": 3_600_000, "_trace": ["[\"gateway\"]"]}}

    def ready(self, address):
        bot = {"id": str(BOT), "username": "bench", "discriminator": "0", "global_name": None, "avatar": None, "bot": True,
               "verified": True, "mfa_enabled": False, "email": None, "flags": 0, "public_flags": 0}
        return "READY", {"v": 10, "user": bot, "guilds": [{"id": str(GUILD), "unavailable": True}], "session_id": "b" * 32,
                         "session_type": "normal", "resume_gateway_url": address, "shard": [0, 1], "private_channels": [],
                         "relationships": [], "user_settings": {}, "geo_ordered_rtc_regions": [], "presences": [],
                         "guild_join_requests": [], "application": {"id": str(BOT), "flags": 565_248}}

    def guild_create(self):
        """With all its members, so that no client asks for more."""
        roles = [self._role(number) for number in range(ROLES)]
        channels = [self._channel(number, 0) for number in range(CHANNELS)]
        channels += [self._channel(CHANNELS + number, 2) for number in range(VOICE_CHANNELS)]
        members = [self.member(user) for user in self.users]
        members.append({**self.member(self.users[0]), "user": {"id": str(BOT), "username": "bench", "discriminator": "0",
                                                              "global_name": None, "avatar": None, "bot": True}})
        return "GUILD_CREATE", {
            "id": str(GUILD), "name": "Bench", "icon": None, "splash": None, "discovery_splash": None, "banner": None,
            "description": None, "owner_id": self.users[0]["id"], "afk_channel_id": None, "afk_timeout": 300,
            "verification_level": 1, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "roles": roles, "emojis": [], "stickers": [], "features": [], "application_id": None, "system_channel_id": None,
            "system_channel_flags": 0, "rules_channel_id": None, "public_updates_channel_id": None, "vanity_url_code": None,
            "safety_alerts_channel_id": None, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "nsfw_level": 0, "premium_progress_bar_enabled": False, "max_members": 500_000, "max_presences": None,
            "max_video_channel_users": 25, "max_stage_video_channel_users": 50, "widget_enabled": False,
            "widget_channel_id": None, "region": "deprecated", "joined_at": self.joined, "large": False, "unavailable": False,
            "member_count": len(members), "members": members, "channels": channels, "threads": [], "voice_states": [],
            "presences": [self.presence(user, False) for user in self.users[::5]], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [], "hub_type": None, "version": 1, "lazy": True,
            "incidents_data": None, "latest_onboarding_question_id": None, "nsfw": False}

    def dispatches(self, count):
        """Exactly the mix, shuffled."""
        kinds = [name for name, percent in MIX for _ in range(count * percent // 100)]
        kinds += ["presence"] * (count - len(kinds))
        self.random.shuffle(kinds)
        return [getattr(self, "_" + kind)() for kind in kinds]

    # A second guild, whose members come in chunks

    def crowd_create(self, count):
        guild = self.guild_create()[1]
        channels = [{**channel, "id": str(int(channel["id"]) + CROWD - GUILD)} for channel in guild["channels"]]
        roles = [{**role, "id": str(int(role["id"]) + CROWD - GUILD)} for role in guild["roles"]]
        return "GUILD_CREATE", {**guild, "id": str(CROWD), "name": "Crowd", "large": True, "member_count": count, "members": [],
                                "presences": [], "channels": channels, "roles": roles}

    def crowd(self, count):
        """All its members, a thousand at a time, then a presence of each: everyone is online, a third at something."""
        users = [self._user(self.count + number) for number in range(count)]
        parts = [users[start:start + 1000] for start in range(0, count, 1000)]
        for index, part in enumerate(parts):
            members = [self.member(user, CROWD) for user in part]
            yield "GUILD_MEMBERS_CHUNK", {"guild_id": str(CROWD), "members": members, "chunk_index": index, "chunk_count": len(parts)}
        for user in users:
            yield "PRESENCE_UPDATE", {**self.presence(user), "guild_id": str(CROWD)}

    # What it is made of

    def _user(self, number):
        name = "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz_.0123456789") for _ in range(12))
        return {"id": str(80_351_110_224_678_912 + (number << 26)), "username": name, "discriminator": "0",
                "global_name": name.title(), "avatar": f"{self.random.getrandbits(128):032x}", "bot": False,
                "avatar_decoration_data": None, "collectibles": None, "display_name_styles": None, "clan": None,
                "primary_guild": None, "public_flags": 0}

    def _role(self, number):
        return {"id": str(GUILD + number), "name": "@everyone" if number == 0 else f"role {number}", "permissions": "2248473465835073",
                "position": number, "color": number * 1000, "colors": {"primary_color": number * 1000, "secondary_color": None,
                                                                      "tertiary_color": None},
                "hoist": False, "managed": False, "mentionable": False, "icon": None, "unicode_emoji": None, "flags": 0, "version": 1}

    def _channel(self, number, type):
        channel = {"id": str(GUILD + 1000 + number), "type": type, "name": f"channel-{number}", "position": number,
                   "permission_overwrites": [], "flags": 0, "parent_id": None, "nsfw": False, "rate_limit_per_user": 0,
                   "topic": None, "last_message_id": None, "version": 1}
        return {**channel, "bitrate": 64_000, "user_limit": 0, "rtc_region": None} if type == 2 else channel

    def member(self, user, guild=GUILD):
        chosen = random.Random(int(user["id"])).sample(range(1, ROLES), 3)
        return {"user": user, "nick": None, "avatar": None, "banner": None, "roles": [str(guild + number) for number in chosen],
                "joined_at": self.joined, "premium_since": None, "deaf": False, "mute": False, "pending": False, "flags": 0,
                "communication_disabled_until": None}

    def presence(self, user, own=True):
        status = self.random.choice(["online", "idle", "dnd"])
        activities = []
        if self.random.random() < 1 / 3:
            activities = [{"type": 0, "name": self.random.choice(WORDS).title() + " Quest", "id": "ec0b28a579ecb4bd",
                           "created_at": 1_732_147_200_000 + self.random.randrange(10**6), "application_id": "379286085710381999",
                           "state": "In a Group", "details": "Level " + str(self.random.randrange(100)),
                           "timestamps": {"start": 1_732_147_100_000}, "assets": {"large_image": "387083698358714368",
                                                                                  "large_text": "The Map"}}]
        found = {"user": {"id": user["id"]}, "status": status, "client_status": {self.random.choice(["desktop", "web", "mobile"]): status},
                 "activities": activities, "processed_at_timestamp": 0, "game": None}
        return {**found, "guild_id": str(GUILD)} if own else found

    def _presence(self):
        presence = self.presence(self.random.choice(self.users))
        # One in eight goes offline.
        if self.random.random() < 1 / 8:
            presence.update(status="offline", client_status={}, activities=[])
        return "PRESENCE_UPDATE", presence

    def _text(self):
        return " ".join(self.random.choice(WORDS) for _ in range(self.random.randrange(4, 16)))

    def _message(self):
        user = self.random.choice(self.users)
        member = {key: value for key, value in self.member(user).items() if key != "user"}
        self.made += 1
        message = {"id": str(GUILD + (1 << 32) + self.made), "type": 0, "channel_id": str(GUILD + 1000 + self.random.randrange(CHANNELS)),
                   "guild_id": str(GUILD), "author": user, "member": member, "content": self._text(),
                   "timestamp": "2024-11-21T00:00:00.123000+00:00", "edited_timestamp": None, "tts": False,
                   "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
                   "components": [], "pinned": False, "flags": 0, "nonce": str(self.made), "channel_type": 0, "referenced_message": None}
        self.messages = self.messages[-99:] + [message]
        return "MESSAGE_CREATE", message

    def _voice(self):
        user = self.random.choice(self.users)
        channel = self.random.choice([None, *(str(GUILD + 1000 + CHANNELS + number) for number in range(VOICE_CHANNELS))])
        return "VOICE_STATE_UPDATE", {"guild_id": str(GUILD), "channel_id": channel, "user_id": user["id"], "member": self.member(user),
                                      "session_id": f"{self.random.getrandbits(128):032x}", "deaf": False, "mute": False,
                                      "self_deaf": self.random.random() < 0.5, "self_mute": self.random.random() < 0.5,
                                      "self_video": False, "suppress": False, "request_to_speak_timestamp": None}

    def _other(self):
        user = self.random.choice(self.users)
        if not self.messages or self.random.random() < 0.25:
            return "GUILD_MEMBER_UPDATE", {**self.member(user), "guild_id": str(GUILD), "nick": self.random.choice([None, "Nick"])}
        message = self.random.choice(self.messages)
        where = {key: message[key] for key in ("channel_id", "guild_id")}
        kind = self.random.choice(["reaction", "edit", "delete"])
        if kind == "delete":
            return "MESSAGE_DELETE", {"id": message["id"], **where}
        if kind == "edit":
            return "MESSAGE_UPDATE", {**message, "content": self._text(), "edited_timestamp": "2024-11-21T00:00:01.000000+00:00"}
        return "MESSAGE_REACTION_ADD", {"user_id": user["id"], "message_id": message["id"], **where, "member": self.member(user), "type": 0,
                                        "emoji": {"id": None, "name": "\U0001f525"}, "burst": False,
                                        "message_author_id": message["author"]["id"]}

    @property
    def last(self):
        """One more message, by which everybody's end is known."""
        return self._message()


def payload(sequence, name, data):
    return json.dumps({"t": name, "s": sequence, "op": 0, "d": data}, separators=(",", ":"), ensure_ascii=False).encode()
