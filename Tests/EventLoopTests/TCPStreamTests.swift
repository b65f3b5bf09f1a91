import Base
import EventLoop
import TestSupport
import Testing

@Suite struct TCPStreamTests {
    private static func listen(
        on loop: EventLoop,
        _ accept: @escaping @Sendable (TCPStream) -> Void
    ) async throws -> (port: Int, listener: Listener) {
        try await on(loop) {
            let listener = try Listener(host: "127.0.0.1", port: 0, on: loop, accept: accept)
            return (listener.port, listener)
        }
    }

    @Test func `bytes arrive whole, whatever the peer's pace, and drained is told`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let sink = ByteStreamRecorder()
        let accepted = Locked<TCPStream?>(nil)
        let (port, listener) = try await Self.listen(on: loop) { stream in
            stream.delegate = sink
            stream.pauseReading()
            accepted.withLock { $0 = stream }
        }
        let source = ByteStreamRecorder()
        let sent = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let queued = Locked(0)
        loop.execute {
            let stream = TCPStream.connect(host: "localhost", port: port, on: loop, delegate: source)
            loop.schedule(after: .milliseconds(1)) { write(stream) }
        }
        @Sendable func write(_ stream: TCPStream) {
            guard source.record.connected == 1 else {
                loop.schedule(after: .milliseconds(1)) { write(stream) }
                return
            }
            stream.write(sent)
            loop.schedule(after: .milliseconds(20)) { queued.withLock { $0 = stream.queuedBytes } }
        }
        try await eventually("the kernel to take no more") { queued.withLock { $0 > 0 } }
        loop.execute { accepted.withLock { $0 }?.resumeReading() }
        try await eventually("all bytes") { sink.record.received.count == sent.count }
        #expect(sink.record.received == sent)
        try await eventually("drained") { source.record.drained > 0 }
        loop.execute { listener.close() }
    }

    @Test func `a listener goes on behind a connection that is closed as soon as it is taken`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let taken = Locked(0)
        let (port, listener) = try await Self.listen(on: loop) { stream in
            taken.withLock { $0 += 1 }
            stream.close()
        }
        let clients = (0..<3).map { _ in ByteStreamRecorder() }
        for client in clients {
            loop.execute {
                _ = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: client)
            }
        }
        try await eventually("each to be closed") { clients.allSatisfy { !$0.record.closed.isEmpty } }
        #expect(taken.withLock { $0 } == 3)
        loop.execute { listener.close() }
    }

    @Test func `closing is told once to both, as local and as the end of the stream`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let server = ByteStreamRecorder { stream, bytes in
            stream.write(bytes)
            stream.closeAfterFlush()
        }
        let (port, listener) = try await Self.listen(on: loop) { $0.delegate = server }
        let client = ByteStreamRecorder()
        loop.execute {
            let stream = TCPStream.connect(host: "127.0.0.1", port: port, on: loop, delegate: client)
            loop.schedule(after: .milliseconds(20)) { stream.write(Array("hello".utf8)) }
        }
        try await eventually("the client's close") { !client.record.closed.isEmpty }
        #expect(client.record.received == Array("hello".utf8))
        #expect(client.record.closed == [.endOfStream])
        #expect(server.record.closed == [.local])
        #expect(client.record.callsAfterClose + server.record.callsAfterClose == 0)
        loop.execute { listener.close() }
    }

    @Test func `a refused connection and an unknown host fail with a reason`() async throws {
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let (port, listener) = try await Self.listen(on: loop) { $0.delegate = nil }
        try await on(loop) { listener.close() }
        for (host, expected) in [("127.0.0.1", "refused"), ("no-such-host.invalid", "cannot resolve")] {
            let client = ByteStreamRecorder()
            loop.execute { _ = TCPStream.connect(host: host, port: port, on: loop, delegate: client) }
            try await eventually("a failure") { !client.record.closed.isEmpty }
            guard case .failed(let reason) = client.record.closed[0] else {
                Issue.record("closed as \(client.record.closed)")
                continue
            }
            #expect(reason.contains(expected))
        }
    }
}
