"""What the tests of the whole share: a running stack on free ports, and waiting."""

import json
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "lib"))

from guildwire.http import EventSource, get  # noqa: E402
from guildwire.processes import Failure, Family, Process, free_port, wait_for  # noqa: E402
from guildwire.servers import Postgres, Redis  # noqa: E402
from guildwire.stack import ROOT, Options, Stack  # noqa: E402

__all__ = ["EventSource", "Failure", "Family", "Options", "Postgres", "Process", "ROOT", "Redis", "Stack", "StackCase", "get", "lacks",
           "make_options", "wait_for"]


def make_options(**given):
    folder = tempfile.mkdtemp(prefix="guildwire-test-", dir="/tmp")
    # The user that PostgreSQL runs as only needs its own folder, but others' tools may look in here.
    os.chmod(folder, 0o755)
    ports = {name: free_port() for name in ("web", "gateway", "analytics", "simulator", "control")}
    return Options(folder=folder, wanted_ports=ports, progress=lambda text: None, **given)


def lacks(url):
    """What a service's readiness names as missing or noted: {name: reason}."""
    status, body = get(url)
    if status not in (200, 503):
        return {}
    report = json.loads(body)
    return {entry["name"]: entry["reason"] for key in ("missing", "notes") for entry in report.get(key, [])}


class StackCase(unittest.TestCase):
    """A stack for all tests of a class."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.made = make_options(**cls.options)
        cls.stack = Stack(cls.made).start()
        cls.addClassCleanup(shutil.rmtree, cls.made.folder, ignore_errors=True)
        cls.addClassCleanup(cls.stack.stop)
