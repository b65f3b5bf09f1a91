"""What `scripts/bench` measures: how each server is started, fed and asked for a stream."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

from ..http import get
from ..processes import Failure, Family, Process, free_port, inside_path, wait_for
from ..servers import Redis
from ..session import NAME, mint
from ..stack import ROOT
from . import machine
from .load import Feed, Load

CHANNEL = "bench"
GUILD, TALK, USER = "197038439483310086", "197038439483310087", "80351110224678912"
EPOCH = "1732147200123"
SECRET, LINK_TOKEN = "bench-session-secret-bench-session-secret", "bench-link-token-bench-link-token"
# VIEW_CHANNEL, READ_MESSAGE_HISTORY
EVERYONE = str(1 << 10 | 1 << 16)


class System:
    """A running server with its Redis; ended by `stop`."""

    name = path = None
    # On all cores, the load's too, instead of one that is its own.
    everywhere = False

    def __init__(self, bench, preload=None):
        self.bench, self.family, self.preload = bench, Family(), preload
        self.folder = os.path.join(bench.folder, self.name.replace(" ", "-"))
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        try:
            self.redis = Redis(self.family, self.folder)
            self.port = free_port()
            self.start()
            wait_for(self.name, self.listens, 60, self.family)
            self.load = Load(bench.programs, self.folder, self.port)
            self.feed = self.make_feed()
            self.wait_until_ready()
        except BaseException:
            self.family.stop()
            raise

    def run(self, command, environment=None, cwd=None, beside=False):
        """A process on the server's cores; `beside`: on the others."""
        settings = {**os.environ, **(environment or {})}
        if not beside:
            cores = ",".join(map(str, self.bench.cores)) if self.everywhere else str(self.bench.core)
            command = ["taskset", "-c", cores, *command]
            if self.preload:
                command = ["env", f"LD_PRELOAD={self.preload}", *command]
        name = self.name.replace(" ", "-") + ("-beside" if beside else "")
        return self.family.start(Process(name, command, os.path.join(self.folder, f"{name}.log"), settings, cwd=cwd))

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self):
        self.server = self.run(self.command())

    def wait_until_ready(self):
        subscribers = ("PUBSUB", "NUMSUB", CHANNEL)
        wait_for(f"{self.name} to subscribe", lambda: self.redis.command(*subscribers).endswith("1"), 30, self.family)

    def make_feed(self):
        return Feed(self.bench.programs, self.redis.port, "publish", CHANNEL)

    @property
    def pids(self):
        return machine.descendants(self.server.pid)

    def request(self, last=None):
        """The bytes of a stream's request; `last`: the number of the last event that it has."""
        return b"GET /api/stream HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"

    def cpu(self):
        return machine.cpu_seconds(self.pids)

    def resident(self):
        return machine.resident_bytes(self.pids)

    def stop(self):
        load = getattr(self, "load", None)
        if load:
            load.stop()
        self.family.stop()


class Floor(System):
    name, mode = "floor", "each"

    def command(self):
        return [os.path.join(self.bench.programs, "floor"), str(self.port), str(self.redis.port), CHANNEL, self.mode]


class FloorBatch(Floor):
    name, mode = "floor that batches", "batch"


class Node(System):
    name = "node"

    def command(self):
        return [inside_path("node"), os.path.join(ROOT, "bench", "peers", "node.mjs"), str(self.port), str(self.redis.port), CHANNEL]


class Go(System):
    name = "go"

    def command(self):
        return [os.path.join(self.bench.programs, "hub"), str(self.port), str(self.redis.port), CHANNEL]


class Starlette(System):
    name = "sse-starlette"

    def command(self):
        script = os.path.join(ROOT, "bench", "peers", "starlette_hub.py")
        return [self.bench.python, "-B", script, str(self.port), str(self.redis.port), CHANNEL]


class Nchan(System):
    """The relay from Redis runs beside, on the load's core, and is not counted: the figure is nginx's own."""

    name = "nchan"

    def command(self):
        path = os.path.join(self.folder, "nginx.conf")
        with open(os.path.join(ROOT, "bench", "peers", "nchan.conf")) as file:
            lines = [line for line in file if not line.startswith("#")]
        user = "user root;" if os.geteuid() == 0 else ""
        with open(path, "w") as file:
            file.write("".join(lines).format(folder=self.folder, port=self.port, user=user))
        return [inside_path("nginx"), "-p", self.folder, "-c", path, "-e", os.path.join(self.folder, "nginx-error.log")]

    def start(self):
        super().start()
        wait_for(self.name, self.listens, 20, self.family)
        relay = os.path.join(ROOT, "bench", "peers", "relay.py")
        self.run([sys.executable, "-B", relay, str(self.port), str(self.redis.port), CHANNEL], beside=True)


