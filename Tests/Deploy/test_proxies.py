"""nginx and HAProxy themselves, with the configuration of deploy/: only addresses and folders are changed."""

import http.client
import os
import re
import socket
import subprocess
import unittest

from support import DEPLOY, Names, ProxyCase, free_port, inside_path, wait_for

SECRET = "key-of-an-overlay"


class Shared:
    """What both have to do."""

    def test_events_arrive_one_by_one(self):
        answer = self.open("/api/stream?guild=1")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream; charset=utf-8"))
        self.assertTrue(self.line(answer).startswith("data: 127.0.0."))
        for text in ("one", "two", "x" * 10_000, "three"):
            # The stream is open: whatever a proxy holds back would never come.
            self.replicas.say(text)
            self.assertEqual(self.line(answer), f"data: {text}")

    def test_a_websocket_goes_through_both_ways(self):
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.addCleanup(peer.close)
        peer.sendall(b"GET /api/ws?guild=1 HTTP/1.1\r\nHost: h.test\r\nX-Forwarded-For: 198.51.100.7\r\n"
                     b"Connection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://h.test\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += peer.recv(1)
        self.assertTrue(head.startswith(b"HTTP/1.1 101 "))
        for line in (b"upgrade: websocket", b"sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="):
            self.assertIn(line, head.lower())
        _, path, headers = self.replicas.seen[-1]
        self.assertEqual((path, headers["Upgrade"], headers["Host"]), ("/api/ws?guild=1", "websocket", "h.test"))
        self.assertEqual((headers["Connection"].lower(), headers["Origin"]), ("upgrade", "https://h.test"))
        self.assertEqual(headers["X-Forwarded-For"], "127.0.0.1")
        for text in (b"one", b"x" * 1000, b"three"):
            peer.sendall(text)
            answer = b""
            while len(answer) < len(text):
                answer += peer.recv(1024)
            self.assertEqual(answer, text)

    def test_without_replicas_the_stream_is_told_to_come_again(self):
        for address in self.replicas.addresses:
            self.replicas.kill(address)
        for _ in range(3):
            status, headers, body = self.request(f"/api/stream?key={SECRET}")
            self.assertEqual((status, headers["Content-Type"]), (200, "text/event-stream"))
            self.assertIn("no-cache", headers["Cache-Control"])
            self.assertRegex(body.decode(), r"^retry: [2-6]000\n\n$")
        self.assertIn(self.request("/")[0], (502, 503))
        self.assertNotIn(SECRET, self.logged())

    def test_a_refusal_stays_a_refusal(self):
        for status in (401, 403):
            self.replicas.status = status
            self.assertEqual(self.request("/api/stream")[0], status)

    def test_a_dead_replica_is_passed_over(self):
        self.replicas.kill(self.replicas.addresses[0])
        for _ in range(6):
            self.assertEqual(self.request("/")[::2], (200, self.replicas.addresses[1].encode()))
            answer = self.open("/api/stream")
            self.assertEqual(self.line(answer), f"data: {self.replicas.addresses[1]}")
            answer.close()

    def test_a_stream_ends_with_its_replica_and_another_takes_it(self):
        answer = self.open("/api/stream")
        address = self.line(answer).split()[1]
        self.replicas.kill(address)
        self.assertEqual(self.line(answer), "")
        self.assertNotEqual(self.line(self.open("/api/stream")), f"data: {address}")

    def test_the_clients_address_is_the_true_one(self):
        self.request("/", {"X-Forwarded-For": "198.51.100.7"})
        self.assertEqual(self.replicas.seen[-1][2]["X-Forwarded-For"], "127.0.0.1")

    def test_no_key_is_logged(self):
        self.open(f"/api/stream?guild=1&key={SECRET}").close()
        self.request(f"/overlays/voice?key={SECRET}")
        self.request("/shared/stream.js", {"Referer": f"http://127.0.0.1/overlays/voice?key={SECRET}"})
        for path, headers in ((f"/api/stream?key={SECRET}", {"X-Long": "x" * 100_000}),
                              (f"/api/stream?key={SECRET}{'x' * 100_000}", {})):
            try:
                self.request(path, headers)
            except (OSError, http.client.HTTPException):
                pass  # refused before it was read whole
        self.replicas.status = 500
        self.request(f"/api/stream?key={SECRET}")
        wait_for("the log", lambda: "/overlays/voice" in self.logged() and " 500 " in self.logged(), 10)
        self.assertNotIn(SECRET, self.logged())

    def test_metrics_are_not_for_outside(self):
        self.assertEqual(self.request("/metrics")[0], 404)
        self.assertEqual(self.replicas.seen, [])


class Nginx(Shared, ProxyCase):
    def setUp(self):
        super().setUp()
        self.names = Names({"web": list(self.replicas.addresses)})
        self.addCleanup(self.names.stop)
        configuration = os.path.join(self.folder, "nginx.conf")
        with open(os.path.join(DEPLOY, "nginx.conf")) as file:
            text = file.read()
        for old, new in [
            ("resolver 127.0.0.11 ", f"resolver 127.0.0.1:{self.names.port} "),
            ("listen 8080;", f"listen 127.0.0.1:{self.port};"),
            ("http://web:3000;", f"http://web:{self.replicas.port};"),
            ("pid /run/", f"pid {self.folder}/"), ("_temp_path /tmp/", f"_temp_path {self.folder}/"),
        ]:
            self.assertIn(old, text)
            text = text.replace(old, new)
        with open(configuration, "w") as file:
            file.write(text)
        self.run_proxy("nginx", [inside_path("nginx"), "-e", "stderr", "-g", "daemon off;", "-p", self.folder, "-c", configuration])

    def test_no_name_for_a_replica_is_the_same_as_no_replica(self):
        self.names.table.clear()
        status, _, body = self.request("/api/stream")
        self.assertEqual((status, body[:7]), (200, b"retry: "))

    def test_replicas_come_and_go_while_nginx_runs(self):
        first, second = self.replicas.addresses
        self.names.table["web"] = [first]
        wait_for("the second to be left out", lambda: {self.request("/")[2] for _ in range(8)} == {first.encode()}, 15)
        self.names.table["web"] = [first, second]
        wait_for("the second to be used", lambda: self.request("/")[2] == second.encode(), 15)

    def test_its_own_health_needs_no_replica(self):
        self.names.table.clear()
        self.assertEqual(self.request("/nginx-health")[::2], (200, b"ok\n"))

    def test_those_sent_away_come_back_at_different_times(self):
        self.names.table.clear()
        waits = {self.request("/api/stream")[2] for _ in range(60)}
        self.assertGreaterEqual(len(waits), 4)

    def test_the_health_check_of_containers(self):
        health = os.path.join(DEPLOY, "health")
        table = [(self.port, "/nginx-health", 0), (self.port, "/metrics", 1), (free_port(), "/nginx-health", 1)]
        for port, path, expected in table:
            with self.subTest(path=path, expected=expected):
                run = subprocess.run([health, str(port), path], capture_output=True, timeout=10)
                self.assertEqual(run.returncode, expected)


class HAProxy(Shared, ProxyCase):
    def setUp(self):
        super().setUp()
        configuration = os.path.join(self.folder, "haproxy.cfg")
        with open(os.path.join(DEPLOY, "haproxy.cfg")) as file:
            text = file.read()
        text = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        for number, address in enumerate(self.replicas.addresses):
            text = text.replace(f"127.0.0.1:300{number + 1}", f"{address}:{self.replicas.port}")
        text = text.replace("maxconn 65536", "maxconn 1000")
        text = text.replace("/etc/haproxy/away.http", os.path.join(DEPLOY, "haproxy-away.http"))
        with open(configuration, "w") as file:
            file.write(text)
        self.run_proxy("haproxy", [inside_path("haproxy"), "-W", "-f", configuration])
        # Its health checks also ask the replicas; what tests look at is what came through.
        wait_for("both replicas to be known", lambda: {address for address, _, _ in self.replicas.seen}
                 == set(self.replicas.addresses), 10)
        self.replicas.seen = Filtered()


class Filtered(list):
    """Without HAProxy's own health checks."""

    def append(self, entry):
        if entry[1] != "/api/health":
            super().append(entry)


class Files(unittest.TestCase):
    def test_the_files_as_they_are_pass_the_programs_own_check(self):
        if os.geteuid() == 0:  # nginx -t opens the pid file, below /run
            run = subprocess.run([inside_path("nginx"), "-t", "-e", "stderr", "-c", os.path.join(DEPLOY, "nginx.conf")],
                                 capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertNotIn("warn", run.stderr)

    def test_every_address_of_the_proxies_is_marked(self):
        for name in ("nginx.conf", "haproxy.cfg"):
            with open(os.path.join(DEPLOY, name)) as file:
                for number, line in enumerate(file, 1):
                    code = line.split("#")[0]
                    if re.search(r"\d+\.\d+\.\d+\.\d+|//web|listen ", code):
                        self.assertIn("# address", line, f"{name}:{number}")


if __name__ == "__main__":
    unittest.main()
