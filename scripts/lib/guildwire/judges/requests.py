"""What a client asks of Discord's API, and what the gateway then tells it."""

from .scenes import WORDS, places
from .stage import expect


async def send(peer, sim):
    _, channel, _, _, _ = places(sim)
    me, mark = peer.identity()["user"], peer.record.mark()
    answer = await peer.send(channel, WORDS, nonce="judge-1", embed={"title": "Title", "description": "Description"})
    expect({name: answer[name] for name in ("content", "nonce", "embeds")},
           {"content": WORDS, "nonce": "judge-1", "embeds": ["Title"]}, "the answer")
    seen = await peer.record.wait(mark, "message", id=answer["id"])
    expect((seen["content"], seen["author"], seen["bot"], seen["nonce"], seen["embeds"]),
           (WORDS, me, True, "judge-1", ["Title"]), "the message on the gateway")
    expect((await peer.history(channel, 1)), [WORDS], "the channel's last message")


async def change(peer, sim):
    _, channel, _, _, _ = places(sim)
    me, mark = peer.identity()["user"], peer.record.mark()
    message = (await peer.send(channel, "to be changed"))["id"]
    expect(await peer.edit(channel, message, "changed"), "changed", "the answer to the edit")
    await peer.record.wait(mark, "message edited", id=message, content="changed", edited=True)
    await peer.react(channel, message, "👍")
    await peer.record.wait(mark, "reaction added", user=me, message=message, emoji="👍")
    await peer.unreact(channel, message, "👍")
    await peer.record.wait(mark, "reaction removed", user=me, message=message, emoji="👍")
    await peer.delete(channel, message)
    await peer.record.wait(mark, "message deleted", id=message)


async def files(peer, sim):
    _, channel, _, _, _ = places(sim)
    mark, data = peer.record.mark(), bytes(range(256)) * 40
    answer = await peer.send(channel, "with a file", file=("data.bin", data))
    expect((answer["content"], answer["files"]), ("with a file", [("data.bin", len(data))]), "the answer")
    await peer.record.wait(mark, "message", id=answer["id"], content="with a file")


async def roles(peer, sim):
    guild, _, _, _, user = places(sim)
    mark = peer.record.mark()
    held = set(sim.rest(f"/guilds/{guild}/members/{user}")["roles"])
    role = next(one["id"] for one in sim.rest(f"/guilds/{guild}/roles") if one["id"] not in held | {guild} and not one["managed"])
    expect(await peer.fetch_member(guild, user), user, "the member")
    await peer.set_role(guild, user, role, True)
    await peer.record.wait(mark, "member updated", user=user, roles=held | {role})
    await peer.set_role(guild, user, role, False)
    await peer.record.wait(mark, "member updated", user=user, roles=held)


async def rate_limits(peer, sim):
    """One message after the other, more than the bucket holds: the library waits, and never hears 429.

    Not all at once: discord.py takes buckets for windows that begin anew, and hikari does not know a channel's bucket before it
    has used it; with Discord, whose buckets slide, both then run into 429 by their own doing.
    """
    channel = [one["id"] for one in sim.guilds()[0]["channels"] if one["type"] == 0][1]
    after, mark = sim.calls()[-1]["n"], peer.record.mark()
    texts = [f"burst {number}" for number in range(8)]
    for text in texts:
        await peer.send(channel, text)
    seen = await peer.record.wait(mark, "message", count=len(texts), channel=channel)
    expect([event["content"] for event in seen], texts, "messages")
    calls = [call for call in sim.calls(after) if call["method"] == "POST"]
    answers = [(call["status"], round((call["at"] - calls[0]["at"]) / 1000, 2)) for call in calls]
    expect([status for status, _ in answers], [200] * len(texts), f"the API's answers {answers}")
    expect(answers[-1][1] >= 2, True, f"the library had to wait; {answers}")
    return f"{len(texts)} messages in {answers[-1][1]} s"
