"""The load generator and the feed of `scripts/bench`: bench/load.c and bench/feed.c, driven from here."""

import json
import os
import select
import subprocess

from ..processes import Failure, die_with_parent

EVENT_BYTES = 330
ANSWER_SECONDS_MAX = 240


class Load:
    """Streams to one server."""

    def __init__(self, programs, folder, port):
        self.folder = folder
        self.child = subprocess.Popen([os.path.join(programs, "load"), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1, preexec_fn=die_with_parent)

    def say(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def answer(self, seconds=ANSWER_SECONDS_MAX):
        if not select.select([self.child.stdout], [], [], seconds)[0]:
            raise Failure(f"the load generator said nothing for {seconds} s")
        line = self.child.stdout.readline()
        if not line:
            raise Failure("the load generator ended")
        return json.loads(line)

    def open(self, count, request, window=100, until_first=False):
        """Opens streams; fails where one is not answered with 200."""
        path = os.path.join(self.folder, "request")
        with open(path, "wb") as file:
            file.write(request)
        self.say(f"open {count} {path} {window}{' first' if until_first else ''}")
        found = self.answer()
        if found["opened"] != count or found["failed"]:
            raise Failure(f"of {count} streams {found['opened']} were opened, {found['failed']} failed")
        return found

    def expect(self, first, last, seconds):
        """Returns once the load counts; `answer` tells what it saw."""
        self.say(f"expect {first} {last} {seconds}")
        return self.answer()["streams"]

    def watch(self, seconds):
        self.say(f"watch {seconds}")
        return self.answer()

    def close(self):
        self.say("close")
        self.answer()

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class Feed:
    """Numbers events on, over as many feeds as one log or channel gets."""

    def __init__(self, programs, redis, way, target, *more):
        self.program, self.redis, self.way, self.target, self.more = os.path.join(programs, "feed"), redis, way, target, more
        self.next = 2

    def start(self, count, rate):
        """(first number, last number, process)"""
        first, self.next = self.next, self.next + count
        command = [self.program, str(self.redis), self.way, self.target, str(EVENT_BYTES), str(first), str(count), f"{rate:.6f}", *self.more]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        return first, self.next - 1, child

    @staticmethod
    def finish(child, seconds):
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise Failure("the feed did not end in time") from None
        if child.returncode != 0:
            raise Failure(f"the feed failed: {err.strip()}")
        return json.loads(out)
