"""Our HTTP server over real sockets, against requests written byte by byte: what it must refuse, what it must answer.

Needs the Conformance tool: `swift build -c release --product Conformance`.
"""

import os
import shutil
import socket
import tempfile
import time
import unittest

import http_cases as cases
from http_support import LAST, Server, parse, read_all, read_until, request

HELLO = cases.HELLO


class ServerCase(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.addClassCleanup(cls.server.stop)

    def check(self, responses, expected):
        self.assertEqual([response.status for response in responses], [status for status, _ in expected], responses)
        for response, (_, body) in zip(responses, expected):
            if body is not None:
                self.assertEqual(response.body, body)

    def refused(self, data, status):
        responses = parse(data)
        self.check(responses, [(status, None)])
        self.assertEqual(responses[0].headers.get("connection"), "close")
        self.assertEqual(responses[0].headers["content-type"], "application/problem+json")


class Corpus(ServerCase):
    def test_the_corpus_is_as_large_as_promised(self):
        self.assertGreaterEqual(len(cases.REFUSED), 120)
        self.assertGreaterEqual(len(cases.ACCEPTED) + len(cases.CLOSING), 50)

    def test_refused_once_and_closed(self):
        # The good request behind it must not be answered: who was misread once is not read on.
        for name, (sent, status) in cases.REFUSED.items():
            with self.subTest(name):
                self.refused(self.server.exchange(sent + request()), status)

    def test_refused_behind_a_good_request(self):
        for name, (sent, status) in cases.REFUSED.items():
            with self.subTest(name):
                # A HEAD in front of a refusal would make its body ambiguous; a GET does not.
                responses = parse(self.server.exchange(request() + sent + request()))
                self.check(responses, [(200, HELLO), (status, None)])

    def test_accepted(self):
        for name, (sent, expected) in cases.ACCEPTED.items():
            with self.subTest(name):
                responses = parse(self.server.exchange(sent + LAST))
                self.check(responses, [*expected, (200, HELLO)])
                self.assertEqual(responses[-1].headers["connection"], "close")
                self.assertNotIn("close", [response.headers.get("connection") for response in responses[:-1]])

    def test_answered_and_closed(self):
        for name, (sent, expected) in cases.CLOSING.items():
            with self.subTest(name):
                responses = parse(self.server.exchange(sent))
                self.check(responses, expected)
                self.assertEqual(responses[-1].headers["connection"], "close")


class Cuts(ServerCase):
    """How the bytes are cut on their way changes nothing."""

    samples = {
        "a pipeline": (request() + cases.post("Content-Length: 3", body=b"abc") + LAST,
                       [(200, HELLO), (200, b"abc"), (200, HELLO)]),
        "chunks and trailers": (cases.chunked(b"3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX: a\r\n\r\n") + LAST,
                                [(200, b"abcd"), (200, HELLO)]),
        "an empty line and a slow handler": (b"\r\n" + request("GET", "/later") + LAST, [(200, b"later"), (200, HELLO)]),
        "a fold": (cases.HEADERS["a folded line"][0], [(400, None)]),
        "a bare CR": (cases.LINES["CR within a value"][0], [(400, None)]),
        "length and chunks": (cases.FRAMING["length and chunks"][0], [(400, None)]),
        "a chunk with too many bytes": (cases.FRAMING["a chunk with too many bytes"][0], [(400, None)]),
    }

    def test_in_two_pieces_at_every_place(self):
        for name, (sent, expected) in self.samples.items():
            connections = [(place, self.server.connect()) for place in range(1, len(sent))]
            for place, connection in connections:
                connection.sendall(sent[:place])
            time.sleep(0.05)  # The first pieces are read by now; should one not be, its case only proves less.
            for place, connection in connections:
                with self.subTest(name, place=place), connection:
                    try:
                        connection.sendall(sent[place:])
                    except ConnectionError:
                        pass  # Refused for its first piece already.
                    self.check(parse(read_all(connection)), expected)

    def test_byte_by_byte(self):
        for name, (sent, expected) in self.samples.items():
            with self.subTest(name), self.server.connect() as connection:
                for byte in sent:
                    try:
                        connection.sendall(bytes([byte]))
                    except ConnectionError:
                        break
                    time.sleep(0.0005)
                self.check(parse(read_all(connection)), expected)


class Conversations(ServerCase):
    def test_a_client_that_waits_for_100_gets_it_before_it_sends(self):
        for framing, body in [("Content-Length: 3", b"abc"), ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")]:
            with self.subTest(framing), self.server.connect() as connection:
                connection.sendall(cases.post("Expect: 100-continue", framing))
                self.assertEqual(read_until(connection, b"\r\n\r\n"), b"HTTP/1.1 100 Continue\r\n\r\n")
                connection.sendall(body + LAST)
                self.check(parse(read_all(connection)), [(200, b"abc"), (200, HELLO)])

    def test_a_body_too_large_is_refused_instead_of_waited_for(self):
        with self.server.connect() as connection:
            connection.sendall(cases.post("Expect: 100-continue", "Content-Length: 2000000"))
            self.refused(read_all(connection), 413)

    def test_head_has_the_headers_of_get_and_no_body(self):
        for target in ["/", "/later", "/pieces", "/large", "/nothing"]:
            with self.subTest(target):
                head, = parse(self.server.exchange(request("HEAD", target, "Connection: close")), ["HEAD"])
                get, = parse(self.server.exchange(request("GET", target, "Connection: close")))
                self.assertEqual(head.status, get.status)
                for name in ["content-type", "content-length"]:
                    self.assertEqual(head.headers.get(name), get.headers.get(name), name)

    def test_heads_and_gets_in_one_pipeline(self):
        sent = request("HEAD") + request() + request("HEAD", "/later") + LAST
        responses = parse(self.server.exchange(sent), ["HEAD", "GET", "HEAD", "GET"])
        self.check(responses, [(200, b""), (200, HELLO), (200, b""), (200, HELLO)])

    def test_a_known_path_names_its_methods(self):
        response, _ = parse(self.server.exchange(request("DELETE", "/") + LAST))
        self.assertEqual((response.status, response.headers["allow"]), (405, "GET, HEAD, POST"))

    def test_http_1_0_gets_no_chunks(self):
        data = self.server.exchange(b"GET /pieces HTTP/1.0\r\n\r\n")
        head, _, body = data.partition(b"\r\n\r\n")
        self.assertNotIn(b"transfer-encoding", head.lower())
        self.assertEqual(body, b"one two three")

    def test_a_refused_upload_can_read_its_answer(self):
        with self.server.connect() as connection:
            connection.sendall(cases.post("Content-Length: 5000000"))
            for _ in range(20):
                try:
                    connection.sendall(b"x" * 65536)
                except ConnectionError:
                    break
            self.refused(read_all(connection), 413)

    def test_a_client_that_ended_its_side_gets_every_answer(self):
        sent = request("GET", "/later") + cases.post("Content-Length: 1", body=b"a") + request("GET", "/pieces")
        responses = parse(self.server.exchange(sent, end_input=True))
        self.check(responses, [(200, b"later"), (200, b"a"), (200, b"one two three")])
        large, = parse(self.server.exchange(request("GET", "/large"), end_input=True))
        self.assertEqual(len(large.body), 8 << 20)

    def test_readers_that_wait_share_what_they_wait_for(self):
        self.server.exchange(request("GET", "/large", "Connection: close"))
        before = self.server.resident_mib()
        waiting = [self.server.connect() for _ in range(60)]
        for connection in waiting:
            connection.sendall(request("GET", "/large"))
        self.check(parse(self.server.exchange(LAST)), [(200, HELLO)])
        # Copies would be 480 MiB.
        self.assertLess(self.server.resident_mib() - before, 60)
        for connection in waiting:
            connection.sendall(request("GET", "/", "Connection: close"))
            self.assertEqual([len(response.body) for response in parse(read_all(connection))], [8 << 20, len(HELLO)])
            connection.close()

    def test_forty_requests_and_the_end_of_input(self):
        # More than one turn's worth.
        self.check(parse(self.server.exchange(request() * 40, end_input=True)), [(200, HELLO)] * 40)

    def test_half_a_request_and_the_end_of_input(self):
        for sent in [b"GET / HT", b"GET / HTTP/1.1\r\nHost: a\r\n", cases.post("Content-Length: 3", body=b"ab"),
                     cases.chunked(b"3\r\nabc\r\n"), cases.chunked(b"0\r\n")]:
            with self.subTest(sent):
                self.refused(self.server.exchange(sent, end_input=True), 400)

    def test_the_end_of_input_alone_is_no_request(self):
        self.assertEqual(self.server.exchange(b"", end_input=True), b"")
        self.assertEqual(self.server.exchange(b"\r\n", end_input=True), b"")


class Limits(ServerCase):
    options = ("--head-timeout", "400", "--body-timeout", "400", "--idle-timeout", "400", "--write-timeout", "400",
               "--body-bytes-max", "100")

    def test_a_slow_head(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
            self.refused(read_all(connection), 408)

    def test_a_head_that_grows_without_end_has_one_limit_of_time(self):
        with self.server.connect() as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n")
            began = time.monotonic()
            try:
                while time.monotonic() < began + 15:
                    connection.sendall(b"X: a\r\n")
                    time.sleep(0.05)
                self.fail("a drop each moment kept the connection")
            except ConnectionError:
                pass

    def test_a_slow_body(self):
        for sent in [cases.post("Content-Length: 3", body=b"ab"), cases.chunked(b"3\r\nab")]:
            with self.subTest(sent), self.server.connect() as connection:
                connection.sendall(sent)
                self.refused(read_all(connection), 408)

    def test_silence_is_closed_without_a_word(self):
        with self.server.connect() as connection:
            self.assertEqual(read_all(connection), b"")
        with self.server.connect() as connection:
            connection.sendall(request())
            self.check(parse(read_all(connection)), [(200, HELLO)])

    def test_a_reader_that_takes_nothing_is_cut_off(self):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        with connection:
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(request("GET", "/large") * 4)
            time.sleep(2)  # The limit is 0.4 s; the other tests show what is within it.
            received = 0
            try:
                while piece := connection.recv(1 << 16):
                    received += len(piece)
            except ConnectionResetError:
                pass
            self.assertLess(received, 4 * (8 << 20))

    def test_the_body_limit_is_exact(self):
        for count, status in [(100, 200), (101, 413)]:
            with self.subTest(count):
                plain = parse(self.server.exchange(
                    cases.post(f"Content-Length: {count}", "Connection: close", body=b"x" * count)))
                size = b"%x\r\n" % count
                chunks = parse(self.server.exchange(r_chunked_close(size + b"x" * count + b"\r\n0\r\n\r\n")))
                self.assertEqual([plain[0].status, chunks[0].status], [status] * 2)


def r_chunked_close(body):
    return cases.post("Transfer-Encoding: chunked", "Connection: close", body=body)


class ConnectionLimit(ServerCase):
    options = ("--connections-max", "2", "--patience", "60000")

    def test_one_connection_too_many_is_told_so_and_the_others_go_on(self):
        first, second = self.server.connect(), self.server.connect()
        with first, second:
            for connection in (first, second):
                connection.sendall(request())
                read_until(connection, HELLO)
            with self.server.connect() as third:
                data = read_all(third)
            self.assertTrue(data.startswith(b"HTTP/1.1 503 "), data)
            self.assertIn(b"\r\nRetry-After: 1\r\n", data)
            self.assertIn(b"\r\nConnection: close\r\n", data)
            first.sendall(request())
            self.assertIn(b" 200 ", read_until(first, HELLO))
            second.close()
            for _ in range(200):
                with self.server.connect() as third:
                    third.sendall(LAST)
                    try:
                        if read_all(third).startswith(b"HTTP/1.1 200 "):
                            return
                    except ConnectionResetError:
                        pass
                time.sleep(0.05)
            self.fail("a place that became free was not given")


class Crowd(ServerCase):
    options = ("--connections-max", "20", "--patience", "0")

    def test_slow_clients_that_hold_every_place_make_room(self):
        slow = []
        for number in range(60):
            connection = self.server.connect()
            connection.sendall([b"GET / HT", cases.post("Content-Length: 3"), request()][number % 3])
            slow.append(connection)
            if number % 5 == 0:
                self.check(parse(self.server.exchange(LAST)), [(200, HELLO)])
        for connection in slow:
            connection.close()


class Files(ServerCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="guildwire-test-")
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.root = os.path.join(folder, "files")
        os.makedirs(os.path.join(cls.root, "folder"))
        for path, text in [("secret.txt", "secret"), ("files/a.txt", "0123456789"), ("files/empty.txt", ""),
                           ("files/.hidden", "hidden"), ("files/folder/index.html", "<p>"), ("files/ä b.css", "p{}")]:
            with open(os.path.join(folder, path), "w") as file:
                file.write(text)
        os.symlink("../secret.txt", os.path.join(cls.root, "link.txt"))
        os.symlink("..", os.path.join(cls.root, "up"))
        os.symlink("a.txt", os.path.join(cls.root, "inside.txt"))
        os.mkfifo(os.path.join(cls.root, "pipe"))
        cls.options = ("--files", cls.root)
        super().setUpClass()

    def get(self, target, *lines, method="GET"):
        response, = parse(self.server.exchange(request(method, target, "Connection: close", *lines)), [method])
        return response

    def test_files_with_their_type(self):
        for target, body, kind in [("a.txt", b"0123456789", "text/plain; charset=utf-8"), ("empty.txt", b"", "text/plain; charset=utf-8"),
                                   ("folder/", b"<p>", "text/html; charset=utf-8"), ("folder", b"<p>", "text/html; charset=utf-8"),
                                   ("%C3%A4%20b.css?v=1", b"p{}", "text/css; charset=utf-8"),
                                   ("inside.txt", b"0123456789", "text/plain; charset=utf-8")]:
            with self.subTest(target):
                response = self.get(f"/files/{target}")
                self.assertEqual((response.status, response.body, response.headers["content-type"]), (200, body, kind))
                self.assertEqual(response.headers["x-content-type-options"], "nosniff")
                head = self.get(f"/files/{target}", method="HEAD")
                self.assertEqual({**head.headers, "date": ""}, {**response.headers, "date": ""})

    def test_nothing_outside_the_folder_is_served(self):
        for target in ["link.txt", "up/secret.txt", ".hidden", "nothing", "pipe", "a.txt/", "a.txt/b",
                       "folder//index.html", "/a.txt", "/etc/passwd", "//etc/passwd", "..%00", "%2e%2e/secret.txt",
                       "../secret.txt", "folder/../../secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt",
                       "..%5csecret.txt", "folder/%2e%2e/%2e%2e/secret.txt", "%252e%252e/secret.txt"]:
            with self.subTest(target):
                response = self.get(f"/files/{target}")
                self.assertIn(response.status, (400, 404))
                self.assertNotIn(b"secret", response.body)

    def test_ranges(self):
        table = [
            ("bytes=0-3", 206, b"0123", "bytes 0-3/10"), ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
            ("bytes=-3", 206, b"789", "bytes 7-9/10"), ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
            ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"), ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
            ("bytes=0-18446744073709551615", 206, b"0123456789", "bytes 0-9/10"), ("Bytes=0-0", 206, b"0", "bytes 0-0/10"),
            ("bytes=10-", 416, None, "bytes */10"), ("bytes=99-100", 416, None, "bytes */10"),
            ("bytes=-0", 416, None, "bytes */10"),
            ("bytes=3-2", 200, b"0123456789", None), ("bytes=a-b", 200, b"0123456789", None),
            ("bytes=-", 200, b"0123456789", None), ("bytes=", 200, b"0123456789", None),
            ("bytes=0-1,3-4", 200, b"0123456789", None), ("lines=0-1", 200, b"0123456789", None),
            ("bytes=1-2-3", 200, b"0123456789", None), ("bytes=99999999999999999999-", 200, b"0123456789", None),
        ]
        for value, status, body, content in table:
            with self.subTest(value):
                response = self.get("/files/a.txt", f"Range: {value}")
                self.assertEqual((response.status, response.headers.get("content-range")), (status, content))
                if body is not None:
                    self.assertEqual(response.body, body)
        self.assertEqual(self.get("/files/a.txt", "Range: bytes=0-3", method="HEAD").status, 200)
        self.assertEqual(self.get("/files/empty.txt", "Range: bytes=0-").status, 416)

    def test_conditions(self):
        tag = self.get("/files/a.txt").headers["etag"]
        table = [
            ([f"If-None-Match: {tag}"], 304), ([f"If-None-Match: W/{tag}"], 304), (["If-None-Match: *"], 304),
            ([f'If-None-Match: "x", {tag}'], 304), (['If-None-Match: "x"', f"If-None-Match: {tag}"], 304),
            (['If-None-Match: "x"'], 200), ([f"If-None-Match: {tag[1:-1]}"], 200),
            ([f"If-Match: {tag}"], 200), (["If-Match: *"], 200), ([f'If-Match: "x", {tag}'], 200),
            (['If-Match: "x"'], 412), ([f"If-Match: W/{tag}"], 412),
            (['If-Match: "x"', f"If-None-Match: {tag}"], 412), ([f"If-Match: {tag}", f"If-None-Match: {tag}"], 304),
            (["If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT"], 200),
            ([f"If-Range: {tag}", "Range: bytes=0-1"], 206), (['If-Range: "x"', "Range: bytes=0-1"], 200),
            ([f"If-Range: W/{tag}", "Range: bytes=0-1"], 200),
            (["If-Range: Sat, 01 Jan 2050 00:00:00 GMT", "Range: bytes=0-1"], 200),
            ([f"If-None-Match: {tag}", "Range: bytes=0-1"], 304),
        ]
        for lines, status in table:
            for method in ("GET", "HEAD"):
                with self.subTest(lines, method=method):
                    expected = 200 if method == "HEAD" and status == 206 else status
                    response = self.get("/files/a.txt", *lines, method=method)
                    self.assertEqual(response.status, expected)
                    if status == 304:
                        self.assertEqual((response.headers["etag"], response.body), (tag, b""))
                        self.assertNotIn("content-length", response.headers)
        self.assertEqual(self.get("/files/nothing", "If-Match: *").status, 404)


if __name__ == "__main__":
    unittest.main()
