"""The whole of Guildwire on one machine: servers, simulator and services, as the demo and the tests run it."""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import time

from . import session
from .http import get, get_json
from .processes import Failure, Family, Process, free_port, port_or_free, wait_for
from .servers import Nginx, Postgres, Redis

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
# The application's id at the simulated Discord, for OAuth2.
CLIENT = "900000000000000001"


class Options:
    """What a run is made of; every field has the demo's default."""

    def __init__(self, **given):
        self.web = 1
        self.rate = 5
        self.permission_churn = 0
        self.seed = 1
        self.guilds = 1
        self.members = 200
        # Of the simulated bot; None: the simulator's default.
        self.shards = self.max_concurrency = self.heartbeat_ms = self.mix = None
        self.access = "open"
        # More settings of web, or others than the run's own.
        self.web_settings = {}
        self.scratch = os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build"))
        self.configuration = os.environ.get("GUILDWIRE_CONFIGURATION", "release")
        self.folder = os.path.join(ROOT, ".guildwire")
        self.wanted_ports = {"web": 3000, "gateway": 8080, "analytics": 8081, "simulator": 8090, "control": 8091}
        self.progress = print
        for name, value in given.items():
            setattr(self, name, value)


def build(options, *products):
    """Builds the services, with the build's own progress on the terminal."""
    command = ["swift", "build", "-c", options.configuration, "--scratch-path", options.scratch]
    for product in products or [None]:
        run = subprocess.run(command + (["--product", product] if product else []), cwd=ROOT)
        if run.returncode != 0:
            raise Failure("the build failed; the lines above say why")


