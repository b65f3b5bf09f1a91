"""A replica for `scripts/gateway-bench`: links to a gateway, reads its frames, and acknowledges the last of those that came
together, as one whose bus takes them at once."""

import base64
import os
import re
import socket
import struct
import threading
import time

from .processes import Failure

EVENT_ID = re.compile(rb'\{"id":"(\d+)-(\d+)","event":"')
ORDINAL_BITS = 20
READ_BYTES = 1 << 18


class Replica(threading.Thread):
    def __init__(self, port, token):
        super().__init__(daemon=True)
        self.last = 0                # number of the last dispatch of which an event came
        self.events = self.frames = self.bytes = 0
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /link HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n"
                             "Sec-WebSocket-Protocol: guildwire.link.v1\r\n\r\n").encode())
        self.buffer = bytearray()
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Failure(f"the gateway refused the link: {head.decode(errors='replace')}")
        self.buffer = bytearray(rest)
        self.send(b'{"type":"hello","data":{"version":1,"bus":"bench","tops":{},"name":"bench"},"ts":%d}' % (time.time() * 1000))
        self.start()

    def fill(self):
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise ConnectionError("the gateway ended the link")
        self.buffer += data

    def send(self, text):
        # Masked, as a client must, with a mask that changes nothing.
        head = struct.pack("!BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, len(text))
        self.socket.sendall(head + bytes(4) + text)

    def run(self):
        try:
            while True:
                last = None
                for message in self.messages():
                    if message.startswith(b'{"type":"event"'):
                        # Ids within a frame ascend; the shard's last is the bus' top.
                        found = EVENT_ID.findall(message)
                        last = found[-1]
                        self.events += len(found)
                        self.frames += 1
                        self.bytes += len(message)
                if last:
                    self.send(b'{"type":"ack","data":{"shard":"0/1","id":"%s-%s"},"ts":0}' % last)
                    self.last = int(last[1]) >> ORDINAL_BITS
                self.fill()
        except OSError:
            pass

    def messages(self):
        """The whole messages that are in the buffer."""
        at = 0
        while len(self.buffer) - at >= 2:
            count, start = self.buffer[at + 1] & 127, at + 2
            if count > 125:
                width = 2 if count == 126 else 8
                if len(self.buffer) < start + width:
                    break
                count, start = int.from_bytes(self.buffer[start:start + width], "big"), start + width
            if len(self.buffer) < start + count:
                break
            yield bytes(self.buffer[start:start + count])
            at = start + count
        del self.buffer[:at]
