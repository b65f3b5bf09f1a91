"""`scripts/demo --check`: a known event has to come out everywhere."""

import json
import time
import uuid

from .http import EventSource, post_json
from .processes import Failure, wait_for


def snowflake():
    """An id as Discord would make it now."""
    return str((int(time.time() * 1000) - 1_420_070_400_000) << 22 | (time.monotonic_ns() & 0xFFF))


def send_message(stack, view, text):
    """Has the simulated community say something; returns (message id, Discord's s, when it was sent)."""
    # 0 is a text channel; someone who is known has to say it.
    channel = next(channel for channel in view["channels"] if channel["type"] == 0)
    person = next(iter([*view["voice"], *view["messages"]]), None)
    if person is None:
        raise Failure("the snapshot shows nobody who could say something")
    identifier = snowflake()
    sent = time.time()
    answer = post_json(f"{stack.control_url}/control/dispatch", {"t": "MESSAGE_CREATE", "d": {
        "id": identifier, "channel_id": channel["id"], "guild_id": view["id"], "type": 0, "content": text,
        "author": {"id": person["userId"], "username": person["username"], "global_name": person["displayName"],
                   "discriminator": "0", "avatar": None},
        "member": {"roles": [], "nick": None, "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False},
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()), "edited_timestamp": None, "tts": False,
        "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "pinned": False, "flags": 0, "components": [],
    }})
    return identifier, answer[0]["s"], sent


def is_message(identifier):
    return lambda event: event[2] == "message.created" and f'"messageId":"{identifier}"' in event[3]


def check(stack, kill=None):
    """Prints what it saw; raises Failure when something did not come."""
    say = stack.options.progress
    # Replicas one by one, and what a browser uses: the balancer in front, where there is one.
    sources = {f"web-{number}": EventSource(f"{url}/api/stream") for number, url in enumerate(stack.web_urls)}
    if stack.nginx:
        sources["through nginx"] = EventSource(f"{stack.public_url}/api/stream")
    try:
        views = {}
        for name, source in sources.items():
            first = source.wait(lambda event: event[2] == "snapshot", 30)
            if first is None:
                raise Failure(f"no snapshot came from {name}")
            views[name] = json.loads(first[3])["payload"]["guilds"]
        view = next(iter(views.values()))[0]
        _follow(stack, sources, view, f"Checking the way, {uuid.uuid4().hex[:8]}")
        if kill == "gateway":
            _kill_gateway(stack, sources, view)
        for name, source in sources.items():
            _assert_in_order(name, source)
        say("Streams: in order, nothing repeated" + ("." if not kill else ", and none was interrupted."))
    finally:
        for source in sources.values():
            source.close()


def _follow(stack, sources, view, text):
    say = stack.options.progress
    identifier, s, sent = send_message(stack, view, text)
    say(f"Sent a message as dispatch {s} of the simulated Discord:")
    for name, source in sources.items():
        event = source.wait(is_message(identifier), 20)
        if event is None:
            raise Failure(f"the message did not come out of {name} within 20 s")
        made = json.loads(event[3])["ts"] / 1000
        say(f"  {name:<14} {1000 * (event[0] - sent):7.1f} ms   "
            f"(at the gateway after {max(0, 1000 * (made - sent)):.1f} ms)")
    _in_database(stack, identifier, sent)


def _in_database(stack, identifier, sent):
    wait_for("the message to stand in PostgreSQL", lambda: stack.postgres.query(
        f"SELECT count(*) FROM message_events WHERE message_id = {identifier}") == "1", 20, stack.family)
    stack.options.progress(f"  {'PostgreSQL':<14} {1000 * (time.time() - sent):7.1f} ms   (as often as it is asked)")


def _kill_gateway(stack, sources, view):
    say = stack.options.progress
    before = stack.sessions()
    connections = {name: source.connections for name, source in sources.items()}
    say("Killing the gateway (SIGKILL) …")
    stack.family.members.remove(stack.gateway)
    stack.gateway.kill()
    during, s, sent = send_message(stack, view, "Said while no gateway was there")
    say(f"Sent dispatch {s} into the gap; starting the gateway again …")
    stack.start_gateway()
    for name, source in sources.items():
        if source.wait(is_message(during), 30) is None:
            raise Failure(f"what was said while the gateway was away did not come out of {name}")
    say(f"  it came out everywhere {1000 * (time.time() - sent):.0f} ms later")
    _in_database(stack, during, sent)
    after = stack.sessions()
    if after["identifies"] != before["identifies"]:
        raise Failure(f"the gateway identified anew: {before['identifies']} before, {after['identifies']} after")
    if after["resumes"] <= before["resumes"]:
        raise Failure("the gateway did not resume its session")
    for name, source in sources.items():
        if source.connections != connections[name] or any(event[2] == "reset" for event in source.events):
            raise Failure(f"the stream of {name} was interrupted")
    say("Resumed without IDENTIFY; the streams went on.")
    stack.wait_until_ready()
    _follow(stack, sources, view, "Checking the way after the restart")


def _assert_in_order(name, source):
    last = None
    for _, identifier, kind, _ in source.events:
        if kind in ("snapshot", "reset") or identifier is None:
            continue
        this = tuple(tuple(map(int, part.split("-"))) for part in identifier.split("~"))
        if last is not None and this <= last:
            raise Failure(f"{name}: {identifier} came behind {last}")
        last = this