class Stack:
    def __init__(self, options):
        self.options = options
        self.family = Family()
        self.real_token = os.environ.get("DISCORD_BOT_TOKEN")
        self.folder = self._own_folder(options)
        shutil.rmtree(os.path.join(self.folder, "run"), ignore_errors=True)
        self.run = os.path.join(self.folder, "run")
        os.makedirs(self.run, exist_ok=True)
        self.tokens = {
            "link": secrets.token_hex(16),
            "session": secrets.token_hex(32),
            "bot": self.real_token or "simulated-bot-token",
            "client": "simulated-client-secret",
        }
        self.web = []
        # Until one is chosen; a stack without web keeps it, and nobody logs in there.
        self.public_port = options.wanted_ports["web"]
        self.simulator = self.nginx = None
        # Whether a folder of the run's own stays, for somebody to look into.
        self.keep = False

    def _own_folder(self, options):
        """The folder of this run: another where a run is going on in the usual one."""
        os.makedirs(options.folder, exist_ok=True)
        self.lock = open(os.path.join(options.folder, "lock"), "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return options.folder
        except OSError:
            other = os.path.join(options.folder, f"beside-{os.getpid()}")
            options.progress(f"Another run is going on in {os.path.relpath(options.folder)}; this one uses {os.path.relpath(other)}.")
            return other

    def _port(self, name):
        wanted = self.options.wanted_ports[name]
        port = port_or_free(wanted)
        if port != wanted:
            self.options.progress(f"Port {wanted} is taken; {name} uses {port}.")
        return port

    # Addresses

    @property
    def web_urls(self):
        return [f"http://127.0.0.1:{port}" for port in self.web_ports]

    @property
    def public_url(self):
        return f"http://127.0.0.1:{self.public_port}"

    @property
    def control_url(self):
        return f"http://127.0.0.1:{self.control_port}"

    def binary(self, name):
        return os.path.join(self.options.scratch, self.options.configuration, name)

    def log(self, name):
        return os.path.join(self.run, f"{name}.log")

    def _environment(self, **settings):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "LOG_LEVEL", "TZ")
                if name in os.environ}
        return {**kept, **{name: str(value) for name, value in settings.items()}}

    # Starting

    def start(self):
        say = self.options.progress
        try:
            say("Redis …")
            self.redis = Redis(self.family, self.run)
            say("PostgreSQL …")
            keep = os.path.join(self.folder, "postgres") if self.real_token and os.geteuid() != 0 else None
            self.postgres = Postgres(self.family, self.run, keep)
            self.gateway_port = self._port("gateway")
            self.analytics_port = self._port("analytics")
            self.public_port = self._port("web")
            self.web_ports = [self.public_port] if self.options.web == 1 else \
                [free_port() for _ in range(self.options.web)]
            if not self.real_token:
                say("Simulator …")
                self.start_simulator()
            say("Gateway …")
            self.start_gateway()
            say("Web …" if self.options.web == 1 else f"Web, {self.options.web} replicas …")
            for number in range(self.options.web):
                self.web.append(self.family.start(self._web(number)))
            if self.options.web > 1:
                self.nginx = Nginx(self.family, self.run, self.public_port, self.web_ports)
            say("Analytics …")
            self.start_analytics()
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def start_simulator(self):
        self.simulator_port = self._port("simulator")
        self.control_port = self._port("control")
        self.simulator = self.family.start(Process("simulator", [
            self.binary("Simulator"), "--port", str(self.simulator_port), "--control-port", str(self.control_port),
            "--token", self.tokens["bot"], "--seed", str(self.options.seed), "--rate", str(self.options.rate),
            "--permission-churn", str(self.options.permission_churn), "--guilds", str(self.options.guilds),
            "--members", str(self.options.members), "--client-id", CLIENT, "--client-secret", self.tokens["client"],
            "--redirect-uri", f"{self.public_url}/auth/callback", *self._simulator_flags(),
        ], self.log("simulator"), self._environment()))
        wait_for("the simulator", lambda: get(f"{self.control_url}/control/rest")[0] == 200, family=self.family)

    def _simulator_flags(self):
        for name in ("shards", "max_concurrency", "heartbeat_ms", "mix"):
            value = getattr(self.options, name)
            if value is not None:
                yield from (f"--{name.replace('_', '-')}", str(value))

    def start_gateway(self):
        settings = {
            "DISCORD_BOT_TOKEN": self.tokens["bot"], "LINK_TOKEN": self.tokens["link"],
            "GATEWAY_WS_PORT": self.gateway_port, "GATEWAY_STATE_DIR": os.path.join(self.folder, "state")
            if self.real_token else os.path.join(self.run, "state"),
        }
        if self.simulator:
            settings["DISCORD_API_BASE"] = f"http://127.0.0.1:{self.simulator_port}/api/v10"
            settings["DISCORD_CDN_BASE"] = f"http://127.0.0.1:{self.simulator_port}"
        else:
            for name in ("DISCORD_API_BASE", "DISCORD_CDN_BASE", "DISCORD_GUILD_IDS", "DISCORD_SHARDS", "DISCORD_COMPRESS"):
                if name in os.environ:
                    settings[name] = os.environ[name]
        self.gateway = self.family.start(
            Process("gateway", [self.binary("Gateway")], self.log("gateway"), self._environment(**settings)))
        return self.gateway

    def _web(self, number):
        return Process(f"web-{number}", [self.binary("Web")], self.log(f"web-{number}"), self._environment(
            WEB_PORT=self.web_ports[number], GATEWAY_WS_URL=f"ws://127.0.0.1:{self.gateway_port}",
            LINK_TOKEN=self.tokens["link"], REDIS_URL=self.redis.url, DATABASE_URL=self.postgres.url,
            SESSION_SECRET=self.tokens["session"], WEB_ACCESS=self.options.access, PUBLIC_BASE_URL=self.public_url,
            **self._login(), **self.options.web_settings,
        ), cwd=ROOT)

    def _login(self):
        """Web's settings for OAuth2: the simulator's, or those of who has a real bot."""
        if self.simulator:
            origin = f"http://127.0.0.1:{self.simulator_port}"
            return {"DISCORD_CLIENT_ID": CLIENT, "DISCORD_CLIENT_SECRET": self.tokens["client"],
                    "DISCORD_API_BASE": f"{origin}/api/v10", "DISCORD_CDN_BASE": origin,
                    "INSTANCE_OWNERS": self.roles()["owner"]}
        names = ("DISCORD_CLIENT_ID", "DISCORD_CLIENT_SECRET", "DISCORD_API_BASE", "DISCORD_CDN_BASE", "INSTANCE_OWNERS")
        return {name: os.environ[name] for name in names if name in os.environ}

    def roles(self):
        """Whom the simulator's page of consent offers: {"owner", "moderator", "member", "stranger"} → user id."""
        if not hasattr(self, "_roles"):
            self._roles = get_json(f"{self.control_url}/control/people")
        return self._roles

    def start_analytics(self):
        self.analytics = self.family.start(Process(
            "analytics", [self.binary("Analytics")], self.log("analytics"), self._environment(
                REDIS_URL=self.redis.url, DATABASE_URL=self.postgres.url, ANALYTICS_PORT=self.analytics_port),
            cwd=ROOT))

    def readiness(self):
        """(name, url) of everything that says whether it is ready."""
        yield "gateway", f"http://127.0.0.1:{self.gateway_port}/ready"
        for number, url in enumerate(self.web_urls):
            yield f"web-{number}", f"{url}/api/ready"
        yield "analytics", f"http://127.0.0.1:{self.analytics_port}/ready"
        if self.nginx:
            yield "nginx", f"{self.public_url}/api/ready"

    def wait_until_ready(self, seconds=90):
        said = {}

        def all_ready():
            for name, url in self.readiness():
                status, body = get(url)
                if status != 200:
                    said[name] = body.decode(errors="replace")[:300]
                    return False
                said.pop(name, None)
            return True

        try:
            wait_for("all services to be ready", all_ready, seconds, self.family, every=0.1)
        except Failure as failure:
            lines = "\n".join(f"  {name}: {text}" for name, text in said.items())
            logs = "\n".join(f"--- {name}\n{self._tail(name)}" for name in said)
            raise Failure(f"{failure}\n{lines}\n{logs}") from None

    def _tail(self, name):
        try:
            with open(self.log(name), errors="replace") as file:
                return "".join(file.readlines()[-15:])
        except OSError:
            return ""

    # What outside tools need

    def snapshot(self):
        """The first event of a fresh stream, as the owner has it where one has to log in."""
        from .http import EventSource
        headers = {}
        if self.options.access == "login" and self.simulator:
            now = int(time.time())
            headers["Cookie"] = f"{session.NAME}={session.mint(self.roles()['owner'], self.tokens['session'], now, now + 300)}"
        source = EventSource(f"{self.web_urls[0]}/api/stream", headers)
        try:
            first = source.wait(lambda event: event[2] in ("snapshot", "reset"), 30)
        finally:
            source.close()
        if first is None:
            raise Failure("no snapshot came from the stream within 30 s")
        return json.loads(first[3])

    def write_endpoints(self):
        # Of a real server that one has to log in to, nobody here can say what there is.
        is_hidden = self.options.access == "login" and not self.simulator
        guilds = [] if is_hidden else self.snapshot()["payload"]["guilds"]
        endpoints = {
            "dashboard": f"{self.public_url}/",
            "overlay": f"{self.public_url}/overlays/voice",
            "public": self.public_url,
            "web": self.web_urls,
            "stream": f"{self.public_url}/api/stream",
            "gateway": f"http://127.0.0.1:{self.gateway_port}",
            "link": f"ws://127.0.0.1:{self.gateway_port}/link",
            "analytics": f"http://127.0.0.1:{self.analytics_port}",
            "redis": self.redis.url,
            "database": self.postgres.url,
            "tokens": {"link": self.tokens["link"], "session_secret": self.tokens["session"],
                       "bot": None if self.real_token else self.tokens["bot"]},
            "guilds": [guild["id"] for guild in guilds],
            "channels": [channel["id"] for guild in guilds for channel in guild["channels"]],
            "users": sorted({person["userId"] for guild in guilds for person in [*guild["voice"], *guild["messages"]]
                             if person.get("userId")}),
            "pids": {process.name: process.pid for process in self.family.members},
        }
        if self.simulator:
            endpoints["simulator"] = f"http://127.0.0.1:{self.simulator_port}"
            endpoints["control"] = self.control_url
            endpoints["people"] = self.people()
            endpoints["roles"] = self.roles()
        path = os.path.join(self.folder, "endpoints.json")
        with open(path + ".new", "w") as file:
            json.dump(endpoints, file, indent=2)
        os.chmod(path + ".new", 0o600)
        os.replace(path + ".new", path)
        return endpoints

    def people(self):
        """Users of the first simulated guild by what they are when it is made: specs/simulator.md, "The guild"."""
        guild = next(iter(get_json(f"{self.control_url}/control/guilds")), {"owner": None, "watched": []})
        kinds = ("overwrite", "player", "moderator", "vip", "administrator", "member")
        return {"owner": guild["owner"], **dict(zip(kinds, guild["watched"])), "watched": guild["watched"]}

    def sessions(self):
        """What the simulator counts of IDENTIFYs and RESUMEs."""
        return get_json(f"{self.control_url}/control/sessions")

    def stop(self):
        self.family.stop()
        if hasattr(self, "postgres"):
            self.postgres.clean()
        try:
            os.remove(os.path.join(self.folder, "endpoints.json"))
        except OSError:
            pass
        if self.folder != self.options.folder and not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()
