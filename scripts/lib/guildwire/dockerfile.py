"""Carries out a Dockerfile's steps in folders: as much of it as deploy/Dockerfile uses, and an error for the rest."""

import os
import re
import shlex
import shutil
import signal
import subprocess

from .processes import Failure, die_with_parent
from .stack import ROOT

IN_ROOM = os.path.join(ROOT, "scripts", "lib", "in-room")


def parse(text):
    """[(stage, base, [(instruction, rest)])]"""
    text = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    stages = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, rest = line.split(None, 1)
        if word == "FROM":
            base, _, name = rest.split()
            stages.append((name, base, []))
        else:
            stages[-1][2].append((word, rest))
    return stages


class Stage:
    """A folder with a system, and what the Dockerfile says about running it."""

    def __init__(self, room):
        self.room, self.folder, self.user, self.environment, self.entrypoint = room, "/", None, {}, None

    def copy(self, room):
        subprocess.run(["cp", "-a", self.room, room], check=True)
        other = Stage(room)
        other.folder, other.user, other.environment = self.folder, self.user, dict(self.environment)
        return other

    def inside(self, path):
        return self.room + os.path.normpath(os.path.join(self.folder, path))


def carry_out(stage, steps, context, stages, binds):
    for word, rest in steps:
        if word == "RUN":
            command = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", IN_ROOM, stage.room]
            for where, at in binds:
                command += ["--bind", where, at]
            path = ":".join([f"{at}/usr/bin" for _, at in binds] + ["/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
            run = subprocess.run([*command, "--", "/bin/sh", "-c", f"cd {shlex.quote(stage.folder)} && {rest}"],
                                 env={"PATH": path, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"},
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 preexec_fn=lambda: die_with_parent(signal.SIGKILL))
            if run.returncode != 0:
                raise Failure(f"RUN {rest[:60]}… ended with {run.returncode}:\n{run.stdout[-4000:]}")
        elif word == "COPY":
            words = rest.split()
            source = context
            if words[0].startswith("--from="):
                source = stages[words.pop(0)[len("--from="):]].room
            *names, target = words
            copy(source, names, stage.inside(target), target.endswith("/"))
        elif word == "WORKDIR":
            stage.folder = rest
            os.makedirs(stage.inside("."), exist_ok=True)
        elif word == "USER":
            stage.user = rest.split(":")[0]
        elif word == "ENV":
            stage.environment.update(dict(pair.split("=", 1) for pair in shlex.split(rest)))
        elif word == "ENTRYPOINT":
            stage.entrypoint = re.findall(r'"([^"]*)"', rest)
        elif word != "EXPOSE":
            raise Failure(f"scripts/images does not know {word}")


def copy(source, names, target, into):
    for name in names:
        origin = os.path.normpath(f"{source}/{name}")
        if os.path.isdir(origin):
            shutil.copytree(origin, target, symlinks=True, dirs_exist_ok=True)
        else:
            goal = os.path.join(target, os.path.basename(origin)) if into else target
            os.makedirs(os.path.dirname(goal), exist_ok=True)
            shutil.copy2(origin, goal)
