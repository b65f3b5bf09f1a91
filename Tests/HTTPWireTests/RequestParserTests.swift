import Base
import HTTPWire
import Testing

@Suite struct RequestParserTests {
    @Test func `a request is taken apart`() throws {
        let transcript = Transcript(get("X-One:  a b \t", "x-one: c", target: "/a%20b/%C3%A9?q=1&q=a+b%26&r"))
        let head = try #require(transcript.heads.first)
        #expect(head.method == "GET" && head.path == "/a b/é" && head.query == "q=1&q=a+b%26&r")
        #expect(
            head.queryItems("q") == ["1", "a b&"] && head.queryItem("r") == "" && head.queryItem("s") == nil
        )
        #expect(head.headers["X-ONE"] == "a b" && head.headers.all("x-one") == ["a b", "c"])
        #expect(head.wantsKeepAlive && transcript.events.last == .end && transcript.error == nil)
    }

    @Test func `a query item is left out however its name is written, and the others stay as they are`()
        throws
    {
        let table = [
            ("/", ""), ("/?", ""), ("/?key=a", ""), ("/?a=1&key=b&&c=%20+&key", "a=1&c=%20+"),
            ("/?k%65y=a&b", "b"), ("/?keys=1&Key=2&akey=3", "keys=1&Key=2&akey=3"),
            ("/?a=key&=key", "a=key&=key"),
        ]
        for (target, left) in table {
            #expect(
                try HTTPRequestHead(method: "GET", target: target).query(without: "key") == left,
                "\(target)"
            )
        }
    }

    @Test func `pipelined requests come out in order`() {
        let text = get(target: "/1") + post("Content-Length: 3", body: "abc") + get(target: "/3")
        let transcript = Transcript(text)
        #expect(transcript.heads.map(\.path) == ["/1", "/", "/3"])
        #expect(transcript.bodies == ["abc"] && transcript.requestsCompleted == 3)
    }

    @Test func `chunks are joined, extensions skipped, trailers dropped`() throws {
        let chunked = "4;a=\"b\"\r\nWiki\r\n00a\r\n0123456789\r\n0\r\nX-Trailer: y\r\n\r\n"
        let transcript = Transcript(post("Transfer-Encoding: CHUNKED", body: chunked) + get())
        #expect(transcript.bodies == ["Wiki0123456789"] && transcript.requestsCompleted == 2)
        #expect(try #require(transcript.heads.first).headers["x-trailer"] == nil)
    }

    @Test func `the last of several connection tokens and the version decide about keep-alive`() {
        let cases: [(String, Bool)] = [
            ("GET / HTTP/1.0\r\n\r\n", false),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
            (get("Connection: Upgrade, close"), false),
            (get("Connection: keep-alive"), true),
            ("\r\n" + get(), true),
        ]
        for (text, keepAlive) in cases {
            let head = Transcript(text).heads.first
            #expect(head?.wantsKeepAlive == keepAlive, "\(text)")
        }
    }

    @Test func `an expectation counts only where a body follows`() {
        let asked = post("Content-Length: 1", "Expect: 100-Continue", body: "")
        #expect(Transcript(asked).heads.first?.expectsContinue == true)
        #expect(Transcript(get("Expect: 100-continue")).heads.first?.expectsContinue == false)
    }

    @Test func `anything ambiguous is refused with its reason`() {
        for (text, error) in RefusedRequests.table {
            let transcript = Transcript(text)
            #expect(transcript.error == error, "\(text.debugDescription): \(transcript)")
            #expect(transcript.requestsCompleted == 0, "\(text.debugDescription)")
        }
    }

    @Test func `accepted oddities stay accepted`() {
        let accepted = [
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/x HTTP/1.1\r\nHost: A\r\n\r\n",
            "GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a.b-c_d:65535\r\n\r\n",
            "GET /... HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET //a///b?/../ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /;a=b/:@!$&'()*+,= HTTP/1.1\r\nHost: a\r\n\r\n",
            "M-SEARCH / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t \r\n\r\n",
            "GET / HTTP/1.1\r\nhOsT: a\r\nX: caf\u{e9}\r\n\r\n",
            "DELETE / HTTP/1.0\r\nContent-Length: 000\r\n\r\n",
        ]
        for text in accepted {
            let transcript = Transcript(text)
            #expect(transcript.error == nil && transcript.requestsCompleted == 1, "\(text.debugDescription)")
        }
    }

    @Test func `each limit is the last value that passes`() {
        var limits = HTTPLimits(bodyBytesMax: 4)
        limits.startLineBytesMax = 18
        limits.headerLineBytesMax = 9
        limits.headersMax = 2
        limits.headBytesMax = 44
        let start = "GET /1234 HTTP/1.1"
        let cases: [(String, HTTPWireError?)] = [
            ("\(start)\r\nHost: abc\r\nX: 567890\r\n\r\n", nil),
            ("GET /12345 HTTP/1.1\r\nHost: a\r\n\r\n", .targetTooLong),
            (String(repeating: "G", count: 20), .targetTooLong),
            ("\(start)\r\nHost: abcd\r\n\r\n", .lineTooLong),
            ("\(start)\r\nHost: a\r\nX: 1\r\nY: 1\r\n\r\n", .tooManyHeaders),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", .lineTooLong),
        ]
        for (text, error) in cases { #expect(Transcript(text, limits: limits).error == error, "\(text)") }
        limits.headBytesMax = 43
        #expect(Transcript(cases[0].0, limits: limits).error == .headTooLarge)

        let small = HTTPLimits(bodyBytesMax: 4)
        let bodies: [(String, HTTPWireError?)] = [
            (post("Content-Length: 4", body: "abcd"), nil),
            (post("Content-Length: 5", body: ""), .bodyTooLarge),
            (post("Transfer-Encoding: chunked", body: "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"), nil),
            (post("Transfer-Encoding: chunked", body: "2\r\nab\r\n3\r\n"), .bodyTooLarge),
        ]
        for (text, error) in bodies { #expect(Transcript(text, limits: small).error == error, "\(text)") }
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `chunk boundaries never change what the parser yields`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let good = [
            get(target: "/x?y"), post("Content-Length: 11", body: "hello world"),
            post("Transfer-Encoding: chunked", body: "5\r\nhello\r\n6;x\r\n world\r\n0\r\nT: v\r\n\r\n"),
        ]
        var text = (0..<3).map { _ in good[Int.random(in: 0..<3, using: &random)] }.joined()
        if seed % 2 == 1, let bad = RefusedRequests.table.randomElement(using: &random) { text += bad.0 }
        var bytes = Array(text.utf8)
        if seed % 4 == 2 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let whole = Transcript(pieces: [bytes])
        var pieces: [[UInt8]] = []
        while !bytes.isEmpty {
            let count = Int.random(in: 1...min(bytes.count, 1 + Int(seed % 40)), using: &random)
            pieces.append(Array(bytes.prefix(count)))
            bytes.removeFirst(count)
        }
        #expect(Transcript(pieces: pieces) == whole)
    }

    @Test func `bytes behind a request can be taken for another protocol`() throws {
        var parser = RequestParser()
        parser.append(Array((get() + "\u{1}raw").utf8))
        _ = try parser.next()
        #expect(try parser.next() == .end)
        #expect(parser.takeUnread() == Array("\u{1}raw".utf8) && !parser.isInsideRequest)
    }
}
