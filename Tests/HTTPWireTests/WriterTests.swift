import HTTPWire
import Testing

@Suite struct WriterTests {
    @Test func `a header value cannot end its line`() {
        var headers: HTTPHeaders = ["Location": "/a\r\nSet-Cookie: b\u{0}"]
        headers.add("X", "tab\tstays")
        let text = String(decoding: HeadWriter.response(status: 302, headers: headers), as: UTF8.self)
        #expect(text == "HTTP/1.1 302 Found\r\nLocation: /a  Set-Cookie: b \r\nX: tab\tstays\r\n\r\n")
    }

    @Test func `fields go out as they were added, replaced and removed`() throws {
        var headers: HTTPHeaders = ["A": "1", "Bb": "", "a": "2"]
        headers.addIfMissing("bB", "no")
        #expect(written(headers) == "A: 1\r\nBb: \r\na: 2\r\n")
        headers.replace("BB", "3")
        headers.add("C", "4")
        #expect(written(headers) == "A: 1\r\na: 2\r\nBB: 3\r\nC: 4\r\n")
        headers.remove("a")
        #expect(written(headers) == "BB: 3\r\nC: 4\r\n" && headers == ["BB": "3", "C": "4"])
        // Fields that were read can be added to and written as well.
        var parser = RequestParser()
        parser.append(Array("GET / HTTP/1.1\r\nHost:  h \r\nX:\r\n\r\n".utf8))
        guard case .head(let head) = try parser.next() else {
            Issue.record("a head was not read")
            return
        }
        var read = head.headers
        read.add("Y", "5")
        #expect(written(read) == "Host: h\r\nX: \r\nY: 5\r\n" && head.headers == ["Host": "h", "X": ""])
    }

    private func written(_ headers: HTTPHeaders) -> String {
        let head = String(decoding: HeadWriter.response(status: 200, headers: headers), as: UTF8.self)
        return String(head.dropFirst("HTTP/1.1 200 OK\r\n".utf8.count - 1).dropLast())
    }

    @Test func `a request target with blanks or line ends is not written`() {
        #expect(HeadWriter.request(method: "GET", target: "/a b", headers: [:]) == nil)
        #expect(HeadWriter.request(method: "GET", target: "/a\r\nX: y", headers: [:]) == nil)
        let fine = HeadWriter.request(method: "GET", target: "/a?b", headers: ["Host": "h"])
        #expect(fine.map { String(decoding: $0, as: UTF8.self) } == "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n")
    }

    @Test func `written chunks are read back`() throws {
        var parser = ResponseParser()
        parser.append(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        let payload = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        parser.append(ChunkWriter.chunk(payload) + ChunkWriter.chunk([UInt8]()) + ChunkWriter.end)
        _ = try parser.next()
        #expect(try parser.next() == .body(payload))
        #expect(try parser.next() == .end)
    }

    @Test func `dates are written as HTTP wants them`() {
        let table: [(Int64, String)] = [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        ]
        for (seconds, text) in table { #expect(HTTPDate.text(unixSeconds: seconds) == text) }
    }
}
