"""What the tests of deploy/ share: scripted replicas, a name server, and a proxy with the real configuration."""

import http.client
import http.server
import os
import socket
import struct
import sys
import tempfile
import threading
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEPLOY = os.path.join(ROOT, "deploy")
sys.path.insert(0, os.path.join(ROOT, "scripts", "lib"))

from guildwire.processes import Failure, Family, Process, free_port, inside_path, wait_for  # noqa: E402

__all__ = ["DEPLOY", "Failure", "Family", "Names", "Process", "ProxyCase", "ROOT", "Replicas", "free_port", "inside_path", "read",
           "wait_for"]


def read(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


class Replicas:
    """Web replicas by script, all on one port, at 127.0.0.2, 127.0.0.3, …

    /api/stream answers one event and the next ones when `say` is called; /api/ws sends back what comes behind an upgrade;
    everything else echoes what arrived.
    """

    def __init__(self, count=2):
        self.said, self.condition = [], threading.Condition()
        self.seen = []
        self.status = 200
        self.addresses = [f"127.0.0.{2 + number}" for number in range(count)]
        self.servers = {}
        self.port = 0
        for address in self.addresses:
            self.start(address)

    def start(self, address):
        server = http.server.ThreadingHTTPServer((address, self.port), self._handler(address))
        server.daemon_threads = True
        # Proxies close connections while a script still writes.
        server.handle_error = lambda *_: None
        server.sockets = set()
        self.port = server.server_address[1]
        self.servers[address] = server
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def kill(self, address):
        """Cuts its connections too, as the end of a process does."""
        server = self.servers.pop(address)
        server.shutdown()
        server.server_close()
        for peer in list(server.sockets):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.condition:
            self.condition.notify_all()

    def stop(self):
        for address in list(self.servers):
            self.kill(address)

    def say(self, data):
        with self.condition:
            self.said.append(data)
            self.condition.notify_all()

    def _handler(replicas, address):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                self.server.sockets.add(self.connection)

            def finish(self):
                self.server.sockets.discard(self.connection)
                super().finish()

            def log_message(self, *_):
                pass

            def do_GET(self):
                replicas.seen.append((address, self.path, self.headers))
                if self.path.split("?")[0] == "/api/stream" and replicas.status == 200:
                    return self.stream()
                if self.path.split("?")[0] == "/api/ws" and replicas.status == 200 and self.headers["Upgrade"]:
                    return self.upgraded()
                body = address.encode()
                self.send_response(replicas.status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def upgraded(self):
                self.close_connection = True
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                # Of RFC 6455's own example of a key.
                self.send_header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                self.end_headers()
                while data := self.connection.recv(1024):
                    self.wfile.write(data)

            def stream(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream; charset=utf-8")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                # Before the first event is out: what is said from then on has to come.
                at = len(replicas.said)
                self.wfile.write(f"data: {address}\n\n".encode())
                while address in replicas.servers:
                    with replicas.condition:
                        replicas.condition.wait_for(
                            lambda: len(replicas.said) > at or address not in replicas.servers)
                        new, at = replicas.said[at:], len(replicas.said)
                    for text in new:
                        self.wfile.write(f"data: {text}\n\n".encode())

        return Handler


class Names(threading.Thread):
    """A name server: answers A queries from `table`, and that there is no such name for others."""

    def __init__(self, table):
        super().__init__(daemon=True)
        self.table = table
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(2048)
            except OSError:
                return
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        addresses = self.table.get(".".join(labels), [])
        # A response, recursion desired and available; code 3: no such name.
        flags = 0x8180 | (0 if addresses else 3)
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + socket.inet_aton(address)
                           for address in addresses)
        return query[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0) + question + records

    def stop(self):
        self.socket.close()


class ProxyCase(unittest.TestCase):
    """A proxy before two replicas, for each test anew."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="guildwire-deploy-")
        # nginx gives its workers another user, who has to get in.
        os.chmod(self.folder, 0o755)
        self.family = Family()
        self.addCleanup(self.family.stop)
        self.replicas = Replicas()
        self.addCleanup(self.replicas.stop)
        self.port = free_port()

    def run_proxy(self, name, command):
        self.log = os.path.join(self.folder, f"{name}.log")
        self.family.start(Process(name, command, self.log))
        wait_for(name, lambda: self.connects(), 20, self.family)

    def connects(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def logged(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def request(self, path, headers=None):
        """(status, headers, body) when the answer has ended."""
        answer = self.open(path, headers)
        return answer.status, answer.headers, answer.read()

    def open(self, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse()

    def line(self, answer):
        """The next line that is not empty; an error when it does not come in time."""
        while True:
            line = answer.readline()
            if line.strip() or not line:
                return line.strip().decode()
