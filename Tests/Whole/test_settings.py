"""Wrong or missing settings: one report with every problem, exit 78, and no secret in it."""

import os
import subprocess
import unittest

from support import Options, ROOT  # noqa: F401


class Settings(unittest.TestCase):
    def run_service(self, name, **settings):
        binary = os.path.join(Options().scratch, "release", name)
        return subprocess.run([binary], env=settings, capture_output=True, text=True, timeout=20, cwd=ROOT)

    def test_every_problem_is_in_one_report_and_the_status_is_78(self):
        table = [
            ("Gateway", {}, ["DISCORD_BOT_TOKEN", "LINK_TOKEN"]),
            ("Gateway", {"DISCORD_BOT_TOKEN": "t", "LINK_TOKEN": "l", "GATEWAY_WS_PORT": "http", "DISCORD_SHARDS": "x"},
             ["GATEWAY_WS_PORT", "DISCORD_SHARDS"]),
            ("Web", {}, ["LINK_TOKEN", "SESSION_SECRET"]),
            ("Web", {"LINK_TOKEN": "l", "SESSION_SECRET": "s", "WEB_ACCESS": "open", "WEB_HOST": "0.0.0.0",
                     "REDIS_URL": "http://x", "GATEWAY_WS_URL": "ftp://x"},
             ["WEB_ACCESS", "REDIS_URL", "GATEWAY_WS_URL", "SESSION_SECRET"]),
            ("Web", {"LINK_TOKEN": "l", "SESSION_SECRET": "s" * 32 + "," + "t" * 31}, ["SESSION_SECRET"]),
            ("Analytics", {}, ["REDIS_URL", "DATABASE_URL"]),
            ("Analytics", {"REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgresql://x/y", "RETENTION_DAYS": "-3"},
             ["RETENTION_DAYS"]),
        ]
        for name, settings, expected in table:
            with self.subTest(service=name, settings=settings):
                run = self.run_service(name, **settings)
                self.assertEqual(run.returncode, 78, run.stderr)
                for setting in expected:
                    self.assertIn(setting, run.stderr)

    def test_a_secret_is_not_in_the_report(self):
        run = self.run_service("Gateway", DISCORD_BOT_TOKEN="very-secret-token", GATEWAY_WS_PORT="none")
        self.assertEqual(run.returncode, 78)
        self.assertNotIn("very-secret-token", run.stderr + run.stdout)
        run = self.run_service("Web", LINK_TOKEN="l", SESSION_SECRET="short-but-secret")
        self.assertEqual(run.returncode, 78)
        self.assertNotIn("short-but-secret", run.stderr + run.stdout)

    def test_a_setting_can_stand_in_a_file(self):
        run = self.run_service("Gateway", DISCORD_BOT_TOKEN_FILE="/nonexistent/token", LINK_TOKEN="l")
        self.assertEqual(run.returncode, 78)
        self.assertIn("DISCORD_BOT_TOKEN", run.stderr)


if __name__ == "__main__":
    unittest.main()
