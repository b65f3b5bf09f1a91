"""`scripts/gateway-bench`: CPU per dispatch of the gateway, discord.py and hikari reading the same stream in the same run.

A stand-in for Discord sends each client the same session: a guild with its members, a warm-up, then the dispatches as fast as the
client takes them, over WebSocket and zlib-stream on loopback. CPU is user and system time of the client's process, all threads,
from the moment where the warm-up was taken in to the one where the last dispatch was.

What is in the gateway's figure: receiving, inflating, reading, journal with fdatasync, fold, encoding, the link to one replica that
acknowledges all. In the libraries': receiving, inflating, reading, their models and default caches; no listener of a bot.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from . import peers
from .benchreplica import Replica
from .http import get, get_json
from .processes import Failure, Family, Process, free_port, run_command, wait_for
from .stack import ROOT, build

GATEWAY = "gateway"
TOKEN = "ODAzNTExMTAyMjQ2NzgwMDA.bench.000000000000000000000000000"
LINK_TOKEN = "bench-link-token-bench-link-token"
RUN_SECONDS_MAX = 300
MEMBER_BYTES_MAX = 300


def cpu_seconds(pid):
    """User and system time of all threads, in nanoseconds' steps: the clock that clock_getcpuclockid(3) names."""
    CPUCLOCK_SCHED = 2
    return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


