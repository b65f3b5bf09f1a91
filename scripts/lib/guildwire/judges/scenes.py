"""What a client is told by the gateway: each scene makes something happen and says what the library must have seen."""

import asyncio

from .stage import expect

WORDS = "Grüße, 世界 👋 <b>&amp;\u0000\u2028\\\" \U0001F9D1\u200D\U0001F680"


async def log_in(peer, sim):
    await peer.start()


async def ready(peer, sim):
    guilds = {guild["id"] for guild in sim.guilds()}
    me = sim.rest("/users/@me")["id"]
    expect(peer.identity(), {"user": me, "application": sim.rest("/applications/@me")["id"], "guilds": guilds}, "who it is")
    sessions = [session for session in sim.sessions()["sessions"] if session["connected"]]
    expect(len(sessions), 1, "connected sessions")
    return f"{len(guilds)} guilds"


async def guild_create(peer, sim):
    """Everything of every guild, as Discord's API tells it without any library."""
    guilds, members = sim.guilds(), 0
    for truth in guilds:
        seen, guild = peer.guild(truth["id"]), truth["id"]
        expect({"name": seen["name"], "owner": seen["owner"], "members": seen["members"]},
               {name: truth[name] for name in ("name", "owner", "members")}, "the guild")
        expect({one: fact[0:2] for one, fact in seen["channels"].items()},
               {one["id"]: (one["name"], one["type"]) for one in truth["channels"]}, "channels")
        expect({one: fact[0:2] for one, fact in seen["threads"].items()},
               {one["id"]: (one["name"], one["type"]) for one in truth["threads"]}, "threads")
        expect((len(seen["voice"]), len(seen["presences"])), (truth["voice"], truth["online"]), "people in voice, and online")
        expect(seen["roles"], {one["id"]: (one["name"], int(one["permissions"]), one["color"], one["position"])
                               for one in sim.rest(f"/guilds/{guild}/roles")}, "roles")
        expect(seen["channels"], {one["id"]: (one["name"], one["type"], one.get("parent_id"), one["position"],
                                              len(one["permission_overwrites"]))
                                  for one in sim.rest(f"/guilds/{guild}/channels")}, "channels")
        expect(seen["threads"], {one["id"]: (one["name"], one["type"], one["parent_id"], one["thread_metadata"]["archived"])
                                 for one in sim.rest(f"/guilds/{guild}/threads/active")["threads"]}, "threads")
        everybody = {one["user"]["id"]: (one["user"]["username"], one["nick"], set(one["roles"]),
                                         one["user"].get("bot", False)) for one in sim.members(guild)}
        expect(peer.members(guild), everybody, "members")
        members += len(everybody)
    return f"{members} members"


def places(sim, guild=0):
    """(guild, a text channel, two voice channels, a member who is no bot) to work with."""
    guild = sim.guilds()[guild]
    texts = [one["id"] for one in guild["channels"] if one["type"] == 0]
    voices = [one["id"] for one in guild["channels"] if one["type"] == 2]
    return guild["id"], texts[0], voices[0], voices[1], guild["watched"][0]


async def messages(peer, sim):
    guild, channel, _, _, user = places(sim)
    mark = peer.record.mark()
    sim.dispatch("MESSAGE_CREATE", guild_id=guild, channel_id=channel, content=WORDS, author={"id": user},
                 embeds=[{"type": "rich", "title": "An embed", "description": "…", "color": 255}])
    seen = await peer.record.wait(mark, "message", channel=channel)
    expect((seen["content"], seen["author"], seen["bot"], seen["embeds"]), (WORDS, user, False, ["An embed"]), "the message")
    sim.dispatch("MESSAGE_UPDATE", id=seen["id"], channel_id=channel, content="changed")
    edit = await peer.record.wait(mark, "message edited", id=seen["id"])
    expect((edit["content"], edit["edited"]), ("changed", True), "the edit")
    sim.dispatch("MESSAGE_DELETE", id=seen["id"], channel_id=channel)
    await peer.record.wait(mark, "message deleted", id=seen["id"], channel=channel)
    ids = set()
    for number in range(3):
        sim.dispatch("MESSAGE_CREATE", guild_id=guild, channel_id=channel, content=str(number), author={"id": user})
        ids.add((await peer.record.wait(mark, "message", content=str(number)))["id"])
    sim.dispatch("MESSAGE_DELETE_BULK", ids=sorted(ids), channel_id=channel, guild_id=guild)
    expect((await peer.record.wait(mark, "messages deleted"))["ids"], ids, "deleted at once")


