package import WebSocketWire

/// Hears of its connection on the connection's loop, never from within a call that it made itself.
package protocol WebSocketDelegate: AnyObject, Sendable {
    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage)
    /// The peer has taken everything sent, after there had been a time when it could not.
    func webSocketDrained(_ socket: WebSocketConnection)
    /// The last call, exactly once. `code` is the peer's (1005 when its close frame had none), or ours when
    /// the peer broke the protocol; nil when the connection ended without a close frame.
    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String)
}

/// Hears of the messages that came together at once, in their order, in place of one after the other; those behind one that made
/// it close the connection too.
package protocol WebSocketBatchDelegate: WebSocketDelegate {
    func webSocket(_ socket: WebSocketConnection, received messages: [WebSocketMessage])
}

extension WebSocketBatchDelegate {
    package func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        webSocket(socket, received: [message])
    }
}

extension WebSocketDelegate {
    package func webSocketDrained(_ socket: WebSocketConnection) {}
}
