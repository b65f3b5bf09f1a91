"""A stand-in for the web service, for the browser tests and for working on the pages.

Serves Services/Web/Public with the addresses of the real service, and a made-up community over /api/stream.
By hand:  /usr/bin/python3 Tests/Browser/mock_server.py --port 8000 --rate 3
"""

import argparse
import gzip
import json
import pathlib
import socket
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mock_access import Access
from mock_community import Community
from mock_faces import Faces
from mock_pictures import ADDRESS, HANGING, JUNK, drawn

ROOT = pathlib.Path(__file__).resolve().parent
PUBLIC = ROOT.parent.parent / "Services" / "Web" / "Public"
CONTENT_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
                 ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
SECURITY_POLICY = ("default-src 'self'; img-src 'self' data:; style-src 'self'; "
                   "script-src 'self'; worker-src 'self'; connect-src 'self'")
CHART = pathlib.Path("/usr/share/javascript/chart.js/chart.min.js")
BEAT_SECONDS = 15


class MockServer:
    """The server and its switches. All members may be used from any thread."""

    def __init__(self, seed=7, port=0, guilds=1):
        self.community = Community(seed, guilds)
        self.access = Access(self.community)
        self.faces = Faces(self.access)
        self.access.more_routes = self.faces.routes()
        self.faces.emit = self.emit
        self.changed = threading.Condition()
        self.log = []               # (id, envelope) in order
        self.dropped_before = 0     # log entries that are no longer held
        self.stream_status = 200    # what /api/stream answers
        self.missing = []           # what /api/ready says is missing
        self.refuse_politely = False  # a stream is opened and ended at once
        self.snapshot_held = False  # a stream opens, but its snapshot does not come
        self.generation = 0         # raising it ends all streams
        self.stream_requests = []   # (query, Last-Event-ID) of each stream
        self.streams_open = 0       # streams whose end was not noticed yet
        self.streams_most = 0       # the most there were at once
        self.served = []            # (path, bytes, bytes as sent) of each file of the pages
        self.retry_ms = 50
        self.has_charts = True      # Chart.js is installed
        self.stopping = False
        self.http = ThreadingHTTPServer(("127.0.0.1", port), handler_for(self))
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def emit(self, event, payload, guild=None):
        """Applies one event to the community, puts it on the log, and returns its envelope."""
        with self.changed:
            envelope = self.community.envelope(event, payload, guild)
            self.log.append(envelope)
            self.changed.notify_all()
            return envelope

    def step(self, count=1):
        """Lets the community live on by some events."""
        for _ in range(count):
            with self.changed:
                event, payload, guild = self.community.next_event()
            self.emit(event, payload, guild)

    def end_streams(self):
        """Ends all open streams, as a server that restarts does."""
        with self.changed:
            self.generation += 1
            self.changed.notify_all()

    def forget_log(self):
        """Makes every position too old, so that the next resumption gets a reset."""
        with self.changed:
            self.dropped_before = len(self.log)

    def stop(self):
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        self.http.shutdown()
        self.http.server_close()

    def position_after(self, last_id):
        """Index of the first entry behind an id, or None where the id is not held."""
        if not last_id:
            return None
        if last_id == self.community.first_id and self.dropped_before == 0:
            return 0
        for index in range(self.dropped_before, len(self.log)):
            if self.log[index]["id"] == last_id:
                return index + 1
        return None


