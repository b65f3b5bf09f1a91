"""What the stand-in knows of login, keys, settings and the audit log: the routes of specs/access.md, as far as pages use them."""

import hashlib
import json
import re
import time
import urllib.parse

from mock_pictures import picture

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PHONE = ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Mobile/15E148 Safari/604.1")
KEY_FIELDS = ("kind", "name", "scopes", "channels", "events")


def now_ms():
    return int(time.time() * 1000)


def identifier(text):
    return hashlib.sha256(str(text).encode()).hexdigest()[:32]


class Refusal(Exception):
    """A problem document."""

    def __init__(self, status, detail, **headers):
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


class Access:
    """The switches of a test; `answer` speaks for the API."""

    def __init__(self, community):
        now = now_ms()
        self.community = community
        self.access, self.can_log_in, self.is_instance_owner = "login", True, False
        self.user = {"id": "1000", "name": "Ada Brandt", "avatar": picture("avatars", "1000")}
        # By guild; who has none is no member of it.
        self.rights = {guild: "owner" for guild in community.guilds}
        self.sessions = [
            {"id": identifier("here"), "began": now - 3 * HOUR, "seen": now, "expires": now + 29 * DAY, "agent": FIREFOX, "isCurrent": True},
            {"id": identifier("phone"), "began": now - 9 * DAY, "seen": now - 26 * MINUTE, "expires": now + 21 * DAY, "agent": PHONE,
             "isCurrent": False},
            {"id": identifier("tool"), "began": now - 2 * DAY, "seen": now - 2 * DAY, "expires": now + 28 * DAY, "agent": "curl/7.88.1",
             "isCurrent": False}]
        self.keys = {guild: [] for guild in community.guilds}
        self.settings = {guild: {"trackedChannels": [], "history": True, "retentionDays": 30, "badWords": [], "timeZone": "Europe/Berlin",
                                 "milestones": [100, 500, 1000]} for guild in community.guilds}
        self.versions = {guild: 1 for guild in community.guilds}
        self.audit = {guild: [] for guild in community.guilds}
        self.made = 0
        self.trouble = {}           # "METHOD path" → Refusal
        self.requests = []          # (method, path, body) of each call
        self.queries = []           # (path, query) of each call
        self.has_database = True
        self.more_routes = []       # of other parts of the stand-in

    def add_key(self, guild="101", **given):
        self.made += 1
        now = now_ms()
        key = {"id": identifier(self.made), "kind": "overlay", "name": f"Key {self.made}", "maker": "1000", "scopes": ["stream"],
               "channels": [], "events": [], "tier": "free", "created": now - self.made * DAY, "expires": now + 80 * DAY,
               "lastUsed": None, "revoked": None, **given}
        self.keys[guild].append(key)
        return key

    def note(self, guild, action, **given):
        entry = {"id": identifier(len(self.audit[guild])), "at": now_ms(), "actor": "1000", "key": None, "action": action, "target": None,
                 "detail": {}, "outcome": "changed", "count": 1, **given}
        self.audit[guild].insert(0, entry)
        return entry

    def log_out(self):
        self.user = None

    # Answering

    def answer(self, method, address, headers, body):
        """(status, headers, value) of one call, or None where the address is none of these."""
        parts = urllib.parse.urlsplit(address)
        query = dict(urllib.parse.parse_qsl(parts.query))
        value = json.loads(body) if body else None
        for pattern, handlers in self.routes():
            found = re.fullmatch(pattern, parts.path)
            if found and method in handlers:
                self.requests.append((method, parts.path, value))
                self.queries.append((parts.path, query))
                return self.carried_out(handlers[method], method, parts.path, found.groups(), query, headers, value)
        return None

    def carried_out(self, handler, method, path, groups, query, headers, value):
        try:
            if f"{method} {path}" in self.trouble:
                raise self.trouble[f"{method} {path}"]
            return handler(*groups, query=query, headers=headers, value=value)
        except Refusal as refusal:
            problem = {"type": "about:blank", "title": "refused", "status": refusal.status, "detail": refusal.detail}
            return refusal.status, {"Content-Type": "application/problem+json", **refusal.headers}, problem

    def routes(self):
        guild = r"/api/guilds/(\d+)"
        return [
            (r"/api/me", {"GET": self.me}), (r"/api/logout", {"POST": self.logout}),
            (r"/api/sessions", {"GET": self.list_sessions}), (r"/api/sessions/(\w+)", {"DELETE": self.end_session}),
            (r"/api/guilds", {"GET": self.list_guilds}), (guild + "/channels", {"GET": self.channels}),
            (guild + "/keys", {"GET": self.list_keys, "POST": self.make_key}),
            (guild + r"/keys/(\w+)", {"DELETE": self.revoke}), (guild + r"/keys/(\w+)/rotate", {"POST": self.rotate}),
            (guild + r"/keys/(\w+)/usage", {"GET": self.usage}),
            (guild + "/settings", {"GET": self.get_settings, "PUT": self.put_settings}),
            (guild + "/audit", {"GET": self.list_audit}), (r"/api/openapi\.json", {"GET": self.document}), *self.more_routes,
        ]

    def me(self, **_):
        session = self.sessions[0] if self.user else None
        return 200, {}, {"access": self.access, "canLogIn": self.can_log_in, "user": self.user,
                         "session": session and {name: session[name] for name in ("id", "began", "expires")},
                         "isInstanceOwner": self.is_instance_owner}

    def signed_in(self):
        if self.user is None:
            raise Refusal(401, "Log in first.")

    def logout(self, value, **_):
        self.signed_in()
        self.log_out()
        return 204, {}, None

    def list_sessions(self, **_):
        self.signed_in()
        return 200, {}, {"sessions": self.sessions}

    def end_session(self, session, **_):
        self.signed_in()
        if not any(one["id"] == session for one in self.sessions):
            raise Refusal(404, "There is no such session, or you may not see it.")
        self.sessions = [one for one in self.sessions if one["id"] != session]
        return 204, {}, None

    def list_guilds(self, **_):
        self.signed_in()
        return 200, {}, {"guilds": [
            {"id": guild["id"], "name": guild["name"], "icon": guild["icon"], "members": guild["counts"]["members"],
             "online": guild["counts"]["online"], "isOwner": self.rights[guild["id"]] == "owner",
             "canManage": self.rights[guild["id"]] in ("owner", "manage")}
            for guild in self.community.guilds.values() if self.rights.get(guild["id"])], "next": None}

    def channels(self, guild, **_):
        self.signed_in()
        return 200, {}, {"channels": [
            {"id": one["id"], "name": one["name"], "type": one["type"], "parent": one["parentId"], "position": one["position"]}
            for one in self.community.guilds[guild]["channels"]]}

    def managed(self, guild):
        self.signed_in()
        if guild not in self.community.guilds or not self.rights.get(guild):
            raise Refusal(404, "There is no such guild, or you may not see it.")
        if self.rights[guild] not in ("owner", "manage"):
            raise Refusal(403, "This is for the guild's owner and for who may manage it (MANAGE_GUILD).")
        if not self.has_database:
            raise Refusal(503, "This needs a database. Set DATABASE_URL at the web service.")

    def list_keys(self, guild, **_):
        self.managed(guild)
        return 200, {}, {"keys": self.keys[guild]}

    def make_key(self, guild, value, **_):
        self.managed(guild)
        fields = {name: value[name] for name in KEY_FIELDS if name in value}
        key = self.add_key(guild, created=now_ms(), expires=value["expires"], **fields)
        return 201, {}, {"key": key, "token": f"gwk1.{key['id']}.{'t0k3n' * 24}"}

    def find(self, guild, key):
        self.managed(guild)
        for one in self.keys[guild]:
            if one["id"] == key:
                return one
        raise Refusal(404, "There is no such key, or you may not see it.")

    def revoke(self, guild, key, **_):
        self.find(guild, key)["revoked"] = now_ms()
        return 204, {}, None

    def rotate(self, guild, key, value, **_):
        old = self.find(guild, key)
        old["revoked"] = now_ms() + value["graceSeconds"] * 1000
        new = self.add_key(guild, **{name: old[name] for name in KEY_FIELDS}, created=now_ms())
        return 201, {}, {"key": new, "token": f"gwk1.{new['id']}.{'n3w' * 40}"}

    def usage(self, guild, key, **_):
        self.find(guild, key)
        days = [{"day": time.strftime("%Y-%m-%d", time.gmtime(time.time() - back * 86_400)), "requests": (back * 137 + 60) % 700}
                for back in range(14)]
        return 200, {}, {"minute": {"used": 12, "limit": 30}, "day": {"used": 941, "limit": 1000}, "days": days}

    def get_settings(self, guild, **_):
        self.managed(guild)
        return 200, {"ETag": f'"{self.versions[guild]}"'}, self.settings[guild]

    def put_settings(self, guild, value, headers, **_):
        self.managed(guild)
        if headers.get("If-Match") != f'"{self.versions[guild]}"':
            raise Refusal(412, "The settings were changed meanwhile. Read them again.")
        self.settings[guild], self.versions[guild] = value, self.versions[guild] + 1
        return 200, {"ETag": f'"{self.versions[guild]}"'}, value

    def list_audit(self, guild, query, **_):
        self.managed(guild)
        if self.rights[guild] != "owner":
            raise Refusal(403, "This is for the guild's owner.")
        start, limit = int(query.get("cursor", 0)), int(query.get("limit", 50))
        page = self.audit[guild][start:start + limit]
        more = start + limit < len(self.audit[guild])
        return 200, {}, {"entries": page, "next": str(start + limit) if more else None}

    def document(self, **_):
        return 200, {}, DOCUMENT


