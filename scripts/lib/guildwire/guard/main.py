"""`scripts/guard`: what the hot paths of Tests/Guard cost, in instructions and allocations, against thresholds.json.

No clock is in it: callgrind counts, in one run of the release tests, what `guardedUnits` does. A path that costs more than its threshold and the
slack fails, and so does one that costs so much less that its threshold says nothing any more. `--write` takes what is seen as the thresholds.
`unit` in Tests/Guard/HotPaths.swift says what one unit of a path is; the tests do not print it, so it is in no table here.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile

from ..processes import Failure, run_command
from ..stack import ROOT
from . import profile, verdict

THRESHOLDS = os.path.join(ROOT, "scripts", "lib", "guildwire", "guard", "thresholds.json")
SUITE = "GuardTests"
SECONDS_MAX = 300


def build(scratch):
    print(f"building the release tests of {SUITE}", flush=True)
    done = subprocess.run(["swift", "build", "-c", "release", "--build-tests", "--scratch-path", scratch], cwd=ROOT,
                          env={**os.environ, "GUILDWIRE_TESTS": SUITE}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failure(f"the build failed:\n{done.stdout[-3000:]}")


def tests(scratch):
    """The binary that holds all release tests."""
    folder = os.path.join(scratch, "release")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith(".xctest"):
            return os.path.join(folder, name)
    raise Failure("there are no release tests: run without --no-build")


def valgrind(command, preload):
    """The tests, run under valgrind to their end."""
    try:
        return subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX,
            env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1", "SWIFT_BACKTRACE": "enable=no", "LD_PRELOAD": preload})
    except subprocess.TimeoutExpired:
        raise Failure(f"{SUITE} did not end within {SECONDS_MAX} s under valgrind: "
                      "a path does not end, or the machine is very busy") from None


def count(release, folder):
    """{path: {"instructions", "allocations"}} per unit, and where each path's profile is."""
    binary = os.path.join(folder, "tests")
    # Without lines of sources valgrind has a tenth to read; names of functions stay.
    subprocess.run(["objcopy", "--strip-debug", release, binary], check=True)
    preload = os.path.join(folder, "sigsuspend.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", preload, os.path.join(ROOT, "bench", "sigsuspend.c"), "-ldl"], check=True)
    symbols = subprocess.run(["nm", binary], check=True, capture_output=True, text=True).stdout
    function = profile.symbol(symbols)
    ran = valgrind(
        ["valgrind", "--tool=callgrind", "--compress-strings=no", f"--toggle-collect={function}", f"--dump-after={function}",
         f"--callgrind-out-file={folder}/profile", binary, "--testing-library", "swift-testing", "--filter", SUITE],
        preload)
    named = profile.named(ran.stdout)
    if ran.returncode != 0 or not named:
        raise Failure(f"{SUITE} failed under valgrind:\n{ran.stdout[-3000:]}")
    found, files = {}, {}
    for number, (name, units) in enumerate(named, 1):
        # Each path has two: the first is its warming up, with the calls of all that came before.
        files[name] = os.path.join(folder, f"profile.{2 * number}")
        with open(files[name]) as file:
            found[name] = profile.per_unit(name, file, units)
    return found, files


def parse():
    parser = argparse.ArgumentParser(prog="scripts/guard", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="what is seen becomes the thresholds")
    parser.add_argument("--no-build", action="store_true", help="the release tests are there already")
    parser.add_argument("--annotate", metavar="PATH", help="also show which functions a path spends its instructions in")
    return parser.parse_args()


def main():
    options = parse()
    scratch = os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build"))
    if not options.no_build:
        build(scratch)
    release = tests(scratch)
    with open(THRESHOLDS) as file:
        thresholds = json.load(file)
    folder = tempfile.mkdtemp(prefix="guard-", dir=scratch)
    try:
        found, files = count(release, folder)
        if options.annotate:
            if options.annotate not in files:
                raise Failure(f"no path {options.annotate}: {', '.join(files)}")
            subprocess.run(["callgrind_annotate", files[options.annotate]])
        if options.write:
            thresholds["paths"] = found
            with open(THRESHOLDS, "w") as file:
                file.write(json.dumps(thresholds, indent=4) + "\n")
        rows, problems = verdict.compare(found, thresholds)
        print(rows)
        for problem in problems:
            print(f"guildwire: {problem}")
        if problems:
            print(verdict.HELP)
        return 1 if problems else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run_command(main)
