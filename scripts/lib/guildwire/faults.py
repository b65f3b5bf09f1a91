"""What `scripts/chaos` does to the processes of a run, when, and for how long."""

import collections
import glob
import os
import random
import signal
import time

from .http import post_json

# (from, to) seconds that the outage lasts; a session of the simulator lives 180 s without a connection.
ACTIONS = {
    "gateway": {"kill": (0.2, 4), "deploy": (0, 1), "stop": (2, 8), "kill twice": (0.1, 0.8)},
    "web": {"kill": (0.2, 5), "deploy": (0, 1), "stop": (2, 13)},
    "analytics": {"kill": (0.2, 4), "deploy": (0, 1), "stop": (2, 8)},
    "redis": {"kill": (0.2, 4), "deploy": (0, 1), "stop": (2, 8), "age": (0.2, 2)},
    "postgres": {"kill": (0.2, 4), "deploy": (0, 1), "stop": (2, 8)},
    "host": {"crash": (0.2, 2)},
    "discord": {"drop": (0, 0), "op7": (0, 0), "op9": (0, 0), "delay": (1, 3), "down": (1, 6)},
}
# A crash of the machine that the gateway and Redis share takes both.
STRUCK_WITH = {"host": ("gateway", "redis")}
WORDS = {
    "crash": "gateway and Redis end, and Redis comes back without its last second",
    "kill": "SIGKILL", "deploy": "SIGTERM and a new one", "stop": "SIGSTOP", "kill twice": "SIGKILL, and again while it starts",
    "age": "SIGKILL, comes back without its last second", "drop": "sockets cut", "op7": "asks to reconnect",
    "op9": "invalid session, resumable", "delay": "sends nothing", "down": "refuses everything",
}

Planned = collections.namedtuple("Planned", "at target action seconds")


def plan(seed, seconds, replicas, only=None):
    """The faults of a run, in order. Every kind comes once before any comes again; they overlap where targets differ."""
    chance = random.Random(seed)
    targets = {name: name for name in ACTIONS if name != "web"}
    targets |= {f"web-{number}": "web" for number in range(replicas)}
    kinds = [(target, action) for target, name in sorted(targets.items()) for action in ACTIONS[name]
             if not only or name in only or target in only]
    gap = min(5.0, 0.85 * seconds / max(1, len(kinds)))
    faults, bag, free, at = [], [], {}, 1.0

    def free_at(target):
        return max(free.get(name, 0) for name in STRUCK_WITH.get(target, (target,)))

    while True:
        if not bag:
            bag = kinds[:]
            chance.shuffle(bag)
        # The next whose target has had time to come back, or else the one that will have first.
        target, action = min(bag, key=lambda kind: max(at, free_at(kind[0])))
        bag.remove((target, action))
        at = max(at, free_at(target))
        length = chance.uniform(*ACTIONS[targets[target]][action])
        if action == "stop" and seconds < 120:
            length = min(length, 5)
        if at + length > seconds:
            return faults
        faults.append(Planned(at, target, action, length))
        for name in STRUCK_WITH.get(target, (target,)):
            free[name] = at + length + 3
        at += chance.uniform(0.4, 1.6) * gap


