package import HTTPServer
package import HTTPWire
internal import WebSocketWire

/// The answer to a request for a WebSocket: 101 and the connection, or why not (400, 426).
///
/// `subprotocol`, where given, must be among those the client offers. No extension is accepted, so
/// compression is declined by silence (RFC 6455 section 9.1). Who may connect is the handler's to decide
/// before it calls this. `onOpen` is called on the loop and sets the delegate, which then misses nothing.
package func webSocketResponse(
    to request: HTTPRequest,
    subprotocol: String? = nil,
    limits: WebSocketLimits = .standard,
    onOpen: @escaping @Sendable (WebSocketConnection) -> Void
) -> HTTPResponse {
    switch webSocketOpening(of: request, subprotocol: subprotocol) {
    case .refused(let response): response
    case .accepted(let headers):
        HTTPResponse(
            status: 101,
            headers: headers,
            body: .upgrade { upgraded in
                let connection = WebSocketConnection(
                    stream: upgraded.stream,
                    role: .server,
                    subprotocol: subprotocol,
                    limits: limits
                )
                connection.assumeIsolated { $0.start(unread: upgraded.unread) }
                onOpen(connection)
                connection.release()
            }
        )
    }
}

package enum WebSocketOpening: Sendable {
    /// The headers of the 101.
    case accepted(HTTPHeaders)
    /// 400 or 426.
    case refused(HTTPResponse)
}

/// Whether a request opens a WebSocket. `isOptional`: a client that offers no subprotocol is served too, without one.
package func webSocketOpening(of request: HTTPRequest, subprotocol: String?, isOptional: Bool = false)
    -> WebSocketOpening
{
    let headers = request.headers
    let offered = listed(headers.all("sec-websocket-protocol"))
    let subprotocol = isOptional && offered.isEmpty ? nil : subprotocol
    let handshake = WebSocketHandshake.Request(
        method: request.method,
        minorVersion: request.head.minorVersion,
        asksForUpgrade: headers.list("upgrade", contains: "websocket")
            && headers.list("connection", contains: "upgrade") && request.body.isEmpty,
        versions: headers.all("sec-websocket-version"),
        keys: headers.all("sec-websocket-key"),
        subprotocols: offered
    )
    let accept: String
    do throws(WebSocketHandshake.Refusal) {
        accept = try WebSocketHandshake.accept(handshake, subprotocol: subprotocol)
    } catch {
        return .refused(refusal(error))
    }
    var answer: HTTPHeaders = [
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept,
    ]
    if let subprotocol { answer.add("Sec-WebSocket-Protocol", subprotocol) }
    return .accepted(answer)
}

private func refusal(_ refusal: WebSocketHandshake.Refusal) -> HTTPResponse {
    switch refusal {
    case .notAnUpgrade:
        .problem(status: 426, detail: "this address speaks WebSocket")
            .with("Upgrade", "websocket").with("Connection", "Upgrade")
    case .badVersion:
        .problem(status: 426, detail: "this address speaks WebSocket version 13")
            .with("Upgrade", "websocket").with("Connection", "Upgrade").with("Sec-WebSocket-Version", "13")
    case .badKey: .problem(status: 400, detail: "Sec-WebSocket-Key must be 16 bytes in base64, once")
    case .missingSubprotocol: .problem(status: 400, detail: "the subprotocol of this address was not offered")
    }
}

/// The members of a list header that may be spread over several lines.
func listed(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",") }.map { member in
        var rest = member
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
    .filter { !$0.isEmpty }
}
