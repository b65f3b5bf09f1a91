"""Parts that are absent at the start or go away later: the others wait, say so, and go on when they are back."""

import json
import os
import shutil
import unittest

from support import EventSource, Failure, StackCase, get, lacks, wait_for
from guildwire.check import is_message, send_message


class BadDays(StackCase):
    options = {"web": 2, "rate": 20}

    def setUp(self):
        self.stack.wait_until_ready()
        self.source = EventSource(f"{self.stack.web_urls[0]}/api/stream")
        self.addCleanup(self.source.close)
        first = self.source.wait(lambda event: event[2] == "snapshot", 20)
        self.view = json.loads(first[3])["payload"]["guilds"][0]

    def comes_out(self, source, text):
        identifier, _, _ = send_message(self.stack, self.view, text)
        self.assertIsNotNone(source.wait(is_message(identifier), 30), f"lost: {text}")
        return identifier

    def in_database(self, identifier):
        try:
            wait_for("the row", lambda: self.stack.postgres.query(
                f"SELECT count(*) FROM message_events WHERE message_id = {identifier}") == "1", 30, every=0.1)
        except Failure as failure:
            missing = lacks(f"http://127.0.0.1:{self.stack.analytics_port}/ready")
            raise Failure(f"{failure}; analytics lacks {missing}:\n{self.stack.analytics.last_lines()}") from None

    def assert_gap_free(self, source):
        self.assertFalse([event for event in source.events if event[2] == "reset"])
        numbers = [tuple(map(int, event[1].split("-"))) for event in source.events[1:]]
        self.assertEqual(numbers, sorted(set(numbers)))

    def test_redis_goes_and_comes_back(self):
        redis = self.stack.redis.process
        redis.kill()
        for url in self.stack.web_urls:
            wait_for("web to miss Redis", lambda: "bus" in lacks(f"{url}/api/ready"), 20)
        wait_for("analytics to miss Redis",
                 lambda: get(f"http://127.0.0.1:{self.stack.analytics_port}/ready")[0] == 503, 20)
        identifier, _, _ = send_message(self.stack, self.view, "Said while Redis was away")
        redis.start()
        self.assertIsNotNone(self.source.wait(is_message(identifier), 40))
        self.in_database(identifier)
        self.in_database(self.comes_out(self.source, "Said after Redis came back"))
        self.assert_gap_free(self.source)

    def test_redis_comes_back_empty(self):
        redis = self.stack.redis.process
        redis.kill()
        for name in os.listdir(self.stack.redis.folder):
            path = os.path.join(self.stack.redis.folder, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        redis.start()
        # Every replica names the new bus, one that starts now included; the gateway sends on what it holds.
        self.stack.web[1].kill()
        self.stack.web[1].start()
        self.stack.wait_until_ready()
        late = EventSource(f"{self.stack.web_urls[1]}/api/stream")
        self.addCleanup(late.close)
        self.assertIsNotNone(late.wait(lambda event: event[2] == "snapshot", 30))
        identifier = self.comes_out(late, "Said after Redis came back empty")
        self.assertIsNotNone(self.source.wait(is_message(identifier), 30))
        self.in_database(identifier)
        for url in self.stack.web_urls:
            wait_for("the link", lambda: "gateway" not in lacks(f"{url}/api/ready"), 20)

    def test_postgres_goes_and_comes_back(self):
        self.stack.postgres.process.kill()
        wait_for("analytics to miss PostgreSQL",
                 lambda: get(f"http://127.0.0.1:{self.stack.analytics_port}/ready")[0] == 503, 30)
        identifier = self.comes_out(self.source, "Said while PostgreSQL was away")
        self.stack.postgres.start_again()
        self.in_database(identifier)
        self.assert_gap_free(self.source)

    def test_a_replica_is_killed_and_its_viewers_go_on_at_another(self):
        first, second = self.stack.web
        other = EventSource(f"{self.stack.public_url}/api/stream")
        self.addCleanup(other.close)
        self.assertIsNotNone(other.wait(lambda event: event[2] == "snapshot", 20))
        first.kill()
        self.comes_out(other, "Said when one replica was left")
        self.assert_gap_free(other)
        first.start()
        self.stack.wait_until_ready()
        self.comes_out(self.source, "Said when it was back")
        self.assert_gap_free(self.source)

    def test_analytics_is_killed_and_misses_nothing(self):
        self.stack.analytics.kill()
        identifier = self.comes_out(self.source, "Said while analytics was away")
        self.stack.analytics.start()
        self.in_database(identifier)

    def test_the_gateway_is_away_and_web_serves_on(self):
        gateway = self.stack.gateway
        gateway.stop()
        self.assertEqual(gateway.child.returncode, 0)
        wait_for("web to note it", lambda: "gateway" in lacks(f"{self.stack.web_urls[0]}/api/ready"), 20)
        late = EventSource(f"{self.stack.web_urls[1]}/api/stream")
        self.addCleanup(late.close)
        self.assertIsNotNone(late.wait(lambda event: event[2] == "snapshot", 20), "served from Redis")
        before = self.stack.sessions()["identifies"]
        identifier, _, _ = send_message(self.stack, self.view, "Said while the gateway was stopped")
        gateway.start()
        self.assertIsNotNone(self.source.wait(is_message(identifier), 30))
        self.assertEqual(self.stack.sessions()["identifies"], before, "a deploy costs no IDENTIFY")
        self.assert_gap_free(self.source)


if __name__ == "__main__":
    unittest.main()
