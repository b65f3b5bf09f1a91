"""Somebody uses the application: commands, their completions, buttons and forms. The control API is that somebody."""

import asyncio

from .scenes import WORDS, places
from .stage import expect

COMMANDS = {"echo": "says it again", "later": "says it later", "form": "opens a form"}
# Answers, by their number. Discord, "Interaction Callback Type".
MESSAGE, DEFERRED, UPDATE, CHOICES, MODAL = 4, 5, 7, 8, 9


async def register(peer, sim):
    application = peer.identity()["application"]
    sim.rest(f"/applications/{application}/commands", {"name": "other", "description": "is replaced with all others"})
    made = await peer.register(COMMANDS)
    told = sim.rest(f"/applications/{application}/commands")
    expect({one["name"]: (one["id"], one["description"], one["options"][0]["name"]) for one in told},
           {name: (made[name], description, "text") for name, description in COMMANDS.items()}, "commands, as the API has them")


def interact(sim, **what):
    """Somebody does it; the interaction's id."""
    _, channel, _, _, user = places(sim)
    return sim.post("/control/interaction", {"channel": channel, "user": user, **what})["id"]


async def answered(sim, interaction, callback):
    """What the control API holds of it once it was answered, in time and in this way."""
    while True:
        held = next(one for one in sim.get("/control/interactions") if one["id"] == interaction)
        if held["state"] != "received":
            break
        await asyncio.sleep(0.02)
    expect((held["state"], held["callback"]), ("acknowledged", callback), "the answer")
    expect(held["after_ms"] < 3000, True, "the answer came in time")
    return held


async def slash(peer, sim):
    _, channel, _, _, user = places(sim)
    me, mark = peer.identity()["user"], peer.record.mark()
    interaction = interact(sim, command="echo", options=[{"name": "text", "value": WORDS}])
    await peer.record.wait(mark, "command", name="echo", text=WORDS, user=user)
    await answered(sim, interaction, MESSAGE)
    await peer.record.wait(mark, "answered", content=f"echo: {WORDS}")
    for content in (f"echo: {WORDS}", "followed up"):
        await peer.record.wait(mark, "message", content=content, author=me, channel=channel)


async def deferred(peer, sim):
    mark = peer.record.mark()
    interaction = interact(sim, command="later", options=[{"name": "text", "value": "x"}])
    await peer.record.wait(mark, "answered", content="later: x")
    await answered(sim, interaction, DEFERRED)
    answer = await peer.record.wait(mark, "message edited", content="later: x")
    await peer.record.wait(mark, "message deleted", id=answer["id"])


async def completion(peer, sim):
    interaction = interact(sim, autocomplete="echo", options=[{"name": "text", "value": "wor", "focused": True}])
    held = await answered(sim, interaction, CHOICES)
    expect([(one["name"], one["value"]) for one in held["data"]["choices"]], [("wora", "wora"), ("worb", "worb")], "choices")


async def button(peer, sim):
    _, channel, _, _, user = places(sim)
    mark = peer.record.mark()
    message = (await peer.send(channel, "press it", button="button-1"))["id"]
    interaction = interact(sim, component="button-1", message=message)
    await peer.record.wait(mark, "component", custom_id="button-1", user=user, message=message)
    await answered(sim, interaction, UPDATE)
    await peer.record.wait(mark, "message edited", id=message, content="pressed")


async def form(peer, sim):
    _, _, _, _, user = places(sim)
    mark = peer.record.mark()
    opening = await answered(sim, interact(sim, command="form", options=[{"name": "text", "value": "x"}]), MODAL)
    expect(opening["data"]["custom_id"], "form", "the form")
    interaction = interact(sim, modal="form", fields={"field": WORDS})
    await peer.record.wait(mark, "form", custom_id="form", value=WORDS, user=user)
    await answered(sim, interaction, MESSAGE)
