"""The Discord of `scripts/gateway-bench`: REST enough to log in, and a gateway that sends what was encoded beforehand.

    python -m guildwire.benchfeeder --port P --dispatches N --members N --warm-up N --seed S

Sends Hello, then for an IDENTIFY READY, the guild and the warm-up, and for `GET /go` the dispatches as fast as the client takes
them. `GET /sizes` tells the number of the last dispatch and the bytes.
"""

import argparse
import base64
import hashlib
import json
import socket
import struct
import threading
import zlib

from .benchstream import BOT, Stream, payload

KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY = 0x81, 0x82


def frame(opcode, body):
    if len(body) < 126:
        return struct.pack("!BB", opcode, len(body)) + body
    if len(body) < 1 << 16:
        return struct.pack("!BBH", opcode, 126, len(body)) + body
    return struct.pack("!BBQ", opcode, 127, len(body)) + body


class Encoder:
    """Messages as frames of one connection."""

    def __init__(self, compression):
        self.deflater = zlib.compressobj(6) if compression == "zlib-stream" else None

    def __call__(self, message):
        if not self.deflater:
            return frame(TEXT, message)
        return frame(BINARY, self.deflater.compress(message) + self.deflater.flush(zlib.Z_SYNC_FLUSH))


class Feeder:
    def __init__(self, options):
        self.address = f"ws://127.0.0.1:{options.port}"
        self.go = threading.Event()
        stream = Stream(options.members, options.seed)
        self.hello = json.dumps(stream.hello()).encode()
        opening = [stream.ready(self.address), stream.guild_create(), *stream.dispatches(options.warm_up)]
        if options.crowd:
            opening.append(stream.crowd_create(options.crowd))
            burst = [*stream.crowd(options.crowd), stream.last]
        else:
            burst = [*stream.dispatches(options.dispatches - 1), stream.last]
        numbered = [payload(number, *each) for number, each in enumerate([*opening, *burst], 1)]
        self.opening, self.burst = numbered[:len(opening)], numbered[len(opening):]
        self.sizes = {"opening": len(opening), "last": len(numbered), "bytes": sum(map(len, self.burst))}
        self.parts = {}
        for compression in ("zlib-stream", "none"):
            encode = Encoder(compression)
            hello, opening = encode(self.hello), b"".join(map(encode, self.opening))
            self.parts[compression] = hello, opening, b"".join(map(encode, self.burst))
            self.sizes[compression] = len(self.parts[compression][2])

    def serve(self, port):
        with socket.create_server(("127.0.0.1", port), backlog=16) as server:
            print("listening", flush=True)
            while True:
                client, _ = server.accept()
                threading.Thread(target=self.answer, args=(client,), daemon=True).start()

    def answer(self, client):
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = client.makefile("rb")
            try:
                while line := reader.readline():
                    target = line.split()[1].decode()
                    headers = {}
                    while (field := reader.readline().strip()):
                        name, _, value = field.decode().partition(":")
                        headers[name.lower()] = value.strip()
                    reader.read(int(headers.get("content-length", 0)))
                    if headers.get("upgrade", "").lower() == "websocket":
                        return self.session(client, reader, target, headers)
                    self.rest(client, target)
            except OSError:
                pass

    def rest(self, client, target):
        user = {"id": str(BOT), "username": "bench", "discriminator": "0", "global_name": None, "avatar": None, "bot": True,
                "flags": 0, "public_flags": 0, "verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"}
        status = "200 OK"
        if target == "/go":
            self.go.set()
            value = {}
        elif target == "/sizes":
            value = self.sizes
        elif target.endswith("/gateway/bot"):
            limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
            value = {"url": self.address, "shards": 1, "session_start_limit": limit}
        elif target.endswith("/gateway"):
            value = {"url": self.address}
        elif target.endswith("/users/@me"):
            value = user
        elif target.endswith("/oauth2/applications/@me") or target.endswith("/applications/@me"):
            value = {"id": str(BOT), "name": "bench", "icon": None, "description": "", "summary": "", "bot_public": True,
                     "bot_require_code_grant": False, "verify_key": "0" * 64, "flags": 0, "owner": user, "team": None}
        else:
            status, value = "404 Not Found", {"code": 0, "message": "404: Not Found"}
        body = json.dumps(value).encode()
        client.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def session(self, client, reader, target, headers):
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + KEY).encode()).digest()).decode()
        client.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        compression = "zlib-stream" if "compress=zlib-stream" in target else "none"
        hello, opening, burst = self.parts[compression]
        client.sendall(hello)
        while (message := self.read(reader)) is not None:
            if message.get("op") != 2:
                # A beat at the start is nobody's business here; a resume means that the client was lost on the way.
                if message.get("op") == 6:
                    print("a client asked to resume", flush=True)
                continue
            self.go.clear()
            client.sendall(opening)
            self.go.wait()
            client.sendall(burst)

    def read(self, reader):
        """The next message of the client; None at its end. Control frames are passed over."""
        while True:
            head = reader.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return None
            count = head[1] & 127
            if count > 125:
                count = int.from_bytes(reader.read(2 if count == 126 else 8), "big")
            mask = reader.read(4)
            body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(reader.read(count)))
            if head[0] & 15 in (1, 2):
                return json.loads(body)


def main():
    parser = argparse.ArgumentParser()
    for name in ("port", "dispatches", "members", "warm-up", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--crowd", type=int, default=0, help="instead of dispatches: a second guild's members and their presences")
    options = parser.parse_args()
    Feeder(options).serve(options.port)


if __name__ == "__main__":
    main()
