package import EventLoop
package import HTTPWire
package import TLS

/// Opens WebSockets as a client.
package enum WebSocketClient {
    /// Opens a stream to host and port on the loop within the time, and tells the delegate.
    package typealias OpenStream =
        @Sendable (
            _ host: String, _ port: Int, _ loop: EventLoop, _ timeout: Duration,
            _ delegate: any ByteStreamDelegate
        ) throws -> any ByteStream

    /// Connects and shakes hands within `timeout`, all on `loop`. Throws `WebSocketClientError`, or
    /// `CancellationError` when its task is cancelled. Redirects are not followed.
    ///
    /// To a caller on `loop` this returns before the delegate hears anything; to another it may be the other
    /// way round, since a server may speak at once. `headers` are sent besides the handshake's own. `wss`
    /// goes over TLS, the server's certificate checked against `trust`, unless `openSecure` opens another
    /// stream.
    package static func connect(
        url: String,
        headers: HTTPHeaders = [:],
        subprotocol: String? = nil,
        loop: EventLoop,
        limits: WebSocketLimits = .standard,
        timeout: Duration = .seconds(10),
        trust: TLSTrust = .system,
        openSecure: OpenStream? = nil,
        delegate: any WebSocketDelegate
    ) async throws -> WebSocketConnection {
        guard let parts = WebSocketURL(url) else { throw WebSocketClientError.badURL(url) }
        let attempt = ClientHandshake.Attempt(
            url: parts,
            headers: headers,
            subprotocol: subprotocol,
            limits: limits,
            timeout: timeout,
            delegate: delegate,
            open: parts.isSecure ? openSecure ?? openTLS(trust) : openPlain
        )
        let connection = try await ClientHandshake(attempt, loop: loop).run()
        // This runs where the caller runs. On the connection's loop the caller goes on before the loop's next
        // turn.
        connection.release()
        return connection
    }

    private static let openPlain: OpenStream = { host, port, loop, timeout, delegate in
        TCPStream.connect(host: host, port: port, on: loop, timeout: timeout, delegate: delegate)
    }

    private static func openTLS(_ trust: TLSTrust) -> OpenStream {
        { host, port, loop, timeout, delegate in
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
}
