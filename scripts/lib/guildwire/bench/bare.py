"""What a server itself does for a delivery: the same run with the sending of events replaced by nothing, bench/nosend.c."""

import os

from ..http import get
from . import figures

# Much, so that what an event costs once is small beside what it costs per stream.
EVENTS_PER_SECOND, SECONDS = 100, 5


def measure(bench, system):
    """User and system time per delivery in ns, at 10,000 streams to which nothing goes."""
    running = system(bench, preload=os.path.join(bench.programs, "nosend.so"))
    try:
        running.load.open(figures.CROWD, running.request(), figures.WINDOW)
        running.load.watch(1)
        feed(running, 20, 20)
        count = EVENTS_PER_SECOND * SECONDS
        before = sends(running)
        cpu = running.cpu()
        feed(running, count, EVENTS_PER_SECOND)
        cpu = running.cpu() - cpu
        found = {"nanos": cpu / (count * figures.CROWD) * 1e9}
        if before is not None:
            found["sends"] = (sends(running) - before) / (count * figures.CROWD)
        return found
    finally:
        running.stop()


def feed(running, count, rate):
    _, _, child = running.feed.start(count, rate)
    running.feed.finish(child, 60)
    running.load.watch(0.3)


def sends(running):
    """How often our server would have called the kernel; None of others, which do it once per event and stream."""
    if running.name != "guildwire":
        return None
    # Metrics are reported when a flush ends.
    get(f"http://127.0.0.1:{running.port}/api/health")
    return running.metric("guildwire_web_sends_total")
