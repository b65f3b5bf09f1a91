"""`scripts/session`: the cookies it makes are the service's, and what it revokes is in Redis."""

import contextlib
import io
import json
import os
import subprocess
import tempfile
import time
import unittest

from support import Failure, Family, ROOT, inside_path, read

from guildwire import session
from guildwire.servers import Redis

SECRET = "0123456789abcdef0123456789abcdef"
ID = "00112233445566778899aabbccddeeff"
# In Tests/WebTests/SessionKeysTests.swift too.
COOKIE = ("v1."
          "eyJ1IjoiODAzNTExMTAyMjQ2Nzg5MTIiLCJzIjoiMDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmYiLCJp"
          "IjoxODAwMDAwMDAwLCJlIjoxODAwMDAzNjAwfQ"
          ".gDn1jWNHq_VdszSoRWH2H5Z7V5HfAl76p0jx8hYj3MQ")


def run(*arguments):
    """(exit status, standard output, standard error)"""
    result = subprocess.run([os.path.join(ROOT, "scripts", "session"), *arguments], capture_output=True, text=True)
    return result.returncode, result.stdout.strip(), result.stderr


class Minting(unittest.TestCase):
    def test_a_cookie_is_made_as_the_service_makes_it(self):
        self.assertEqual(session.mint("80351110224678912", SECRET, 1_800_000_000, 1_800_003_600, ID), COOKIE)
        swift = read("Tests/WebTests/SessionKeysTests.swift")
        for part in ("eyJ1IjoiODAz", "IjoxODAw", COOKIE.rsplit(".", 1)[1]):
            self.assertIn(part, swift)

    def test_it_says_who_and_how_long(self):
        status, value, _ = run("--user", "42", "--hours", "2", "--secret", f"{SECRET},another")
        self.assertEqual(status, 0)
        payload = session.read(value)
        self.assertEqual(payload["u"], "42")
        self.assertEqual(payload["e"] - payload["i"], 7200)
        self.assertLess(abs(payload["i"] - time.time()), 60)
        self.assertEqual(value, session.mint("42", SECRET, payload["i"], payload["e"], payload["s"]))
        self.assertNotEqual(session.read(run("--user", "42", "--secret", SECRET)[1])["s"], payload["s"])

    def test_the_header_is_whole(self):
        status, header, _ = run("--user", "42", "--secret", SECRET, "--header")
        self.assertEqual(status, 0)
        self.assertTrue(header.startswith("Cookie: guildwire_session=v1."), header)
        self.assertEqual(session.read(header)["u"], "42")

    def test_what_is_wrong_is_said(self):
        for arguments, status in [
            ([], 2), (["--user", "me", "--secret", SECRET], 2), (["--user", "0", "--secret", SECRET], 2),
            (["--user", str(1 << 64), "--secret", SECRET], 2), (["--user", "1", "--hours", "721", "--secret", SECRET], 2),
            (["--user", "1", "--hours", "0", "--secret", SECRET], 2), (["--user", "1", "--revoke", COOKIE], 2),
            (["--user", "1", "--endpoints", "/nonexistent/endpoints.json"], 1),
            (["--revoke", COOKIE, "--endpoints", "/nonexistent/endpoints.json"], 1),
        ]:
            with self.subTest(arguments=arguments):
                found, output, errors = run(*arguments)
                self.assertEqual(found, status, errors)
                self.assertEqual(output, "")
                self.assertNotIn("Traceback", errors)

    def test_a_value_that_is_none_is_refused(self):
        for value in ["", "v1", "v1.a.b", "v2." + COOKIE[3:], "v1.bm9uc2Vuc2U.x", COOKIE.replace("LCJzIjoi", "LCJ0Ijoi"), "v1.W10.x"]:
            with self.subTest(value=value), self.assertRaises(Failure):
                session.read(value)


class Revoking(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="guildwire-session-")
        self.addCleanup(folder.cleanup)
        family = Family()
        self.addCleanup(family.stop)
        self.redis = Redis(family, folder.name)
        self.endpoints = os.path.join(folder.name, "endpoints.json")
        with open(self.endpoints, "w") as file:
            json.dump({"redis": self.redis.url, "tokens": {"session_secret": SECRET}}, file)

    def test_the_demos_secret_signs_and_its_redis_is_told(self):
        status, value, errors = run("--user", "42", "--endpoints", self.endpoints)
        self.assertEqual(status, 0, errors)
        payload = session.read(value)
        self.assertEqual(value, session.mint("42", SECRET, payload["i"], payload["e"], payload["s"]))
        status, said, errors = run("--revoke", value, "--endpoints", self.endpoints)
        self.assertEqual((status, said), (0, f"revoked {payload['s']}"), errors)
        kept = subprocess.run([inside_path("redis-cli"), "-p", str(self.redis.port), "ZRANGE", "guildwire:sessions:revoked",
                               "0", "-1", "WITHSCORES"], capture_output=True, text=True).stdout.split()
        self.assertEqual(kept, [payload["s"], str(payload["e"])])

    def test_a_redis_that_refuses_is_heard(self):
        session.command(self.redis.url, "SET", session.REVOKED, "a text")
        with contextlib.redirect_stdout(io.StringIO()), self.assertRaisesRegex(Failure, "WRONGTYPE"):
            session.main(["--revoke", COOKIE, "--endpoints", self.endpoints])


if __name__ == "__main__":
    unittest.main()
