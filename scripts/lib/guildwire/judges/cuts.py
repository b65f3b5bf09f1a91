"""Lines that break: a session is taken up again, and what happened meanwhile arrives once and in order."""

import time

from .scenes import places
from .stage import CellFailure, expect

MEANWHILE = 25


def wait_until_away(sim):
    """Until the simulator has seen the connection go. The library stands still meanwhile: it is this thread's."""
    end = time.monotonic() + 3
    while any(session["connected"] or sim.broken == "sessions-forgotten" for session in sim.sessions()["sessions"]):
        if time.monotonic() > end:
            raise CellFailure("the connection was cut, but the simulator still holds it")


def say(sim, texts):
    guild, channel, _, _, user = places(sim)
    for text in texts:
        sim.dispatch("MESSAGE_CREATE", guild_id=guild, channel_id=channel, content=text, author={"id": user})


async def resumed(peer, sim, mark, before, texts):
    """The session was taken up, no new one begun, and everything said since the mark came once and in order."""
    expect(await peer.record.either(mark, "resumed", "ready"), "resumed", "what came first")
    say(sim, ["afterwards"])
    await peer.record.wait(mark, "message", content="afterwards")
    seen = [event["content"] for event in peer.record.since(mark, "message")]
    expect(seen, [*texts, "afterwards"], "messages")
    after = sim.sessions()
    expect((after["resumes"] - before["resumes"], after["identifies"] - before["identifies"]), (1, 0), "resumes and new sessions")
    expect([one["session"] for one in after["sessions"]], [one["session"] for one in before["sessions"]], "sessions")


async def cut(peer, sim):
    before, mark = sim.sessions(), peer.record.mark()
    # Two that may be on the wire, in the library's buffer, or nowhere when the line breaks; the rest is said to nobody.
    texts = [f"meanwhile {number}" for number in range(MEANWHILE)]
    say(sim, texts[:2])
    sim.fault("drop")
    wait_until_away(sim)
    say(sim, {"twice": texts[2:] + texts[-1:], "lost": texts[2:-1]}.get(sim.broken, texts[2:]))
    await resumed(peer, sim, mark, before, texts)
    return f"{MEANWHILE} messages meanwhile"


async def reconnect(peer, sim):
    """op 7: the library goes by itself, with a code that keeps the session."""
    before, mark = sim.sessions(), peer.record.mark()
    texts = ["before", "between"]
    say(sim, texts[:1])
    sim.fault("op7", ms=4000)
    say(sim, texts[1:])
    await resumed(peer, sim, mark, before, texts)


async def invalid_but_resumable(peer, sim):
    """op 9 with `true`: the session is still there."""
    before, mark = sim.sessions(), peer.record.mark()
    sim.fault("op9", resumable=True)
    texts = ["meanwhile"]
    say(sim, texts)
    await resumed(peer, sim, mark, before, texts)


async def invalid(peer, sim):
    """op 9 with `false`: a new session, in which the guilds come again."""
    before, mark = sim.sessions(), peer.record.mark()
    sim.fault("op9")
    await peer.record.wait(mark, "ready")
    after = sim.sessions()
    expect((after["resumes"] - before["resumes"], after["identifies"] - before["identifies"]), (0, 1), "resumes and new sessions")
    connected = [one["session"] for one in after["sessions"] if one["connected"]]
    expect((len(connected), connected[0] in {one["session"] for one in before["sessions"]}), (1, False), "the new session")
    say(sim, ["in the new session"])
    await peer.record.wait(mark, "message", content="in the new session")
