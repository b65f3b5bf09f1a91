"""`scripts/chaos`: the demo's processes under load are killed, stopped and restarted; nothing may be lost or repeated."""

import argparse
import json
import os
import signal
import subprocess
import threading
import time
import urllib.request

from .check import send_message
from .compare import TABLES, Figures, Sent, Transcript, compare_rows, compare_viewers, parse_id, read_table, write_id
from .faults import ACTIONS, Striker, plan
from .http import get_json, post_json
from .plants import KINDS as PLANTS
from .plants import plant
from .processes import Failure, Process, die_with_parent, run_command, wait_for
from .stack import Options, Stack, build
from .viewers import KINDS, Groups, Travel

QUIET_SECONDS = 120


class Probe(Process):
    """LoadProbe, recording; its last line says where the viewers are."""

    def __init__(self, stack, viewers, groups, folder):
        os.makedirs(folder, exist_ok=True)
        super().__init__("probe", [stack.binary("LoadProbe"), "--url", stack.public_url, "--viewers", str(viewers),
                                   "--groups", groups, "--record", folder], stack.log("probe"))
        self.state = {"started": 0, "connected": 0, "slowest": "0-0", "newest": "0-0", "deliveries": 0, "resets": 0}

    def start(self):
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                                          start_new_session=True, preexec_fn=die_with_parent)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self):
        for line in self.child.stdout:
            self.state = json.loads(line)


def sequence(text):
    """Discord's number of the dispatch in an event's id."""
    return (parse_id(text) or (0, 0))[1] >> 20


