"""What those who run it look at: health, readiness, metrics; and who may link."""

import json
import socket
import subprocess
import unittest

from support import StackCase, get


class Operations(StackCase):
    def urls(self):
        gateway = f"http://127.0.0.1:{self.stack.gateway_port}"
        analytics = f"http://127.0.0.1:{self.stack.analytics_port}"
        return {"gateway": (gateway, ""), "web": (self.stack.web_urls[0], "/api"), "analytics": (analytics, "")}

    def test_health_and_readiness_answer(self):
        for name, (url, prefix) in self.urls().items():
            with self.subTest(service=name):
                self.assertEqual(get(f"{url}{prefix}/health")[0], 200)
                status, body = get(f"{url}{prefix}/ready")
                self.assertEqual((status, json.loads(body)["ready"]), (200, True))

    def test_metrics_pass_promtool(self):
        for name, (url, _) in self.urls().items():
            with self.subTest(service=name):
                status, body = get(f"{url}/metrics")
                self.assertEqual(status, 200)
                self.assertIn(b"guildwire_", body)
                check = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True)
                self.assertEqual((check.returncode, check.stdout + check.stderr), (0, b""))

    def link(self, token):
        headers = ["GET /link HTTP/1.1", f"Host: 127.0.0.1:{self.stack.gateway_port}", "Upgrade: websocket",
                   "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                   "Sec-WebSocket-Protocol: guildwire.link.v1"]
        if token is not None:
            headers.append(f"Authorization: Bearer {token}")
        with socket.create_connection(("127.0.0.1", self.stack.gateway_port), timeout=10) as peer:
            peer.sendall(("\r\n".join(headers) + "\r\n\r\n").encode())
            return peer.recv(4096).split(b"\r\n")[0]

    def test_a_link_needs_the_token(self):
        self.assertIn(b"101", self.link(self.stack.tokens["link"]))
        for token in (None, "", "wrong", self.stack.tokens["link"] + "x", self.stack.tokens["link"][:-1]):
            self.assertIn(b"401", self.link(token), token)

    def test_errors_are_problem_documents(self):
        for name, (url, _) in self.urls().items():
            status, body = get(f"{url}/nothing-here")
            self.assertEqual(status, 404)
            self.assertEqual(json.loads(body)["status"], 404)


if __name__ == "__main__":
    unittest.main()
