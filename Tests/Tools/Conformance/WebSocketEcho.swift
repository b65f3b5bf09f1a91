import HTTPServer
import WebSocketTransport
import WebSocketWire

/// Sends every message back.
enum WebSocketEcho {
    static var routes: [Route] {
        [
            Route(method: "GET", pattern: "/*") { request, _ in
                webSocketResponse(to: request) { $0.delegate = EchoPeer() }
            }
        ]
    }
}

/// The delegate of one echoing connection, of either side.
final class EchoPeer: WebSocketDelegate {
    private let onClose: @Sendable () -> Void

    init(onClose: @escaping @Sendable () -> Void = {}) { self.onClose = onClose }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        switch message {
        case .text(let bytes): socket.send(text: bytes)
        case .binary(let bytes): socket.send(binary: bytes)
        }
    }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) { onClose() }
}
