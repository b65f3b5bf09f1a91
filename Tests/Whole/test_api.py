"""The API against its own document, by schemathesis: as who has logged in, with a program's key, and as nobody."""

import json
import os
import re
import subprocess
import time
import unittest
import urllib.request

from support import ROOT, StackCase
from guildwire import peers, session

# Of each of the three runs; the whole stays within 90 s.
SECONDS = 24
EXAMPLES = 40
# Left out, each for a reason:
#   streams have no end, and the WebSocket's answer is no HTTP; Tests/WebTests reads both
#   /auth/ leads to another site, whose part schemathesis cannot play; Tests/Whole/test_login.py does
#   logOut ends the session that all other calls are made with; `test_logging_out_answers_as_documented` calls it
ENDLESS = r"^/(api/stream|api/ws|auth/.*)$"
LOG_OUT = "logOut"
# Left out: positive_data_acceptance, since no schema can say that `from` lies before `to`, that a cursor is one of ours, that an
# `after` is still held, or that an If-Match is the present one; and what asks for a chain of calls that belong together.
CHECKS = ",".join(("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
                   "response_schema_conformance", "negative_data_rejection", "unsupported_method", "allow_header_conformance",
                   "missing_required_header", "ignored_auth"))

REFUSALS = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428, 429, 431]


def requirements():
    with open(os.path.join(ROOT, "Tests", "Whole", "requirements.txt")) as file:
        return "\n".join(line.strip() for line in file if line.strip() and not line.startswith("#"))


class Document(StackCase):
    # Two thousand requests a minute from one address are what is meant here.
    options = {"access": "login", "guilds": 1, "members": 30, "rate": 2,
               "web_settings": {"RATE_LIMITS": "address=1000000,login=1000000,session=1000000"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.python = peers.python(cls.made.scratch, cls.made.progress, requirements(), "schemathesis")
        cls.web = cls.stack.web_urls[0]
        cls.guild = cls.stack.snapshot()["payload"]["guilds"][0]["id"]

    def cookie(self, role="owner"):
        now = int(time.time())
        return f"{session.NAME}={session.mint(self.stack.roles()[role], self.stack.tokens['session'], now, now + 600)}"

    def call(self, method, path, body=None, **headers):
        """(status, headers, value)"""
        request = urllib.request.Request(self.web + path, None if body is None else json.dumps(body).encode(), {
            "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin", **headers}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
                return answer.status, answer.headers, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.load(error)

    def try_all(self, *headers, leave_out=()):
        """Runs schemathesis; fails with what it found."""
        settings = os.path.join(self.made.folder, "schemathesis.toml")
        with open(settings, "w") as file:
            # Too long is refused too, before the table is asked.
            file.write(f'[parameters]\n"path.guild" = "{self.guild}"\n\n[checks]\nnegative_data_rejection.expected-statuses = {REFUSALS}\n')
        command = [self.python, "-m", "schemathesis.cli", "--config-file", settings, "--no-color", "run", f"{self.web}/api/openapi.json",
                   "--phases", "coverage,fuzzing", "--max-time", str(SECONDS), "-n", str(EXAMPLES), "--continue-on-failure",
                   "--checks", CHECKS, "--exclude-path-regex", ENDLESS, "--generation-with-security-parameters", "false",
                   "--generation-database", "none", "--request-timeout", "10", "--warnings", "off"]
        for header in ("Sec-Fetch-Site: same-origin", *headers):
            command += ["-H", header]
        for name in leave_out:
            command += ["--exclude-operation-id", name]
        run = subprocess.run(command, cwd=self.made.folder, capture_output=True, text=True, timeout=SECONDS * 4)
        self.assertEqual(run.returncode, 0, run.stdout[-12_000:] + run.stderr[-2_000:])
        tested, cases = re.search(r"Tested: (\d+)", run.stdout), re.search(r"(\d+) generated", run.stdout)
        print(f"({tested[1]} operations, {cases[1]} calls) ", end="", flush=True)
        self.assertGreater(int(tested[1]), 20)
        self.assertGreater(int(cases[1]), 300)

    def test_as_who_has_logged_in(self):
        self.try_all(f"Cookie: {self.cookie()}", leave_out=(LOG_OUT,))

    def test_with_a_programs_key(self):
        scopes = ["stream", "guild:read", "members:read", "messages:read", "activity:read", "settings:read"]
        cookie = self.cookie()
        # The free tier's quota would be used up at once.
        status, _, _ = self.call("PUT", "/api/tiers/free", {"perMinute": 1_000_000, "perDay": 1_000_000_000}, Cookie=cookie)
        self.assertEqual(status, 200)
        status, _, made = self.call("POST", f"/api/guilds/{self.guild}/keys", {"kind": "api", "name": "schemathesis", "scopes": scopes},
                                    Cookie=cookie)
        self.assertEqual(status, 201)
        self.try_all(f"Authorization: Bearer {made['token']}")

    def test_as_nobody(self):
        self.try_all()

    def test_logging_out_answers_as_documented(self):
        cookie = self.cookie("member")
        self.assertEqual(self.call("POST", "/api/logout", {"everywhere": False}, Cookie=cookie)[0], 204)
        self.assertEqual(self.call("POST", "/api/logout", {"everywhere": False}, Cookie=cookie)[0], 401)
        documented = self.call("GET", "/api/openapi.json")[2]["paths"]["/api/logout"]["post"]["responses"]
        self.assertLessEqual({"204", "401"}, set(documented))


if __name__ == "__main__":
    unittest.main()