class Striker:
    """Carries faults out, a little at each `tick`: everything is started from the thread that calls it, since a child goes
    with the thread that made it."""

    def __init__(self, stack, say):
        self.stack, self.say = stack, say
        self.running, self.busy = [], collections.Counter()
        self.crashes, self.struck, self.stopped = [], [], []
        self.journal_sizes = collections.deque(maxlen=400)
        self.began = time.monotonic()

    @property
    def now(self):
        return time.monotonic() - self.began

    def process(self, target):
        if target in ("redis", "postgres"):
            return getattr(self.stack, target).process
        if target.startswith("web-"):
            return self.stack.web[int(target[4:])]
        return getattr(self.stack, target)

    def strike(self, fault):
        during = f" for {fault.seconds:.1f} s" if fault.seconds >= 0.05 else ""
        self.say(f"{self.now:7.1f} s  {fault.target:<10} {WORDS[fault.action]}{during}")
        self.struck.append({"at": round(time.time() * 1000), "after": round(self.now, 1), "target": fault.target,
                            "action": fault.action, "seconds": round(fault.seconds, 2)})
        if fault.target == "discord":
            steps = self._discord(fault)
        elif fault.target == "host":
            steps = self._crash(fault)
        else:
            steps = getattr(self, "_" + fault.action.replace(" ", "_"))(self.process(fault.target), fault)
        struck = STRUCK_WITH.get(fault.target, (fault.target,))
        self.busy.update(struck)
        self.running.append([struck, steps, None])
        self.tick()

    def tick(self):
        self._remember_journal()
        for entry in self.running[:]:
            struck, steps, until = entry
            if until is not None and not until():
                continue
            try:
                step = next(steps)
                entry[2] = self._condition(step)
            except StopIteration:
                self.running.remove(entry)
                self.busy.subtract(struck)
        self._look_for_crashes()

    @staticmethod
    def _condition(step):
        """A step is a number of seconds, or (condition, seconds at most)."""
        condition, seconds = step if isinstance(step, tuple) else (lambda: False, step)
        end = time.monotonic() + seconds
        return lambda: condition() or time.monotonic() >= end

    def _look_for_crashes(self):
        for process in self.stack.family.members:
            if not process.running and not self.busy[process.name]:
                self.crashes.append(f"{process.name} ended by itself with status {process.child.returncode} after "
                                    f"{self.now:.1f} s:\n{process.last_lines(5)}")
                self.say(f"{self.now:7.1f} s  {process.name:<10} ended by itself: status {process.child.returncode}")
                process.start()

    # Steps of each action

    def _start(self, process):
        """Started and, a moment later, still there: a server whose forerunner's children hold its lock is tried again."""
        for _ in range(20):
            process.start()
            yield lambda: not process.running, 0.5
            if process.running or process.name != "postgres":
                return

    def _kill(self, process, fault):
        process.kill()
        yield fault.seconds
        yield from self._start(process)

    def _kill_twice(self, process, fault):
        process.kill()
        process.start()
        yield fault.seconds
        process.kill()
        yield from self._start(process)

    def _deploy(self, process, fault):
        # PostgreSQL's SIGTERM waits for its clients to go; SIGINT is its fast shutdown.
        process.send(signal.SIGINT if fault.target == "postgres" else signal.SIGTERM)
        yield lambda: not process.running, 15
        if process.running:
            self.crashes.append(f"{process.name} did not stop within 15 s of SIGTERM")
            process.kill()
        yield fault.seconds
        yield from self._start(process)

    def _stop(self, process, fault):
        stopped = [process.pid, *self._children(process.pid)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        self.stopped += stopped
        yield fault.seconds
        self._go_on(stopped)

    def _go_on(self, stopped):
        for pid in reversed(stopped):
            self.stopped.remove(pid)
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass

    def release(self):
        """What is stopped goes on, for a run that ends early: a stopped process heeds nothing but SIGKILL."""
        self._go_on(list(self.stopped))

    @staticmethod
    def _children(pid):
        try:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                return [int(word) for word in file.read().split()]
        except OSError:
            return []

    # Redis' append-only file, cut as a crash of the machine would cut it

    def _remember_journal(self):
        if self.journal_sizes and time.monotonic() - self.journal_sizes[-1][0] < 0.1:
            return
        files = glob.glob(os.path.join(self.stack.redis.folder, "appendonlydir", "*.incr.aof"))
        self.journal_sizes.append((time.monotonic(), {path: os.path.getsize(path) for path in files}))

    def _age(self, process, fault):
        process.kill()
        self._cut_journal()
        yield fault.seconds
        yield from self._start(process)

    def _crash(self, fault):
        gateway, redis = self.process("gateway"), self.process("redis")
        gateway.kill()
        redis.kill()
        self._cut_journal()
        yield fault.seconds
        for process in (redis, gateway):
            yield from self._start(process)

    def _cut_journal(self):
        before = next((sizes for when, sizes in reversed(self.journal_sizes) if time.monotonic() - when >= 1), {})
        lost = 0
        for path, size in before.items():
            if os.path.exists(path) and os.path.getsize(path) > size:
                lost += os.path.getsize(path) - size
                os.truncate(path, size)
        self.say(f"{self.now:7.1f} s  redis      lost {lost:,} bytes of its append-only file")

    def _discord(self, fault):
        body = {"kind": fault.action, "ms": round(fault.seconds * 1000)}
        if fault.action == "op7":
            body["ms"] = 2000
        if fault.action == "op9":
            body = {"kind": "op9", "resumable": True}
        post_json(f"{self.stack.control_url}/control/fault", body)
        yield fault.seconds
