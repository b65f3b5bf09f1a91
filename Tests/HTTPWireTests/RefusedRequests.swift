import HTTPWire

/// Requests that two servers could read in two ways, or that no client sends, each with the reason it is
/// refused for.
enum RefusedRequests {
    static let table: [(String, HTTPWireError)] = lines + targets + hosts + framings

    private static let lines: [(String, HTTPWireError)] = [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", .badLineEnd),
        ("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", .badLineEnd),
        ("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .badLineEnd),
        ("\n" + get(), .badLineEnd),
        ("\r\n\r\n" + get(), .badRequestLine),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET /\r\n\r\n", .badRequestLine),
        ("GET / http/1.1\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET / HTTP/11\r\nHost: a\r\n\r\n", .badRequestLine),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
        ("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unsupportedVersion),
        ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .badMethod),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        (get("X : b"), .badHeaderName),
        (get("X\t: b"), .badHeaderName),
        (get(": b"), .badHeaderName),
        (get("X"), .badHeaderName),
        (get("X y: b"), .badHeaderName),
        (get("X\u{e9}: b"), .badHeaderName),
        (get("X(: b"), .badHeaderName),
        (get("X\u{0}: b"), .badHeaderName),
        (get("X: a\u{0}b"), .badHeaderValue),
        (get("X: a\u{b}b"), .badHeaderValue),
        (get("X: a\u{7f}b"), .badHeaderValue),
        (get("X: a", " folded"), .foldedHeader),
        (get("X: a", "\tfolded"), .foldedHeader),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedHeader),
        (get("Expect: 200-ok"), .unsupportedExpectation),
        (get("Expect: 100-continue", "Expect: 100-continue"), .unsupportedExpectation),
    ]

    private static let targets: [(String, HTTPWireError)] = [
        "a", "*", "?a", "/..", "/../etc", "/a/../b", "/a/..", "/.", "/a/./b", "/%2e%2e/a", "/%2E./a", "/.%2e",
        "/%2e",
        "/a%2fb", "/a%2F..%2fb", "/a%5cb", "/a\\b", "/%", "/%2", "/%zz", "/a%00b", "/a%0ab", "/a%0d", "/a%7f",
        "/a%09",
        "/%ff", "/%c3", "/%c0%af", "/a#b", "/a\u{e9}", "/a\u{1}", "/a\u{7f}", "/<a>", "/a\"", "/a^b", "/{a}",
        "/a|b",
        "/[a]", "/?%", "/?a=%g0", "/?a=%ff", "/?a#b", "ftp://a/", "http:///a", "http://", "http://u@a/",
        "http://b/",
        "http://a/../b", "a:80",
    ].map { target in
        (get(target: target), target == "http://b/" ? .hostMismatch : .badTarget)
    }

    private static let hosts: [(String, HTTPWireError)] =
        [
            ("GET / HTTP/1.1\r\n\r\n", .missingHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
            ("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", .repeatedHost),
        ]
        + ["", "a b", "a, b", "a/b", "u@a", "a:b", "a:123456", "[::1", "[]", "a:80:80", "a\\b", "a?b", "%41"]
        .map { host in
            ("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n", HTTPWireError.badHost)
        }

    private static let framings: [(String, HTTPWireError)] =
        [
            (post("Content-Length: 3", "Content-Length: 3", body: "abc"), .repeatedContentLength),
            (post("Content-Length: 3", "Content-Length: 4", body: "abc"), .repeatedContentLength),
            (post("Content-Length: 3", "Transfer-Encoding: chunked", body: "0\r\n\r\n"), .lengthAndEncoding),
            (post("Transfer-Encoding: chunked", "Content-Length: 3", body: "0\r\n\r\n"), .lengthAndEncoding),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .badTransferEncoding),
        ]
        + [
            "", "+3", "-1", "3 ", "0x3", "3, 3", "3;", "1e1", "99999999999999999999", "18446744073709551615",
            "٣",
        ]
        .compactMap { length in
            // The blank behind `3 ` is trimmed by the header, so that one is fine.
            length == "3 "
                ? nil : (post("Content-Length: \(length)", body: "abc"), HTTPWireError.badContentLength)
        }
        + [
            "", "gzip", "chunked, chunked", "gzip, chunked", "chunked;a", "identity", "xchunked",
            "\"chunked\"",
        ].map {
            (post("Transfer-Encoding: \($0)", body: "0\r\n\r\n"), HTTPWireError.badTransferEncoding)
        }
        + [
            (
                post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body: "0\r\n\r\n"),
                .badTransferEncoding
            )
        ]
        + ["", " 3", "3 ", "0x3", "+3", "-3", "g", "3g", ";a", "1000000000000000", "3 ;a", "3;a\u{0}"].map {
            (
                post("Transfer-Encoding: chunked", body: "\($0)\r\nabc\r\n0\r\n\r\n"),
                HTTPWireError.badChunkSize
            )
        }
        + [
            (
                post("Transfer-Encoding: chunked", body: "3;\(String(repeating: "a", count: 300))\r\n"),
                .badChunkSize
            ),
            (post("Transfer-Encoding: chunked", body: "3\nabc\r\n0\r\n\r\n"), .badLineEnd),
            (post("Transfer-Encoding: chunked", body: "3\r\nabcd\r\n0\r\n\r\n"), .badChunkEnd),
            (post("Transfer-Encoding: chunked", body: "3\r\nabc\n0\r\n\r\n"), .badLineEnd),
            (post("Transfer-Encoding: chunked", body: "0\r\nX : a\r\n\r\n"), .badHeaderName),
            (post("Transfer-Encoding: chunked", body: "0\r\n folded\r\n\r\n"), .foldedHeader),
            (post("Content-Length: 2000000", body: ""), .bodyTooLarge),
            (post("Transfer-Encoding: chunked", body: "fffffffffffffff\r\n"), .bodyTooLarge),
        ]
}
