"""`/api/ws` with a client of somebody else's, against real replicas behind the real proxy."""

import base64
import hashlib
import json
import os
import socket
import struct
import unittest
import urllib.parse

from support import EventSource, Failure, StackCase, get, wait_for
from guildwire.feed import Feed, load
from guildwire.http import post_json

MASK = b"\x11\x22\x33\x44"


def frame(opcode, payload=b"", first=0x80, length=None):
    """A masked frame; `length` as announced, `first` the bits before the opcode."""
    length = len(payload) if length is None else length
    head = struct.pack("!BB", first | opcode, 0x80 | length) if length < 126 else \
        struct.pack("!BBQ", first | opcode, 0xFF, length) if length > 0xFFFF else \
        struct.pack("!BBH", first | opcode, 0xFE, length)
    return head + MASK + bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


class Raw:
    """A WebSocket by hand, for what no library would send."""

    def __init__(self, url, target="/api/ws", headers=()):
        place = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((place.hostname, place.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {target} HTTP/1.1", f"Host: {place.netloc}", "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.reader = self.socket.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.reader.readline()
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.is_accepted = base64.b64encode(digest) in self.head

    def close(self):
        self.reader.close()
        self.socket.close()

    def next(self):
        """(opcode, payload) of the next frame; None at the end."""
        head = self.reader.read(2)
        if len(head) < 2:
            return None
        assert head[0] & 0xF0 == 0x80 and head[1] < 128, head
        length = head[1]
        if length > 125:
            length = struct.unpack("!H" if length == 126 else "!Q", self.reader.read(2 if length == 126 else 8))[0]
        return head[0] & 15, self.reader.read(length)

    def close_code(self):
        """Of the close frame that ends it; nothing may follow that."""
        while (got := self.next()) is not None:
            if got[0] == 8:
                assert self.next() is None, "something follows the close"
                return struct.unpack("!H", got[1][:2])[0]
        return None


class TheFeed(StackCase):
    options = {"web": 2, "rate": 50}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.websockets = load(cls.made.scratch)
        except Failure as error:
            raise unittest.SkipTest(f"websockets cannot be installed here: {error}") from None

    def setUp(self):
        self.stack.wait_until_ready()
        post_json(f"{self.stack.control_url}/control/rate", {"rate": 50})

    def follow(self, url, query="", **options):
        feed = Feed(self.websockets, f"{url}/api/ws{query}", **options)
        self.addCleanup(feed.close)
        wait_for("the snapshot", lambda: feed.events, 30)
        return feed

    def stream(self, url):
        source = EventSource(f"{url}/api/stream")
        self.addCleanup(source.close)
        self.assertIsNotNone(source.wait(lambda event: event[2] == "snapshot", 30))
        return source

    def connect(self, url=None, query="", **options):
        url = (url or self.stack.public_url).replace("http://", "ws://")
        return self.enterContext(
            self.websockets.sync.client.connect(f"{url}/api/ws{query}", max_size=None, proxy=None, **options))

    def assert_same(self, feed, source, count=100):
        """What both were to see, both saw: the same ids, names and data, once and in the same order."""
        start = len(source.events)
        wait_for("events", lambda: len(source.events) > start + count, 30)
        last = source.events[-1][1]
        wait_for("them here too", lambda: any(event[1] == last for event in list(feed.events)), 30)
        mine, other = ([event[1:] for event in list(one.events) if event[2] not in ("snapshot", "reset")] for one in (feed, source))
        common = {event[0] for event in mine} & {event[0] for event in other}
        self.assertGreater(len(common), count)
        first = next(event for event in mine if event[0] in common)
        mine, other = mine[mine.index(first):], other[other.index(first):]
        end = min(len(mine), len(other))
        self.assertEqual(mine[:end], other[:end])
        self.assertFalse([event for event in list(feed.events) if event[2] == "reset"])

    def test_the_same_events_in_the_same_order_as_a_stream(self):
        source, feed = self.stream(self.stack.public_url), self.follow(self.stack.public_url)
        self.assertEqual(feed.events[0][2], "snapshot")
        self.assertEqual(json.loads(feed.events[0][3])["payload"]["guilds"][0]["id"],
                         json.loads(source.events[0][3])["payload"]["guilds"][0]["id"])
        self.assert_same(feed, source)

    def test_whoever_comes_back_again_and_again_misses_nothing_and_gets_nothing_twice(self):
        source, feed = self.stream(self.stack.public_url), self.follow(self.stack.public_url)
        feed.retry = 0.05
        for _ in range(10):
            count, connections = len(feed.events), feed.connections
            feed.socket.close()
            wait_for("more", lambda: feed.connections > connections and len(feed.events) > count + 5, 30)
        self.assertEqual(set(feed.ends), {1000})
        self.assert_same(feed, source)

    def test_a_replica_goes_down_and_says_when_to_come_again(self):
        going, staying = self.stack.web
        source = self.stream(self.stack.web_urls[1])
        feed = self.follow(self.stack.web_urls[0])
        feed.url = feed.url.replace(self.stack.web_urls[0].replace("http", "ws"), self.stack.public_url.replace("http", "ws"))
        self.addCleanup(going.start)
        self.assertEqual(going.stop(), 0)
        wait_for("it to come back elsewhere", lambda: feed.connections == 2, 30)
        self.assertEqual(feed.ends, [1012])
        self.assertTrue(0.5 <= feed.retry <= 1.5, feed.retry)
        self.assert_same(feed, source)

    def test_pings_are_answered_and_a_close_is_too(self):
        peer = self.connect(subprotocols=["other", "guildwire.v1"])
        self.assertEqual(peer.subprotocol, "guildwire.v1")
        for payload in (b"", b"x" * 125):
            self.assertTrue(peer.ping(payload).wait(10))
        peer.close(1001, "enough")
        self.assertEqual((peer.close_code, peer.protocol.close_rcvd.code), (1001, 1001))

    def test_what_is_said_ends_it_with_its_code(self):
        peer = self.connect()
        peer.send("hello")
        with self.assertRaises(self.websockets.exceptions.ConnectionClosed) as raised:
            while True:
                peer.recv(timeout=20)
        self.assertEqual(raised.exception.rcvd.code, 1003)
        for bytes, code in ((frame(2, b"x"), 1003), (frame(1, b"x", first=0), 1003), (frame(0, b"x"), 1002),
                            (frame(9, b"x", first=0xC0), 1002), (frame(3), 1002), (b"\x89\x01x", 1002),
                            (frame(9, b"x", first=0), 1002), (frame(9, b"x" * 126), 1002), (frame(2, length=1 << 40), 1009),
                            (frame(2, b"x" * 126), 1009), (frame(8, b"\x03\xe8\xff"), 1007), (frame(8, b"\x03"), 1002),
                            (frame(8, b"\x0b\xb8late"), 3000), (frame(9, b"x") * 200, 1008)):
            raw = Raw(self.stack.web_urls[0])
            self.addCleanup(raw.close)
            self.assertTrue(raw.is_accepted)
            raw.socket.sendall(bytes)
            self.assertEqual(raw.close_code(), code, bytes[:20])

    def test_frames_of_one_byte_each_are_frames(self):
        raw = Raw(self.stack.public_url)
        self.addCleanup(raw.close)
        raw.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(3):
            for byte in frame(9, b"ping %d" % number):
                raw.socket.sendall(bytes([byte]))
            while (got := raw.next())[0] != 10:
                self.assertEqual(got[0], 1)
            self.assertEqual(got[1], b"ping %d" % number)

    def test_a_page_of_another_site_is_refused_and_plain_http_is_told_what_this_is(self):
        refused = self.websockets.exceptions.InvalidStatus
        with self.assertRaises(refused) as raised:
            self.connect(origin="https://elsewhere.test")
        self.assertEqual(raised.exception.response.status_code, 403)
        self.connect(origin=self.stack.public_url).recv(timeout=20)
        with self.assertRaises(refused) as raised:
            self.connect(query="?guild=nonsense")
        self.assertEqual(raised.exception.response.status_code, 400)
        with self.assertRaises(refused) as raised:
            self.connect(subprotocols=["graphql-ws"])
        self.assertEqual(raised.exception.response.status_code, 400)
        status, body = get(f"{self.stack.public_url}/api/ws")
        self.assertEqual((status, json.loads(body)["status"]), (426, 426))
        with self.assertRaises(self.websockets.exceptions.ConnectionClosed) as raised:
            peer = self.connect(query="?guild=1")
            while True:
                message = json.loads(peer.recv(timeout=20))
                self.assertEqual(message["type"], "retry")
        self.assertEqual(raised.exception.rcvd.code, 1013)


if __name__ == "__main__":
    unittest.main()
