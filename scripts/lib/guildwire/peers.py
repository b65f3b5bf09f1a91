"""Two Discord libraries of other people, discord.py and hikari, in an environment of their own under the build folder.

    python = peers.python(scratch)     # installs what is missing; the path of the interpreter that can import them
"""

import fcntl
import os
import shutil
import subprocess

from .processes import Failure

# Everything that is installed, as tried together. The first two are the libraries; then what they need; then what makes
# them fast or lets them speak zstd, as their own documentation advises.
REQUIREMENTS = """
discord.py==2.7.1
hikari==2.7.0

aiohappyeyeballs==2.7.1
aiohttp==3.14.5
aiosignal==1.4.0
attrs==26.1.0
colorlog==6.12.0
frozenlist==1.8.0
idna==3.20
multidict==6.9.1
propcache==0.5.4
typing_extensions==4.16.0
yarl==1.25.1

backports.zstd==1.8.0
ciso8601==2.4.1
orjson==3.13.0
uvloop==0.23.0
zstandard==0.25.0
"""

# Both libraries want 3.11 or newer; Debian 12 has just that.
INTERPRETER = "/usr/bin/python3"
INSTALL_SECONDS_MAX = 300


def versions():
    """{library: version} of the two."""
    return dict(line.split("==") for line in REQUIREMENTS.split()[:2])


def python(scratch, progress=print, requirements=REQUIREMENTS, name="peers", is_whole=True):
    """The interpreter of the environment `name` in `scratch`, which is made once and again when the versions change.

    Not whole: of a package only a file is wanted, so what it needs to run is left out. Without network it works where the environment is there already; otherwise the installer's own words say what is missing.
    """
    folder = os.path.join(scratch, name)
    os.makedirs(scratch, exist_ok=True)
    interpreter, installed = os.path.join(folder, "bin", "python"), os.path.join(folder, "installed")
    with open(os.path.join(scratch, f"{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _text(installed) == requirements and os.access(interpreter, os.X_OK):
            return interpreter
        progress("Installing " + " and ".join(" ".join(line.split("==")) for line in requirements.split()[:2]))
        shutil.rmtree(folder, ignore_errors=True)
        _run("making an environment", INTERPRETER, "-m", "venv", folder)
        # Nothing but what is named: a dependency that is not pinned would be missed at once, not fetched.
        _run("installing the libraries", interpreter, "-m", "pip", "--disable-pip-version-check", "--quiet", "install",
             "--no-deps", "--only-binary", ":all:", *requirements.split())
        if is_whole:
            _run("checking what was installed", interpreter, "-m", "pip", "--disable-pip-version-check", "check")
        with open(installed, "w") as file:
            file.write(requirements)
    return interpreter


def _text(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def _run(what, *command):
    # pip brings authorities of its own; the machine's are the ones to trust.
    environment = {"PIP_CERT": "/etc/ssl/certs/ca-certificates.crt", **os.environ}
    try:
        run = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             timeout=INSTALL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise Failure(f"{what} took more than {INSTALL_SECONDS_MAX} s") from None
    if run.returncode != 0:
        raise Failure(f"{what} failed:\n{(run.stderr or run.stdout)[-2000:]}")
