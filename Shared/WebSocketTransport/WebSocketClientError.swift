package import HTTPWire

/// Why a client has no connection.
package enum WebSocketClientError: Error, Sendable, CustomStringConvertible {
    case badURL(String)
    /// No TCP or TLS connection, or it ended during the handshake.
    case connectionFailed(String)
    case timedOut
    /// The server answered with another status than 101.
    case refused(status: Int, headers: HTTPHeaders, bodyStart: [UInt8])
    /// The server's answer was not HTTP, or did not prove that it speaks WebSocket.
    case badHandshake(String)

    package var description: String {
        switch self {
        case .badURL(let url): "not a ws:// or wss:// address: \(url)"
        case .connectionFailed(let reason): "cannot connect: \(reason)"
        case .timedOut: "the WebSocket handshake took too long"
        case .refused(let status, _, let body):
            "refused with \(status) \(HTTPStatus.reason(status)): "
                + String(decoding: body.prefix(200), as: UTF8.self)
        case .badHandshake(let reason): "not a WebSocket handshake: \(reason)"
        }
    }
}
