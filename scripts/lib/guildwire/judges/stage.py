"""Ground for the scenes: the simulator's control API, what a library noted, and cells with a deadline each."""

import asyncio
import json
import logging
import re
import time
import urllib.error
import urllib.request


class CellFailure(Exception):
    """The simulator or the library did not do what it should; the text is for people."""


class Unsupported(Exception):
    """The library has no such thing; the text says why."""


def expect(actual, expected, what):
    if actual != expected:
        raise CellFailure(f"{what}: {difference(actual, expected)}")


def difference(actual, expected):
    """Where two values first differ."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        key = next(key for key in [*expected, *actual] if actual.get(key) != expected.get(key))
        return f"{len(actual)} instead of {len(expected)}, {key}: {brief(actual.get(key))}, not {brief(expected.get(key))}"
    if isinstance(actual, list) and isinstance(expected, list):
        place = next((place for place, pair in enumerate(zip(actual, expected)) if pair[0] != pair[1]),
                     min(len(actual), len(expected)))
        return (f"{len(actual)} instead of {len(expected)}, at {place}: "
                f"{brief(actual[place:place + 1])}, not {brief(expected[place:place + 1])}")
    return f"{brief(actual)}, not {brief(expected)}"


def brief(value):
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "…"


class Simulator:
    """Calls block, and with them the library: what happens between two of them, it cannot answer to."""

    def __init__(self, control, api, token, heartbeat_seconds, broken=None):
        self.control_url, self.api_url, self.token = control, api, token
        self.heartbeat_seconds = heartbeat_seconds
        # The name of a fault that was planted, and has to be found.
        self.broken = broken

    def request(self, url, value=None, method=None, headers=None):
        body = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise CellFailure(f"{request.get_method()} {request.selector}: {error.code} {error.read()[:200]!r}") from None

    def get(self, path):
        return json.loads(self.request(self.control_url + path))

    def post(self, path, value):
        return json.loads(self.request(self.control_url + path, value) or b"null")

    def dispatch(self, name, /, **d):
        return self.post("/control/dispatch", {"t": name, "d": d})

    def fault(self, kind, **more):
        return self.post("/control/fault", {"kind": kind, **more})

    def lines(self, path, after=0):
        text = self.request(f"{self.control_url}{path}?after={after}")
        return [json.loads(line) for line in text.splitlines()]

    def calls(self, after=0):
        """What the simulated API was asked, behind the `after`-th."""
        return self.lines("/control/rest", after)

    def rest(self, path, value=None):
        """Discord's own view, asked for without any library; with a value, posted."""
        return json.loads(self.request(self.api_url + path, value, headers={"Authorization": f"Bot {self.token}"}))

    def sessions(self):
        return self.get("/control/sessions")

    def guilds(self):
        return self.get("/control/guilds")

    def members(self, guild):
        """Every member of a guild, by pages."""
        found, after = [], 0
        while True:
            page = self.rest(f"/guilds/{guild}/members?limit=1000&after={after}")
            found += page
            if len(page) < 1000:
                return found[:-1] if self.broken == "another-member" else found
            after = max(int(member["user"]["id"]) for member in page)


class Record:
    """What a library told its user, in order, in words that are the same for all libraries."""

    def __init__(self):
        self.events = []
        self.news = asyncio.Event()

    def note(self, kind, **facts):
        self.events.append({"kind": kind, **facts})
        self.news.set()

    def mark(self):
        return len(self.events)

    def since(self, mark, kind, **facts):
        wanted = {"kind": kind, **facts}
        return [event for event in self.events[mark:] if wanted.items() <= event.items()]

    async def either(self, mark, *kinds):
        """The first event behind the mark that is of one of these kinds."""
        while not (found := [event for event in self.events[mark:] if event["kind"] in kinds]):
            self.news.clear()
            await self.news.wait()
        return found[0]["kind"]

    async def wait(self, mark, kind, count=1, **facts):
        """The first such event behind the mark; with a count, so many of them. The cell's deadline bounds it."""
        while len(found := self.since(mark, kind, **facts)) < count:
            self.news.clear()
            await self.news.wait()
        return found[0] if count == 1 else found


class Ears(logging.Handler):
    """Hears what a library complains of: records of WARNING and above, and quieter ones about what it did not understand."""

    COMPLAINT = re.compile(r"unknown|unrecogni[sz]ed|discarding|unexpected|malformed|changed hashes|ignoring", re.IGNORECASE)

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.complaints, self.allowed = [], []

    def emit(self, record):
        quiet = record.levelno < logging.WARNING
        if quiet and not (self.COMPLAINT.search(str(record.msg)) and record.name.split(".")[0] in ("discord", "hikari")):
            return
        text = f"{record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[0]:
            text += f" ({record.exc_info[0].__name__}: {record.exc_info[1]})"
        if not any(pattern.search(text) for pattern in self.allowed):
            self.complaints.append(text.replace("\n", " ")[:600])


class Cells:
    """Runs scenes one after the other and prints what each came to, a JSON object a line."""

    def __init__(self, only):
        self.only, self.ears = only, Ears()
        root = logging.getLogger()
        root.addHandler(self.ears)
        root.setLevel(logging.WARNING)
        # What they do not understand they say quietly; hikari of opcodes more quietly still, below DEBUG.
        for name, level in (("discord", logging.DEBUG), ("hikari", logging.DEBUG), ("hikari.gateway", 1)):
            logging.getLogger(name).setLevel(level)
        logging.captureWarnings(True)

    def say(self, feature, verdict, detail="", seconds=0.0):
        line = {"feature": feature, "verdict": verdict, "detail": str(detail)[:600], "seconds": round(seconds, 2)}
        print(json.dumps(line), flush=True)

    async def run(self, feature, scene, *arguments, seconds=10, allowed=()):
        """`allowed` are complaints that belong to the scene: what a library says of a line that was cut."""
        if self.only and feature not in self.only:
            return True
        began, verdict, detail = time.monotonic(), "ok", ""
        self.ears.allowed = [re.compile(pattern) for pattern in allowed]
        try:
            detail = await asyncio.wait_for(scene(*arguments), seconds) or ""
        except (asyncio.TimeoutError, TimeoutError):
            verdict, detail = "FAIL", f"not within {seconds} s"
        except Unsupported as reason:
            verdict, detail = "unsupported", reason
        except CellFailure as failure:
            verdict, detail = "FAIL", failure
        except Exception as error:  # A library's own exception is a finding like any other.
            verdict, detail = "FAIL", f"{type(error).__name__}: {error}"
        self.ears.allowed = []
        self.say(feature, verdict, detail, time.monotonic() - began)
        return verdict == "ok"

    def warnings(self):
        for complaint in self.ears.complaints:
            self.say("no warnings", "FAIL", complaint)
        if not self.ears.complaints:
            self.say("no warnings", "ok")
