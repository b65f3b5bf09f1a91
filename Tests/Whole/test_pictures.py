"""Pictures, presets and samples of overlays through all services, with the simulator as Discord."""

import json
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support import EventSource, StackCase, wait_for

from guildwire import session


class PicturesTest(StackCase):
    options = {"access": "login"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        now = int(time.time())
        cls.cookie = f"{session.NAME}={session.mint(cls.stack.roles()['owner'], cls.stack.tokens['session'], now, now + 3600)}"
        guilds = wait_for("the guilds", lambda: cls.ask("GET", "/api/guilds")[2].get("guilds"), 60, cls.stack.family)
        cls.guild = guilds[0]

    @classmethod
    def ask(cls, method, path, body=None, **headers):
        """(status, headers, content: parsed where it is JSON)"""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(cls.stack.public_url + path, data=data, method=method)
        for name, value in {"Cookie": cls.cookie, "Sec-Fetch-Site": "same-origin", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        if data:
            request.add_header("Content-Type", "application/json")
        try:
            answer = urllib.request.urlopen(request, timeout=15)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        kept = {name.lower(): value for name, value in answer.headers.items()}
        is_json = kept.get("content-type", "").endswith("json") and content
        return answer.status, kept, json.loads(content) if is_json else content

    def picture(self, address):
        return self.ask("GET", f"/pictures{urllib.parse.urlsplit(address).path}?size=64")

    def test_faces_and_icons_come_by_our_own_route_also_while_discord_is_away(self):
        members = self.ask("GET", f"/api/guilds/{self.guild['id']}/members?limit=30")[2]["members"]
        faces = [member["avatar"] for member in members] + [self.guild["icon"]]
        for address in faces:
            status, headers, content = self.picture(address)
            self.assertEqual((status, headers["content-type"]), (200, "image/png"), address)
            self.assertTrue(content.startswith(b"\x89PNG"))
        fault = json.dumps({"kind": "down", "ms": 10_000}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.stack.control_url}/control/fault", data=fault, method="POST"), timeout=10)
        status, headers, _ = self.picture(f"/avatars/{members[0]['id']}/0123456789abcdef.png")
        self.assertEqual((status, headers["cache-control"]), (503, "no-store"))
        self.assertEqual({self.picture(address)[0] for address in faces}, {200})

    def test_overlays_hear_of_presets_settings_and_samples(self):
        guild = f"/api/guilds/{self.guild['id']}"
        stream = EventSource(f"{self.stack.public_url}/api/stream?guild={self.guild['id']}", {"Cookie": self.cookie})
        self.addCleanup(stream.close)
        self.assertIsNotNone(stream.wait(lambda event: event[2] == "snapshot", 30))

        def payload(name, **wanted):
            event = stream.wait(lambda event: event[2] == name and json.loads(event[3])["payload"].items() >= wanted.items(), 20)
            self.assertIsNotNone(event, f"{name} {wanted}")

        self.assertEqual(self.ask("POST", f"{guild}/overlay-tests", {"kind": "milestone"})[0], 202)
        payload("overlay.tested", kind="milestone", by=self.stack.roles()["owner"])
        draft = {"name": "Squad", "overlay": "voice", "query": "layout=row"}
        status, _, preset = self.ask("POST", f"{guild}/presets", draft)
        self.assertEqual(status, 201)
        payload("overlay.updated", preset=preset["id"])
        _, headers, settings = self.ask("GET", f"{guild}/settings")
        self.assertEqual(self.ask("PUT", f"{guild}/settings", {**settings, "badWords": ["apple"]}, If_Match=headers["etag"])[0], 200)
        payload("overlay.updated", preset=None)
        # Who is told so finds the change.
        self.assertEqual(self.ask("GET", f"{guild}/overlay-rules")[2]["badWords"], ["apple"])


if __name__ == "__main__":
    unittest.main()
