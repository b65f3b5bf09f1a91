import Base
import EventLoop
import WebSocketTransport
import WebSocketWire

/// Drives a fuzzing server, which is told by the path what to do with the connection.
struct SuiteClient {
    /// `ws://host:port`.
    let url: String
    let agent: String

    struct NoCount: Error {}

    func run() async throws {
        let loop = try EventLoop(name: "suite")
        let count = try await caseCount(on: loop)
        for number in 1...max(1, count) {
            // A case may refuse the handshake or cut it: the server knows what it expected.
            try? await echo("/runCase?case=\(number)&agent=\(agent)", on: loop)
        }
        try await echo("/updateReports?agent=\(agent)", on: loop)
        print("\(count) cases")
    }

    private func caseCount(on loop: EventLoop) async throws -> Int {
        let (texts, continuation) = AsyncStream<[UInt8]>.makeStream()
        let listener = Listening {
            continuation.yield($0)
        } onClose: {
            continuation.finish()
        }
        _ = try await WebSocketClient.connect(url: "\(url)/getCaseCount", loop: loop, delegate: listener)
        var count: Int?
        for await text in texts { count = UInt64(decimal: text).flatMap { Int(exactly: $0) } }
        guard let count else { throw NoCount() }
        return count
    }

    /// Connects and sends every message back until the server has closed.
    private func echo(_ target: String, on loop: EventLoop) async throws {
        let (closes, continuation) = AsyncStream<Never>.makeStream()
        let peer = EchoPeer { continuation.finish() }
        _ = try await WebSocketClient.connect(url: url + target, loop: loop, delegate: peer)
        for await _ in closes {}
    }
}

/// Hears texts and sends nothing.
private final class Listening: WebSocketDelegate {
    private let onText: @Sendable ([UInt8]) -> Void
    private let onClose: @Sendable () -> Void

    init(onText: @escaping @Sendable ([UInt8]) -> Void, onClose: @escaping @Sendable () -> Void) {
        self.onText = onText
        self.onClose = onClose
    }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        onText(message.bytes)
    }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) { onClose() }
}
