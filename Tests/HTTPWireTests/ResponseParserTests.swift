import HTTPWire
import Testing

@Suite struct ResponseParserTests {
    /// Status, body and how the response ended, reading byte by byte or at once.
    private func read(
        _ text: String,
        method: String = "GET",
        byByte: Bool
    ) throws(HTTPWireError) -> (status: Int?, body: String, interim: Int, ended: Bool) {
        var parser = ResponseParser(method: method)
        var status: Int?, interim = 0, ended = false
        var body: [UInt8] = []
        for piece in byByte ? text.utf8.map({ [$0] }) : [Array(text.utf8)] {
            parser.append(piece)
            while let event = try parser.next() {
                switch event {
                case .interim: interim += 1
                case .head(let head), .upgraded(let head): status = head.status
                case .body(let piece): body += piece
                case .end: ended = true
                }
            }
        }
        if !ended, status != 101 { ended = try parser.finish() == .end }
        return (status, String(decoding: body, as: UTF8.self), interim, ended)
    }

    @Test func `bodies end as RFC 9112 section 6 says`() throws {
        let table: [(text: String, method: String, status: Int, body: String)] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabIGNORED", "GET", 200, "ab"),
            ("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "GET", 200, "a"),
            ("HTTP/1.0 404\r\n\r\nuntil the end", "GET", 404, "until the end"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD", 200, ""),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "GET", 304, ""),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "GET", 204, ""),
        ]
        for row in table {
            for byByte in [false, true] {
                let answer = try read(row.text, method: row.method, byByte: byByte)
                #expect(answer.status == row.status && answer.body == row.body && answer.ended, "\(row)")
            }
        }
        #expect(try read(table[5].text, byByte: true).interim == 1)
    }

    @Test func `an upgrade leaves the rest to the other protocol`() throws {
        var parser = ResponseParser()
        parser.append(Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}".utf8))
        guard case .upgraded(let head) = try parser.next() else {
            Issue.record("101 must upgrade")
            return
        }
        #expect(head.headers["upgrade"] == "websocket" && parser.takeUnread() == [1, 2])
    }

    @Test func `broken and cut responses are refused`() {
        let table: [(String, HTTPWireError)] = [
            ("HTTP/1.1 20 OK\r\n\r\n", .badStatusLine), ("HTTP/1.1 999 OK\r\n\r\n", .badStatusLine),
            ("HTTP/1.1\r\n\r\n", .badStatusLine), ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
            ("ICY 200 OK\r\n\r\n", .badRequestLine), ("HTTP/1.1 200 OK\n\n", .badLineEnd),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", .repeatedContentLength),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\na", .badTransferEncoding),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", .truncated),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", .truncated),
            ("HTTP/1.1 200 OK\r\nConte", .truncated), ("", .truncated),
        ]
        for (text, error) in table {
            for byByte in [false, true] {
                #expect(throws: error, "\(text.debugDescription)") { try read(text, byByte: byByte) }
            }
        }
    }

    @Test func `a body without a length is read to the limit and no further, however it is cut`() throws {
        let bytes = Array("HTTP/1.1 200 OK\r\n\r\nabcde".utf8)
        for pieces in [[bytes], bytes.map { [$0] }] {
            var parser = ResponseParser(limits: HTTPLimits(bodyBytesMax: 4))
            var body: [UInt8] = []
            let error = #expect(throws: HTTPWireError.self) {
                for piece in pieces {
                    parser.append(piece)
                    while let event = try parser.next() {
                        if case .body(let piece) = event { body += piece }
                    }
                }
            }
            #expect(error == .bodyTooLarge && body == Array("abcd".utf8))
        }
    }
}