def append_script():
    """The product's own append-and-publish script, out of its source."""
    with open(os.path.join(ROOT, "Shared", "EventBus", "BusScripts.swift")) as file:
        source = file.read()
    top = re.search(r'let topOf = """\n(.*?)"""', source, re.DOTALL)
    append = re.search(r'let append = RedisScript\(\s*topOf \+ """\n(.*?)"""', source, re.DOTALL)
    if not top or not append:
        raise Failure("Shared/EventBus/BusScripts.swift holds no append script where scripts/bench looks for it")
    return top[1] + append[1]


class Web(System):
    """Our web service as in production: nobody without a session, streams filtered, each viewer's sight asked of the gateway."""

    name = "guildwire"
    # As many as cores that it may run on.
    loops = None

    def start(self):
        self.make_log()
        gateway = free_port()
        self.run([sys.executable, "-B", "-m", "guildwire.bench.standin", str(gateway), f"{EPOCH}-1"],
                 {"PYTHONPATH": os.path.join(ROOT, "scripts", "lib")}, beside=True)
        self.server = self.run([self.bench.web], {
            "WEB_PORT": str(self.port), "GATEWAY_WS_URL": f"ws://127.0.0.1:{gateway}", "LINK_TOKEN": LINK_TOKEN,
            "REDIS_URL": self.redis.url, "SESSION_SECRET": SECRET, "WEB_ACCESS": "login", "LOG_LEVEL": "warning",
            "WEB_LOOPS": self.loops or ""}, ROOT)
        now = int(time.time())
        self.cookie = f"{NAME}={mint(USER, SECRET, now, now + 86_400)}"

    def make_log(self):
        """The guild, as the log tells it."""
        role = {"roleId": GUILD, "name": "@everyone", "permissions": EVERYONE, "position": 0, "color": 0}
        talk = {"channelId": TALK, "name": "bench", "type": 0, "parentId": None, "position": 0, "topic": None}
        state = {"id": GUILD, "name": "bench", "icon": None, "ownerId": None, "unavailable": False, "members": 1, "online": 1,
                 "roles": [role], "channels": [talk], "overwrites": [], "threadMembers": [], "voice": [], "messages": []}
        envelope = json.dumps({"id": f"{EPOCH}-1", "event": "guild.synced", "guild": GUILD, "ts": int(time.time() * 1000),
                               "payload": state}, separators=(",", ":"))
        self.script = os.path.join(self.folder, "append.lua")
        with open(self.script, "w") as file:
            file.write(append_script())
        self.redis.command("EVAL", append_script(), "4", "guildwire:log:0/1", "guildwire:shards", "guildwire:size:0/1",
                           "guildwire:marks:0/1", "guildwire:live:0/1", "0/1", "32", "e", "", "1", f"{EPOCH}-1", envelope)

    def make_feed(self):
        return Feed(self.bench.programs, self.redis.port, "append", self.script, EPOCH, GUILD, TALK)

    def wait_until_ready(self):
        url = f"http://127.0.0.1:{self.port}/api/ready"
        wait_for("the web service to be ready", lambda: get(url, 1)[0] == 200, 30, self.family)
        wait_for("the link", lambda: self.metric("guildwire_link_connected"), 30, self.family)
        self.pid = next(pid for pid in self.pids if self.is_web(pid))

    @staticmethod
    def is_web(pid):
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("Web")

    def request(self, last=None):
        resume = f"Last-Event-ID: {EPOCH}-{last}\r\n" if last else ""
        return (f"GET /api/stream?guild={GUILD}&events=message.* HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
                f"Cookie: {self.cookie}\r\n{resume}\r\n").encode()

    def metric(self, name):
        body = get(f"http://127.0.0.1:{self.port}/metrics")[1].decode()
        match = re.search(rf"^{name} (\S+)$", body, re.MULTILINE)
        return float(match[1]) if match else 0.0


class OneLoop(Web):
    name, loops, everywhere = "guildwire, one loop", "1", True


class TwoLoops(Web):
    name, loops, everywhere = "guildwire, two loops", "2", True


ALL = {system.name: system for system in (Floor, FloorBatch, Web, Nchan, Node, Go, Starlette)}


def compile_programs(folder):
    """The load, the feed and the floor, from the sources in bench/."""
    os.makedirs(folder, exist_ok=True)
    sources = os.path.join(ROOT, "bench")
    flags = ["-O2", "-Wall", "-Wextra", "-Werror"]
    for name, more in {"load": [], "feed": [], "floor": [], "nosend.so": ["-shared", "-fPIC"]}.items():
        command = ["cc", *flags, *more, "-o", os.path.join(folder, name), os.path.join(sources, name.split(".")[0] + ".c")]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            raise Failure(f"compiling {name} failed:\n{run.stderr}")
    return folder
