"""A gateway for `scripts/bench`: links, names a shard, says of everybody who is asked for that they are a member. No event comes from it.

    python -m guildwire.bench.standin PORT AT

`AT`: the id of the log's event that its answers hold for. So the web service's figures are its own, whatever the gateway does.
"""

import base64
import hashlib
import json
import socket
import sys
import threading

from ..benchfeeder import KEY, TEXT, frame

SHARD = "0/1"


def answer(client, at):
    reader = client.makefile("rb")
    headers = {}
    reader.readline()
    while field := reader.readline().strip():
        name, _, value = field.decode().partition(":")
        headers[name.lower()] = value.strip()
    accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + KEY).encode()).digest()).decode()
    client.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                    f"{accept}\r\nSec-WebSocket-Protocol: guildwire.link.v1\r\n\r\n").encode())
    while True:
        head = reader.read(2)
        if len(head) < 2 or head[0] & 15 == 8:
            return
        count = head[1] & 127
        if count > 125:
            count = int.from_bytes(reader.read(2 if count == 126 else 8), "big")
        mask = reader.read(4)
        body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(reader.read(count)))
        if head[0] & 15 == 9:
            client.sendall(frame(0x8A, body))
        elif head[0] & 15 == 1:
            reply(client, json.loads(body), at)


def reply(client, message, at):
    if message["type"] == "hello":
        data, kind = {"gateway": "bench", "shards": [{"shard": SHARD, "publisher": True}]}, "ready"
    elif message["type"] == "command":
        data, kind = {"id": message["data"]["id"], "at": at, "member": {"roles": [], "timeoutUntil": None}}, "result"
    else:
        return
    client.sendall(frame(TEXT, json.dumps({"type": kind, "data": data, "ts": 0}).encode()))


def main():
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
        while True:
            client, _ = server.accept()
            threading.Thread(target=answer, args=(client, sys.argv[2]), daemon=True).start()


if __name__ == "__main__":
    main()
