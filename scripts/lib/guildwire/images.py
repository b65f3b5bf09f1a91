"""`scripts/images`: deploy/Dockerfile's steps outside of containers, and its three services confined as in one."""

import argparse
import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .check import check, is_message, send_message
from .cleanroom import debian_sources, toolchain, write_sources
from .dockerfile import IN_ROOM, Stage, carry_out, parse
from .http import EventSource, get
from .processes import Failure, Process, free_port, inside_path, wait_for
from .stack import ROOT, Options, Stack, build

# What the image `swift` has beside the toolchain.
SWIFT_IMAGE = "binutils gcc git libc6-dev libcurl4 libncurses6 libsqlite3-0 libstdc++-12-dev libxml2 tzdata"
SERVICES = {"gateway": "Gateway", "web": "Web", "analytics": "Analytics"}


class Steps:
    """Says what is done and how long it took."""

    def __init__(self):
        self.name, self.begin, self.lines = None, None, []

    def __call__(self, name):
        now = time.monotonic()
        if self.name:
            self.lines.append(f"{now - self.begin:8.1f} s  {self.name}")
        self.name, self.begin = name, now
        if name:
            print(f"{name} …", flush=True)


def build_context(folder):
    """What `docker build` would see: the working tree without what .dockerignore names."""
    with open(os.path.join(ROOT, ".dockerignore")) as file:
        patterns = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        parts = name.split("/")
        ignored = any(fnmatch.fnmatch(parts[-1], pattern[3:]) if pattern.startswith("**/")
                      else fnmatch.fnmatch(parts[0] if "/" not in pattern else name, pattern) and
                      (len(parts) == 1 or os.path.isdir(os.path.join(ROOT, parts[0])))
                      for pattern in patterns)
        if not ignored and os.path.exists(os.path.join(ROOT, name)):
            target = os.path.join(folder, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, name), target)


def base_room(folder):
    """debian:bookworm-slim, as near as debootstrap comes to it."""
    mirror, lines = debian_sources()
    write_sources(folder, lines)
    room = os.path.join(folder, "base")
    run = subprocess.run(["unshare", "--mount", "--propagation", "private", "debootstrap", "--variant=minbase", "bookworm",
                          room, mirror], capture_output=True, text=True)
    if run.returncode != 0:
        raise Failure(f"debootstrap failed:\n{run.stdout[-2000:]}")
    shutil.copy(os.path.join(folder, "sources.list"), f"{room}/etc/apt/sources.list")
    shutil.copy(os.path.join(folder, "acquire.conf"), f"{room}/etc/apt/apt.conf.d/90room")
    for name in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(name, room + name)
    return Stage(room)


def wrap(folder, name, stage, state):
    """A program that runs the image's entry point, with its environment, confined to its room."""
    path = os.path.join(folder, "release", SERVICES[name])
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # The test's own settings go over the image's, except for the folder that is a volume; and nothing but loopback.
    environment = {**stage.environment, **{key: "127.0.0.1" for key in stage.environment if key.endswith("_HOST")}}
    volume = environment.get("GATEWAY_STATE_DIR")
    bind = f"--bind {state} {volume}" if volume else ""
    with open(path, "w") as file:
        file.write("#!/bin/bash\n" + "".join(f"export {key}={value}\n" for key, value in environment.items()) +
                   f"exec unshare --mount --propagation private {IN_ROOM} {stage.room} {bind} "
                   f"--confined {stage.user} -- {' '.join(stage.entrypoint)}\n")
    os.chmod(path, 0o755)


def look_at(name, stage):
    """Size, and what must be true of the program."""
    program = stage.room + stage.entrypoint[0]
    sections = subprocess.run(["readelf", "-S", "-W", program], capture_output=True, text=True, check=True).stdout
    if ".symtab" in sections or ".debug_info" in sections:
        raise Failure(f"{program} is not stripped")
    linked = subprocess.run(["unshare", "--mount", "--propagation", "private", IN_ROOM, stage.room, "--", "ldd",
                             stage.entrypoint[0]], capture_output=True, text=True).stdout
    if "not found" in linked or "libswift" in linked or "libFoundation" in linked:
        raise Failure(f"{name} is linked with what the image lacks or should not need:\n{linked}")
    if not stage.user or stage.user in ("0", "root"):
        raise Failure(f"{name} would run as root")
    room = subprocess.run(["du", "-sxm", stage.room], capture_output=True, text=True).stdout.split()[0]
    print(f"  {name:<10} {os.path.getsize(program) / 1e6:5.1f} MB of program, {room} MB with its system")


def confined(stage, *command):
    """Runs it as a container would: the image's user and environment, a read-only root, nothing more."""
    return subprocess.run(["unshare", "--mount", "--propagation", "private", IN_ROOM, stage.room, "--confined", stage.user, "--",
                           *command], env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **stage.environment},
                          capture_output=True, text=True, timeout=60)


def refuses(name, stage):
    """Without settings: 78, and nothing else. And the confinement is one."""
    run = confined(stage, *stage.entrypoint)
    if run.returncode != 78:
        raise Failure(f"{name} without settings ended with {run.returncode}, not 78:\n{run.stderr}")
    run = confined(stage, "sh", "-c", "id -u; grep -E '^Cap(Eff|Bnd|Prm)' /proc/self/status; touch /tmp/x /var/lib/guildwire/x")
    words = run.stdout.split()
    if words[0] != stage.user or set(words[2::2]) != {"0" * 16} or run.stderr.count("Read-only file system") != 2:
        raise Failure(f"{name} is not confined:\n{run.stdout}{run.stderr}")