async def presence(peer, sim):
    guild, _, _, _, user = places(sim)
    mark = peer.record.mark()
    game = {"name": "A Game", "type": 0, "created_at": 1786000000000}
    for status in ("dnd", "offline", "idle"):
        sim.dispatch("PRESENCE_UPDATE", guild_id=guild, user={"id": user}, status=status,
                     activities=[game] if status == "dnd" else [])
        seen = await peer.record.wait(mark, "presence", user=user, status=status)
        expect(seen["activities"], ["A Game"] if status == "dnd" else [], f"activities when {status}")
    expect(peer.guild(guild)["presences"].get(user), "idle", "the presence it holds")


async def voice(peer, sim):
    guild, _, first, second, user = places(sim)
    sim.dispatch("VOICE_STATE_UPDATE", guild_id=guild, user_id=user, channel_id=None)
    for before, after in ((None, first), (first, second), (second, None)):
        mark = peer.record.mark()
        sim.dispatch("VOICE_STATE_UPDATE", guild_id=guild, user_id=user, channel_id=after)
        seen = await peer.record.wait(mark, "voice", user=user, channel=after)
        expect(seen["before"], before, "the channel before")
        expect(peer.guild(guild)["voice"].get(user), after, "the voice state it holds")
    mark = peer.record.mark()
    sim.dispatch("VOICE_STATE_UPDATE", guild_id=guild, user_id=user, channel_id=first, self_mute=True)
    await peer.record.wait(mark, "voice", user=user, channel=first, muted=True)


async def reactions(peer, sim):
    guild, channel, _, _, user = places(sim)
    mark = peer.record.mark()
    sim.dispatch("MESSAGE_CREATE", guild_id=guild, channel_id=channel, content="react to this", author={"id": user})
    message = (await peer.record.wait(mark, "message", content="react to this"))["id"]
    for emoji in ("👍", "🧑‍🚀"):
        facts = {"user_id": user, "channel_id": channel, "message_id": message, "guild_id": guild}
        sim.dispatch("MESSAGE_REACTION_ADD", **facts, emoji={"id": None, "name": emoji})
        await peer.record.wait(mark, "reaction added", user=user, message=message, emoji=emoji)
        sim.dispatch("MESSAGE_REACTION_REMOVE", **facts, emoji={"id": None, "name": emoji})
        await peer.record.wait(mark, "reaction removed", user=user, message=message, emoji=emoji)


async def members(peer, sim):
    guild, _, _, _, user = places(sim)
    mark, role = peer.record.mark(), sim.rest(f"/guilds/{guild}/roles")[1]["id"]
    count = len(peer.members(guild))
    newcomer = {"id": "700000000000000777", "username": "newcomer", "discriminator": "0", "global_name": "New", "avatar": None}
    sim.dispatch("GUILD_MEMBER_ADD", guild_id=guild, user=newcomer)
    await peer.record.wait(mark, "member joined", user=newcomer["id"], name="newcomer")
    expect(len(peer.members(guild)), count + 1, "the number of members")
    sim.dispatch("GUILD_MEMBER_UPDATE", guild_id=guild, user={"id": newcomer["id"]}, roles=[role], nick="Nick")
    await peer.record.wait(mark, "member updated", user=newcomer["id"], roles={role}, nick="Nick")
    sim.dispatch("GUILD_MEMBER_REMOVE", guild_id=guild, user={"id": newcomer["id"]})
    await peer.record.wait(mark, "member left", user=newcomer["id"])
    expect((len(peer.members(guild)), newcomer["id"] in peer.members(guild)), (count, False), "members afterwards")


async def structure(peer, sim):
    """Channels, threads and roles are made, renamed and deleted; what is held is Discord's view all along."""
    guild, parent, _, _, user = places(sim)
    made = {"channel": ("CHANNEL", {"name": "made", "type": 0}), "thread": ("THREAD", {
        "name": "made", "type": 11, "parent_id": parent, "owner_id": user})}
    for kind, (name, fields) in made.items():
        mark = peer.record.mark()
        sim.dispatch(f"{name}_CREATE", guild_id=guild, **fields)
        one = (await peer.record.wait(mark, f"{kind} create", name="made"))["id"]
        expect(peer.guild(guild)[f"{kind}s"][one][0], "made", f"the {kind} that it holds")
        sim.dispatch(f"{name}_UPDATE", guild_id=guild, id=one, name="renamed")
        await peer.record.wait(mark, f"{kind} update", id=one, name="renamed")
        sim.dispatch(f"{name}_DELETE", guild_id=guild, id=one)
        await peer.record.wait(mark, f"{kind} delete", id=one)
        expect(one in peer.guild(guild)[f"{kind}s"], False, f"the {kind} is held")
    mark = peer.record.mark()
    sim.dispatch("GUILD_ROLE_CREATE", guild_id=guild, role={"name": "made"})
    role = (await peer.record.wait(mark, "role create", name="made"))["id"]
    sim.dispatch("GUILD_ROLE_UPDATE", guild_id=guild, role={"id": role, "name": "renamed"})
    await peer.record.wait(mark, "role update", id=role, name="renamed")
    sim.dispatch("GUILD_ROLE_DELETE", guild_id=guild, role_id=role)
    await peer.record.wait(mark, "role delete", id=role)
    await guild_create(peer, sim)