class Peer:
    """A library's bot."""

    def __init__(self, name, bench, folder):
        self.child = subprocess.Popen(
            [bench.python, "-B", "-m", "guildwire.benchpeer", name, str(bench.port)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=open(os.path.join(folder, "log"), "wb"), text=True,
            env={**os.environ, "PYTHONPATH": os.path.join(ROOT, "scripts", "lib")})
        self.name, self.folder, self.pid, self.last = name, folder, self.child.pid, 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            if line.strip().isdigit():
                self.last = int(line)

    def check(self):
        if self.child.poll() is not None:
            with open(os.path.join(self.folder, "log"), errors="replace") as log:
                raise Failure(f"{self.name} ended with status {self.child.returncode}:\n{log.read()[-2000:]}")

    def stop(self):
        self.child.kill()
        self.child.wait()


class Gateway:
    """The gateway's own process, with a state folder on disk and one replica."""

    def __init__(self, name, bench, folder):
        self.port, self.log = free_port(), os.path.join(folder, "log")
        environment = {
            "PATH": os.environ["PATH"], "DISCORD_BOT_TOKEN": TOKEN, "LINK_TOKEN": LINK_TOKEN, "GATEWAY_WS_PORT": str(self.port),
            "DISCORD_API_BASE": f"http://127.0.0.1:{bench.port}/api/v10", "GATEWAY_STATE_DIR": os.path.join(folder, "state"),
            "LOG_FORMAT": "text"}
        self.process = Process(name, [bench.options.gateway or bench.binary], self.log, environment).start()
        self.pid = self.process.pid
        wait_for("the gateway", lambda: get(f"http://127.0.0.1:{self.port}/health", 1)[0] == 200, 20)
        self.replica = Replica(self.port, LINK_TOKEN)

    @property
    def last(self):
        return self.replica.last

    def check(self):
        if not self.process.running or not self.replica.is_alive():
            raise Failure(f"the gateway or its link ended:\n{self.process.last_lines()}")

    def stop(self):
        self.process.stop()


class Bench:
    def __init__(self, options):
        self.options = options
        self.python = peers.python(os.path.join(ROOT, ".build")) if options.libraries else None
        self.binary = os.path.join(ROOT, ".build", "release", "Gateway")
        self.family, self.port = Family(), free_port()
        # On the disk of the repository: a journal in memory would be flushed for nothing.
        self.folder = tempfile.mkdtemp(prefix="gateway-bench-", dir=os.path.join(ROOT, ".build"))
        self.results = {name: [] for name in [GATEWAY, *options.libraries]}

    def feed(self):
        command = [sys.executable, "-B", "-m", "guildwire.benchfeeder", "--port", str(self.port), "--crowd", str(self.options.memory)]
        for name in ("dispatches", "members", "warm_up", "seed"):
            command += [f"--{name.replace('_', '-')}", str(getattr(self.options, name))]
        environment = {**os.environ, "PYTHONPATH": os.path.join(ROOT, "scripts", "lib")}
        self.family.start(Process("feeder", command, os.path.join(self.folder, "feeder"), environment))
        url = f"http://127.0.0.1:{self.port}/sizes"
        self.sizes = wait_for("the stream to be encoded", lambda: get_json(url, 1), 120, self.family, 0.2)

    def measure(self, name):
        """One client, from log-in to the last dispatch: CPU in µs per dispatch."""
        folder = tempfile.mkdtemp(prefix=name, dir=self.folder)
        client = (Gateway if name == GATEWAY else Peer)(name, self, folder)

        def reaches(number):
            client.check()
            return client.last >= number

        try:
            # A dispatch of the warm-up may make no event; whoever has come near its end takes in the rest in a moment.
            wait_for(f"{name} to take the warm-up", lambda: reaches(self.sizes["opening"] - 5), 60, self.family)
            time.sleep(1)
            began, cpu = time.monotonic(), cpu_seconds(client.pid)
            get(f"http://127.0.0.1:{self.port}/go")
            wait_for(f"{name} to take all", lambda: reaches(self.sizes["last"]), RUN_SECONDS_MAX, self.family)
            # What is left to do: acknowledgements, garbage.
            took = time.monotonic() - began
            time.sleep(0.2)
            cpu = cpu_seconds(client.pid) - cpu
            found = {"cpu": cpu / self.options.dispatches * 1e6, "rate": self.options.dispatches / took,
                     "resident": resident_kib(client.pid) / 1024}
            if name == GATEWAY:
                found["frames"] = client.replica.frames
        finally:
            client.stop()
            shutil.rmtree(folder, ignore_errors=True)
        self.results[name].append(found)
        print(f"  {name:12} {found['cpu']:8.2f} µs per dispatch, {found['rate']:8.0f} dispatches/s, "
              f"{found['resident']:.0f} MiB resident" + (f", {found['frames']} frames" if "frames" in found else ""), flush=True)

    def measure_memory(self):
        """Resident memory of the gateway before and behind the members of a guild, everyone with a presence."""
        client = Gateway(GATEWAY, self, tempfile.mkdtemp(dir=self.folder))
        try:
            # In a quiet second the gateway gives back what a burst has left free.
            wait_for("the warm-up", lambda: client.check() or client.last >= self.sizes["opening"], 60, self.family)
            time.sleep(4)
            before = resident_kib(client.pid)
            get(f"http://127.0.0.1:{self.port}/go")
            wait_for("all members", lambda: client.check() or client.last >= self.sizes["last"], RUN_SECONDS_MAX, self.family)
            time.sleep(4)
            after = resident_kib(client.pid)
        finally:
            client.stop()
        each = (after - before) * 1024 / self.options.memory
        print(f"{self.options.memory} members with presence: {before / 1024:.0f} MiB resident before, {after / 1024:.0f} MiB behind: "
              f"{each:.0f} bytes each")
        if each > MEMBER_BYTES_MAX:
            print(f"guildwire: at most {MEMBER_BYTES_MAX} were to be resident for a member", file=sys.stderr)
            return 1
        return 0

    def report(self):
        cpu = {name: statistics.median(found["cpu"] for found in results) for name, results in self.results.items()}
        print(f"\nMedians of {self.options.rounds} rounds, CPU per dispatch:")
        for name, value in cpu.items():
            version = peers.versions().get(name, "")
            spread = [found["cpu"] for found in self.results[name]]
            print(f"  {name + ' ' + version:20} {value:8.2f} µs  ({min(spread):.2f} to {max(spread):.2f})")
        if not self.options.libraries:
            return 0
        better = min(self.options.libraries, key=cpu.get)
        ratio = cpu[better] / cpu[GATEWAY]
        print(f"ratio to the better of them, {better}: {ratio:.1f}")
        if self.options.at_least and ratio < self.options.at_least:
            print(f"guildwire: at least {self.options.at_least} was asked for", file=sys.stderr)
            return 1
        return 0

    def run(self):
        try:
            self.feed()
            if self.options.memory:
                return self.measure_memory()
            about = f"{self.options.dispatches} dispatches, {self.sizes['bytes'] / self.options.dispatches:.0f} bytes each, " \
                    f"{self.sizes['zlib-stream'] / self.options.dispatches:.0f} as zlib-stream"
            print(f"{about}; one guild of {self.options.members} members; seed {self.options.seed}")
            if self.options.libraries:
                version = subprocess.run([self.python, "--version"], capture_output=True, text=True).stdout.strip()
                print(f"{version} with orjson and uvloop; {platform.machine()}, {os.cpu_count()} cores")
            for number in range(self.options.rounds):
                print(f"round {number + 1}")
                for name in self.results:
                    self.measure(name)
            return self.report()
        finally:
            self.family.stop()
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/gateway-bench", description=__doc__.splitlines()[0])
    parser.add_argument("--dispatches", type=int, default=50_000)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--warm-up", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--libraries", type=lambda text: [name for name in text.split(",") if name], default=["discord.py", "hikari"],
                        help="which to compare with, between commas; may be empty")
    parser.add_argument("--at-least", type=float, help="exit with 1 where the ratio is below")
    parser.add_argument("--gateway", help="another gateway's binary; nothing is built")
    parser.add_argument("--memory", type=int, default=0, metavar="MEMBERS",
                        help="measure the gateway's resident memory for so many members instead")
    options = parser.parse_args()
    if options.memory:
        # What is kept of acknowledged events is full before the first look.
        options.libraries, options.warm_up = [], 100_000
    if not options.gateway:
        build(argparse.Namespace(configuration="release", scratch=os.path.join(ROOT, ".build")), "Gateway")
    return Bench(options).run()


if __name__ == "__main__":
    run_command(main)
