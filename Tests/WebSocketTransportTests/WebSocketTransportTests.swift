import Base
import EventLoop
import HTTPServer
import HTTPWire
import TestSupport
import Testing
import WebSocketTransport
import WebSocketWire

@Suite struct WebSocketTransportTests {
    @Test func `messages of every size come back whole and in order`() async throws {
        let fixture = try await WebSocketFixture(subprotocol: "guildwire.test.v1")
        let recorder = SocketRecorder()
        let socket = try await fixture.connect(recorder, subprotocol: "guildwire.test.v1")
        #expect(socket.subprotocol == "guildwire.test.v1" && socket.remoteAddress == "127.0.0.1")
        let sent: [WebSocketMessage] = [0, 1, 125, 126, 65_535, 65_536, 3_000_000].flatMap { count in
            let text = [UInt8](repeating: 0x61, count: count)
            return [WebSocketMessage.text(text), .binary(text.map { $0 ^ 0xFF })]
        }
        fixture.onLoop {
            for message in sent {
                switch message {
                case .text(let bytes): socket.send(text: bytes)
                case .binary(let bytes): socket.send(binary: bytes)
                }
            }
        }
        try await eventually("all messages") { recorder.record.messages.count == sent.count }
        #expect(recorder.record.messages == sent && fixture.atServer.record.messages == sent)
        #expect(await fixture.server.openConnections == 0)
    }

    @Test func `closing is agreed on, from either side, and told once`() async throws {
        for byClient in [true, false] {
            let fixture = try await WebSocketFixture()
            let recorder = SocketRecorder()
            let client = try await fixture.connect(recorder)
            let server = try await fixture.serverSocket()
            fixture.onLoop {
                (byClient ? client : server).close(code: 4001, reason: "enough")
                #expect(!(byClient ? client : server).send(text: "late"))
            }
            let atClient = try await recorder.closed()
            let atServer = try await fixture.atServer.closed()
            #expect(atClient.code == 4001 && atServer.code == 4001)
            #expect((byClient ? atServer : atClient).reason == "enough")
            fixture.onLoop {
                client.abort()
                server.abort()
            }
            #expect(recorder.record.callsAfterClose + fixture.atServer.record.callsAfterClose == 0)
        }
    }

    @Test func `a peer that vanishes is a close without a code`() async throws {
        let fixture = try await WebSocketFixture()
        let recorder = SocketRecorder()
        _ = try await fixture.connect(recorder)
        let server = try await fixture.serverSocket()
        fixture.onLoop { server.abort(reason: "gone") }
        #expect(try await recorder.closed().code == nil)
        let own = try await fixture.atServer.closed()
        #expect(own.code == nil && own.reason == "gone")
    }

    @Test func `a server that breaks off is a close without a code even when the client asked to close`()
        async throws
    {
        var limits = WebSocketLimits.standard
        limits.closeTimeout = .milliseconds(50)
        let fixture = try await WebSocketFixture(atServer: SocketRecorder())
        let recorder = SocketRecorder()
        let client = try await fixture.connect(recorder, limits: limits)
        let server = try await fixture.serverSocket()
        fixture.onLoop {
            server.pauseReading()
            client.close(code: 1000)
        }
        let end = try await recorder.closed()
        #expect(end.code == nil && end.reason.contains("close frame"))
    }

    @Test func `silence is met with a ping, again and again while it is answered`() async throws {
        var limits = WebSocketLimits.standard
        limits.pingInterval = .milliseconds(20)
        let fixture = try await WebSocketFixture(limits: limits)
        let (recorder, write) = try await fixture.raw()
        write(Array(handshake.utf8))
        try await eventually("a ping") { afterHead(recorder.record.received) == [0x89, 0] }
        write(WebSocketFrameWriter.frame(.pong, [UInt8](), mask: 1))
        try await eventually("another ping") { afterHead(recorder.record.received) == [0x89, 0, 0x89, 0] }
    }

    @Test func `a ping that is not answered is the end`() async throws {
        var limits = WebSocketLimits.standard
        limits.pingInterval = .milliseconds(20)
        limits.pongTimeout = .milliseconds(20)
        let fixture = try await WebSocketFixture(limits: limits)
        let (recorder, write) = try await fixture.raw()
        write(Array(handshake.utf8))
        let end = try await fixture.atServer.closed()
        #expect(end.code == nil && end.reason == "the peer did not answer a ping")
        try await eventually("the end at the peer") { !recorder.record.closed.isEmpty }
    }