async def typing(peer, sim):
    guild, channel, _, _, user = places(sim)
    mark = peer.record.mark()
    sim.dispatch("TYPING_START", guild_id=guild, channel_id=channel, user_id=user)
    await peer.record.wait(mark, "typing", user=user, channel=channel)


async def own_state(peer, sim):
    """What the client tells the gateway of itself: presence and voice."""
    guild, _, room, _, _ = places(sim)
    me, mark = peer.identity()["user"], peer.record.mark()
    await peer.set_presence("idle", "a judge")
    await peer.record.wait(mark, "presence", user=me, status="idle")
    await peer.move_to_voice(guild, room)
    await peer.record.wait(mark, "voice", user=me, channel=room)
    await peer.move_to_voice(guild, None)
    await peer.record.wait(mark, "voice", user=me, channel=None)


async def heartbeats(peer, sim):
    """Answered, and often enough that nobody is taken for dead: three intervals pass."""
    before = sim.sessions()
    await asyncio.sleep(3 * sim.heartbeat_seconds)
    # discord.py sometimes counts from the heartbeat before: the answer comes before it has noted that it sent this one.
    if any(not 0 <= latency < 2 * sim.heartbeat_seconds for latency in peer.latencies()):
        expect(peer.latencies(), "below two intervals", "latencies")
    after = sim.sessions()
    expect({name: after[name] for name in ("identifies", "resumes")}, {name: before[name] for name in ("identifies", "resumes")},
           "connections since")


async def chunks(peer, sim):
    """A guild that does not come whole: the library asks for everybody, here by name and by id too."""
    guild = sim.guilds()[0]["id"]
    everybody = {member["user"]["id"]: member["user"]["username"] for member in sim.members(guild)}
    expect(set(peer.members(guild)), set(everybody), "members after the library asked for all")
    pieces = [line for line in sim.lines("/control/log") if line["t"] == "GUILD_MEMBERS_CHUNK" and line["guild"] == guild]
    expect(len(pieces) >= 3, True, "at least three pieces")
    prefix = sorted(everybody.values())[0][:2]
    found = await peer.query_members(guild, prefix, 5)
    expect((0 < len(found) <= 5, found <= set(everybody)), (True, True), f"members with {prefix}…, at most 5 of them")
    some = set(sorted(everybody)[:3])
    expect(await peer.members_by_id(guild, [*some, "1"]), some, "members by id, one of them unknown")
    return f"{len(everybody)} members in {len(pieces)} pieces"


async def stream(peer, sim, compression):
    """Many messages, short and long, each once and in order, in the compression asked for."""
    guild, channel, _, _, user = places(sim)
    mark, sent = peer.record.mark(), []
    for number in range(150):
        sent.append(f"{number} " + WORDS * (number % 40))
        sim.dispatch("MESSAGE_CREATE", guild_id=guild, channel_id=channel, content=sent[-1], author={"id": user})
    seen = await peer.record.wait(mark, "message", count=len(sent), channel=channel)
    expect([event["content"] for event in seen], sent, "messages")
    used = {session["compress"] for session in sim.sessions()["sessions"] if session["connected"]}
    expect(used, {compression}, "compression, as the simulator sees it")


async def shards(peer, sim):
    """Two shards, each with its own guilds; what happens in each arrives once."""
    expect({(one["shard"], one["shards"]) for one in sim.sessions()["sessions"] if one["connected"]}, {(0, 2), (1, 2)}, "sessions")
    owned = {0: 0, 1: 0}
    for number, guild in enumerate(sim.guilds()):
        shard = (int(guild["id"]) >> 22) % 2
        owned[shard] += 1
        expect(peer.shard_of(guild["id"]), shard, "the guild's shard")
        _, channel, _, _, user = places(sim, number)
        mark = peer.record.mark()
        sim.dispatch("MESSAGE_CREATE", guild_id=guild["id"], channel_id=channel, content="to one shard", author={"id": user})
        await peer.record.wait(mark, "message", channel=channel)
        expect(len(peer.record.since(mark, "message")), 1, "messages")
    expect(all(owned.values()), True, "both shards own guilds")
    return f"{owned[0]} and {owned[1]} guilds"