def healthy(name, stage, port, path, expected):
    run = confined(stage, "guildwire-health", str(port), path)
    if (run.returncode == 0) != expected:
        raise Failure(f"the health check of {name} at {port} said {run.returncode}: {run.stderr}")


def through_nginx(stack, progress):
    """An event through deploy/nginx.conf, with nothing but addresses and folders changed."""
    port, folder = free_port(), os.path.join(stack.run, "deploy-nginx")
    os.mkdir(folder)
    with open(os.path.join(ROOT, "deploy", "nginx.conf")) as file:
        text = file.read()
    for old, new in [("listen 8080;", f"listen 127.0.0.1:{port};"), ("http://web:3000;", f"{stack.web_urls[0]};"),
                     ("pid /run/", f"pid {folder}/"), ("_temp_path /tmp/", f"_temp_path {folder}/")]:
        text = text.replace(old, new)
    with open(os.path.join(folder, "nginx.conf"), "w") as file:
        file.write(text)
    stack.family.start(Process("deploy-nginx", [inside_path("nginx"), "-e", "stderr", "-g", "daemon off;", "-p", folder, "-c",
                                                os.path.join(folder, "nginx.conf")], stack.log("deploy-nginx")))
    wait_for("nginx", lambda: get(f"http://127.0.0.1:{port}/nginx-health")[0] == 200, 20, stack.family)
    source = EventSource(f"http://127.0.0.1:{port}/api/stream")
    try:
        first = source.wait(lambda event: event[2] == "snapshot", 30)
        if first is None:
            raise Failure("no snapshot came through deploy/nginx.conf")
        identifier, _, sent = send_message(stack, json.loads(first[3])["payload"]["guilds"][0], "Through nginx")
        event = source.wait(is_message(identifier), 20)
        if event is None:
            raise Failure("the message did not come through deploy/nginx.conf")
        progress(f"  through deploy/nginx.conf {1000 * (event[0] - sent):7.1f} ms")
    finally:
        source.close()


def follow_an_event(folder, images, progress):
    state = os.path.join(folder, "state")
    os.makedirs(state)
    os.chown(state, int(images["gateway"].user), int(images["gateway"].user))
    os.chmod(state, 0o700)
    for name, stage in images.items():
        wrap(folder, name, stage, state)
    options = Options(scratch=folder, folder=os.path.join(folder, "run"), progress=progress,
                      wanted_ports={name: free_port() for name in ("web", "gateway", "analytics", "simulator", "control")})
    os.symlink(os.path.join(Options().scratch, "release", "Simulator"), os.path.join(folder, "release", "Simulator"))
    stack = Stack(options)
    try:
        stack.start()
        check(stack)
        healthy("gateway", images["gateway"], stack.gateway_port, "/health", True)
        healthy("web", images["web"], stack.web_ports[0], "/api/health", True)
        healthy("analytics", images["analytics"], stack.analytics_port, "/health", True)
        healthy("gateway", images["gateway"], free_port(), "/health", False)
        through_nginx(stack, progress)
    finally:
        statuses = {process.name: process.stop() for process in reversed(stack.family.members)}
        stack.stop()
    for name in ("gateway", "web-0", "analytics"):
        if statuses.get(name) != 0:
            raise Failure(f"{name} ended with {statuses.get(name)} when it was asked to stop")


def main():
    parser = argparse.ArgumentParser(prog="scripts/images", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the folder for looking at")
    parser.add_argument("--folder", default="/var/tmp", help="where the scratch folder is made (about 5 GB; /var/tmp)")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise Failure("images makes systems of its own and needs root for it: sudo -E scripts/images")
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    folder = tempfile.mkdtemp(prefix="guildwire-images-", dir=arguments.folder)
    os.chmod(folder, 0o755)
    step = Steps()
    try:
        step("a bare Debian 12")
        base = base_room(folder)
        context = os.path.join(folder, "context")
        build_context(context)
        with open(os.path.join(ROOT, "deploy", "Dockerfile")) as file:
            parsed = parse(file.read())
        stages = {}
        for name, image, steps in parsed:
            step(f"stage {name}")
            room = os.path.join(folder, name)
            binds = []
            if image.startswith("swift:"):
                stages[name] = base.copy(room)
                binds = [(toolchain(), toolchain())]
                standing_in = f"apt-get update -q && apt-get install -y -q --no-install-recommends {SWIFT_IMAGE}"
                carry_out(stages[name], [("RUN", standing_in)], context, stages, binds)
            else:
                stages[name] = stages[image].copy(room) if image in stages else base.copy(room)
            carry_out(stages[name], steps, context, stages, binds)
        images = {name: stages[name] for name in SERVICES}
        step("what came out")
        for name, stage in images.items():
            look_at(name, stage)
            refuses(name, stage)
        step("the simulator, from the working tree")
        build(Options(), "Simulator")
        step("an event through the three of them, confined")
        follow_an_event(folder, images, lambda text: print(f"  {text}", flush=True))
        step(None)
        print("\nWhat took how long:\n" + "\n".join(step.lines) + "\nImages passed.")
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
