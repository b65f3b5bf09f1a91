"""Our WebSocket server over real sockets: the opening handshake, which suites leave out, and limits of ours."""

import base64
import hashlib
import struct
import time
import unittest

from http_support import Server, parse, read_all, read_until, request

KEY = base64.b64encode(bytes(range(16))).decode()
ACCEPT = base64.b64encode(hashlib.sha1((KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
GOOD = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY}
MASK = b"\x01\x02\x03\x04"


def handshake(*lines, method="GET", target="/", **changed):
    """A request to upgrade with more lines, and headers (named with underscores) changed, or left out when None."""
    fields = {**GOOD, **{name.replace("_", "-"): value for name, value in changed.items()}}
    return request(method, target, *[f"{name}: {value}" for name, value in fields.items() if value is not None], *lines)


def frame(opcode, payload=b"", final=True, rsv=0, masked=True, length=None):
    length = len(payload) if length is None else length
    first = (0x80 if final else 0) | rsv << 4 | opcode
    bit = 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", first, bit | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, bit | 126, length)
    else:
        head = struct.pack("!BBQ", first, bit | 127, length)
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload))


def frames(data):
    """The (opcode, payload) of a server's frames; whole, final, unmasked ones in the shortest form, or it is a failure."""
    found = []
    while data:
        first, length = data[0], data[1]
        assert first & 0xF0 == 0x80 and length < 128, data[:2]
        start = 2
        if length == 126:
            length, start = struct.unpack("!H", data[2:4])[0], 4
            assert length > 125
        elif length == 127:
            length, start = struct.unpack("!Q", data[2:10])[0], 10
            assert length > 0xFFFF
        assert len(data) >= start + length, "half a frame"
        found.append((first & 15, data[start:start + length]))
        data = data[start + length:]
    return found


class WebSocketCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(mode="ws-echo")
        cls.addClassCleanup(cls.server.stop)

    def opened(self, *lines):
        connection = self.server.connect()
        connection.sendall(handshake(*lines))
        head = read_until(connection, b"\r\n\r\n")
        self.assertTrue(head.endswith(b"\r\n\r\n"))
        return connection, head

    def closed_with(self, data, code):
        """The server's last frame is a close with this code."""
        opcode, payload = frames(data)[-1]
        self.assertEqual((opcode, struct.unpack("!H", payload[:2])[0]), (8, code))
        payload[2:].decode()


class Handshake(WebSocketCase):
    def test_accepted(self):
        table = {
            "as it should be": handshake(),
            "names and tokens in every case": handshake(Upgrade="WebSocket", Connection="keep-alive, UPGRADE"),
            "tokens on two lines": handshake("Connection: keep-alive"),
            "a path with a query": handshake(target="/any/path?agent=a%20b"),
            "compression offered": handshake("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"),
            "a subprotocol offered": handshake("Sec-WebSocket-Protocol: chat, superchat"),
            "an origin": handshake("Origin: null"),
        }
        for name, sent in table.items():
            with self.subTest(name), self.server.connect() as connection:
                connection.sendall(sent)
                response, = parse(read_until(connection, b"\r\n\r\n") )
                self.assertEqual(response.status, 101)
                self.assertEqual(response.headers["sec-websocket-accept"], ACCEPT)
                self.assertEqual((response.headers["upgrade"], response.headers["connection"]), ("websocket", "Upgrade"))
                # What was not agreed on is not named: the offer is declined.
                self.assertFalse({"sec-websocket-extensions", "sec-websocket-protocol"} & set(response.headers))

    def test_refused(self):
        table = {
            "no Upgrade": (handshake(Upgrade=None), 426), "another Upgrade": (handshake(Upgrade="h2c"), 426),
            "no Connection": (handshake(Connection=None), 426),
            "another Connection": (handshake(Connection="keep-alive"), 426),
            "HTTP/1.0": (handshake().replace(b"HTTP/1.1", b"HTTP/1.0"), 426),
            "a body": (handshake("Content-Length: 1") + b"a", 426),
            "no version": (handshake(Sec_WebSocket_Version=None), 426),
            "an old version": (handshake(Sec_WebSocket_Version="8"), 426),
            "two versions": (handshake("Sec-WebSocket-Version: 8"), 426),
            "a list of versions": (handshake(Sec_WebSocket_Version="13, 8"), 426),
            "no key": (handshake(Sec_WebSocket_Key=None), 400), "two keys": (handshake(f"Sec-WebSocket-Key: {KEY}"), 400),
            "an empty key": (handshake(Sec_WebSocket_Key=""), 400),
            "a key of 15 bytes": (handshake(Sec_WebSocket_Key=base64.b64encode(b"a" * 15).decode()), 400),
            "a key of 17 bytes": (handshake(Sec_WebSocket_Key=base64.b64encode(b"a" * 17).decode()), 400),
            "a key without padding": (handshake(Sec_WebSocket_Key=KEY[:-2]), 400),
            "a key of other letters": (handshake(Sec_WebSocket_Key=KEY[:-3] + "_=="), 400),
            "POST": (handshake(method="POST"), 405),
        }
        for name, (sent, status) in table.items():
            with self.subTest(name):
                responses = parse(self.server.exchange(sent + request("GET", "/", "Connection: close")))
                self.assertEqual(responses[0].status, status)
                if "version" in name:
                    self.assertEqual(responses[0].headers["sec-websocket-version"], "13")


