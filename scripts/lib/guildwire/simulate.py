"""`scripts/simulate`: runs the simulation of Tests/Simulation in release, for as many seeds as asked.

Exit code 0: every seed held. 1: a seed failed, whose number and trace are printed. What it runs is the suite's
`SimulationRun`, told by environment variables what to do; each of its lines that begins with `simulate:` is a report.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Lines of a trace that are shown with a failure; --trace shows all.
TRACE_LINES = 80


class Run:
    """One process with a row of seeds; reports come by lines."""

    def __init__(self, binary, first, seeds, trace=False, plant=None):
        environment = dict(os.environ, SIMULATION_FIRST=str(first), SIMULATION_SEEDS=str(seeds),
                           SIMULATION_TRACE="1" if trace else "0", SWIFT_BACKTRACE="enable=no")
        if plant:
            environment["SIMULATION_PLANT"] = plant
        self.begun, self.held, self.failed, self.trace, self.totals = None, 0, None, [], [0, 0, 0]
        self.process = subprocess.Popen(
            [binary, "--testing-library", "swift-testing", "--filter", "SimulationRun"], env=environment, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, errors="replace")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stderr:
            words = line.rstrip("\n").split(" ", 3)
            if words[0] != "simulate:":
                self.trace.append(line.rstrip("\n"))
            elif words[1] == "begin":
                self.begun = int(words[2])
            elif words[1] == "held":
                self.held += 1
                self.totals = [a + int(b) for a, b in zip(self.totals, words[3].split())]
                self.begun = None
            elif words[1] == "failed":
                self.failed = (int(words[2]), words[3])
                self.begun = None
        if self.process.wait() != 0 and not self.failed:
            how = f"the process ended ({self.process.returncode}), by a trap of the code under simulation perhaps"
            self.failed = (self.begun, how)

    def wait(self):
        self.thread.join()
        return self

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.wait()


def build(arguments):
    command = ["swift", "build", "-c", "release", "--build-tests"]
    if arguments.scratch:
        command += ["--scratch-path", arguments.scratch]
    if not arguments.no_build:
        subprocess.run(command, cwd=ROOT, check=True)
    shown = subprocess.run(command + ["--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return str(pathlib.Path(shown.stdout.strip()) / "guildwirePackageTests.xctest")


def tell(binary, failed, plant):
    """The failing seed once more, with its trace."""
    seed, reason = failed
    print(f"seed {seed} failed: {reason}")
    if seed is None:
        return
    run = Run(binary, seed, 1, trace=True, plant=plant).wait()
    print("\n".join(run.trace[-TRACE_LINES:]))
    extra = f" --plant {plant}" if plant else ""
    print(f"again, with everything that happened: scripts/simulate --seed {seed} --trace{extra}")


def many(binary, arguments):
    jobs = max(1, min(arguments.jobs, arguments.seeds))
    began = time.monotonic()
    share = -(-arguments.seeds // jobs)
    runs = []
    for job in range(jobs):
        first = arguments.first + job * share
        count = min(share, arguments.first + arguments.seeds - first)
        if count > 0:
            runs.append(Run(binary, first, count, plant=arguments.plant))
    told = began
    while any(run.thread.is_alive() for run in runs) and not any(run.failed for run in runs):
        time.sleep(0.05)
        if time.monotonic() - told > 5:
            told = time.monotonic()
            held = sum(run.held for run in runs)
            print(f"{held} of {arguments.seeds} seeds hold, {held / (told - began):.0f} a second", flush=True)
    for run in runs:
        run.stop() if any(other.failed for other in runs) else run.wait()
    took = time.monotonic() - began
    failed = [run.failed for run in runs if run.failed and run.failed[0] is not None]
    held = sum(run.held for run in runs)
    if failed:
        tell(binary, min(failed), arguments.plant)
        return 1
    if any(run.failed for run in runs) or held != arguments.seeds:
        print(f"only {held} of {arguments.seeds} seeds were run: {runs[0].trace[-3:]}")
        return 1
    steps, events, deliveries = (sum(run.totals[index] for run in runs) for index in range(3))
    print(f"{held} seeds hold: {steps} steps, {events} events appended, {deliveries} delivered to viewers; "
          f"{took:.1f} s, {held / took:.0f} seeds a second on {jobs} cores")
    return 0


def plants(binary, arguments):
    names = subprocess.run(
        ["sed", "-n", r"s/^    case \([a-zA-Z]*\)$/\1/p", str(ROOT / "Tests/Simulation/Suite/Plant.swift")],
        capture_output=True, text=True, check=True).stdout.split()
    missed = 0
    for name in names:
        run = Run(binary, arguments.first, arguments.seeds, plant=name).wait()
        missed += run.failed is None
        seed, reason = run.failed or ("none", f"not found by {arguments.seeds} seeds")
        print(f"| {name} | {seed} | {reason} |", flush=True)
    print(f"{len(names) - missed} of {len(names)} planted faults were found")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(prog="scripts/simulate")
    parser.add_argument("--seeds", type=int, default=1000, help="how many (1000)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--trace", action="store_true", help="with --seed: print everything that happened")
    parser.add_argument("--plant", help="with this planted fault; exits 1 when a seed finds it, as it should")
    parser.add_argument("--plants", action="store_true", help="every planted fault: the first seed that finds it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time (one per core)")
    parser.add_argument("--no-build", action="store_true", help="run what was built last")
    parser.add_argument("--scratch", help="another build folder than .build")
    arguments = parser.parse_args()
    binary = build(arguments)
    if arguments.plants:
        return plants(binary, arguments)
    if arguments.seed is not None:
        run = Run(binary, arguments.seed, 1, trace=arguments.trace, plant=arguments.plant).wait()
        if arguments.trace:
            print("\n".join(run.trace))
        print(f"seed {arguments.seed} failed: {run.failed[1]}" if run.failed else f"seed {arguments.seed} holds")
        return 1 if run.failed else 0
    return many(binary, arguments)


if __name__ == "__main__":
    sys.exit(main())
