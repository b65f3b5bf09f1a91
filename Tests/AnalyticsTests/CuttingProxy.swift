import Base
import EventLoop
import TestSupport

/// Stands between a client and its server, and cuts their connection at a chosen step: a step is what the client sends in
/// one go.
final class CuttingProxy: Sendable {
    enum Cut: CaseIterable {
        /// The server never hears of the step.
        case beforeStep
        /// The server takes the step; the client never hears of it.
        case afterStep
    }

    private struct Armed {
        var steps: Int
        let cut: Cut
    }

    private struct State {
        var listener: Listener?
        var armed: Armed?
    }

    private let loop: EventLoop
    private let serverPort: Int
    private let state = Locked(State())

    init(to serverPort: Int, on loop: EventLoop) {
        self.loop = loop
        self.serverPort = serverPort
    }

    /// Listens, and gives its port.
    func start() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            loop.execute {
                continuation.resume(
                    with: Result {
                        let listener = try Listener(host: "127.0.0.1", port: 0, on: self.loop) {
                            self.accept($0)
                        }
                        self.state.withLock { $0.listener = listener }
                        return listener.port
                    }
                )
            }
        }
    }

    func stop() { loop.execute { self.state.withLock { $0.listener }?.close() } }

    /// Cuts at the client's step with this number, counted from now.
    func arm(step: Int, _ cut: Cut) { state.withLock { $0.armed = Armed(steps: step, cut: cut) } }

    /// Whether the step was not reached; nothing is cut any more then.
    func disarm() -> Bool {
        state.withLock { state in
            defer { state.armed = nil }
            return state.armed != nil
        }
    }

    /// Set when the step has come.
    private func nextCut() -> Cut? {
        state.withLock { state in
            guard let armed = state.armed else { return nil }
            state.armed?.steps -= 1
            guard armed.steps == 1 else { return nil }
            state.armed = nil
            return armed.cut
        }
    }

    private func accept(_ client: TCPStream) {
        let pair = Pair(client)
        let server = TCPStream.connect(
            host: "127.0.0.1",
            port: serverPort,
            on: loop,
            delegate: Side(
                connected: { client.resumeReading() },
                received: { client.write($0) },
                ended: { pair.serverEnded() }
            )
        )
        pair.set(server)
        client.delegate = Side(
            received: { [self] bytes in
                let cut = nextCut()
                if cut != .beforeStep { server.write(bytes) }
                if cut != nil { client.close() }
            },
            ended: { pair.clientEnded() }
        )
        client.pauseReading()
    }

    /// Both ends of one connection; touched on the loop only. Whatever one end was sent goes out before it is closed.
    private final class Pair: Sendable {
        private let client: TCPStream
        private let server = Locked<TCPStream?>(nil)
        private let isEnding = Locked(false)

        init(_ client: TCPStream) { self.client = client }

        func set(_ server: TCPStream) { self.server.withLock { $0 = server } }

        private func ends() -> Bool {
            isEnding.withLock { isEnding in
                defer { isEnding = true }
                return !isEnding
            }
        }

        func clientEnded() { if ends() { server.withLock { $0 }?.closeAfterFlush() } }
        func serverEnded() { if ends() { client.closeAfterFlush() } }
    }

    private final class Side: ByteStreamDelegate {
        private let connected: @Sendable () -> Void
        private let received: @Sendable ([UInt8]) -> Void
        private let ended: @Sendable () -> Void

        init(
            connected: @escaping @Sendable () -> Void = {},
            received: @escaping @Sendable ([UInt8]) -> Void,
            ended: @escaping @Sendable () -> Void
        ) {
            self.connected = connected
            self.received = received
            self.ended = ended
        }

        func streamConnected(_ stream: any ByteStream) { connected() }
        func stream(_ stream: any ByteStream, received bytes: [UInt8]) { received(bytes) }
        func streamDrained(_ stream: any ByteStream) {}
        func streamClosed(_ stream: any ByteStream, reason: StreamClose) { ended() }
    }
}
