"""`scripts/shards`: a bot of many shards and guilds, from the simulator's dispatches to the logs and to viewers of everything.

Each dispatch of a kind that always makes an event must have it in its shard's log, under its number and about the same thing; each
log ascends; each presence in the logs reaches each viewer once. Heartbeats are short, so that one that is late ends a session: the
simulator counts IDENTIFYs and RESUMEs. Memory and CPU are printed; they belong to this machine.
"""

import argparse
import collections
import json
import subprocess
import time

from .compare import ORDINAL_BITS, parse_id
from .http import EventSource, get, get_json, post_json
from .processes import Failure, inside_path, run_command, wait_for
from .reconnects import cpu_seconds, resident_mib
from .stack import Options, Stack, build

# Dispatch: the event that it always makes here, the payload's key, and where the dispatch has the same.
SURE = {
    "PRESENCE_UPDATE": ("presence.updated", "userId", lambda d: d["user"]["id"]),
    "MESSAGE_CREATE": ("message.created", "messageId", lambda d: d["id"]),
    "MESSAGE_DELETE": ("message.deleted", "messageId", lambda d: d["id"]),
    "MESSAGE_REACTION_ADD": ("reaction.added", "messageId", lambda d: d["message_id"]),
    "MESSAGE_REACTION_REMOVE": ("reaction.removed", "messageId", lambda d: d["message_id"]),
    "GUILD_CREATE": ("guild.synced", "id", lambda d: d["id"]),
}
HEARTBEAT_MILLISECONDS = 10_000
PAGE = 20_000


class Count(collections.Counter):
    def fault(self, what, sample):
        self[what] += 1
        if self[what] <= 5:
            print(f"  {what}: {sample}", flush=True)


def logs(redis):
    """{(shard, epoch): {s: [event, …]}} and the ids of each log in their order."""
    events, ids = collections.defaultdict(lambda: collections.defaultdict(list)), {}
    for shard in redis.command("SMEMBERS", "guildwire:shards").splitlines():
        run = subprocess.run([inside_path("redis-cli"), "-p", str(redis.port), "--raw", "XRANGE", f"guildwire:log:{shard}",
                              "-", "+"], capture_output=True, check=True)
        ids[shard] = []
        for line in run.stdout.split(b"\n"):
            if line.startswith(b'{"id":'):
                event = json.loads(line)
                key = parse_id(event["id"])
                ids[shard].append(key)
                events[shard, key[0]][key[1] >> ORDINAL_BITS].append(event)
    return events, ids


def dispatches(control):
    """Every dispatch that was sent, page by page."""
    after = 0
    while True:
        status, body = get(f"{control}/control/log?after={after}&limit={PAGE}", 60)
        if status != 200:
            raise Failure(f"the simulator's log cannot be read: {status}")
        lines = body.splitlines()
        if not lines:
            return
        entries = [json.loads(line) for line in lines]
        yield from entries
        after = entries[-1]["n"]


def compare_logs(stack, shards, count):
    """Dispatches against logs."""
    events, ids = logs(stack.redis)
    for shard, order in ids.items():
        for before, behind in zip(order, order[1:]):
            if before >= behind:
                count.fault("out of order", f"{shard}: {before} before {behind}")
        count["events in the logs"] += len(order)
    epochs = {shard: sorted(epoch for name, epoch in events if name == shard) for shard in ids}
    sessions = collections.defaultdict(list)
    for entry in dispatches(stack.control_url):
        shard = f"{entry['shard']}/{shards}"
        if entry["session"] not in sessions[shard]:
            sessions[shard].append(entry["session"])
        count["dispatches"] += 1
        if entry["t"] not in SURE:
            continue
        kind, key, same = SURE[entry["t"]]
        place = sessions[shard].index(entry["session"])
        epoch = epochs.get(shard, [])[place:place + 1]
        found = [event for event in events[shard, epoch[0]][entry["s"]] if event["event"] == kind] if epoch else []
        count["compared"] += 1
        if len(found) != 1 or found[0]["payload"].get(key) != same(entry["d"]):
            count.fault("lost", f"{shard} {entry['s']} {entry['t']}: {[event['id'] for event in found]}")
    return events


def compare_viewers(viewers, events, shards, count):
    """Presences in the logs against what each viewer got behind its snapshot. Two shards may number alike: a guild tells them apart."""
    presences = {(event["guild"], event["id"]) for by_number in events.values() for found in by_number.values() for event in found
                 if event["event"] == "presence.updated"}
    for number, viewer in enumerate(viewers):
        blocks = [(name, json.loads(data)) for _, _, name, data in list(viewer.events)]
        if viewer.connections > 1:
            count.fault("streams that ended", f"viewer {number}: {viewer.connections} connections")
        if not blocks or blocks[0][0] != "snapshot" or any(name == "reset" for name, _ in blocks):
            count.fault("resets", f"viewer {number}: {collections.Counter(name for name, _ in blocks)}")
            continue
        begin = [parse_id(text) for text in viewer.begin.split("~")]
        seen = collections.Counter((data["guild"], data["id"]) for name, data in blocks if name == "presence.updated")
        wanted = {(guild, text) for guild, text in presences if parse_id(text) > begin[(int(guild) >> 22) % shards]}
        count["received"] += sum(seen.values())
        count["to be received"] += len(wanted)
        for key in wanted - seen.keys():
            count.fault("lost by a viewer", f"viewer {number}: {key}")
        for key, times in seen.items():
            if times > 1:
                count.fault("repeated", f"viewer {number}: {key} {times} times")


