"""`scripts/cleanroom`: the README's two commands on a bare Debian 12, and how long each part of them takes."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .processes import Failure, die_with_parent
from .stack import ROOT

# What a user waits for, by the line with which it begins.
PHASES = [
    (re.compile(r"^=== a bare Debian"), "a bare Debian 12 (not a user's)"),
    (re.compile(r"^=== what a machine has"), "mounts, checkout (not a user's)"),
    (re.compile(r"^=== (scripts/\S+.*)"), r"\1: begins"),
    (re.compile(r"^Installing Debian packages"), "  packages"),
    (re.compile(r"^Building \(release"), "  build"),
    (re.compile(r"^Redis …"), "  start"),
    (re.compile(r"^Sent a message as dispatch"), "  check"),
    (re.compile(r"^Stopping …"), "  stop"),
    (re.compile(r"^=== (.*) \(\d+ s\)$"), r"  \1"),
]
# A build prints a line for each file; one in so many is shown.
NOISE = re.compile(r"^\[\d+/\d+\]")


class Clock:
    """Which phase took how long."""

    def __init__(self):
        self.phases = []

    def see(self, line):
        for pattern, name in reversed(PHASES):
            match = pattern.match(line)
            if match:
                self.phases.append((match.expand(name) if match.groups() else name, time.monotonic()))
                return

    def report(self, end):
        lines = []
        for number, (name, begin) in enumerate(self.phases):
            after = self.phases[number + 1][1] if number + 1 < len(self.phases) else end
            lines.append(f"{after - begin:8.1f} s  {name}")
        return "\n".join(lines)


def toolchain():
    """The folder above usr/bin/swift, which has to be one of its own."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("swift")))))
    if folder == "/":
        raise Failure("swift lies in /usr/bin; cleanroom needs a toolchain with a folder of its own, to bind it in")
    return folder


def debian_sources():
    """(mirror, lines for sources.list): the Debian archives among this machine's sources."""
    run = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)",
                          "Created-By: Packages"], capture_output=True, text=True, check=True)
    entries = [line.split("|")[1:] for line in run.stdout.splitlines() if line.startswith("Debian|")]
    mirrors = [uri for uri, release, component in entries if release == "bookworm" and component == "main"]
    if not mirrors:
        raise Failure("this machine's apt sources name no archive of Debian 12 (run apt-get update first)")
    return mirrors[0], [f"deb {uri} {release} {component}" for uri, release, component in entries]


def write_sources(folder, lines):
    with open(os.path.join(folder, "sources.list"), "w") as file:
        file.write("\n".join(lines) + "\n")
    settings = subprocess.run(["apt-config", "dump", "--no-empty"], capture_output=True, text=True, check=True).stdout
    wanted = re.compile(r"^Acquire::(http|https|Check-|Retries|ForceIPv)", re.IGNORECASE)
    with open(os.path.join(folder, "acquire.conf"), "w") as file:
        file.write("\n".join(line for line in settings.splitlines() if wanted.match(line)) + "\n")


def readme_commands(demo_only):
    """The two commands, as the README has them; the demo with --check, so that it ends."""
    with open(os.path.join(ROOT, "README.md")) as file:
        block = re.search(r"## Two commands.*?```\n(.*?)```", file.read(), re.DOTALL).group(1)
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    if commands != ["scripts/demo", "scripts/test"]:
        raise Failure(f"the README's two commands are no longer scripts/demo and scripts/test but {commands}")
    return ["scripts/demo --check"] + ([] if demo_only else ["scripts/test"])


def run(command):
    """Runs it, shows its lines with the time, and returns (status, clock, end)."""
    clock, begin, shown = Clock(), time.monotonic(), 0.0
    # unshare heeds no SIGTERM while it waits; its end takes everything in its namespaces along.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors="replace", bufsize=1, preexec_fn=lambda: die_with_parent(signal.SIGKILL))
    try:
        for line in child.stdout:
            line = line.rstrip("\n")
            now = time.monotonic()
            clock.see(line)
            if NOISE.match(line) and now - shown < 5:
                continue
            shown = now
            print(f"{now - begin:7.1f}  {line}", flush=True)
        status = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    return status, clock, time.monotonic()


def main():
    parser = argparse.ArgumentParser(prog="scripts/cleanroom", description=__doc__)
    parser.add_argument("--demo-only", action="store_true", help="scripts/demo alone; scripts/test takes much longer")
    parser.add_argument("--keep", action="store_true", help="leave the folder for looking at")
    parser.add_argument("--folder", default="/var/tmp", help="where the scratch folder is made (about 4 GB; /var/tmp)")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise Failure("cleanroom makes a system of its own and needs root for it: sudo -E scripts/cleanroom")
    commands = readme_commands(arguments.demo_only)
    mirror, lines = debian_sources()
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    if arguments.folder:
        os.makedirs(arguments.folder, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="guildwire-cleanroom-", dir=arguments.folder)
    try:
        os.chmod(folder, 0o755)
        write_sources(folder, lines)
        archive = os.path.join(folder, "checkout.tar")
        subprocess.run(["git", "archive", "-o", archive, "HEAD"], cwd=ROOT, check=True)
        room = os.path.join(folder, "room")
        os.mkdir(room)
        # Mounts and processes belong to namespaces that end with this process: there is nothing to unmount.
        status, clock, end = run([
            "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
            os.path.join(ROOT, "scripts/lib/cleanroom-inside"), room, toolchain(), mirror, folder, archive, *commands])
        print(f"\nWhat took how long:\n{clock.report(end)}")
        size = subprocess.run(["du", "-sxh", room], capture_output=True, text=True).stdout.split("\t")[0]
        print(f"The folder had {size} at the end.")
        if status != 0:
            raise Failure(f"the clean room ended with status {status}")
        print("Clean room passed.")
    finally:
        if arguments.keep:
            print(f"Left for you: {folder}")
        else:
            subprocess.run(["rm", "-rf", "--one-file-system", folder])


def entry():
    try:
        main()
    except Failure as failure:
        print(f"guildwire: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    entry()
