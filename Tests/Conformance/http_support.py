"""A running `Conformance http-echo`, raw connections to it, and a reader of responses that forgives nothing."""

import os
import re
import signal
import socket
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(os.environ.get("GUILDWIRE_SCRATCH", os.path.join(ROOT, ".build")), "release", "Conformance")
# Longer than anything takes; when it is over something hangs.
PATIENCE = 20


class Server:
    def __init__(self, *options, mode="http-echo"):
        self.process = subprocess.Popen(
            [TOOL, mode, "--port", "0", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) >> 10

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def exchange(self, request, end_input=False):
        """Sends the bytes and returns all that comes until the server closes."""
        with self.connect() as connection:
            connection.sendall(request)
            if end_input:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)


def read_all(connection):
    pieces = []
    while piece := connection.recv(1 << 18):
        pieces.append(piece)
    return b"".join(pieces)


def read_until(connection, wanted):
    received = b""
    while wanted not in received:
        piece = connection.recv(1 << 16)
        assert piece, f"closed behind {received!r}"
        received += piece
    return received


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:200]!r}"


FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\Z")


def parse(data, methods=()):
    """The responses in `data`, which must hold whole ones and nothing else. `methods` are the requests' (default GET)."""
    responses, methods = [], list(methods)
    while data:
        head, found, data = data.partition(b"\r\n\r\n")
        assert found, f"half a head: {head!r}"
        line, *fields = head.split(b"\r\n")
        match = re.fullmatch(rb"HTTP/1\.1 ([1-5]\d\d) [A-Za-z' -]+", line)
        assert match, line
        status, headers = int(match[1]), {}
        for field in fields:
            match = FIELD.match(field)
            assert match, field
            name = match[1].decode().lower()
            assert name not in headers, f"{name} twice"
            headers[name] = match[2].decode()
        if status < 200:
            responses.append(Response(status, headers, b""))
            continue
        assert "date" in headers, head
        method = methods.pop(0) if methods else "GET"
        if method == "HEAD" or status in (204, 304):
            body = b""
        elif "transfer-encoding" in headers:
            assert headers["transfer-encoding"] == "chunked" and "content-length" not in headers, headers
            body, data = dechunk(data)
        else:
            length = int(headers["content-length"])
            assert len(data) >= length, f"{length} bytes announced, {len(data)} sent"
            body, data = data[:length], data[length:]
        responses.append(Response(status, headers, body))
    return responses


def dechunk(data):
    body = b""
    while True:
        size, found, data = data.partition(b"\r\n")
        assert found and re.fullmatch(rb"[0-9a-f]+", size), size
        length = int(size, 16)
        body += data[:length]
        assert data[length:length + 2] == b"\r\n", data[length:length + 2]
        data = data[length + 2:]
        if length == 0:
            return body, data


def request(method="GET", target="/", *lines, body=b"", host="a"):
    """A request with a Host (unless None) and these header lines."""
    fields = ([f"Host: {host}"] if host is not None else []) + list(lines)
    return "".join(f"{line}\r\n" for line in [f"{method} {target} HTTP/1.1", *fields, ""]).encode("latin-1") + body


LAST = request("GET", "/", "Connection: close")
