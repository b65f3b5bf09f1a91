"""What the stand-in knows beside access: system, setup, the bot's permissions, stored activity, presets and rules of overlays."""

import itertools
import math

from mock_access import DAY, HOUR, MINUTE, Refusal, identifier, now_ms

MANAGERS = ("owner", "manage")
PRESETS_MAX = 100


class Faces:
    """The switches of a test; its routes are among those of `Access`."""

    def __init__(self, access):
        now = now_ms()
        self.access = access
        self.emit = lambda event, payload, guild: None     # the server's, once there is one
        self.presets = {guild: [] for guild in access.community.guilds}
        self.numbers = itertools.count(1)
        self.zones = None           # time zones that the database knows; all of them
        self.empty = False          # nothing was stored
        self.hostile = {}           # instead of what was counted
        self.system = {
            "now": now, "version": "0.9.0",
            "services": [
                {"name": name, "id": f"{name}-1", "state": "up", "version": "0.9.0", "since": now - 3 * DAY, "seen": now, "detail": None,
                 "advice": None} for name in ("gateway", "web", "analytics", "redis", "postgres")],
            "shards": [{"shard": "0/1", "state": "up", "latency": 41, "guilds": len(access.community.guilds), "publisher": True,
                        "lag": {"events": 0, "milliseconds": 3}, "stored": {"events": 4, "milliseconds": 210}, "detail": None}],
            "hops": [{"name": name, "p50": middle, "p95": middle * 3, "p99": middle * 7, "count": 4821}
                     for name, middle in (("gateway", 2), ("log", 1), ("delivery", 4))],
            "problems": []}
        self.setup = {
            "application": {"id": "900000000000000001", "name": "Guildwire"},
            "invite": "https://discord.com/oauth2/authorize?client_id=900000000000000001&scope=bot&permissions=0",
            "steps": [{"id": step, "state": "done", "title": title, "detail": None, "advice": None} for step, title in (
                ("gateway", "The gateway runs"), ("token", "The bot's token is right"), ("intents", "The intents are switched on"),
                ("guild", "The bot is in a guild"), ("redis", "Redis answers"), ("database", "PostgreSQL answers"),
                ("analytics", "History is stored"), ("login", "People can log in"), ("address", "The public address is right"))]}
        self.bot = {"user": {"id": "900", "name": "Guildwire"}, "administrator": False, "missing": [], "channels": []}

    def routes(self):
        guild = r"/api/guilds/(\d+)"
        preset = guild + r"/presets/(\w+)"
        return [
            (r"/api/system", {"GET": lambda **_: (200, {}, {**self.system, "now": now_ms()})}),
            (r"/api/setup", {"GET": self.get_setup}),
            (guild + "/bot", {"GET": self.get_bot}), (guild + "/activity", {"GET": self.activity}),
            (guild + "/presence", {"GET": self.presence}), (guild + "/presets", {"GET": self.list_presets, "POST": self.make_preset}),
            (preset, {"GET": self.get_preset, "PUT": self.put_preset, "DELETE": self.delete_preset}),
            (guild + "/overlay-rules", {"GET": self.rules}), (guild + "/overlay-tests", {"POST": self.test_event})]

    def get_setup(self, **_):
        """Anyone's before there was a guild."""
        seen = any(step["id"] == "guild" and step["state"] == "done" for step in self.setup["steps"])
        if seen and self.access.access == "login":
            self.access.signed_in()
        return 200, {}, self.setup

    def set_step(self, step, state, detail=None, advice=None):
        next(one for one in self.setup["steps"] if one["id"] == step).update(state=state, detail=detail, advice=advice)

    def get_bot(self, guild, **_):
        self.access.managed(guild)
        return 200, {}, self.bot

    # Stored activity: a week has quiet nights and a busy Saturday; the same for the same query.

    def points(self, query, make):
        bucket = query.get("bucket", "hour")
        if self.zones is not None and query.get("zone", "UTC") not in self.zones:
            raise Refusal(400, "There is no such time zone.")
        step = {"hour": HOUR, "day": DAY}[bucket]
        last = int(query.get("to", now_ms()))
        first = int(query.get("from", last - 7 * DAY))
        begin = first - first % step
        points = [{"at": at, **make(at, step // HOUR)} for at in range(begin, min(last, begin + 2000 * step), step)]
        return 200, {}, {"bucket": bucket, "zone": query.get("zone", "UTC"), "points": points}

    def liveliness(self, at):
        day = math.sin((at / DAY - 0.4) * 2 * math.pi)
        return (1.2 + day) * (1.6 if (at // DAY + 4) % 7 == 6 else 1)

    def activity(self, guild, query, **_):
        self.stored(guild)
        if self.empty:
            return self.points(query, lambda *_: {"messages": 0, "joins": 0, "leaves": 0, "voiceSeconds": 0})
        if self.hostile:
            return self.points(query, lambda *_: self.hostile)
        return self.points(query, lambda at, hours: {
            "messages": int(self.liveliness(at) * 60 * hours), "joins": int(self.liveliness(at) * hours),
            "leaves": int(self.liveliness(at) * hours * 0.4), "voiceSeconds": int(self.liveliness(at) * 9000 * hours)})

    def presence(self, guild, query, **_):
        self.stored(guild)
        if self.empty:
            return self.points(query, lambda *_: {"online": None, "members": None})
        return self.points(query, lambda at, _: {"online": int(self.liveliness(at) * 150), "members": 1284})

    def stored(self, guild):
        self.access.signed_in()
        if guild not in self.access.community.guilds or not self.access.rights.get(guild):
            raise Refusal(404, "There is no such guild, or you may not see it.")
        if not self.access.has_database:
            raise Refusal(503, "This needs a database. Set DATABASE_URL at the web service.")

    # Presets, rules and test events of overlays

    def list_presets(self, guild, **_):
        return 200, {}, {"presets": self.presets_of(guild)}

    def presets_of(self, guild):
        self.access.managed(guild)
        return self.presets[guild]

    def add_preset(self, guild="101", **given):
        number = next(self.numbers)
        preset = {"id": identifier(f"preset {number}"), "name": f"Preset {number}", "overlay": "voice", "query": "", "version": 1,
                  "changed": now_ms() - number * MINUTE, **given}
        self.presets[guild].append(preset)
        return preset

    def make_preset(self, guild, value, **_):
        if len(self.presets_of(guild)) >= PRESETS_MAX:
            raise Refusal(409, f"This guild has {PRESETS_MAX} presets, which is the most.")
        preset = self.add_preset(guild, **{name: value[name] for name in ("name", "overlay", "query")}, changed=now_ms())
        self.emit("overlay.updated", {"preset": preset["id"]}, guild)
        return 201, {"ETag": '"1"'}, preset

    def find(self, guild, preset):
        found = next((one for one in self.presets_of(guild) if one["id"] == preset), None)
        if found is None:
            raise Refusal(404, "There is no such preset.")
        return found

    def get_preset(self, guild, preset, **_):
        found = self.find(guild, preset)
        return 200, {"ETag": f'"{found["version"]}"'}, found

    def matched(self, guild, preset, headers):
        found = self.find(guild, preset)
        if headers.get("If-Match") != f'"{found["version"]}"':
            raise Refusal(412, "The preset was changed meanwhile. Read it again.")
        return found

    def put_preset(self, guild, preset, headers, value, **_):
        found = self.matched(guild, preset, headers)
        found.update({name: value[name] for name in ("name", "overlay", "query")}, version=found["version"] + 1, changed=now_ms())
        self.emit("overlay.updated", {"preset": preset}, guild)
        return 200, {"ETag": f'"{found["version"]}"'}, found

    def delete_preset(self, guild, preset, headers, **_):
        self.presets[guild].remove(self.matched(guild, preset, headers))
        self.emit("overlay.updated", {"preset": preset}, guild)
        return 204, {}, None

    def rules(self, guild, **_):
        """A key is as good as a session here: its scope is not looked at."""
        if guild not in self.access.community.guilds:
            raise Refusal(404, "There is no such guild, or you may not see it.")
        settings = self.access.settings[guild]
        tag = f'"{self.access.versions[guild]}"'
        return 200, {"ETag": tag}, {name: settings[name] for name in ("badWords", "timeZone", "milestones")}

    def test_event(self, guild, value, **_):
        self.access.managed(guild)
        self.emit("overlay.tested", {"kind": value["kind"], "by": self.access.user["id"]}, guild)
        return 202, {}, {}
