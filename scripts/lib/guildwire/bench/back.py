"""10,000 streams that come back at once with `Last-Event-ID`, beside their first coming."""

import re
import time

from ..processes import Failure, wait_for
from . import figures
from .load import Feed

BEHIND = 5
WINDOW = 1_000
IDLE_SECONDS = 3


def commands(system):
    """What Redis has run, what its scripts ran included."""
    return sum(int(calls) for calls in re.findall(r"calls=(\d+)", system.redis.command("INFO", "commandstats")))


def measure(system):
    """Seconds of both, and the Redis commands of the second beyond those that come anyway."""
    first = system.load.open(figures.CROWD, system.request(), WINDOW)
    before = system.feed.next - 1
    _, last, child = system.feed.start(20 * BEHIND, 50)
    Feed.finish(child, 30)
    system.load.close()
    wait_for("the streams to be gone", lambda: system.metric("guildwire_web_viewers") == 0, 60)
    began = commands(system)
    time.sleep(IDLE_SECONDS)
    usual = (commands(system) - began) / IDLE_SECONDS
    began, cpu = commands(system), system.cpu()
    again = system.load.open(figures.CROWD, system.request(last=last - BEHIND), WINDOW, until_first=True)
    asked = commands(system) - began - usual * again["seconds"]
    if again["opened"] != figures.CROWD or before >= last:
        raise Failure("not every stream went on where it was")
    return {"first": first["seconds"], "again": again["seconds"], "ratio": again["seconds"] / first["seconds"],
            "commands": max(0.0, asked), "micros": (system.cpu() - cpu) / figures.CROWD * 1e6}