    @Test func `a proper client answers pings by itself`() async throws {
        var limits = WebSocketLimits.standard
        limits.pingInterval = .milliseconds(10)
        let fixture = try await WebSocketFixture(limits: limits)
        let recorder = SocketRecorder()
        let client = try await fixture.connect(recorder)
        let start = MonotonicClock.now()
        try await eventually("many silences") { MonotonicClock.now() - start > .milliseconds(150) }
        fixture.onLoop { client.send(text: "still here") }
        try await eventually("an echo") { recorder.texts == ["still here"] }
    }

    @Test func `frames that come with the handshake are not lost, and its extension is declined`()
        async throws
    {
        let fixture = try await WebSocketFixture()
        let (recorder, write) = try await fixture.raw()
        write(Array(handshake.utf8) + WebSocketFrameWriter.frame(.text, Array("early".utf8), mask: 7))
        let echo = WebSocketFrameWriter.frame(.text, Array("early".utf8), mask: nil)
        try await eventually("the echo") { afterHead(recorder.record.received) == echo }
        let head = String(decoding: recorder.record.received.prefix(200), as: UTF8.self).lowercased()
        #expect(!head.contains("extensions") && head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="))
    }

    @Test func `what breaks the protocol gets its close frame before the end`() async throws {
        let fixture = try await WebSocketFixture()
        let unmasked = WebSocketFrameWriter.frame(.text, Array("a".utf8), mask: nil)
        let table: [([UInt8], UInt16)] = [
            (unmasked, 1002), (WebSocketFrameWriter.frame(.text, [0xFF], mask: 1), 1007),
            ([0x82, 0xFF, 0, 0, 0, 0, 0xFF, 0, 0, 0], 1009),
        ]
        for (bytes, code) in table {
            let (recorder, write) = try await fixture.raw()
            write(Array(handshake.utf8) + bytes + [UInt8](repeating: 0, count: 100_000))
            try await eventually("the end") { !recorder.record.closed.isEmpty }
            let answer = try #require(afterHead(recorder.record.received))
            #expect(answer.count > 4 && answer[0] == 0x88)
            #expect(answer.dropFirst(2).prefix(2) == [UInt8(code >> 8), UInt8(code & 0xFF)])
            #expect(recorder.record.closed == [.endOfStream])
        }
        #expect(fixture.atServer.record.closed.map(\.code) == [1002, 1007, 1009])
    }

    @Test func `a message past the limit ends the connection with 1009`() async throws {
        var limits = WebSocketLimits.standard
        limits.messageBytesMax = 1000
        let fixture = try await WebSocketFixture(limits: limits)
        let recorder = SocketRecorder()
        let client = try await fixture.connect(recorder)
        fixture.onLoop { client.send(binary: [UInt8](repeating: 0, count: 1001)) }
        #expect(try await recorder.closed().code == 1009)
        #expect(fixture.atServer.record.messages.isEmpty)
    }

    @Test func `a peer that takes nothing is cut when too much waits for it, one that resumes is not`()
        async throws
    {
        var limits = WebSocketLimits.standard
        limits.queuedBytesMax = 16 << 20
        let fixture = try await WebSocketFixture(limits: limits, atServer: SocketRecorder())
        let recorder = SocketRecorder()
        let client = try await fixture.connect(recorder)
        let server = try await fixture.serverSocket()
        let block = [UInt8](repeating: 1, count: 12 << 20)
        fixture.onLoop {
            client.pauseReading()
            #expect(server.send(binary: block))
        }
        try await eventually("the kernel to take no more") {
            try await value(on: fixture.loop) { (1..<(12 << 20)).contains(server.queuedBytes) }
        }
        fixture.onLoop { client.resumeReading() }
        try await eventually("the drain") { fixture.atServer.record.drained == 1 }
        try await eventually("the block") { recorder.record.messages.map(\.bytes.count) == [12 << 20] }
        fixture.onLoop {
            client.pauseReading()
            #expect(server.send(binary: block) && !server.send(binary: block))
        }
        let end = try await fixture.atServer.closed()
        #expect(end.code == nil && end.reason.contains("bytes wait"))
    }
}

/// A value read on the loop.
func value<Value: Sendable>(on loop: EventLoop, _ body: @escaping @Sendable () -> Value) async throws -> Value
{
    let result = Locked<Value?>(nil)
    loop.execute {
        let value = body()
        result.withLock { $0 = value }
    }
    try await eventually("the loop") { result.withLock { $0 != nil } }
    return try #require(result.withLock { $0 })
}
