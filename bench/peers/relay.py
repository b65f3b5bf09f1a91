"""Takes what Redis publishes to nchan's publisher, one POST per event, as a user would do it: `relay.py PORT REDIS_PORT CHANNEL`."""

import http.client
import socket
import sys

port, redis_port, channel = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
redis = socket.create_connection(("127.0.0.1", redis_port)).makefile("rwb")
redis.write(f"*2\r\n$9\r\nSUBSCRIBE\r\n${len(channel)}\r\n{channel}\r\n".encode())
redis.flush()
publisher = http.client.HTTPConnection("127.0.0.1", port)


def push():
    """The words of one push; integers are left out."""
    words = []
    for _ in range(int(redis.readline()[1:])):
        head = redis.readline()
        if head.startswith(b"$"):
            words.append(redis.read(int(head[1:]) + 2)[:-2])
    return words


while True:
    words = push()
    if words[0] != b"message":
        print("subscribed", flush=True)
        continue
    publisher.request("POST", "/publish", words[2])
    publisher.getresponse().read()