def handler_for(server):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            address = urllib.parse.urlsplit(self.path)
            query = urllib.parse.parse_qs(address.query)
            path = urllib.parse.unquote(address.path)
            try:
                if path == "/api/stream":
                    self.stream(query)
                elif path == "/api/ready":
                    body = {"ready": not server.missing, "missing": server.missing}
                    self.answer(503 if server.missing else 200, "application/json", json.dumps(body).encode())
                elif ADDRESS.fullmatch(path):
                    self.picture(path)
                elif path == "/libraries/chart.js":
                    self.chart()
                elif path == "/auth/login":
                    self.log_in(query)
                elif not self.called():
                    self.file(path)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def do_POST(self):
            if not self.called():
                self.answer(404, "application/problem+json", b"{}")

        do_PUT = do_DELETE = do_POST

        def log_in(self, query):
            """At once, without asking: Discord's part is not this server's."""
            server.access.user = {"id": "1000", "name": "Ada Brandt", "avatar": "/avatars/1000.svg"}
            server.stream_status = 200
            self.send_response(303)
            self.send_header("Location", query.get("return", ["/"])[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def called(self):
            """Whether it was a call of the API, which then is answered."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = server.access.answer(self.command, self.path, self.headers, body)
            if found is None:
                return False
            status, headers, value = found
            text = b"" if value is None else json.dumps(value).encode()
            self.answer(status, headers.pop("Content-Type", "application/json"), text, headers)
            return True

        def answer(self, status, kind, body, headers=None):
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Cache-Control", "no-cache")
            self.send_header("Content-Security-Policy", SECURITY_POLICY)
            self.end_headers()
            self.wfile.write(body)

        def file(self, path):
            base = PUBLIC
            if path == "/":
                path = "/dashboard/index.html"
            elif path in ("/account", "/manage"):
                path += "/index.html"
            elif path == "/api/docs":
                path = "/docs/index.html"
            elif path.startswith("/guilds/"):
                path = "/manage/index.html"
            elif path.startswith("/tests/"):
                base, path = ROOT, path.removeprefix("/tests")
            elif path.startswith("/overlays/") and path.count("/") == 2:
                path += "/index.html"
            wanted = (base / path.lstrip("/")).resolve()
            if not wanted.is_relative_to(base) or not wanted.is_file():
                return self.answer(404, "text/plain", b"not found")
            body = wanted.read_bytes()
            # As web does it, so that weights are those that people have to wait for.
            packed = gzip.compress(body, 6, mtime=0) if "gzip" in self.headers.get("Accept-Encoding", "") else None
            with server.changed:
                server.served.append((urllib.parse.urlsplit(self.path).path, len(body), len(packed or body)))
            self.answer(200, CONTENT_TYPES.get(wanted.suffix, "application/octet-stream"), packed or body,
                        {"Content-Encoding": "gzip"} if packed else None)

        def picture(self, path):
            if HANGING in path:
                with server.changed:
                    server.changed.wait_for(lambda: server.stopping)
                return
            if JUNK in path:
                return self.answer(200, "image/png", b"<script>window.hacked=1</script>")
            found = drawn(path)
            if found is None:
                return self.answer(404, "text/plain", b"not found")
            self.answer(200, "image/svg+xml", found.encode())

        def chart(self):
            if not CHART.is_file() or not server.has_charts:
                return self.answer(404, "text/plain", b"install libjs-chart.js")
            self.answer(200, CONTENT_TYPES[".js"], CHART.read_bytes())

        def stream(self, query):
            last_id = self.headers.get("Last-Event-ID") or query.get("lastEventId", [""])[0]
            with server.changed:
                server.stream_requests.append((query, self.headers.get("Last-Event-ID")))
                status, generation = server.stream_status, server.generation
                if server.access.access == "login" and server.access.user is None and "key" not in query:
                    status = 401
            if status != 200:
                return self.answer(status, "application/problem+json", json.dumps({"status": status}).encode())
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(f"retry: {server.retry_ms}\n\n".encode())
            if server.refuse_politely:
                return
            with server.changed:
                server.streams_open += 1
                server.streams_most = max(server.streams_most, server.streams_open)
            try:
                self.begin(server, query, last_id, generation)
            finally:
                with server.changed:
                    server.streams_open -= 1

        def begin(self, server, query, last_id, generation):
            with server.changed:
                server.changed.wait_for(lambda: not server.snapshot_held or server.stopping)
                position = server.position_after(last_id)
                if position is None:
                    position = len(server.log)
                    snapshot = server.community.snapshot("reset" if last_id else "snapshot")
                    missed = []
                else:
                    wants = query.get("snapshot") == ["1"]
                    missed = server.log[position:] if wants else []
                    snapshot = server.community.snapshot("snapshot") if wants else None
                    position += len(missed)
            for envelope in missed:
                if wanted(query, envelope):
                    self.send(envelope)
            if snapshot:
                self.send(snapshot)
            self.follow(server, query, position, generation)

        def follow(self, server, query, position, generation):
            beat = time.monotonic() + BEAT_SECONDS
            while not self.gone():
                with server.changed:
                    server.changed.wait_for(
                        lambda: len(server.log) > position or server.stopping or server.generation != generation, 0.2)
                    if server.stopping or server.generation != generation:
                        return
                    batch = server.log[position:]
                    position = len(server.log)
                for envelope in batch:
                    if wanted(query, envelope):
                        self.send(envelope)
                if time.monotonic() > beat:
                    beat += BEAT_SECONDS
                    self.wfile.write(b": beat\n\n")
                    self.wfile.flush()

        def gone(self):
            try:
                return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
            except BlockingIOError:
                return False

        def send(self, envelope):
            text = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
            self.wfile.write(f"id: {envelope['id']}\nevent: {envelope['event']}\ndata: {text}\n\n".encode())
            self.wfile.flush()

    return Handler


def wanted(query, envelope):
    guilds = query.get("guild")
    if guilds and envelope["guild"] not in guilds:
        return False
    patterns = ",".join(query.get("events", [])).split(",")
    if patterns == [""]:
        return True
    name = envelope["event"]
    return any(name == one or (one.endswith(".*") and name.startswith(one[:-1])) for one in patterns)


def main():
    options = argparse.ArgumentParser(description="A made-up community for working on the pages.")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--guilds", type=int, default=1)
    options.add_argument("--rate", type=float, default=2, help="events per second")
    options.add_argument("--status", type=int, default=200, help="what /api/stream answers")
    chosen = options.parse_args()
    server = MockServer(chosen.seed, chosen.port, chosen.guilds)
    server.stream_status = chosen.status
    print(f"dashboard {server.url}/   overlay {server.url}/overlays/voice", flush=True)
    try:
        while True:
            time.sleep(1 / chosen.rate)
            server.step()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