class Chaos:
    def __init__(self, arguments):
        self.arguments = arguments
        self.stack = Stack(Options(web=arguments.web, rate=arguments.rate, members=arguments.members, seed=arguments.seed,
                                   permission_churn=arguments.churn, access="login" if arguments.groups else "open", progress=self.say))
        self.striker = self.groups = None

    @staticmethod
    def say(text):
        print(text, flush=True)

    def run(self):
        """0 or 1."""
        stack, arguments = self.stack, self.arguments
        clean = False
        try:
            stack.start()
            self.groups = groups = self.find_groups()
            listed = groups.write(os.path.join(stack.run, "groups.ndjson"), stack.tokens["session"])
            probe = Probe(stack, arguments.viewers, listed, os.path.join(stack.run, "received"))
            stack.family.start(probe)
            wait_for("every viewer to have its snapshot", lambda: probe.state["started"] == arguments.viewers, 60,
                     stack.family)
            self.say(f"{arguments.viewers} viewers have their snapshot ({', '.join(groups.names)}). Faults, by seed {arguments.seed}:")
            self.strike(probe)
            unquiet = self.come_to_rest(probe)
            sessions = stack.sessions()
            stack.family.members.remove(probe)
            if probe.stop(grace=60) != 0:
                raise Failure(f"the probe ended with status {probe.child.returncode}:\n{probe.last_lines()}")
            clean = self.report(sessions, unquiet)
        finally:
            if self.striker:
                self.striker.release()
            stack.keep = not clean
            stack.stop()
        return 0 if clean else 1

    # Faults

    def strike(self, probe):
        arguments = self.arguments
        seconds = arguments.seconds or arguments.minutes * 60
        self.striker = striker = Striker(self.stack, self.say)
        faults = plan(arguments.seed, seconds, arguments.web, arguments.only)
        told, travel = 0, Travel(self.stack, self.groups, arguments.seed)
        while striker.now < seconds or striker.running:
            if striker.now > seconds + 60:
                raise Failure(f"still under way 60 s after the end: {[name for entry in striker.running for name in entry[0]]}")
            while faults and faults[0].at <= striker.now:
                striker.strike(faults.pop(0))
            striker.tick()
            travel.tick(striker.now)
            if striker.now - told >= 10:
                told = striker.now
                self.tell(probe)
            time.sleep(0.05)
        travel.come_home()

    def tell(self, probe):
        sessions, state = self.stack.sessions(), probe.state
        sent = sessions["sessions"][-1]["s"] if sessions["sessions"] else 0
        self.say(f"{self.striker.now:7.1f} s             dispatch {sent}; {state['connected']} of {self.arguments.viewers} "
                 f"viewers connected, the slowest at {sequence(state['slowest'])}; {state['deliveries']} received"
                 + (f"; resets {state['resets']}" if state["resets"] else ""))

    # The end

    def come_to_rest(self, probe):
        """Everything is up again, and has what was sent last. Says what is not, after a while."""
        stack = self.stack
        post_json(f"{stack.control_url}/control/rate", {"rate": 0})
        self.say(f"{self.striker.now:7.1f} s             no more faults, nothing more is sent; waiting for everything to arrive")
        try:
            stack.wait_until_ready(QUIET_SECONDS)
        except Failure as failure:
            return str(failure)
        _, last, _ = send_message(stack, self.groups.view(), "The last message")
        end = time.monotonic() + QUIET_SECONDS
        told = time.monotonic()
        while True:
            slowest, stored = sequence(probe.state["slowest"]), self.stored()
            if slowest >= last <= stored:
                # What comes twice or too late has time to come.
                time.sleep(2)
                return None
            where = f"dispatch {last} was the last; the slowest viewer is at {slowest}, PostgreSQL at {stored}"
            if time.monotonic() > end:
                return f"not at rest after {QUIET_SECONDS} s: {where}"
            if time.monotonic() - told > 5:
                told = time.monotonic()
                self.say(f"{self.striker.now:7.1f} s             {where}")
            stack.family.check()
            time.sleep(0.3)

    def stored(self):
        rows = self.stack.postgres.query("SELECT number FROM shard_positions ORDER BY epoch DESC LIMIT 1")
        return int(rows or 0) >> 20

    def find_groups(self):
        """Who looks, from what the simulator said of its guild."""
        world = next((entry["d"] for entry in self.sent_entries() if entry["t"] == "GUILD_CREATE"), None)
        if world is None:
            raise Failure("the simulator has sent no guild")
        watched = get_json(f"{self.stack.control_url}/control/guilds")[0]["watched"]
        return Groups(world, watched, self.arguments.groups)

    # The comparison

    def sent_entries(self):
        """The simulator's log, page by page."""
        entries = []
        while True:
            url = f"{self.stack.control_url}/control/log?after={len(entries)}&limit=5000"
            with urllib.request.urlopen(url, timeout=60) as answer:
                if int(answer.headers["X-Log-Dropped"]):
                    raise Failure("the simulator's log has lost its beginning: a shorter run, or a lower rate")
                page = [json.loads(line) for line in answer.read().splitlines()]
            entries += page
            if not page:
                return entries

    def tables(self):
        held = {}
        for table in TABLES:
            text = self.stack.postgres.query(f"COPY (SELECT * FROM {table}) TO STDOUT WITH (FORMAT csv, HEADER)")
            held[table] = read_table(text)
        return held

    def report(self, sessions, unquiet):
        stack, figures = self.stack, Figures()
        transcript = Transcript.read(os.path.join(stack.run, "received"))
        tables = self.tables()
        epochs = {int(row["epoch"]) for rows in tables.values() for row in rows}
        epochs |= {key[0] for block in transcript.blocks if (key := parse_id(block["id"])) and key[0]}
        places = {(group, parse_id(transcript.blocks[number]["id"]) or (0, 0)) for group, number in transcript.states()}
        times = {**transcript.times(), **stack.redis.times()}
        entries = self.sent_entries()
        sent = Sent(entries, epochs, self.groups.users, times, places)
        if self.arguments.plant:
            where = plant(transcript, sent, self.arguments.plant, self.arguments.seed)
            self.say(f"Planted: a {self.arguments.plant} at {where}")
        compare_viewers(transcript, sent, figures)
        compare_rows(tables, sent, figures)
        dead = int(stack.postgres.query("SELECT count(*) FROM dead_letters") or 0)
        if dead:
            figures.fault("rows refused", dead)
        for crash in self.striker.crashes:
            figures.fault("crashes", text=crash)
        if unquiet:
            figures.fault("not at rest", text=unquiet)
        if sessions["identifies"] != 1:
            figures.fault("IDENTIFYs beyond the first", sessions["identifies"] - 1)
        self.show(figures, sent, sessions)
        self.keep(figures, entries, times)
        return self.verdict(figures)

    def show(self, figures, sent, sessions):
        counts = figures.counts
        rows = [
            ("sent", f"{sent.dispatches:,} dispatches, {len(sent.events):,} events"),
            *[(f"  {name}", f"sees {len(group.visible):,} of them; sight changes {len(group.changes):,} times")
              for name, group in zip(self.groups.names, sent.groups)],
            ("received", f"{counts['received']:,} of {counts['to be received']:,}, by {self.arguments.viewers} viewers "
                         f"over {counts['connections']:,} connections"),
            ("resets", f"{counts['resets']:,}"),
            *[(name, f"{counts[name]:,}") for name in Figures.FAULTS],
            ("PostgreSQL", f"{counts['rows']:,} rows of {counts['rows wanted']:,}; lost {counts['rows lost']:,}, "
                           f"repeated {counts['rows repeated']:,}, not sent {counts['rows not sent']:,}, "
                           f"not as sent {counts['rows not as sent']:,}, refused {counts['rows refused']:,}"),
            ("IDENTIFYs", f"{sessions['identifies']:,}, and {sessions['resumes']:,} RESUMEs"),
            ("faults", f"{len(self.striker.struck):,}; processes that ended by themselves {len(self.striker.crashes):,}"),
        ]
        self.say("")
        for name, value in rows:
            self.say(f"{name:<22} {value}")

    def keep(self, figures, entries, times):
        if not figures.is_clean:
            with open(os.path.join(self.stack.run, "sent.ndjson"), "w") as file:
                file.writelines(json.dumps(entry) + "\n" for entry in entries)
            with open(os.path.join(self.stack.run, "times.ndjson"), "w") as file:
                file.writelines(json.dumps([write_id(key), ts]) + "\n" for key, ts in sorted(times.items()))
        with open(os.path.join(self.stack.run, "result.json"), "w") as file:
            json.dump({name: figures.counts[name] for name in {*Figures.FAULTS, *Figures.COUNTED, *figures.counts}}, file, indent=2)
        with open(os.path.join(self.stack.run, "schedule.ndjson"), "w") as file:
            for fault in self.striker.struck:
                file.write(json.dumps(fault) + "\n")
        with open(os.path.join(self.stack.run, "differences.ndjson"), "w") as file:
            for difference in figures.differences:
                file.write(json.dumps(difference) + "\n")

    def verdict(self, figures):
        if figures.is_clean:
            self.say("\nChaos passed: everything arrived, once and in order.")
            return True
        self.say("")
        for difference in figures.differences[:5]:
            self.say("  " + json.dumps(difference)[:300])
        wrong = ", ".join(f"{name} {count:,}" for name, count in figures.faults.items())
        self.say(f"\nChaos failed: {wrong or 'nothing was received'}. The first differences, the faults and the logs are in "
                 f"{os.path.relpath(self.stack.run)}/ (differences.ndjson, schedule.ndjson, *.log).")
        return False