class Frames(WebSocketCase):
    def test_frames_behind_the_handshake_in_one_piece(self):
        data = self.server.exchange(handshake() + frame(1, b"a") + frame(9, b"b") + frame(8, b"\x03\xe8bye"))
        head, _, rest = data.partition(b"\r\n\r\n")
        self.assertEqual(frames(rest), [(1, b"a"), (10, b"b"), (8, b"\x03\xe8")])

    def test_cut_at_every_place(self):
        sent = handshake() + frame(1, "aä".encode(), final=False) + frame(9) + frame(0, "€".encode()) + frame(8)
        connections = [(place, self.server.connect()) for place in range(1, len(sent))]
        for place, connection in connections:
            connection.sendall(sent[:place])
        time.sleep(0.05)  # The first pieces are read by now; should one not be, its case only proves less.
        for place, connection in connections:
            with self.subTest(place), connection:
                connection.sendall(sent[place:])
                rest = read_all(connection).partition(b"\r\n\r\n")[2]
                self.assertEqual(frames(rest), [(10, b""), (1, "aä€".encode()), (8, b"")])

    def test_refused_frames(self):
        big = 16 << 20
        table = {
            "not masked": (frame(1, b"a", masked=False), 1002),
            "compressed although declined": (frame(1, b"a", rsv=4), 1002),
            "other reserved bits": (frame(1, b"a", rsv=1), 1002), "an unknown opcode": (frame(3), 1002),
            "an unknown control opcode": (frame(11), 1002), "a fragmented ping": (frame(9, final=False), 1002),
            "a ping of 126 bytes": (frame(9, b"a" * 126), 1002), "nothing to continue": (frame(0, b"a"), 1002),
            "a message within a message": (frame(1, b"a", final=False) + frame(1, b"b"), 1002),
            "a long length for a short payload": (b"\x81\xfe\x00\x01" + MASK + b"a", 1002),
            "the longest length for a short payload": (b"\x81\xff" + bytes(7) + b"\x01" + MASK + b"a", 1002),
            "a length with its first bit set": (b"\x82\xff\xff" + bytes(7) + MASK, 1002),
            "half a close code": (frame(8, b"\x03"), 1002), "a close code of nobody": (frame(8, b"\x03\xec"), 1002),
            "a close reason that is no UTF-8": (frame(8, b"\x03\xe8\xff"), 1007),
            "text that is no UTF-8": (frame(1, b"\xff"), 1007),
            "half a character at the end": (frame(1, b"\xe2\x82"), 1007),
            "a surrogate over two frames": (frame(1, b"\xed", final=False) + frame(0, b"\xa0\x80"), 1007),
            # Announced is enough: the rest is not waited for.
            "a frame past the limit": (frame(2, length=big + 1), 1009),
            "a message past the limit": (frame(2, b"a", final=False) + frame(0, b"a", length=big), 1009),
            "a frame of 2^62 bytes": (frame(2, length=1 << 62), 1009),
        }
        for name, (sent, code) in table.items():
            with self.subTest(name):
                connection, _ = self.opened()
                with connection:
                    connection.sendall(sent)
                    self.closed_with(read_all(connection), code)

    def test_a_client_that_ends_its_side_has_had_its_echoes(self):
        connection, _ = self.opened()
        with connection:
            connection.sendall(frame(2, b"x" * 100_000))
            data = b""
            while len(data) < 100_010:
                data += connection.recv(1 << 16)
            connection.shutdown(1)
            self.assertEqual(frames(data + read_all(connection)), [(2, b"x" * 100_000)])


if __name__ == "__main__":
    unittest.main()
