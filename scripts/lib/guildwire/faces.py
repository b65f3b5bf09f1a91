"""`scripts/faces`: the dashboard left open, measured in the browser that shows it.

  scripts/faces                          ten minutes at 100 events/s, and what the last third has of memory and time beside the first
  scripts/faces --seconds 60 --settle 0  a short look

The page's heap, nodes and listeners are counted after a collection of garbage, every few seconds, over the browser's own protocol; frames by
requestAnimationFrame in the page; long tasks as the browser names them (50 ms and more). Before that the page is fed at a higher rate, until what
it bounds (5,000 messages of the feed, say) is full. A page is flat where the last third has no more than the first, within the bounds below.
"""

import argparse
import glob
import os
import statistics
import tempfile
import time

from .chromium import Person
from .http import post_json
from .processes import Failure, run_command
from .reconnects import metric
from .stack import Options, Stack, build

# What a last third may have more than the first.
HEAP_TIMES, HEAP_MORE = 1.25, 4_000_000
NODES_TIMES, NODES_MORE = 1.2, 1000
SAMPLE_SECONDS = 10
SETTLE_TIMES = 5
# Frames and long tasks since the last look; kept small, so that what watches weighs nothing.
WATCH = """const state = window.watched = { frames: [], tasks: [] };
    let last = performance.now();
    const frame = (now) => { if (state.frames.length < 5000) state.frames.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
    new PerformanceObserver((list) => list.getEntries().forEach((one) => {
        if (state.tasks.length < 5000) state.tasks.push(one.duration); })).observe({ entryTypes: ['longtask'] });"""
TAKE = "return [window.watched.frames.splice(0), window.watched.tasks.splice(0)]"


