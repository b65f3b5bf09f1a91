"""Requests that must be refused, with the status, and requests that must be answered, with what."""

from http_support import request as r


def post(*lines, body=b""):
    return r("POST", "/", *lines, body=body)


def chunked(body):
    return post("Transfer-Encoding: chunked", body=body)


def line(text, rest="Host: a\r\n\r\n"):
    return f"{text}\r\n{rest}".encode("latin-1")


# What a line is. name: (request, status)
LINES = {
    "LF alone ends the request line": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "LF alone ends a header": (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
    "LF alone ends the head": (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    "LF alone everywhere": (b"GET / HTTP/1.1\nHost: a\n\n", 400),
    "CR alone ends a header": (b"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
    "CR before CRLF": (b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400),
    "CR within a value": (r("GET", "/", "X: a\rb"), 400),
    "CR before the request": (b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "two empty lines before the request": (b"\r\n\r\n" + r(), 400),
    "a blank before the method": (line(" GET / HTTP/1.1"), 400),
    "two blanks before the target": (line("GET  / HTTP/1.1"), 400),
    "two blanks before the version": (line("GET /  HTTP/1.1"), 400),
    "a blank behind the version": (line("GET / HTTP/1.1 "), 400),
    "tabs between the parts": (line("GET\t/\tHTTP/1.1"), 400),
    "a vertical tab between the parts": (line("GET\x0b/\x0bHTTP/1.1"), 400),
    "no version": (line("GET /"), 400),
    "no target": (line("GET HTTP/1.1"), 400),
    "an empty target": (line("GET  HTTP/1.1"), 400),
    "a method only": (line("GET"), 400),
    "a target with a blank": (line("GET /a b HTTP/1.1"), 400),
    "a small version name": (line("GET / http/1.1"), 400),
    "a version of two digits": (line("GET / HTTP/1.10"), 400),
    "a version without a point": (line("GET / HTTP/11"), 400),
    "a version with a sign": (line("GET / HTTP/+1.1"), 400),
    "another protocol's name": (line("GET / ICAP/1.0"), 400),
    "HTTP/2.0": (line("GET / HTTP/2.0"), 505),
    "HTTP/1.2": (line("GET / HTTP/1.2"), 505),
    "HTTP/0.9 by name": (line("GET / HTTP/0.9"), 505),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "a method that is no token": (line("G(T / HTTP/1.1"), 400),
    "a method with a colon": (line("GET: / HTTP/1.1"), 400),
    "a method of 33 letters": (line("A" * 33 + " / HTTP/1.1"), 400),
    "NUL in the method": (line("G\x00T / HTTP/1.1"), 400),
    "a TLS handshake": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n", 400),
    "NUL bytes": (b"\x00" * 16 + b"\r\n\r\n", 400),
}

HEADERS = {
    "a blank before the colon": (r("GET", "/", "X : b"), 400),
    "a tab before the colon": (r("GET", "/", "X\t: b"), 400),
    "a blank before the colon of Content-Length": (post("Content-Length : 3", body=b"abc"), 400),
    "a blank before the colon of Transfer-Encoding": (post("Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400),
    "no name": (r("GET", "/", ": b"), 400),
    "no colon": (r("GET", "/", "X"), 400),
    "a blank within the name": (r("GET", "/", "X y: b"), 400),
    "a name beyond ASCII": (r("GET", "/", "X\xe9: b"), 400),
    "a name with a bracket": (r("GET", "/", "X(: b"), 400),
    "NUL in a name": (r("GET", "/", "X\x00: b"), 400),
    "NUL in a value": (r("GET", "/", "X: a\x00b"), 400),
    "a control character in a value": (r("GET", "/", "X: a\x0bb"), 400),
    "escape in a value": (r("GET", "/", "X: \x1b[31m"), 400),
    "DEL in a value": (r("GET", "/", "X: a\x7fb"), 400),
    "a folded line": (r("GET", "/", "X: a", " folded"), 400),
    "a line folded by a tab": (r("GET", "/", "X: a", "\tfolded"), 400),
    "a folded first line": (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    "a line of blanks": (r("GET", "/", "  "), 400),
    "a header line past its limit": (r("GET", "/", "X: " + "a" * 8300), 431),
    "more headers than the limit": (r("GET", "/", *[f"X{n}: a" for n in range(101)]), 431),
    "a head past its limit": (r("GET", "/", *[f"X{n}: {'a' * 1000}" for n in range(40)]), 431),
    "a header line without end": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000, 431),
    "another expectation": (r("POST", "/", "Expect: 200-ok", "Content-Length: 1", body=b"a"), 417),
    "the expectation twice": (r("POST", "/", "Expect: 100-continue", "Expect: 100-continue"), 417),
    "no Host": (r(host=None), 400),
    "two Hosts": (r("GET", "/", "Host: b"), 400),
    "the same Host twice": (r("GET", "/", "Host: a"), 400),
    "an empty Host": (r(host=""), 400),
    "a Host with a blank": (r(host="a b"), 400),
    "a list as Host": (r(host="a, b"), 400),
    "a path as Host": (r(host="a/b"), 400),
    "a user in Host": (r(host="u@a"), 400),
    "a Host whose port is no number": (r(host="a:b"), 400),
    "a Host whose port is too long": (r(host="a:123456"), 400),
    "a Host with half a bracket": (r(host="[::1"), 400),
    "an escape in Host": (r(host="%61"), 400),
    "a Host that contradicts the target": (r("GET", "http://b/"), 400),
}

TARGETS = {
    f"target {target!a}": (r("GET", target), 400)
    for target in [
        "a", "*", "?a", "a:80", "/..", "/../etc/passwd", "/a/../b", "/a/..", "/.", "/a/./b", "/%2e%2e/a", "/%2E./a",
        "/.%2e", "/%2e", "/a%2fb", "/a%2F..%2fb", "/a%5cb", "/a\\b", "/%", "/%2", "/%zz", "/a%00b", "/a%0ab", "/a%0d",
        "/a%7f", "/a\x00b", "/a\x01", "/a\x7f", "/%ff", "/%c0%af", "/%e0%80%af", "/a#b", "/a\xe9", "/<a>", "/a\"",
        "/{a}", "/a|b", "/[a]", "/a^b", "/?%", "/?a=%g0", "/?a=%ff", "ftp://a/", "http:///a", "http://", "http://u@a/",
        "http://a/../b", "http://a/%2e%2e/b", "//../a",
    ]
}
TARGETS["a target past its limit"] = (r("GET", "/" + "a" * 9000), 414)
TARGETS["a target without end"] = (b"GET /" + b"a" * 20_000, 414)

FRAMING = {
    "two different lengths": (post("Content-Length: 3", "Content-Length: 4", body=b"abc"), 400),
    "the same length twice": (post("Content-Length: 3", "Content-Length: 3", body=b"abc"), 400),
    "length and chunks": (post("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    "chunks and length": (post("Transfer-Encoding: chunked", "Content-Length: 5", body=b"0\r\n\r\n"), 400),
    "chunks twice": (post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a body past its limit": (post("Content-Length: 2000000"), 413),
    "chunks past the body's limit": (chunked(b"fffffffffffffff\r\n"), 413),
    "a chunk with too many bytes": (chunked(b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    "a chunk with LF alone behind it": (chunked(b"3\r\nabc\n0\r\n\r\n"), 400),
    "a chunk size with LF alone": (chunked(b"3\nabc\r\n0\r\n\r\n"), 400),
    "a chunk size line past its limit": (chunked(b"3;" + b"a" * 300 + b"\r\n"), 400),
    "a chunk size line without end": (chunked(b"3;" + b"a" * 3000), 400),
    "a trailer with a blank before the colon": (chunked(b"0\r\nX : a\r\n\r\n"), 400),
    "a folded trailer": (chunked(b"0\r\nX: a\r\n b\r\n\r\n"), 400),
    "a trailer past its limit": (chunked(b"0\r\nX: " + b"a" * 9000 + b"\r\n\r\n"), 431),
}
for text in ["", "+3", "-1", "0x3", "3, 3", "3;", "1e1", "3.0", "99999999999999999999", "18446744073709551615", "\xb3"]:
    FRAMING[f"Content-Length {text!a}"] = (post(f"Content-Length: {text}", body=b"abc"), 400)
for text in ["", "gzip", "chunked, chunked", "gzip, chunked", "chunked;a", "identity", "xchunked", '"chunked"',
             "chunked\x0b", ", chunked"]:
    FRAMING[f"Transfer-Encoding {text!a}"] = (post(f"Transfer-Encoding: {text}", body=b"0\r\n\r\n"), 400)
for size in [b"", b" 3", b"3 ", b"0x3", b"+3", b"-3", b"g", b"3g", b";a", b"1000000000000000", b"3 ;a", b"3;a\x00",
             b"\xb3"]:
    FRAMING[f"chunk size {size}"] = (chunked(size + b"\r\nabc\r\n0\r\n\r\n"), 400)

REFUSED = {**LINES, **HEADERS, **TARGETS, **FRAMING}

# name: (requests, [(status, body or None)]). A closing GET / follows, unless the last answer says that it closes.
HELLO = b"conformance\n"
ACCEPTED = {
    "one request": (r(), [(200, HELLO)]),
    "two requests, one after the other": (r() + r(), [(200, HELLO)] * 2),
    "fifty requests at once": (r() * 50, [(200, HELLO)] * 50),
    "one empty line before a request": (b"\r\n" + r(), [(200, HELLO)]),
    "an empty line behind a body": (post("Content-Length: 1", body=b"a\r\n") + r(), [(200, b"a"), (200, HELLO)]),
    "answers in the order of requests": (
        r("GET", "/later") + post("Content-Length: 1", body=b"a") + r("GET", "/nothing") + r(),
        [(200, b"later"), (200, b"a"), (405, None), (200, HELLO)]),
    "a body": (post("Content-Length: 3", body=b"abc"), [(200, b"abc")]),
    "a body of every byte": (post("Content-Length: 256", body=bytes(range(256))), [(200, bytes(range(256)))]),
    "a body that looks like a request": (post(f"Content-Length: {len(r())}", body=r()), [(200, r())]),
    "an empty body": (post("Content-Length: 0"), [(200, b"")]),
    "a POST without a length": (post(), [(200, b"")]),
    "a length with leading zeros": (post("Content-Length: 003", body=b"abc"), [(200, b"abc")]),
    "blanks around a length": (post("Content-Length: \t 3 \t", body=b"abc"), [(200, b"abc")]),
    "a body as big as the limit": (post("Content-Length: 1048576", body=b"x" * 1048576), [(200, b"x" * 1048576)]),
    "one chunk": (chunked(b"3\r\nabc\r\n0\r\n\r\n"), [(200, b"abc")]),
    "many chunks": (chunked(b"1\r\na\r\n" * 300 + b"0\r\n\r\n"), [(200, b"a" * 300)]),
    "no chunk": (chunked(b"0\r\n\r\n"), [(200, b"")]),
    "chunk sizes in both cases, with zeros": (chunked(b"A\r\n0123456789\r\n00b\r\n0123456789a\r\n000\r\n\r\n"),
                                               [(200, b"01234567890123456789a")]),
    "chunk extensions": (chunked(b'3;a=b;c="d;e"\r\nabc\r\n0;last\r\n\r\n'), [(200, b"abc")]),
    "trailers are dropped": (chunked(b"3\r\nabc\r\n0\r\nX: a\r\nContent-Length: 9\r\n\r\n") + r(),
                             [(200, b"abc"), (200, HELLO)]),
    "Transfer-Encoding in capitals": (post("TRANSFER-ENCODING: CHUNKED", body=b"0\r\n\r\n"), [(200, b"")]),
    "a body in chunks the other way": (r("GET", "/pieces") + r(), [(200, b"one two three"), (200, HELLO)]),
    "the longest method": (line("A" * 32 + " / HTTP/1.1"), [(405, None)]),
    "a method that nobody knows": (line("BREW / HTTP/1.1"), [(405, None)]),
    "a small method": (line("get / HTTP/1.1"), [(405, None)]),
    "a path that only takes POST": (r("GET", "/nothing"), [(405, None)]),
    "OPTIONS of the server": (r("OPTIONS", "*"), [(404, None)]),
    "a full address as target": (r("GET", "http://a/"), [(200, HELLO)]),
    "a full address without a path": (r("GET", "http://a"), [(200, HELLO)]),
    "a full address with another case": (r("GET", "HTTP://A/"), [(200, HELLO)]),
    "an escaped target": (r("POST", "/%61%20%c3%a4?q=%20+&&=", "Content-Length: 1", body=b"a"), [(200, b"a")]),
    "a query with a question mark": (r("GET", "/?a?b/../c"), [(200, HELLO)]),
    "two slashes": (r("GET", "//"), [(405, None)]),
    "a Host with a port": (r(host="a.example:8080"), [(200, HELLO)]),
    "a Host with an empty port": (r(host="a:"), [(200, HELLO)]),
    "an IPv6 Host": (r(host="[::1]:80"), [(200, HELLO)]),
    "an IPv4 Host": (r(host="127.0.0.1"), [(200, HELLO)]),
    "names of headers in every case": (b"POST / HTTP/1.1\r\nhOST: a\r\ncOnTeNt-LeNgTh: 1\r\n\r\na", [(200, b"a")]),
    "a header without a value": (r("GET", "/", "X:"), [(200, HELLO)]),
    "a value that begins at once": (r("GET", "/", "X:a"), [(200, HELLO)]),
    "a value with blanks and tabs": (r("GET", "/", "X: \t a\t b \t"), [(200, HELLO)]),
    "a value beyond ASCII": (r("GET", "/", "X: \xe4\xff"), [(200, HELLO)]),
    "a hundred headers": (r("GET", "/", *[f"X{n}: a" for n in range(99)]), [(200, HELLO)]),
    "a header as long as the limit": (r("GET", "/", "X: " + "a" * 8189), [(200, HELLO)]),
    "an unknown Connection option": (r("GET", "/", "Connection: X-Other") + r(), [(200, HELLO)] * 2),
    "Expect with the body behind it": (post("Expect: 100-continue", "Content-Length: 1", body=b"a"), [(200, b"a")]),
    "Expect without a body": (r("GET", "/", "Expect: 100-continue"), [(200, HELLO)]),
    "Expect in capitals": (post("Expect: 100-Continue", "Content-Length: 1", body=b"a"), [(200, b"a")]),
    "an Expect that HTTP/1.0 does not know": (
        b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
        [(200, b"a")]),
    "HTTP/1.0 that stays": (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" * 2, [(200, HELLO)] * 2),
    "an upgrade to something unknown is ignored": (
        r("GET", "/", "Connection: upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), [(200, HELLO)]),
}

# The answer says that it closes, and does, whatever comes behind it.
CLOSING = {
    "Connection: close": (r("GET", "/", "Connection: close") + r(), [(200, HELLO)]),
    "close among other options": (r("GET", "/", "Connection: X, Close ,Y") + r(), [(200, HELLO)]),
    "close beats keep-alive": (r("GET", "/", "Connection: keep-alive, close") + r(), [(200, HELLO)]),
    "close on a second line": (r("GET", "/", "Connection: keep-alive", "Connection: close") + r(), [(200, HELLO)]),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n" + r(), [(200, HELLO)]),
    "HTTP/1.0 with a body": (b"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na" + r(), [(200, b"a")]),
    "a good request, then a bad one": (r() + r("GET", "/", "X : a") + r(), [(200, HELLO), (400, None)]),
    "a body cut short by a bad request's bytes": (
        chunked(b"3\r\nabc\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), [(400, None)]),
}
