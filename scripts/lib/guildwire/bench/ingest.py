"""Events a second into PostgreSQL: analytics, exactly once, beside what PostgreSQL itself can do with the same rows, table and indexes."""

import os
import shutil
import subprocess
import tempfile
import time

from ..processes import Failure, Family, Process, free_port, wait_for
from ..servers import POSTGRES_BIN, Postgres, Redis
from ..stack import ROOT
from . import machine, systems
from .load import Feed

EVENTS, SINGLE = 200_000, 5_000
TABLE = "message_events"
# Looks inside the server: a program started for each look would take a good part of a core from those that are measured.
WAIT = """DO $$ BEGIN
    LOOP EXIT WHEN (SELECT coalesce(max(number), 0) FROM shard_positions) >= {0}; PERFORM pg_sleep(0.005); END LOOP;
END $$"""


class Ingest:
    """A Redis whose log holds the events, and a PostgreSQL that analytics has made its tables in."""

    def __init__(self, bench):
        self.bench, self.family = bench, Family()
        # Whoever stores may use all cores, the servers too: children start where the script runs.
        self.before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, bench.all_cores)
        # Of its own in each round: Redis would find the log of the round before.
        self.folder = tempfile.mkdtemp(prefix="ingest-", dir=bench.folder)
        self.redis = Redis(self.family, self.folder)
        self.postgres = Postgres(self.family, self.folder)
        self.rows = os.path.join(self.postgres.home, "rows")
        # The listener may be slow, and is to stay.
        self.redis.command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")

    def stop(self):
        self.family.stop()
        self.postgres.clean()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.sched_setaffinity(0, self.before)

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

    def cpu(self, analytics):
        return [machine.cpu_seconds([analytics.pid]), machine.cpu_seconds([self.redis.process.pid]),
                machine.cpu_seconds_of_all(self.postgres.process.pid)]

    def analytics(self):
        """From the first batch on: events a second, and CPU per event in µs: of analytics, Redis and PostgreSQL."""
        process = Process("analytics", [self.bench.analytics], os.path.join(self.folder, "analytics.log"), {
            **os.environ, "REDIS_URL": self.redis.url, "DATABASE_URL": self.postgres.url, "ANALYTICS_PORT": str(free_port()),
            "STORE_MESSAGE_CONTENT": "true", "LOG_LEVEL": "warning"}, cwd=ROOT)
        self.family.start(process)
        wait_for("analytics' tables", lambda: self.query("SELECT to_regclass('shard_positions')"), 60, self.family)
        self.psql(WAIT.format(1))
        began, first, before = time.monotonic(), self.position(), self.cpu(process)
        self.psql(WAIT.format(self.last))
        took, stored, after = time.monotonic() - began, self.last - first, self.cpu(process)
        process.stop()
        self.family.members.remove(process)
        if (count := self.query(f"SELECT count(*) FROM {TABLE}")) != str(EVENTS):
            raise Failure(f"of {EVENTS} events {count} are in the table")
        micros = [(end - start) / stored * 1e6 for start, end in zip(before, after)]
        return {"rate": stored / took, "analytics": micros[0], "redis": micros[1], "postgres": micros[2]}

    def psql(self, command):
        ran = subprocess.run([f"{POSTGRES_BIN}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.postgres.port),
                              "-U", "guildwire", "-d", "guildwire", "-c", command], capture_output=True, text=True)
        if ran.returncode != 0:
            raise Failure(f"psql failed: {ran.stderr.strip()}")

    def copy(self):
        began, before = time.monotonic(), machine.cpu_seconds_of_all(self.postgres.process.pid)
        self.psql(f"\\copy {TABLE} FROM '{self.rows}'")
        took = time.monotonic() - began
        return {"rate": EVENTS / took, "postgres": (machine.cpu_seconds_of_all(self.postgres.process.pid) - before) / EVENTS * 1e6}

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
            cpu = ", ".join(f"{of} {micros:.1f}" for of, micros in found[name].items() if of != "rate")
            bench.say(f"  {name:18} {found[name]['rate']:10,.0f} events/s into PostgreSQL{cpu and f'; CPU per event, µs: {cpu}'}")
        return found
    finally:
        ingest.stop()
