"""Events a second into PostgreSQL: analytics, exactly once, beside what PostgreSQL itself can do with the same rows, table and indexes."""

import os
import subprocess
import time

from ..processes import Failure, Family, Process, free_port, wait_for
from ..servers import POSTGRES_BIN, Postgres, Redis
from ..stack import ROOT
from . import machine, systems
from .load import Feed

EVENTS, SINGLE = 100_000, 5_000
TABLE = "message_events"


class Ingest:
    """A Redis whose log holds the events, and a PostgreSQL that analytics has made its tables in."""

    def __init__(self, bench):
        self.bench, self.family = bench, Family()
        self.folder = os.path.join(bench.folder, "ingest")
        os.makedirs(self.folder, exist_ok=True)
        self.redis = Redis(self.family, self.folder)
        self.postgres = Postgres(self.family, self.folder)
        self.rows = os.path.join(self.postgres.home, "rows")

    def stop(self):
        self.family.stop()
        self.postgres.clean()

    def fill(self):
        """The log, as the gateway's events would: one frame each."""
        script = os.path.join(self.folder, "append.lua")
        with open(script, "w") as file:
            file.write(systems.append_script())
        self.redis.command("EVAL", systems.append_script(), "4", "guildwire:log:0/1", "guildwire:shards", "guildwire:size:0/1",
                           "guildwire:marks:0/1", "guildwire:live:0/1", "0/1", "32", "e", "", "1", f"{systems.EPOCH}-1",
                           f'{{"id":"{systems.EPOCH}-1","event":"guild.unavailable","guild":"{systems.GUILD}","ts":1,"payload":{{}}}}')
        # Nobody listens here, which the feed takes for a fault.
        listener = Process("listener", ["redis-cli", "-p", str(self.redis.port), "SUBSCRIBE", "guildwire:live:0/1"], os.devnull).start()
        try:
            wait_for("the listener", lambda: self.redis.command("PUBSUB", "NUMSUB", "guildwire:live:0/1").endswith("1"), 20, self.family)
            feed = Feed(self.bench.programs, self.redis.port, "append", script, systems.EPOCH, systems.GUILD, systems.TALK)
            _, self.last, child = feed.start(EVENTS, 1e6)
            Feed.finish(child, 300)
        finally:
            listener.stop()

    def query(self, sql):
        return self.postgres.query(sql)

    def position(self):
        return int(self.query("SELECT coalesce(max(number), 0) FROM shard_positions") or 0)

    def analytics(self):
        """From the first batch on: events a second, and CPU per event in µs."""
        process = Process("analytics", [self.bench.analytics], os.path.join(self.folder, "analytics.log"), {
            **os.environ, "REDIS_URL": self.redis.url, "DATABASE_URL": self.postgres.url, "ANALYTICS_PORT": str(free_port()),
            "STORE_MESSAGE_CONTENT": "true", "LOG_LEVEL": "warning"}, cwd=ROOT)
        self.family.start(process)
        wait_for("analytics to store", lambda: self.position() > 0, 60, self.family)
        began, first, cpu = time.monotonic(), self.position(), machine.cpu_seconds([process.pid])
        wait_for("analytics to have stored all", lambda: self.position() >= self.last, 300, self.family, 0.01)
        took, stored = time.monotonic() - began, self.last - first
        cpu = machine.cpu_seconds([process.pid]) - cpu
        process.stop()
        self.family.members.remove(process)
        if (count := self.query(f"SELECT count(*) FROM {TABLE}")) != str(EVENTS):
            raise Failure(f"of {EVENTS} events {count} are in the table")
        return {"rate": stored / took, "micros": cpu / stored * 1e6}

    def psql(self, command):
        ran = subprocess.run([f"{POSTGRES_BIN}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.postgres.port),
                              "-U", "guildwire", "-d", "guildwire", "-c", command], capture_output=True, text=True)
        if ran.returncode != 0:
            raise Failure(f"psql failed: {ran.stderr.strip()}")

    def copy(self):
        began = time.monotonic()
        self.psql(f"\\copy {TABLE} FROM '{self.rows}'")
        return {"rate": EVENTS / (time.monotonic() - began)}

    def python(self, way, count):
        script = os.path.join(ROOT, "bench", "peers", "ingest.py")
        ran = subprocess.run([self.bench.python, "-B", script, way, self.postgres.url, TABLE, self.rows, str(count)],
                             capture_output=True, text=True)
        if ran.returncode != 0:
            raise Failure(f"{way} failed: {ran.stderr.strip()[-500:]}")
        return {"rate": count / float(ran.stdout)}

    def empty(self):
        self.query(f"TRUNCATE {TABLE}, shard_positions")
        self.query("CHECKPOINT")


def measure(bench):
    """{way: {"rate": events a second}} of one round."""
    ingest = Ingest(bench)
    try:
        bench.say(f"  {EVENTS} events go into the log")
        ingest.fill()
        ingest.analytics()
        ingest.psql(f"\\copy {TABLE} TO '{ingest.rows}'")
        found = {}
        # The first time makes the tables; what counts is a start with them.
        for name, work in (("analytics", ingest.analytics), ("psql copy", ingest.copy),
                           ("asyncpg copy", lambda: ingest.python("copy", EVENTS)),
                           ("one INSERT each", lambda: ingest.python("insert", SINGLE))):
            if bench.python is None and name in ("asyncpg copy", "one INSERT each"):
                continue
            ingest.empty()
            found[name] = work()
            bench.say(f"  {name:18} {found[name]['rate']:10,.0f} events/s into PostgreSQL")
        return found
    finally:
        ingest.stop()
