"""`scripts/judge-simulator`: two Discord libraries of other people against our simulator; prints library × feature.

Each cell is an assertion. The script fails when a cell does, or when a library logged a warning or something that it did not
understand. "unsupported" are only things that a library does not have; the line says why.
"""

import argparse
import base64
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import tempfile
import threading

from . import peers
from .http import get
from .processes import Failure, Family, Process, die_with_parent, free_port, run_command, wait_for
from .stack import Options, build

# hikari reads the bot's id out of the token: its first part, in base64.
TOKEN = base64.b64encode(b"900000000000000001").decode().rstrip("=") + ".judge.simulated"
HEARTBEAT_MS = 2000
STAGE_SECONDS_MAX = 75
# Two cores, and most of the time is waiting.
AT_ONCE = 4

LIBRARIES = ("discord.py", "hikari")
SESSION = (
    "log in", "READY", "GUILD_CREATE", "messages", "presence", "voice", "reactions", "members",
    "channels, threads, roles", "typing", "own presence and voice", "heartbeats", "sending (REST)",
    "editing, reacting, deleting (REST)", "files (REST)", "roles of members (REST)", "rate limits", "registering commands",
    "slash command", "deferred answer", "autocomplete", "button", "form", "resume after a cut", "op 7", "op 9, resumable", "op 9, new session",
)
# {stage: (its features, the simulator's flags)}; the longest first.
STAGES = {
    "session": (SESSION, ("--members", "120")),
    "shards": (("two shards",), ("--members", "40", "--guilds", "6")),
    "large": (("member chunks",), ("--members", "2300")),
    **{name: ((name,), ("--members", "600")) for name in
       ("zlib-stream", "zstd-stream", "payload compression", "no compression")},
}
ALWAYS = ("log in", "close", "no warnings")
FEATURES = (*SESSION, "member chunks", "zlib-stream", "zstd-stream", "payload compression", "no compression", "two shards",
            "close", "no warnings")

# Faults to find: {name: (the simulator's flags, features that have to turn red)}. Where there are no flags, the stage knows.
BREAKS = {
    "intents-denied": (("--deny-intents", "32768"), ("log in",)),
    "another-member": ((), ("GUILD_CREATE",)),
    "unknown-event": ((), ("no warnings",)),
    "global-limit": (("--rest-limit", "2"), ("rate limits",)),
    "sessions-forgotten": (("--session-life-ms", "0"), ("resume after a cut",)),
    "twice": ((), ("resume after a cut",)),
    "lost": ((), ("resume after a cut",)),
}


class Judgement:
    """What the cells came to: {(library, feature): [(verdict, detail)]}."""

    def __init__(self):
        self.cells, self.lock = collections.defaultdict(list), threading.Lock()

    def add(self, library, stage, line):
        feature = line["feature"]
        detail = line["detail"] if feature not in ALWAYS or line["verdict"] == "ok" else f"{stage}: {line['detail']}"
        with self.lock:
            self.cells[library, feature].append((line["verdict"], detail))

    def verdict(self, library, feature):
        """The worst of a cell's verdicts; None where it was not asked for."""
        verdicts = [verdict for verdict, _ in self.cells.get((library, feature), ())]
        return next((one for one in ("FAIL", "unsupported", "ok") if one in verdicts), None)

    @property
    def failed(self):
        return [(library, feature) for library, feature in self.cells if self.verdict(library, feature) == "FAIL"]

    def print(self, libraries):
        width = max(len(feature) for feature in FEATURES) + 2
        versions = peers.versions()
        print("".ljust(width) + "".join(f"{library} {versions[library]}".ljust(20) for library in libraries))
        for feature in FEATURES:
            verdicts = [self.verdict(library, feature) for library in libraries]
            if any(verdicts):
                print(feature.ljust(width) + "".join((verdict or "-").ljust(20) for verdict in verdicts).rstrip())
        for library in libraries:
            for feature in FEATURES:
                for verdict, detail in self.cells.get((library, feature), ()):
                    if verdict != "ok":
                        print(f"{verdict}: {library}, {feature}: {detail}", flush=True)


