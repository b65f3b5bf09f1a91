"""One library in one stage: `python -m guildwire.judges '{"library": …, "stage": …}'`; prints a JSON line for each cell."""

import asyncio
import importlib
import json
import sys

from . import cuts, interactions, requests, scenes
from .stage import Cells, Simulator, Unsupported

MODULES = {"discord.py": "with_discord_py", "hikari": "with_hikari"}


async def session(cells, peer, sim):
    for feature, scene in (
        ("READY", scenes.ready), ("GUILD_CREATE", scenes.guild_create), ("messages", scenes.messages),
        ("presence", scenes.presence), ("voice", scenes.voice), ("reactions", scenes.reactions),
        ("members", scenes.members), ("channels, threads, roles", scenes.structure), ("typing", scenes.typing),
        ("own presence and voice", scenes.own_state), ("heartbeats", scenes.heartbeats),
        ("sending (REST)", requests.send), ("editing, reacting, deleting (REST)", requests.change),
        ("files (REST)", requests.files), ("roles of members (REST)", requests.roles),
    ):
        await cells.run(feature, scene, peer, sim)
    await cells.run("rate limits", requests.rate_limits, peer, sim, seconds=20)
    for feature, scene in (
        ("registering commands", interactions.register), ("slash command", interactions.slash),
        ("deferred answer", interactions.deferred), ("autocomplete", interactions.completion),
        ("button", interactions.button), ("form", interactions.form),
    ):
        await cells.run(feature, scene, peer, sim)
    await cells.run("resume after a cut", cuts.cut, peer, sim, seconds=20, allowed=peer.at_cut)
    await cells.run("op 7", cuts.reconnect, peer, sim, seconds=20, allowed=peer.at_cut)
    await cells.run("op 9, resumable", cuts.invalid_but_resumable, peer, sim, seconds=20, allowed=peer.at_cut)
    await cells.run("op 9, new session", cuts.invalid, peer, sim, seconds=25, allowed=peer.at_cut)


async def large(cells, peer, sim):
    await cells.run("member chunks", scenes.chunks, peer, sim)


def compression(feature):
    async def scene(cells, peer, sim):
        await cells.run(feature, compressed, peer, sim, feature)

    return scene


async def compressed(peer, sim, feature):
    await scenes.guild_create(peer, sim)
    await scenes.stream(peer, sim, {"no compression": "none", "payload compression": "payload"}.get(feature, feature))


async def shards(cells, peer, sim):
    await cells.run("two shards", scenes.shards, peer, sim)


COMPRESSIONS = ("zlib-stream", "zstd-stream", "payload compression", "no compression")
STAGES = {"session": session, "large": large, "shards": shards, **{name: compression(name) for name in COMPRESSIONS}}


async def refuse(reason):
    raise reason


async def main(given):
    cells, stage = Cells(given["only"]), given["stage"]
    kind = importlib.import_module("." + MODULES[given["library"]], __package__).Peer
    chosen = kind.compressions.get(stage)
    if isinstance(chosen, Unsupported):
        await cells.run(stage, refuse, chosen)
        return
    sim = Simulator(given["control"], given["api"], given["token"], given["heartbeat_seconds"], given["broken"])
    peer = kind(given["api"], given["gateway"], given["token"], compression=stage if stage in COMPRESSIONS else None,
                shards=2 if stage == "shards" else None)
    began = await cells.run("log in", scenes.log_in, peer, sim, seconds=20)
    if began and sim.broken == "unknown-event":
        sim.dispatch("NO_SUCH_EVENT", something=1)
        await scenes.typing(peer, sim)
    if began:
        await STAGES[stage](cells, peer, sim)
    await cells.run("close", peer.close, seconds=10)
    cells.warnings()


asyncio.run(main(json.loads(sys.argv[1])))