class Watch:
    """One page in a browser of its own."""

    def __init__(self, stack, path):
        self.stack, self.person = stack, Person(stack.public_url)
        self.cdp("Performance.enable", timeDomain="threadTicks")
        self.person.driver.set_script_timeout(120)
        self.person.open(path)
        self.person.wait("what people do", lambda: self.person.all("[data-message-id], [data-user-id]"), 60)
        self.person.script(WATCH)

    def cdp(self, command, **parameters):
        return self.person.driver.execute_cdp_cmd(command, parameters)

    def renderers(self):
        """Resident memory of the browser's renderers, in bytes: the page and the worker of its stream."""
        total, pids = 0, [self.person.driver.service.process.pid]
        for pid in pids:
            for path in glob.glob(f"/proc/{pid}/task/*/children"):
                with open(path) as file:
                    pids += [int(child) for child in file.read().split()]
        for pid in pids:
            try:
                with open(f"/proc/{pid}/cmdline") as command, open(f"/proc/{pid}/statm") as memory:
                    if "--type=renderer" in command.read():
                        total += int(memory.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                continue
        return total

    def sample(self):
        frames, tasks = self.person.script(TAKE)
        # Twice: what the first sets free may hold others.
        for _ in range(2):
            self.cdp("HeapProfiler.collectGarbage")
        found = {one["name"]: one["value"] for one in self.cdp("Performance.getMetrics")["metrics"]}
        events = sum(metric(url, "guildwire_web_sends_total") for url in self.stack.web_urls)
        # The collection itself stops the page: its frame counts for nothing.
        self.person.script(TAKE)
        return {"heap": found["JSHeapUsedSize"], "nodes": found["Nodes"], "listeners": found["JSEventListeners"],
                "script": found["ScriptDuration"], "task": found["TaskDuration"], "memory": self.renderers(), "frames": frames, "tasks": tasks,
                "events": events, "at": time.monotonic()}


def watch(stack, seconds, settle=0, path="/", every=SAMPLE_SECONDS, say=print):
    """Samples of a dashboard that is left open for so long."""
    page = Watch(stack, path)
    try:
        if settle:
            say(f"Fed at {SETTLE_TIMES * stack.options.rate:g} events/s for {settle:g} s, until what the page bounds is full …")
            pace(stack, SETTLE_TIMES * stack.options.rate)
            time.sleep(settle)
            pace(stack, stack.options.rate)
            time.sleep(5)
        # So many, however long each takes on a machine that is busy.
        samples = [page.sample()]
        for _ in range(max(3, round(seconds / every))):
            time.sleep(every)
            stack.family.check()
            samples.append(page.sample())
        if page.person.all('.connection:not([data-phase="live"])'):
            raise Failure("the page is not live in the end")
        complaints = page.person.complaints()
        if complaints:
            raise Failure(f"the console complains: {complaints[:5]}")
        return samples
    finally:
        page.person.quit()


def pace(stack, rate):
    post_json(f"{stack.control_url}/control/rate", {"rate": rate})


def part(samples):
    """What a run of samples says, each value of one being of the time behind the one before it."""
    first, last, rest = samples[0], samples[-1], samples[1:]
    frames = sorted(one for sample in rest for one in sample["frames"])
    tasks = [one for sample in rest for one in sample["tasks"]]
    seconds = last["at"] - first["at"]
    if not frames:
        raise Failure("the page drew no frame")
    at = lambda share: frames[min(len(frames) - 1, int(share * len(frames)))]  # noqa: E731
    return {"seconds": seconds, "events": (last["events"] - first["events"]) / seconds,
            **{name: statistics.median(one[name] for one in rest) for name in ("heap", "nodes", "listeners", "memory")},
            "script": (last["script"] - first["script"]) / seconds, "task": (last["task"] - first["task"]) / seconds,
            "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "longest": frames[-1], "frames": len(frames) / seconds,
            "tasks": len(tasks) / seconds * 60, "blocked": sum(tasks) / seconds}


def thirds(samples):
    """The first third, the second and the last; neighbours share the sample between them."""
    count = (len(samples) - 1) // 3
    if count < 1:
        raise Failure("too few samples for three thirds")
    return [part(samples[number * count:(number + 1) * count + 1]) for number in range(3)]


ROWS = [("events/s delivered", "events", 1, "{:.0f}"), ("JS heap after GC, MB", "heap", 1e-6, "{:.1f}"), ("renderers resident, MB", "memory", 1e-6, "{:.0f}"),
        ("DOM nodes", "nodes", 1, "{:,.0f}"), ("listeners", "listeners", 1, "{:,.0f}"), ("frames/s", "frames", 1, "{:.1f}"),
        ("frame p50, ms", "p50", 1, "{:.1f}"), ("frame p95, ms", "p95", 1, "{:.1f}"), ("frame p99, ms", "p99", 1, "{:.1f}"),
        ("longest frame, ms", "longest", 1, "{:.0f}"), ("long tasks a minute", "tasks", 1, "{:.1f}"), ("ms/s in long tasks", "blocked", 1, "{:.1f}"),
        ("share of a core, scripts", "script", 1, "{:.3f}"), ("share of a core, all tasks", "task", 1, "{:.3f}")]


def table(parts):
    yield f"{'':<28}{'first third':>14}{'second':>14}{'last':>14}"
    for label, name, scale, form in ROWS:
        yield f"{label:<28}" + "".join(f"{form.format(one[name] * scale):>14}" for one in parts)


def growth(parts):
    """What the last third has too much of."""
    first, last = parts[0], parts[-1]
    if last["heap"] > first["heap"] * HEAP_TIMES + HEAP_MORE:
        yield f"the heap grew from {first['heap'] / 1e6:.1f} to {last['heap'] / 1e6:.1f} MB"
    if last["nodes"] > first["nodes"] * NODES_TIMES + NODES_MORE:
        yield f"the nodes grew from {first['nodes']:,.0f} to {last['nodes']:,.0f}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/faces", description=__doc__.split("\n")[0].split(": ")[1])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--settle", type=float, default=60, help="seconds at five times the rate before that (60)")
    parser.add_argument("--rate", type=float, default=100, help="events per second (100)")
    parser.add_argument("--members", type=int, default=500)
    parser.add_argument("--path", default="/", help="which page")
    parser.add_argument("--no-build", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="guildwire-faces-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        options = Options(folder=folder, rate=chosen.rate, members=chosen.members)
        if not chosen.no_build:
            build(options, "Gateway", "Web", "Analytics", "Simulator")
        stack = Stack(options).start()
        try:
            parts = thirds(watch(stack, chosen.seconds, chosen.settle, chosen.path))
        finally:
            stack.stop()
    print("\n".join(table(parts)))
    found = list(growth(parts))
    if found:
        raise Failure("; ".join(found))
    print("Flat: heap and nodes of the last third are within bounds of the first.")


if __name__ == "__main__":
    run_command(main)