def heartbeats(stack):
    """The slowest round trip of a heartbeat, in ms, over the shards."""
    _, body = get(f"http://127.0.0.1:{stack.gateway_port}/metrics")
    found = [float(line.rsplit(b" ", 1)[1]) for line in body.splitlines()
             if line.startswith(b"guildwire_gateway_heartbeat_latency_seconds{")]
    return len(found), max(found, default=0) * 1000


def sampled(stack, seconds):
    """CPU seconds per process over the time, and the slowest heartbeat meanwhile."""
    processes = {process.name: process.pid for process in stack.family.members}
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}
    slowest, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1)
        slowest = max(slowest, heartbeats(stack)[1])
    return {name: cpu_seconds(pid) - before[name] for name, pid in processes.items()}, slowest


def main():
    parser = argparse.ArgumentParser(prog="scripts/shards", description=__doc__)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--guilds", type=int, default=1600)
    parser.add_argument("--members", type=int, default=40)
    parser.add_argument("--rate", type=float, default=2000, help="dispatches a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--viewers", type=int, default=2, help="who watch everything that @everyone sees in all guilds")
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    options = Options(rate=0, guilds=arguments.guilds, members=arguments.members, shards=arguments.shards,
                      max_concurrency=arguments.shards, heartbeat_ms=HEARTBEAT_MILLISECONDS,
                      mix="presence=70,message=20,voice=5,other=5", progress=lambda text: None)
    if not arguments.no_build:
        build(options)
    print(f"{arguments.shards} shards, {arguments.guilds} guilds of {arguments.members}, {arguments.rate:g} dispatches/s for "
          f"{arguments.seconds} s, {arguments.viewers} viewers of everything", flush=True)
    stack, count = Stack(options), Count()
    try:
        stack.start()
        wait_for("every shard's session", lambda: heartbeats(stack)[0] == arguments.shards, 120, stack.family, every=0.2)
        viewers = [viewer_of_all(stack, arguments.guilds) for _ in range(arguments.viewers)]
        post_json(f"{stack.control_url}/control/rate", {"rate": arguments.rate}, 30)
        used, slowest = sampled(stack, arguments.seconds)
        post_json(f"{stack.control_url}/control/rate", {"rate": 0}, 30)
        settle(stack, viewers)
        sessions = get_json(f"{stack.control_url}/control/sessions", 30)
        memory = {process.name: resident_mib(process.pid) for process in stack.family.members}
        refused(stack, count)
        events = compare_logs(stack, arguments.shards, count)
        compare_viewers(viewers, events, arguments.shards, count)
        return report(arguments, count, used, slowest, sessions, memory)
    finally:
        stack.stop()


def viewer_of_all(stack, guilds):
    """A stream whose snapshot has every guild; before, each that comes would be a reset."""
    for _ in range(60):
        viewer = EventSource(f"{stack.web_urls[0]}/api/stream?events=presence.*")
        first = viewer.wait(lambda event: event[2] == "snapshot", 60)
        if first and len(json.loads(first[3])["payload"]["guilds"]) == guilds:
            viewer.begin = first[1]
            return viewer
        viewer.close()
        time.sleep(1)
    raise Failure(f"web does not come to know {guilds} guilds")


def settle(stack, viewers):
    """Waits until nothing is sent or received any more."""
    last = None
    for _ in range(60):
        now = sum(len(viewer.events) for viewer in viewers), get_json(f"{stack.control_url}/control/sessions", 30)["dispatches"]
        if now == last:
            return
        last = now
        time.sleep(1)
    raise Failure("the viewers do not come to an end")


def refused(stack, count):
    """Requests of the gateway that Discord would have answered with 429."""
    status, body = get(f"{stack.control_url}/control/rest", 30)
    calls = [json.loads(line) for line in body.splitlines()] if status == 200 else []
    count["requests to Discord"] = len(calls)
    for call in calls:
        if call["status"] == 429:
            count.fault("429", call)


def report(arguments, count, used, slowest, sessions, memory):
    if sessions["identifies"] != arguments.shards or sessions["resumes"] or sessions["refused"]:
        count.fault("sessions that ended", {key: sessions[key] for key in ("identifies", "resumes", "refused")})
    dispatched = count["dispatches"]
    for name in ("requests to Discord", "dispatches", "compared", "events in the logs", "to be received", "received"):
        print(f"  {name:24} {count[name]:,}")
    print(f"  slowest heartbeat        {slowest:.0f} ms, of {HEARTBEAT_MILLISECONDS} ms")
    for name in sorted(used):
        print(f"  {name:24} {memory[name]:.0f} MiB, {100 * used[name] / arguments.seconds:.0f} % of a core, "
              f"{1e6 * used[name] / max(1, dispatched):.0f} µs per dispatch")
    faults = {name: count[name] for name in ("lost", "lost by a viewer", "repeated", "out of order", "resets", "streams that ended", "429",
                                             "sessions that ended") if count[name]}
    if not 0 < slowest < HEARTBEAT_MILLISECONDS / 2:
        faults["heartbeats late or not seen"] = 1
    if count["compared"] == 0 or count["to be received"] == 0:
        faults["nothing was compared"] = 1
    print("Shards failed: " + ", ".join(f"{name} {number}" for name, number in faults.items()) + "." if faults
          else "Nothing lost, repeated or out of order; every heartbeat on time.")
    return 1 if faults else 0


if __name__ == "__main__":
    run_command(main)