def main():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2, help="how long there are faults")
    parser.add_argument("--seconds", type=float, help="the same in seconds")
    parser.add_argument("--rate", type=float, default=100, help="events a second from the simulator")
    parser.add_argument("--web", type=int, default=2, metavar="N", help="replicas of web, behind nginx when more than 1")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--groups", type=int, default=5, metavar="N",
                        help=f"users who look, of: {', '.join(KINDS)}; 0: nobody has logged in")
    parser.add_argument("--churn", type=float, default=1, metavar="RATE", help="changes of permissions a second")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other faults and another community")
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="KIND,…",
                        help=f"of {', '.join(ACTIONS)}, or one replica as web-0")
    parser.add_argument("--plant", choices=PLANTS,
                        help="spoil what one viewer received: has to exit 1")
    parser.add_argument("--no-build", action="store_true", help="use what was built before")
    arguments = parser.parse_args()
    if not 1 <= arguments.web <= 16:
        parser.error("--web takes 1 to 16")
    if not 0 <= arguments.groups <= len(KINDS):
        parser.error(f"--groups takes 0 to {len(KINDS)}")
    known = {*ACTIONS, *(f"web-{number}" for number in range(arguments.web))}
    if unknown := set(arguments.only or []) - known:
        parser.error(f"--only does not know {', '.join(sorted(unknown))}")
    if not arguments.no_build:
        build(Options())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return Chaos(arguments).run()


if __name__ == "__main__":
    run_command(main)
