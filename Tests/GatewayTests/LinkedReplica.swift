import Base
import EventLoop
import EventModels
import HTTPWire
import LinkProtocol
import WebSocketTransport
import WebSocketWire

/// A replica with a log in memory that never fails: compares, appends, acknowledges.
actor LinkedReplica: WebSocketDelegate {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private(set) var log: [StreamEvent] = []
    private(set) var said: [LinkMessage] = []
    private(set) var results: [LinkResult] = []
    private(set) var closeCode: UInt16?
    private var machine = ReplicaMachine()
    private var socket: WebSocketConnection?
    /// While set, nothing is appended.
    private var isStuck = false
    private var waiting: EventFrame?

    init(loop: EventLoop) { self.loop = loop }

    func link(port: Int, token: String = "link") async throws {
        machine = ReplicaMachine()
        waiting = nil
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token)")
        socket = try await WebSocketClient.connect(
            url: "ws://127.0.0.1:\(port)/link",
            headers: headers,
            subprotocol: LinkMessage.subprotocol,
            loop: loop,
            delegate: self
        )
        run(machine.opened(bus: "bus", tops: [.only: log.last?.id], name: "test"))
    }

    /// As if another gateway had written this.
    func preset(_ events: [StreamEvent]) { log = events }

    func stick(_ stuck: Bool) {
        isStuck = stuck
        if !stuck, let frame = waiting {
            waiting = nil
            append(frame)
        }
    }

    func ask(_ command: LinkCommand) { socket?.send(text: LinkMessage.command(command).encoded(ts: 0)) }

    func unlink() { socket?.abort() }

    private func run(_ actions: [ReplicaMachine.Action]) {
        for action in actions {
            switch action {
            case .send(let message): socket?.send(text: message.encoded(ts: 0))
            case .append(let frame): append(frame)
            case .answered(let result): results.append(result)
            case .retryLater, .shardsChanged: break
            case .close(let code, let reason): socket?.close(code: code.rawValue, reason: reason)
            }
        }
    }

    private func append(_ frame: EventFrame) {
        guard !isStuck else { return waiting = frame }
        guard log.isEmpty || log.last?.id == frame.prev else {
            return run(machine.appended(frame.shard, .refused(top: log.last?.id)))
        }
        log += frame.events
        run(machine.appended(frame.shard, .appended(top: frame.last)))
    }

    nonisolated func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        assumeIsolated { replica in
            guard case .text(let bytes) = message, let decoded = try? LinkMessage(decoding: bytes) else {
                return
            }
            replica.said.append(decoded)
            replica.run(replica.machine.received(decoded))
        }
    }

    nonisolated func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        assumeIsolated { $0.closeCode = code }
    }
}
