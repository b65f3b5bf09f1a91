import Base
import EventLoop
import HTTPWire
import LinkProtocol
import WebSocketTransport
import WebSocketWire

/// A worker that only gives commands: no bus, never a publisher.
actor Caller: WebSocketDelegate {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private(set) var results: [UInt64: LinkResult.Outcome] = [:]
    private(set) var shards: [LinkShard] = []
    private(set) var closeCode: UInt16?
    private var commands = OpenCommands()
    private var socket: WebSocketConnection?

    init(loop: EventLoop) { self.loop = loop }

    func link(port: Int) async throws {
        (shards, closeCode) = ([], nil)
        _ = commands.abandon()
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer link")
        let socket = try await WebSocketClient.connect(
            url: "ws://127.0.0.1:\(port)/link",
            headers: headers,
            subprotocol: LinkMessage.subprotocol,
            loop: loop,
            delegate: self
        )
        self.socket = socket
        socket.send(text: LinkMessage.hello(LinkHello(caller: "worker")).encoded(ts: 0))
    }

    /// The id of the command.
    @discardableResult
    func ask(_ request: LinkCommand.Request) -> UInt64 {
        guard let command = commands.open(request, now: loop.now) else { return 0 }
        socket?.send(text: LinkMessage.command(command).encoded(ts: 0))
        return command.id
    }

    func unlink() { socket?.abort() }

    nonisolated func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        assumeIsolated { caller in
            guard case .text(let bytes) = message, let decoded = try? LinkMessage(decoding: bytes) else {
                return
            }
            switch decoded {
            case .ready(_, let shards): caller.shards = shards
            case .result(let result): caller.results[result.id] = result.outcome
            default: break
            }
        }
    }

    nonisolated func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        assumeIsolated { $0.closeCode = code }
    }
}
