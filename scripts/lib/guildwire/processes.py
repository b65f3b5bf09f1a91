"""Processes that a script starts, watches and ends: by their own id, and nothing else."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time


class Failure(Exception):
    """Something did not come up, or did not do what it should; the text is for people."""


def die_with_parent(number=signal.SIGTERM):
    """In the child: get this signal when the script ends, even by SIGKILL."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)


def free_port():
    """Below those that Linux gives to outgoing connections, for there one of them may take it before the server that is to have it."""
    for _ in range(100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.SystemRandom().randrange(16_384, 32_768)))
                return probe.getsockname()[1]
            except OSError:
                pass
    raise OSError("no free port below 32,768")


def port_or_free(wanted):
    """The wanted port, or a free one where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
            return wanted
        except OSError:
            return free_port()


class Process:
    """One child with its own log file."""

    def __init__(self, name, command, log, environment=None, user=None, cwd=None):
        self.name, self.command, self.log = name, command, log
        self.environment, self.user, self.cwd = environment, user, cwd
        self.child = None

    def start(self):
        ids = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment,
                cwd=self.cwd, start_new_session=True, preexec_fn=die_with_parent, **ids)
        return self

    @property
    def pid(self):
        return self.child.pid if self.child else None

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def send(self, number):
        if self.running:
            self.child.send_signal(number)

    def kill(self):
        self.send(signal.SIGKILL)
        if self.child:
            self.child.wait()

    def stop(self, number=signal.SIGTERM, grace=15):
        """Asks, waits, and insists. Returns the exit status."""
        if not self.child:
            return None
        self.send(number)
        try:
            return self.child.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.child.returncode

    def last_lines(self, count=15):
        try:
            with open(self.log, errors="replace") as file:
                return "".join(file.readlines()[-count:])
        except OSError:
            return ""


def run_command(main):
    """Ends the process with what a script's `main` returns, with 1 and the reason where it fails, with 130 where it is stopped."""
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"guildwire: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


class Family:
    """All processes of a run, stopped in the reverse of the order they were started in."""

    def __init__(self):
        self.members = []
        self.lock = threading.Lock()

    def start(self, process):
        with self.lock:
            self.members.append(process.start())
        return process

    def stop(self):
        with self.lock:
            members, self.members = self.members, []
        for process in reversed(members):
            process.stop()

    def check(self):
        for process in self.members:
            if not process.running:
                raise Failure(f"{process.name} ended with status {process.child.returncode}:\n{process.last_lines()}")


def wait_for(what, condition, seconds=60, family=None, every=0.02):
    """The condition's first true value; Failure when it does not come, or a process of the family ends meanwhile."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if family:
            family.check()
        if time.monotonic() > end:
            raise Failure(f"gave up waiting for {what} after {seconds} s")
        time.sleep(every)


def inside_path(name, *places):
    """A program by name, also where only root's PATH has it."""
    for folder in [*os.environ.get("PATH", "").split(":"), "/usr/sbin", "/sbin", *places]:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    raise Failure(f"{name} is not installed")
