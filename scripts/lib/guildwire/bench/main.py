"""`scripts/bench`: this product and its peers on the same load, on one machine, in one run.

Fan-out: the web service alone, fed by its own append-and-publish script, against servers of the same stream that get their events by
Redis pub/sub; among them the floor, a C program that does nothing but send. One core is the server's, the load and Redis have the others.
What else there is: `--only`. Every figure is the median of interleaved rounds, with the lowest and the highest; on a machine that others
use, ratios are what counts.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time

from .. import peers
from ..processes import Failure, inside_path, run_command
from ..stack import ROOT, build
from . import back, bare, figures, ingest, machine, path, systems, table
from .targets import TARGETS

REQUIREMENTS = """
sse-starlette==3.7.0
asyncpg==0.32.0

anyio==4.16.0
async-timeout==5.0.1
click==8.5.1
h11==0.16.0
hiredis==3.5.0
httptools==0.9.0
idna==3.20
redis==8.1.0
starlette==1.10.0
typing_extensions==4.16.0
uvicorn==0.54.0
uvloop==0.23.0
"""
PARTS = ("fanout", "idle", "flood", "highest", "bare", "loops", "back", "path", "ingest")

# Those of which bench/nosend.c knows how they send.
BARE = (systems.Floor, systems.Web)
# Those that send what waits together; the others would need minutes for a flood.
BATCHING = (systems.FloorBatch, systems.Web)


class Bench:
    def __init__(self, options):
        self.options = options
        self.core, others = machine.cores()
        self.cores = sorted({self.core} | others)
        if self.core in others:
            raise Failure("two cores are needed: one for the server, one for the load and Redis")
        self.all_cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, others)
        self.scratch = os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build"))
        self.web = options.web or os.path.join(self.scratch, "release", "Web")
        self.analytics = os.path.join(self.scratch, "release", "Analytics")
        self.folder = tempfile.mkdtemp(prefix="bench-", dir=self.scratch)
        self.results, self.left_out, self.began = table.Results(), {}, time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.began:6.0f} s  {text}", flush=True)

    def prepare(self):
        """What is measured, ready to run; a peer that cannot be had is left out, and said to be."""
        self.programs = systems.compile_programs(os.path.join(self.scratch, "bench"))
        names = self.options.systems
        if "go" in names:
            self.try_peer("go", lambda: run([inside_path("go"), "build", "-o", os.path.join(self.programs, "hub"), "hub.go"],
                                            os.path.join(ROOT, "bench", "peers")))
        if "node" in names:
            self.try_peer("node", lambda: inside_path("node"))
        if "nchan" in names:
            self.try_peer("nchan", lambda: os.stat("/usr/lib/nginx/modules/ngx_nchan_module.so"))
        self.python = None
        if "sse-starlette" in names or "ingest" in self.options.only:
            self.try_peer("sse-starlette", self.install_python)
        self.systems = [systems.ALL[name] for name in names if name not in self.left_out]

    def install_python(self):
        self.python = peers.python(self.scratch, self.say, REQUIREMENTS, "bench-peers")

    def try_peer(self, name, prepare):
        try:
            prepare()
        except (Failure, OSError) as error:
            self.left_out[name] = str(error)
            self.say(f"{name} is left out: {error}")

    def measure(self, system, part, work):
        """One system, started for this and ended; a failure of a peer is said and does not end the run."""
        try:
            running = system(self)
        except Failure as failure:
            return self.failed(system.name, part, failure)
        try:
            work(running)
        except Failure as failure:
            self.failed(system.name, part, failure)
        finally:
            running.stop()

    def failed(self, name, part, failure):
        self.left_out[f"{name}, {part}"] = str(failure)
        self.say(f"  {name}, {part}: {failure}")

    def round(self):
        for system in self.systems:
            if self.options.only & {"fanout", "highest"}:
                self.measure(system, "1,000 streams", self.small)
            if self.options.only & {"fanout", "highest", "idle"}:
                self.measure(system, "10,000 streams", self.crowd)
            if "flood" in self.options.only and system in BATCHING:
                self.measure(system, "a flood", self.flood)
            if "bare" in self.options.only and system in BARE:
                self.bare(system)
        if "loops" in self.options.only and systems.Web in self.systems:
            for system in (systems.OneLoop, systems.TwoLoops):
                self.measure(system, "loops", self.loops)
        if "back" in self.options.only and systems.Web in self.systems:
            self.measure(systems.Web, "coming back", self.back)
        if "path" in self.options.only:
            self.path()
        if "ingest" in self.options.only:
            self.ingest()

    def bare(self, system):
        found = bare.measure(self, system)
        self.results.add(system.name, "bare", found)
        more = f", {found['sends']:.2f} sends each" if "sends" in found else ""
        self.say(f"  {system.name:18} {found['nanos']:6.1f} ns per delivery of which nothing is sent{more}")

    def flood(self, system):
        opened = 0
        for streams, group in ((figures.SMALL, "small"), (figures.CROWD, "crowd")):
            system.load.open(streams - opened, system.request(), figures.WINDOW)
            opened = streams
            found = figures.flood(system, streams, self.options.probe)
            self.results.add(system.name, group, {"flood": found["micros"]})
            self.say(f"  {system.name:18} {streams:6} streams, {found['rate']:,.0f} deliveries/s offered: {found['micros']:.3f} µs of CPU per delivery, "
                     f"p99 {found['p99']:.0f} ms, {found['missing']} lost")
            if found["missing"] or found["repeats"]:
                self.failed(system.name, f"a flood at {streams} streams", Failure(f"{found['missing']} lost, {found['repeats']} repeated"))

    def loops(self, system):
        opened = 0
        for streams, name in ((figures.SMALL, "small"), (figures.CROWD, "crowd")):
            system.load.open(streams - opened, system.request(), figures.WINDOW)
            opened = streams
            found = figures.equal_load(system, streams, self.options.seconds, lambda text: self.say(f"  {system.name}: {text}"))
            self.results.add(system.name, "loops", {name: found["micros"]})
            self.say(f"  {system.name:20} {streams:6} streams: {found['micros']:6.2f} µs of CPU per delivery, p99 {found['p99']:.0f} ms, "
                     f"{found['missing']} lost, {found['repeats']} repeated")
            if found["missing"] or found["repeats"]:
                self.failed(system.name, f"{streams} streams", Failure(f"{found['missing']} lost, {found['repeats']} repeated"))

    def back(self, system):
        found = back.measure(system)
        self.results.add(system.name, "back", found)
        self.say(f"  {figures.CROWD} streams came in {found['first']:.1f} s and came back in {found['again']:.1f} s, {found['micros']:.0f} µs of "
                 f"CPU each, {found['commands']:.0f} commands to Redis")

    def path(self):
        for rate, group in path.RATES.items():
            try:
                found = path.measure(self, self.options.seconds, rate)
            except Failure as failure:
                self.failed("the way of an event", f"path, {rate} events/s", failure)
                continue
            self.results.add("guildwire", group, found)
            self.say(f"  the way of an event: {found['gateway']:.0f} µs of CPU in the gateway, {found['web']:.0f} in web, {found['redis']:.0f} in Redis, "
                     f"at {found['rate']:.0f} events/s")

    def ingest(self):
        try:
            found = ingest.measure(self)
        except Failure as failure:
            return self.failed("ingest", "ingest", failure)
        for way, values in found.items():
            self.results.add(way, "ingest", values)

    def small(self, system):
        system.load.open(figures.SMALL, system.request(), figures.WINDOW)
        self.serve(system, figures.SMALL, "small")

    def crowd(self, system):
        found = figures.crowd(system, lambda text: self.say(f"  {system.name}: {text}"))
        self.results.add(system.name, "come", found)
        self.say(f"  {system.name:18} {found['accept']:6.0f} µs of CPU per accepted stream, {found['resident']:,.0f} bytes resident each")
        self.serve(system, figures.CROWD, "crowd")

    def serve(self, system, streams, group):
        def say(text):
            self.say(f"  {system.name}: {text}")

        if "fanout" in self.options.only:
            found = figures.equal_load(system, streams, self.options.seconds, say)
            self.results.add(system.name, group, found)
            self.say(f"  {system.name:18} {streams:6} streams: {found['micros']:6.2f} µs of CPU per delivery, p50 {found['p50']:.1f} ms, "
                     f"p99 {found['p99']:.1f} ms, p99.9 {found['p999']:.1f} ms, {found['missing']} lost, {found['repeats']} repeated")
            if found["missing"] or found["repeats"]:
                self.failed(system.name, f"{streams} streams", Failure(f"{found['missing']} lost, {found['repeats']} repeated"))
        if "highest" in self.options.only:
            found = figures.highest_load(system, streams, self.options.probe, say)
            self.results.add(system.name, group, found)
            self.say(f"  {system.name:18} {streams:6} streams: up to {found['highest']:,.0f} deliveries/s")

    def run(self):
        try:
            self.prepare()
            print(f"{machine.description()}; {platform.platform()}\nthe server on core {self.core}; {self.options.rounds} rounds")
            for number in range(self.options.rounds):
                self.say(f"round {number + 1}")
                self.round()
            self.report()
            return 0
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def report(self):
        names = [system.name for system in self.systems]
        print("\n" + table.rows(self.results, names))
        print("\n" + table.listed(self.results) + "\n")
        for text, measure, wanted in TARGETS:
            value = measure(self.results)
            print(f"  {text:75} {'not measured' if value is None else f'{value:.2f}':>12}   target {wanted}")
        for name, reason in self.left_out.items():
            print(f"  left out: {name}: {reason.splitlines()[0]}")
        with open(self.options.json, "w") as file:
            json.dump({"machine": machine.description(), "rounds": self.options.rounds, "results": self.results.json(),
                       "leftOut": self.left_out}, file, indent=1)
        print(f"\nwritten to {os.path.relpath(self.options.json)}")


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "GO111MODULE": "off"})
    if done.returncode != 0:
        raise Failure(f"{' '.join(command[:2])} failed: {done.stderr.strip()}")


def names(known):
    def parse(text):
        wanted = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(known)}")
        return wanted
    return parse


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round of three systems: whether it works, not how fast it is")
    parser.add_argument("--only", type=names(PARTS), help=f"parts, between commas: {', '.join(PARTS)}")
    parser.add_argument("--systems", type=names(list(systems.ALL)), help=f"between commas: {', '.join(systems.ALL)}")
    parser.add_argument("--rounds", type=int, help="3, and 1 with --quick")
    parser.add_argument("--seconds", type=float, help="of a measurement at equal load: 10, and 3 with --quick")
    parser.add_argument("--json", default=os.path.join(ROOT, ".build", "bench.json"), metavar="FILE")
    parser.add_argument("--web", metavar="FILE", help="another web service's binary; nothing is built")
    parser.add_argument("--no-build", action="store_true")
    options = parser.parse_args()
    quick = options.quick
    options.rounds = options.rounds or (1 if quick else 3)
    options.seconds = options.seconds or (3 if quick else 10)
    options.probe = 1 if quick else 3
    options.systems = options.systems or (["floor", "floor that batches", "guildwire"] if quick else list(systems.ALL))
    options.only = set(options.only or (("fanout", "idle", "bare") if quick else PARTS))
    return options


def main():
    options = parse()
    wanted = [] if options.web or "guildwire" not in options.systems else ["Web"]
    if "path" in options.only:
        wanted = ["Web", "Gateway", "Simulator", "Analytics"]
    elif "ingest" in options.only:
        wanted.append("Analytics")
    if wanted and not options.no_build:
        scratch = os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build"))
        build(argparse.Namespace(configuration="release", scratch=scratch), *wanted)
    return Bench(options).run()


if __name__ == "__main__":
    run_command(main)
