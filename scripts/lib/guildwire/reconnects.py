"""`scripts/reconnects`: viewers come back in masses, each with a Last-Event-ID from a while ago.

Each has to go on with the very event behind its own, and Redis must not notice: what they missed is in the replica's ring.
"""

import argparse
import collections
import os
import random
import re
import resource
import select
import socket
import time

from .http import EventSource, get, post_json
from .processes import Failure, run_command, wait_for
from .stack import Options, Stack, build

UNANSWERED_MAX = 500          # connections that may wait for their first event at a time
ANSWER_SECONDS_MAX = 30
BASELINE_SECONDS = 5


class Viewer:
    """One connection: opened, answered with the event behind its cursor, kept, closed."""

    def __init__(self, address, cursor, expected, number):
        self.expected, self.received, self.began = expected, b"", time.monotonic()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        # An address of its own for each few thousand: ports of closed connections are not free at once.
        self.socket.bind((f"127.1.{number // 4000 % 250}.1", 0))
        try:
            self.socket.connect(address)
        except BlockingIOError:
            pass
        self.request = f"GET /api/stream HTTP/1.1\r\nHost: web\r\nLast-Event-ID: {cursor}\r\n\r\n".encode()

    def writable(self):
        self.socket.send(self.request)

    def readable(self):
        """The id and name of the first event, once it is here."""
        data = self.socket.recv(65536)
        if not data:
            raise OSError("ended before its first event: " + self.received[-60:].decode(errors="replace"))
        self.received += data
        match = re.search(rb"\nid: ([^\n]+)\nevent: ([^\n]+)\n", self.received)
        return match and (match[1].decode(), match[2].decode())


def reconnect(address, ids, count, open_max):
    """Opens `count` streams; returns (seconds, faults, answer times)."""
    poll = select.epoll()
    waiting, kept, faults, times = {}, collections.deque(), collections.Counter(), []
    began, opened, choose = time.monotonic(), 0, random.Random(1)
    while opened < count or waiting:
        while opened < count and len(waiting) < UNANSWERED_MAX and len(waiting) + len(kept) < open_max:
            place = choose.randrange(len(ids) - 1)
            viewer = Viewer(address, ids[place], ids[place + 1], opened)
            waiting[viewer.socket.fileno()] = viewer
            poll.register(viewer.socket.fileno(), select.EPOLLOUT)
            opened += 1
        for descriptor, event in poll.poll(0.05):
            viewer = waiting[descriptor]
            try:
                if event & select.EPOLLOUT:
                    viewer.writable()
                    poll.modify(descriptor, select.EPOLLIN)
                    continue
                first = viewer.readable()
            except OSError as error:
                faults[str(error)] += 1
                first = None
            else:
                if first is None:
                    continue
                times.append(time.monotonic() - viewer.began)
                if first[0] != viewer.expected:
                    faults[f"{first[1]} instead of the next event"] += 1
            poll.unregister(descriptor)
            del waiting[descriptor]
            if first is None:
                viewer.socket.close()
            else:
                kept.append(viewer.socket)
        while len(kept) + len(waiting) >= open_max and kept and opened < count:
            kept.popleft().close()
        if waiting and time.monotonic() - next(iter(waiting.values())).began > ANSWER_SECONDS_MAX:
            faults["not answered"] += len(waiting)
            break
    seconds = time.monotonic() - began
    for one in [*kept, *(viewer.socket for viewer in waiting.values())]:
        one.close()
    return seconds, faults, times


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) // 1024


def redis_commands(stack):
    """Commands that Redis has run, those within scripts included."""
    return sum(int(count) for count in re.findall(r"calls=(\d+)", stack.redis.command("INFO", "commandstats")))


def metric(url, name):
    match = re.search(rf"^{name} (\S+)$", get(f"{url}/metrics")[1].decode(), re.MULTILINE)
    return float(match[1]) if match else 0.0


def measure(stack, count, open_max, behind):
    """Prints what it saw; raises Failure when a viewer was not served, or Redis was asked."""
    url, web = stack.web_urls[0], stack.web[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    # Enough events to be behind of; then none, so that what is measured is the coming back.
    source = EventSource(f"{url}/api/stream")
    wait_for("events", lambda: len(source.events) > behind + 50, 120, stack.family)
    post_json(f"{stack.control_url}/control/rate", {"rate": 0})
    before = -1
    while before != len(source.events):
        before = len(source.events)
        time.sleep(2)
    source.close()
    ids = [event[1] for event in source.events[1:]][-behind:]
    idle = redis_commands(stack)
    time.sleep(BASELINE_SECONDS)
    usual = (redis_commands(stack) - idle) / BASELINE_SECONDS
    commands, cpu = redis_commands(stack), cpu_seconds(web.pid)
    looks, resets = (metric(url, f"guildwire_web_{name}_total") for name in ("top_looks", "resets"))
    port = int(url.rsplit(":", 1)[1])
    seconds, faults, times = reconnect(("127.0.0.1", port), ids, count, open_max)
    commands, cpu = redis_commands(stack) - commands, cpu_seconds(web.pid) - cpu
    looks = metric(url, "guildwire_web_top_looks_total") - looks
    resets = metric(url, "guildwire_web_resets_total") - resets
    times.sort()
    print(f"{count} reconnects, at most {open_max} open, up to {behind} events behind: {seconds:.1f} s, {count / seconds:.0f} a second\n"
          f"  answered      {len(times)}, median {times[len(times) // 2] * 1000:.1f} ms, "
          f"99 of 100 within {times[len(times) * 99 // 100] * 1000:.1f} ms, worst {times[-1] * 1000:.1f} ms\n"
          f"  web           {cpu:.1f} s of CPU, {cpu / count * 1e6:.0f} µs each; {resident_mib(web.pid)} MiB\n"
          f"  Redis         {commands / seconds:.1f} commands a second, {usual:.1f} before; {looks:.0f} looks at a log's end\n"
          f"  resets        {resets:.0f}", flush=True)
    for fault, number in faults.most_common():
        print(f"  {number} × {fault}")
    if faults or resets or len(times) != count:
        raise Failure("not every viewer went on where it was")
    # What goes on anyway comes in bursts; one command for each hundred viewers would already show.
    if looks or commands > 2 * usual * seconds + max(50, count / 100):
        raise Failure("Redis was asked because viewers came back")


def main():
    parser = argparse.ArgumentParser(prog="scripts/reconnects", description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--open", type=int, default=5_000, help="streams open at once")
    parser.add_argument("--behind", type=int, default=20, help="a viewer's Last-Event-ID is up to so many events old")
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    options = Options(rate=50, progress=lambda text: None)
    if not arguments.no_build:
        build(options)
    stack = Stack(options)
    try:
        stack.start()
        measure(stack, arguments.count, arguments.open, arguments.behind)
        return 0
    finally:
        stack.stop()


if __name__ == "__main__":
    run_command(main)
