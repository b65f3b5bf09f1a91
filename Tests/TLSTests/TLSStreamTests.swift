import Base
import EventLoop
import TLS
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TLSStreamTests {
    private let authority: TestAuthority
    private let context: TLSContext

    init() throws {
        authority = try TestAuthority()
        let identity = try authority.issue("DNS:localhost,IP:127.0.0.1")
        context = try TLSContext.server(certificatePEM: identity.certificate, keyPEM: Secret(identity.key))
    }

    /// Runs `body` on the loop and waits for it.
    private func on<Result: Sendable>(
        _ loop: EventLoop,
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            loop.execute { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// Listens; each connection's delegate is what `handle` gives it.
    private func listen(
        on loop: EventLoop,
        _ handle: @escaping @Sendable (TCPStream) throws -> Void
    ) async throws -> Listener {
        try await on(loop) {
            try Listener(host: "127.0.0.1", port: 0, on: loop) { connection in
                do { try handle(connection) } catch { Issue.record(error) }
            }
        }
    }

    private func connect(
        to port: Int,
        host: String = "127.0.0.1",
        on loop: EventLoop,
        timeout: Duration = .seconds(10),
        trust: TLSTrust? = nil,
        delegate: ByteStreamRecorder
    ) async throws -> TLSStream {
        let trust = trust ?? .pem(authority.pem)
        return try await on(loop) {
            try TLSStream.connect(
                host: host,
                port: port,
                on: loop,
                timeout: timeout,
                trust: trust,
                delegate: delegate
            )
        }
    }

    @Test func `an echo comes back whole and both ends hear a clean end`() async throws {
        let loop = try EventLoop(name: "tls")
        defer { loop.stop() }
        let server = ByteStreamRecorder { stream, bytes in stream.write(bytes) }
        let context = context
        let listener = try await listen(on: loop) {
            _ = try TLSStream.accept($0, context: context, delegate: server)
        }
        let client = ByteStreamRecorder()
        let stream = try await connect(to: listener.port, host: "localhost", on: loop, delegate: client)
        let message = (0..<2_000_000).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        // Before the handshake is done: it waits for it.
        try await on(loop) { stream.write(message) }
        try await eventually("the echo") { client.record.received.count == message.count }
        #expect(client.record.received == message)
        try await on(loop) { stream.closeAfterFlush() }
        try await eventually("both ends") { !client.record.closed.isEmpty && !server.record.closed.isEmpty }
        #expect(client.record.closed == [.local])
        #expect(server.record.closed == [.endOfStream])
        #expect(client.record.connected == 1 && server.record.connected == 0)
        #expect(client.record.callsAfterClose == 0 && server.record.callsAfterClose == 0)
        try await on(loop) { listener.close() }
    }

    @Test func `a cut connection is told from one that ended`() async throws {
        let loop = try EventLoop(name: "tls")
        defer { loop.stop() }
        for isCut in [true, false] {
            let context = context
            let server = ByteStreamRecorder { stream, _ in isCut ? stream.close() : stream.closeAfterFlush() }
            let listener = try await listen(on: loop) {
                _ = try TLSStream.accept($0, context: context, delegate: server)
            }
            let client = ByteStreamRecorder()
            let stream = try await connect(to: listener.port, on: loop, delegate: client)
            try await on(loop) { stream.write(Array("bye".utf8)) }
            try await eventually("the end") { !client.record.closed.isEmpty }
            #expect(client.record.closed == [isCut ? .truncated : .endOfStream])
            try await on(loop) { listener.close() }
        }
    }

    @Test func `a server that is not to be trusted is refused with the reason`() async throws {
        let loop = try EventLoop(name: "tls")
        defer { loop.stop() }
        let context = context
        let server = ByteStreamRecorder()
        let listener = try await listen(on: loop) {
            _ = try TLSStream.accept($0, context: context, delegate: server)
        }
        let client = ByteStreamRecorder()
        let other = try TestAuthority(name: "Another")
        _ = try await connect(to: listener.port, on: loop, trust: .pem(other.pem), delegate: client)
        try await eventually("the refusal") { !client.record.closed.isEmpty }
        #expect(client.record.connected == 0)
        guard case .failed(let reason) = client.record.closed.first else {
            Issue.record("closed as \(client.record.closed)")
            return
        }
        #expect(reason.contains("the certificate of 127.0.0.1 has no trusted issuer"))
        try await eventually("the server's end") { !server.record.closed.isEmpty }
        try await on(loop) { listener.close() }
    }

    @Test func `peers that hang up or say nothing in the handshake are told apart`() async throws {
        let loop = try EventLoop(name: "tls")
        defer { loop.stop() }
        for (hangsUp, expected) in [
            (true, "TLS: the peer hung up during the handshake"),
            (false, "TLS: no connection within 0.05 seconds"),
        ] {
            let silent = ByteStreamRecorder { stream, _ in if hangsUp { stream.closeAfterFlush() } }
            let listener = try await listen(on: loop) { $0.delegate = silent }
            let client = ByteStreamRecorder()
            let timeout: Duration = hangsUp ? .seconds(20) : .milliseconds(50)
            _ = try await connect(to: listener.port, on: loop, timeout: timeout, delegate: client)
            try await eventually("the end") { !client.record.closed.isEmpty }
            #expect(client.record.closed == [.failed(expected)])
            try await on(loop) { listener.close() }
        }
    }

    @Test func `a port where nobody listens is a failure`() async throws {
        let loop = try EventLoop(name: "tls")
        defer { loop.stop() }
        let client = ByteStreamRecorder()
        _ = try await connect(to: 1, on: loop, delegate: client)
        try await eventually("the end") { !client.record.closed.isEmpty }
        guard case .failed = client.record.closed.first else {
            Issue.record("closed as \(client.record.closed)")
            return
        }
    }
}