class Stage:
    """One library, in a process of its own, against a simulator of its own."""

    def __init__(self, options, python, library, name, only, broken, folder):
        self.options, self.python, self.library, self.name, self.only = options, python, library, name, only
        self.broken, self.folder = broken, folder
        self.family = Family()

    def simulator(self, *flags):
        port, control = free_port(), free_port()
        self.family.start(Process("simulator", [
            os.path.join(self.options.scratch, self.options.configuration, "Simulator"), "--port", str(port),
            "--control-port", str(control), "--token", TOKEN, "--rate", "0", "--heartbeat-ms", str(HEARTBEAT_MS), *flags,
        ], os.path.join(self.folder, f"{self.library}-{self.name}-simulator.log"), {"PATH": os.environ.get("PATH", "")}))
        url = f"http://127.0.0.1:{control}"
        wait_for("the simulator", lambda: get(f"{url}/health")[0] == 200, 20, self.family)
        return f"http://127.0.0.1:{port}/api/v10", f"ws://127.0.0.1:{port}/", url

    def run(self, judgement):
        try:
            self._run(judgement)
        finally:
            self.family.stop()

    def _run(self, judgement):
        features, flags = STAGES[self.name]
        planted = BREAKS[self.broken][0] if self.broken else ()
        api, gateway, control = self.simulator(*flags, *planted)
        given = {"library": self.library, "stage": self.name, "api": api, "gateway": gateway, "control": control,
                 "token": TOKEN, "only": self.only, "heartbeat_seconds": HEARTBEAT_MS / 1000,
                 "broken": self.broken}
        environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.path.dirname(os.path.dirname(__file__)),
                       "PYTHONDONTWRITEBYTECODE": "1"}
        command = [self.python, "-m", "guildwire.judges", json.dumps(given)]
        errors = os.path.join(self.folder, f"{self.library}-{self.name}.log")
        with open(errors, "wb") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment,
                                     text=True, start_new_session=True, preexec_fn=die_with_parent)
        timer = threading.Timer(STAGE_SECONDS_MAX, child.kill)
        timer.start()
        said, lacks = set(), False
        with child:
            try:
                for line in child.stdout:
                    cell = json.loads(line)
                    said.add(cell["feature"])
                    lacks = lacks or (cell["verdict"] == "unsupported" and features == (cell["feature"],))
                    judgement.add(self.library, self.name, cell)
                status = child.wait()
            finally:
                timer.cancel()
                child.kill()
        for feature in () if lacks else self.expected(features) - said:
            with open(errors, errors="replace") as log:
                why = log.read()[-400:].strip() or f"the stage ended with status {status}"
            judgement.add(self.library, self.name, {"feature": feature, "verdict": "FAIL", "detail": f"not reached; {why}"})
        if status != 0:
            judgement.add(self.library, self.name, {"feature": "close", "verdict": "FAIL", "detail": f"ended with status {status}"})

    def expected(self, features):
        """What a stage has to say something of; one whose only feature the library lacks ends with that."""
        chosen = {*features, *ALWAYS}
        return chosen & set(self.only) if self.only else chosen


def main():
    parser = argparse.ArgumentParser(prog="scripts/judge-simulator", description=__doc__.split("\n")[0])
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--debug", action="store_true", help="the debug build of the simulator")
    parser.add_argument("--library", choices=LIBRARIES, action="append")
    parser.add_argument("--only", metavar="FEATURE", action="append", choices=FEATURES, help="this feature alone; may repeat")
    parser.add_argument("--break", dest="broken", choices=BREAKS, help="plants a fault, which has to be found")
    arguments = parser.parse_args()
    libraries = tuple(arguments.library or LIBRARIES)
    options = Options(configuration="debug" if arguments.debug else "release")
    if not arguments.no_build:
        build(options, "Simulator")
    python = os.path.abspath(peers.python(options.scratch))
    only = set(arguments.only or ())
    if arguments.broken:
        stages, only = ["session"], only or set(BREAKS[arguments.broken][1])
    else:
        stages = [name for name, (features, _) in STAGES.items() if only <= set(ALWAYS) or only & set(features)]
    chosen = sorted(only | set(ALWAYS)) if only else []
    judgement, folder = Judgement(), tempfile.mkdtemp(prefix="guildwire-judge-")
    try:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            runs = [pool.submit(Stage(options, python, library, name, chosen, arguments.broken, folder).run, judgement)
                    for name in stages for library in libraries]
            for run in runs:
                run.result()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    judgement.print(libraries)
    if not judgement.cells:
        raise Failure("nothing was judged")
    if judgement.failed:
        raise Failure(f"{len(judgement.failed)} of {len(judgement.cells)} cells failed")
    print(f"{len(judgement.cells)} cells, none failed")
    return 0


if __name__ == "__main__":
    run_command(main)
