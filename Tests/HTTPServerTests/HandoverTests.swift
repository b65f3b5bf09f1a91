import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import Testing

@Suite struct HandoverTests {
    @Test func `a detached connection is a descriptor with its head still to be sent`() async throws {
        let taken = Locked<DetachedConnection?>(nil)
        let fixture = try await ServerFixture([
            Route(
                method: "GET",
                pattern: "/stream",
                immediate: { _, _ in
                    HTTPResponse(
                        headers: ["Content-Type": "text/event-stream"],
                        body: .detach { connection in taken.withLock { $0 = connection } }
                    )
                }
            )
        ])
        let client = try await fixture.connect()
        client.send(request("/hello") + request("/stream") + "rest")
        try await eventually("the hand-over") { taken.withLock { $0 } != nil }
        let connection = try #require(taken.withLock { $0 })
        #expect(await fixture.server.openConnections == 0)
        #expect(connection.unread == Array("rest".utf8) && connection.remoteAddress == "127.0.0.1")
        let bytes = connection.head + Array("data: 1\n\n".utf8)
        #expect(SocketIO.send(connection.descriptor, bytes, 0..<bytes.count) == .bytes(bytes.count))
        SocketIO.close(connection.descriptor)
        try await client.closed()
        let text = client.text
        #expect(text.hasSuffix("\r\n\r\ndata: 1\n\n") && text.contains("Connection: close\r\n"))
        #expect(text.components(of: "Content-Length").count == 2, "only the first response has a length")
        #expect(
            try await fixture.exchange(request("/stream", method: "HEAD", "Connection: close")).map(\.status)
                == [200]
        )
    }

    @Test func `an upgraded stream gets the bytes that came with the request`() async throws {
        let fixture = try await ServerFixture([
            .get("/up") { _, _ in
                HTTPResponse(
                    status: 101,
                    headers: ["Upgrade": "shout", "Connection": "Upgrade"],
                    body: .upgrade { connection in
                        connection.stream.delegate = ByteStreamRecorder { stream, bytes in stream.write(bytes)
                        }
                        connection.stream.write(connection.unread)
                    }
                )
            },
            .get("/dropped") { _, _ in HTTPResponse(status: 101, body: .upgrade { _ in }) },
        ])
        let client = try await fixture.connect()
        client.send(request("/up") + "early ")
        try await eventually("the first bytes") { client.text.hasSuffix("\r\n\r\nearly ") }
        client.send("late")
        try await eventually("the echo") { client.text.hasSuffix("early late") }
        #expect(client.text.hasPrefix("HTTP/1.1 101 ") && !client.text.contains("Content-Length"))
        _ = try await fixture.exchange(request("/dropped"))
    }
}

@Suite struct StreamedBodyTests {
    private struct Broken: Error {}

    @Test func `a body made while it is sent waits for the client and arrives whole, in chunks`() async throws
    {
        let written = Locked(0)
        let fixture = try await ServerFixture([
            .get("/long") { _, _ in
                HTTPResponse(
                    body: .stream { writer in
                        for index in 0..<256 {
                            try await writer.write(
                                [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 1 << 16)
                            )
                            written.withLock { $0 += 1 }
                        }
                    }
                )
            },
            .get("/short") { _, _ in HTTPResponse(body: .stream { try await $0.write(Array("ab".utf8)) }) },
            .get("/broken") { _, _ in
                HTTPResponse(
                    body: .stream { writer in
                        try await writer.write(Array("half".utf8))
                        throw Broken()
                    }
                )
            },
        ])
        let client = try await fixture.connect()
        client.pause()
        client.send(request("/long") + request("/short") + request("/hello", "Connection: close"))
        try await eventually("the writer to be stuck") { written.withLock { $0 } > 0 }
        #expect(written.withLock { $0 } < 256)
        client.resume()
        try await client.closed()
        let replies = try client.replies()
        #expect(replies.count == 3 && replies[0].bytes.count == 256 << 16 && replies[0].bytes.last == 255)
        #expect(
            replies[0].headers["transfer-encoding"] == "chunked"
                && replies[0].headers["content-length"] == nil
        )
        #expect(replies[1].body == "ab" && replies[2].body == "hello")
        let head = try await fixture.connect()
        head.send(request("/short", method: "HEAD") + request("/hello"))
        #expect(try await head.replies(2, methods: ["HEAD"]).map(\.body) == ["", "hello"])

        let old = try await fixture.connect()
        old.send("GET /short HTTP/1.0\r\n\r\n")
        try await old.closed()
        #expect(old.text.hasSuffix("\r\n\r\nab") && !old.text.contains("chunked"))

        let broken = try await fixture.connect()
        broken.send(request("/broken"))
        try await broken.closed()
        #expect(!broken.text.contains("0\r\n\r\n"))
    }
}

extension String {
    func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
