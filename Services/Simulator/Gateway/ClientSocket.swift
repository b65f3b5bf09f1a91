internal import EventLoop
internal import WebSocketTransport
internal import WebSocketWire

/// One connection's transport. Held back payloads (fault `delay`) wait here, at most 64 MiB; more cuts it.
final class ClientSocket {
    let connection: WebSocketConnection
    let encoder: PayloadEncoder
    private var heldUntil: Duration?
    private var held: [[UInt8]] = []
    private var heldBytes = 0
    private let heldBytesMax = 64 << 20

    init(_ connection: WebSocketConnection, _ encoder: PayloadEncoder) {
        self.connection = connection
        self.encoder = encoder
    }

    func send(_ payload: [UInt8], now: Duration) {
        guard heldUntil != nil else { return encoder.send(payload, on: connection) }
        held.append(payload)
        heldBytes += payload.count
        if heldBytes > heldBytesMax { connection.abort(reason: "more than 64 MiB held back") }
    }

    func hold(until: Duration) { heldUntil = max(heldUntil ?? until, until) }

    /// Sends what was held back, when its time has come.
    func release(now: Duration) {
        guard let until = heldUntil, until <= now else { return }
        heldUntil = nil
        for payload in held { encoder.send(payload, on: connection) }
        held = []
        heldBytes = 0
    }
}

/// Tells the simulation what a client says.
final class SocketListener: WebSocketDelegate {
    private let client: ClientID
    private let simulation: Simulation

    init(_ client: ClientID, _ simulation: Simulation) {
        self.client = client
        self.simulation = simulation
    }

    func webSocket(_ socket: WebSocketConnection, received message: WebSocketMessage) {
        let payload =
            switch message {
            case .text(let bytes), .binary(let bytes): bytes
            }
        simulation.assumeIsolated { $0.received(client, payload) }
    }

    func webSocketClosed(_ socket: WebSocketConnection, code: UInt16?, reason: String) {
        simulation.assumeIsolated { $0.closed(client, code: code) }
    }
}
