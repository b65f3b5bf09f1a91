"""Viewers keep their place: a replica goes down, starts without a gateway, or has them come back in masses."""

import json
import os
import socket
import time
import unittest

from support import EventSource, StackCase, get, lacks, wait_for
from guildwire.http import post_json
from guildwire.reconnects import measure, metric


class Delivery(StackCase):
    options = {"web": 2, "rate": 50}

    def setUp(self):
        self.stack.wait_until_ready()
        self.set_rate(50)

    def set_rate(self, rate):
        post_json(f"{self.stack.control_url}/control/rate", {"rate": rate})

    def follow(self, url):
        source = EventSource(f"{url}/api/stream")
        self.addCleanup(source.close)
        self.assertIsNotNone(source.wait(lambda event: event[2] == "snapshot", 30))
        return source

    def ids(self, source):
        return [event[1] for event in source.events]

    @staticmethod
    def place(identifier):
        return tuple(map(int, identifier.split("-")))

    def assert_same(self, source, reference):
        """What both were to see, both saw: the same events, once and in the same order; and none had to start over."""
        self.assertFalse([event for event in [*source.events, *reference.events] if event[2] == "reset"])
        wait_for("a place that both have come to", lambda: set(self.ids(source)[-20:]) & set(self.ids(reference)[-20:]), 30)
        mine, other = self.ids(source)[1:], self.ids(reference)[1:]
        common = set(mine) & set(other)
        begin = max(mine.index(next(one for one in mine if one in common)), 0)
        first, last = mine[begin], next(one for one in reversed(mine) if one in common)
        self.assertEqual(mine[begin:mine.index(last) + 1], other[other.index(first):other.index(last) + 1])
        self.assertGreater(len(common), 20)

    def test_a_replica_goes_down_and_its_viewers_lose_nothing(self):
        going, staying = self.stack.web
        reference = self.follow(self.stack.web_urls[1])
        viewers = [self.follow(self.stack.public_url) for _ in range(20)]
        here = int(metric(self.stack.web_urls[0], "guildwire_web_viewers"))
        self.assertGreater(here, 0, "the balancer gave this replica nobody")
        connections = [viewer.connections for viewer in viewers]
        self.assertEqual(going.stop(), 0)
        wait_for("its viewers to come back elsewhere",
                 lambda: sum(one.connections for one in viewers) >= sum(connections) + here, 30)
        moved = [one for one, before in zip(viewers, connections) if one.connections > before]
        self.assertEqual(len(moved), here)
        self.assertTrue(all(0.5 <= one.retry <= 1.5 for one in moved), [one.retry for one in moved])
        self.assertGreater(len({one.retry for one in moved}), 1 if here > 1 else 0, "they would all come at once")
        count = len(reference.events)
        wait_for("more events", lambda: len(reference.events) > count + 50, 30)
        for viewer in viewers:
            self.assert_same(viewer, reference)
        going.start()

    def test_while_a_viewer_drains_others_are_told_to_come_again(self):
        url, process = self.stack.web_urls[0], self.stack.web[0]
        source = self.follow(url)
        first = self.ids(source)[0]
        self.set_rate(2000)
        wait_for("more than a socket holds", lambda: sum(len(event[3]) for event in list(source.events)) > 6 << 20, 60)
        self.set_rate(5)
        port = int(url.rsplit(":", 1)[1])
        # They ask for all of it and read none.
        for _ in range(2):
            lazy = socket.socket()
            self.addCleanup(lazy.close)
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.connect(("127.0.0.1", port))
            lazy.sendall(f"GET /api/stream HTTP/1.1\r\nHost: web\r\nLast-Event-ID: {first}\r\n\r\n".encode())
        wait_for("them to be viewers", lambda: metric(url, "guildwire_web_viewers") >= 3, 20)
        process.send(15)
        wait_for("the replica to go down", lambda: "stopping" in lacks(f"{url}/api/ready"), 10)
        late = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.addCleanup(late.close)
        late.sendall(f"GET /api/stream HTTP/1.1\r\nHost: web\r\nLast-Event-ID: {first}\r\n\r\n".encode())
        answer = b""
        while piece := late.recv(4096):
            answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)
        self.assertRegex(answer, rb"\r\n\r\nretry: \d+\n\n$")
        self.assertEqual(process.child.wait(15), 0)
        process.start()
        self.stack.wait_until_ready()
        # What was in the log before it started is still to be had from it.
        resumed = EventSource(f"{url}/api/stream")
        self.addCleanup(resumed.close)
        self.assertIsNotNone(resumed.wait(lambda event: event[2] == "snapshot", 20))

    def test_a_replica_that_starts_while_the_gateway_is_away_serves_from_redis(self):
        url, process = self.stack.web_urls[1], self.stack.web[1]
        reference = self.follow(self.stack.web_urls[0])
        wait_for("some history", lambda: len(reference.events) > 150, 30)
        # Older than what the replica will have heard itself.
        cursor = self.ids(reference)[20]
        self.stack.gateway.stop()
        process.stop()
        process.start()
        wait_for("it to be ready", lambda: get(f"{url}/api/ready")[0] == 200, 30)
        self.assertIn("gateway", lacks(f"{url}/api/ready"))
        snapshot = json.loads(self.follow(url).events[0][3])
        guild = snapshot["payload"]["guilds"][0]
        before = json.loads(reference.events[0][3])["payload"]["guilds"][0]
        self.assertEqual((guild["id"], guild["name"]), (before["id"], before["name"]))
        self.assertTrue(guild["channels"] and guild["messages"])
        resumed = EventSource(f"{url}/api/stream?lastEventId={cursor}")
        self.addCleanup(resumed.close)
        last = self.ids(reference)[-1]
        self.assertIsNotNone(resumed.wait(lambda event: event[1] == last, 20), "the history is not all there")
        self.assertEqual(self.ids(resumed), self.ids(reference)[21:])
        # What happens in hidden channels comes behind the last that was shown.
        self.assertGreaterEqual(self.place(snapshot["id"]), self.place(last))
        self.stack.gateway.start()
        self.stack.wait_until_ready()
        self.assertIsNotNone(resumed.wait(lambda event: event[1] not in self.ids(reference)[:21] and event[1] != last, 30))

    def test_viewers_come_back_in_masses_and_redis_does_not_notice(self):
        measure(self.stack, count=3_000, open_max=1_000, behind=20)


if __name__ == "__main__":
    unittest.main()
