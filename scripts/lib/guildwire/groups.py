"""`scripts/groups`: what a delivery costs when viewers see different things.

The same viewers get the same events each time; what differs is only how many different sights they have: users are let into
some of ten rooms in which nothing happens, each into others. Each number of groups is measured in turn, several times over, and
the median is taken: a machine that becomes busy would otherwise favour one of them.
"""

import argparse
import collections
import json
import os
import statistics
import subprocess
import tempfile
import time

from .http import EventSource, get_json, post_json
from .processes import Failure, run_command, wait_for
from .reconnects import cpu_seconds, metric, resident_mib
from .session import NAME, mint
from .stack import Options, Stack, build

VIEW_CHANNEL = 1 << 10
ROOMS = 10
WAVE = 2000                   # viewers that come at once
CATEGORY = 4                  # nobody talks in one


def members(stack, guild, count):
    """Ids of members with the same roles, who differ in nothing yet."""
    url = f"http://127.0.0.1:{stack.simulator_port}/api/v10/guilds/{guild}/members?limit=1000"
    headers = {"Authorization": f"Bot {stack.tokens['bot']}"}
    alike, last = collections.defaultdict(list), "0"
    while page := get_json(f"{url}&after={last}", 30, headers):
        last = page[-1]["user"]["id"]
        for member in page:
            alike[frozenset(member["roles"])].append(member["user"]["id"])
    found = max(alike.values(), key=len)
    if len(found) < count:
        raise Failure(f"{count} members with the same roles are needed, and only {len(found)} are there")
    return found[:count]


def make_rooms(stack, guild, users):
    """Room r is seen by users with bit r in their number: each set of rooms is one user's alone."""
    for room in range(ROOMS):
        overwrites = [{"id": guild, "type": 0, "allow": "0", "deny": str(VIEW_CHANNEL)}]
        overwrites += [{"id": user, "type": 1, "allow": str(VIEW_CHANNEL), "deny": "0"}
                       for number, user in enumerate(users) if number >> room & 1]
        channel = {"id": str(900_000_000_000_000_000 + room), "guild_id": guild, "type": CATEGORY, "name": f"room {room}",
                   "position": 90 + room, "permission_overwrites": overwrites}
        post_json(f"{stack.control_url}/control/dispatch", {"t": "CHANNEL_CREATE", "d": channel}, 30)


def run(stack, users, viewers, groups, seconds):
    """One measurement: CPU per delivery in µs, of web alone, and what else is told."""
    url, web = stack.web_urls[0], stack.web[0]
    now = int(time.time())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "groups")
        with open(path, "w") as file:
            for user in users[:groups]:
                cookie = mint(user, stack.tokens["session"], now, now + 3600)
                file.write(json.dumps({"cookie": f"{NAME}={cookie}"}) + "\n")
        probes = []
        source = EventSource(f"{url}/api/stream")
        try:
            while (there := len(probes) * WAVE) < viewers:
                command = [stack.binary("LoadProbe"), "--url", url, "--viewers", str(min(WAVE, viewers - there)),
                           "--groups", path, "--record", os.path.join(folder, str(there))]
                probes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
                wanted = min(there + WAVE, viewers)
                wait_for(f"{wanted} viewers", lambda: metric(url, "guildwire_web_viewers") > wanted, 60, stack.family)
            time.sleep(2)
            events, cpu, sends = len(source.events), cpu_seconds(web.pid), metric(url, "guildwire_web_sends_total")
            time.sleep(seconds)
            events, cpu = len(source.events) - events, cpu_seconds(web.pid) - cpu
            sends = metric(url, "guildwire_web_sends_total") - sends
            found = metric(url, "guildwire_web_groups")
        finally:
            source.close()
            for probe in probes:
                probe.terminate()
                probe.wait(60)
    wait_for("the viewers to be gone", lambda: metric(url, "guildwire_web_viewers") < 2, 60, stack.family)
    deliveries = events * viewers
    if not deliveries:
        raise Failure("no event came")
    return {"micros": cpu / deliveries * 1e6, "deliveries": deliveries, "sends": sends / deliveries, "groups": found,
            "share": cpu / seconds, "memory": resident_mib(web.pid)}


def measure(stack, viewers, numbers, rounds, seconds):
    guild = get_json(f"{stack.control_url}/control/guilds")[0]["id"]
    users = members(stack, guild, max(numbers))
    make_rooms(stack, guild, users)
    results = {number: [] for number in numbers}
    for _ in range(rounds):
        for number in numbers:
            one = run(stack, users, viewers, number, seconds)
            results[number].append(one)
            print(f"  {number:5d} groups   {one['micros']:6.2f} µs of CPU per delivery, {one['sends']:.2f} sends each, "
                  f"{one['deliveries']} deliveries, {one['share'] * 100:.0f} % of a core, {one['memory']} MiB", flush=True)
            # One more is the stream that counts the events.
            if one["groups"] < number:
                raise Failure(f"{number} sights made {one['groups']:.0f} groups")
    base = statistics.median(one["micros"] for one in results[numbers[0]])
    for number in numbers:
        median = statistics.median(one["micros"] for one in results[number])
        print(f"{number:5d} groups   {median:6.2f} µs   {median / base:.2f} of {numbers[0]}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/groups", description=__doc__)
    parser.add_argument("--viewers", type=int, default=10_000)
    parser.add_argument("--groups", default="1,10,1000", help="numbers of groups, at most 1,000 each")
    parser.add_argument("--rate", type=float, default=10, help="events a second from the simulator")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    numbers = [int(number) for number in arguments.groups.split(",")]
    options = Options(rate=arguments.rate, members=10_000, progress=lambda text: None)
    if not arguments.no_build:
        build(options)
    stack = Stack(options)
    try:
        stack.start()
        measure(stack, arguments.viewers, numbers, arguments.rounds, arguments.seconds)
        return 0
    finally:
        stack.stop()


if __name__ == "__main__":
    run_command(main)
