"""The way of an event from Discord to the replica that delivers it: gateway, link, web, Redis, web. No viewer is there."""

import time

from ..stack import Options, Stack
from . import figures, machine

# Events a second → where the results go; the target is of 1,000.
RATES = {100: "path100", 1_000: "path", 10_000: "path10000"}


def measure(bench, seconds, rate):
    """CPU in µs per event of gateway and web together, and of Redis, at about so many events a second."""
    stack = Stack(Options(rate=rate, members=1_000, progress=lambda text: None, folder=bench.folder))
    try:
        stack.start()
        gateway, web, redis = stack.gateway.pid, stack.web[0].pid, stack.redis.process.pid
        time.sleep(5)
        return figures.quietly(lambda: once(stack, gateway, web, redis, seconds), bench.say)
    finally:
        stack.stop()


def once(stack, gateway, web, redis, seconds):
    before = [machine.cpu_seconds([pid]) for pid in (gateway, web, redis)]
    length = events(stack)
    time.sleep(seconds)
    count = events(stack) - length
    after = [machine.cpu_seconds([pid]) for pid in (gateway, web, redis)]
    each = [(late - early) / count * 1e6 for early, late in zip(before, after)]
    return {"gateway": each[0], "web": each[1], "redis": each[2], "ours": each[0] + each[1], "rate": count / seconds}


def events(stack):
    """Ever appended to the shard's log."""
    return int(stack.redis.command("XINFO", "STREAM", "guildwire:log:0/1").split("entries-added\n")[1].split("\n")[0])