def operation(name, tag, summary, **more):
    return {"operationId": name, "tags": [tag], "summary": summary, **more}


def answer(about, schema=None, kind="application/json"):
    return {"description": about, **({"content": {kind: {"schema": schema}}} if schema else {})}


SNOWFLAKE = {"type": "string", "pattern": "^[1-9][0-9]{0,19}$"}
GUILD = {"name": "guild", "in": "path", "required": True, "schema": SNOWFLAKE, "description": "The guild's id"}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}, "description": "How many"}
SAFE = [{"session": []}, {"key": []}]
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Guildwire", "version": "1", "description": "What a community does, live and kept."},
    "tags": [{"name": "Access"}, {"name": "Guilds"}, {"name": "Live"}, {"name": "Keys"}],
    "paths": {
        "/api/me": {"get": operation("me", "Access", "Who you are", responses={"200": answer("You", {"$ref": "#/components/schemas/Me"})})},
        "/api/guilds/{guild}/channels": {"get": operation("channels", "Guilds", "Channels that you may see", parameters=[GUILD], security=SAFE,
                                         responses={"200": answer("They", {"type": "object"}),
                                                    "404": answer("No such guild", {"$ref": "#/components/schemas/Problem"},
                                                                  "application/problem+json")})},
        "/api/guilds/{guild}/keys": {
            "get": operation("keys", "Keys", "The guild's keys", parameters=[GUILD], security=SAFE[:1],
                             responses={"200": answer("They", {"type": "object"})}),
            "post": operation("makeKey", "Keys", "Make a key", parameters=[GUILD], security=SAFE[:1],
                              requestBody={"required": True, "content": {"application/json": {"schema": {
                                  "$ref": "#/components/schemas/NewKey"}}}},
                              responses={"201": answer("The key, and its token this once", {"type": "object"})})},
        "/api/guilds": {"get": operation("guilds", "Guilds", "Guilds that you share with the bot", parameters=[LIMIT], security=SAFE,
                                         responses={"200": answer("A page", {"type": "object"})})},
        "/api/stream": {"get": operation("stream", "Live", "Live events as Server-Sent Events", security=SAFE, parameters=[
            {"name": "guild", "in": "query", "schema": {"type": "array", "items": SNOWFLAKE}, "description": "Of these guilds"}],
            responses={"200": answer("A stream without end", {"type": "string"}, "text/event-stream")})},
    },
    "components": {
        "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "guildwire_session"}, "key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Problem": {"type": "object", "required": ["title", "status"], "properties": {
                "title": {"type": "string", "description": "The status in words"}, "status": {"type": "integer"},
                "detail": {"type": "string", "description": "What is wrong, and what to do"}}},
            "Me": {"type": "object", "required": ["access"], "properties": {
                "access": {"type": "string", "enum": ["login", "open"]}, "user": {"anyOf": [{"type": "object"}, {"type": "null"}]}}},
            "NewKey": {"type": "object", "required": ["kind", "name"], "properties": {
                "kind": {"type": "string", "enum": ["overlay", "api"]}, "name": {"type": "string", "minLength": 1, "maxLength": 64},
                "channels": {"type": "array", "items": SNOWFLAKE, "description": "None: all that its maker may see"},
                "expires": {"type": "integer", "description": "Unix milliseconds"}}}}}}
