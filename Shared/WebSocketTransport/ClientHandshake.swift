internal import EventLoop
internal import HTTPWire
internal import WebSocketWire

/// One attempt of a client: from an address to an open connection, or to the reason why not.
actor ClientHandshake: ByteStreamDelegate {
    struct Attempt: Sendable {
        let url: WebSocketURL
        let headers: HTTPHeaders
        let subprotocol: String?
        let limits: WebSocketLimits
        let timeout: Duration
        let delegate: any WebSocketDelegate
        let open: WebSocketClient.OpenStream
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let attempt: Attempt
    private let key = WebSocketHandshake.key(random: RandomSource.bytes(16))
    private var parser = ResponseParser()
    private var refusal: HTTPResponseHead?
    private var refusalBody: [UInt8] = []
    private var stream: (any ByteStream)?
    /// Of a result, not a throwing one: see `BlockingPool.run`.
    private typealias Waiter = CheckedContinuation<Result<WebSocketConnection, any Error>, Never>
    private var waiter: Waiter?
    private var timer: TimerID?

    /// How much of a refusal's body its error carries.
    private static let bodyStartMax = 4_096

    init(_ attempt: Attempt, loop: EventLoop) {
        self.attempt = attempt
        self.loop = loop
    }

    func run() async throws -> WebSocketConnection {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter = continuation
                begin()
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.fail(CancellationError()) } }
        }
        return try result.get()
    }

    private func begin() {
        timer = loop.schedule(after: attempt.timeout) { [weak self] in
            self?.assumeIsolated { $0.fail(WebSocketClientError.timedOut) }
        }
        do {
            stream = try attempt.open(attempt.url.host, attempt.url.port, loop, attempt.timeout, self)
        } catch {
            fail(WebSocketClientError.connectionFailed("\(error)"))
        }
    }

    // MARK: The stream's calls

    nonisolated func streamConnected(_ stream: any ByteStream) {
        assumeIsolated { $0.sendRequest(on: stream) }
    }

    nonisolated func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        assumeIsolated { $0.received(bytes, on: stream) }
    }

    nonisolated func streamDrained(_ stream: any ByteStream) {}

    nonisolated func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        assumeIsolated { $0.closed(reason) }
    }

    private func sendRequest(on stream: any ByteStream) {
        var headers: HTTPHeaders = [
            "Host": attempt.url.authority, "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13",
        ]
        if let subprotocol = attempt.subprotocol { headers.add("Sec-WebSocket-Protocol", subprotocol) }
        for field in attempt.headers { headers.add(field.name, field.value) }
        guard let bytes = HeadWriter.request(method: "GET", target: attempt.url.target, headers: headers)
        else {
            return fail(WebSocketClientError.badURL(attempt.url.target))
        }
        stream.write(bytes)
    }

    private func received(_ bytes: [UInt8], on stream: any ByteStream) {
        guard waiter != nil else { return }
        parser.append(bytes)
        do throws(HTTPWireError) {
            while waiter != nil, let event = try parser.next() {
                switch event {
                case .interim: continue
                case .upgraded(let head): upgrade(head, on: stream)
                case .head(let head): refusal = head
                case .body(let piece):
                    refusalBody += piece.prefix(Self.bodyStartMax - refusalBody.count)
                    if refusalBody.count == Self.bodyStartMax { refused() }
                case .end: refused()
                }
            }
        } catch {
            fail(WebSocketClientError.badHandshake(error.rawValue))
        }
    }

    private func closed(_ reason: StreamClose) {
        if refusal != nil { return refused() }
        switch reason {
        case .failed(let text): fail(WebSocketClientError.connectionFailed(text))
        case .endOfStream, .truncated, .local:
            fail(WebSocketClientError.connectionFailed("the server ended the connection"))
        }
    }

    private func refused() {
        guard let refusal else { return }
        fail(
            WebSocketClientError.refused(
                status: refusal.status,
                headers: refusal.headers,
                bodyStart: refusalBody
            )
        )
    }

    // MARK: The end

    private func upgrade(_ head: HTTPResponseHead, on stream: any ByteStream) {
        let isAccepted = WebSocketHandshake.isAccepted(
            key: key,
            subprotocol: attempt.subprotocol,
            accepts: head.headers.all("sec-websocket-accept"),
            upgrades: head.headers.list("upgrade", contains: "websocket")
                && head.headers.list("connection", contains: "upgrade"),
            extensions: head.headers.all("sec-websocket-extensions"),
            answered: head.headers.all("sec-websocket-protocol")
        )
        guard isAccepted else {
            return fail(WebSocketClientError.badHandshake("the answer does not match the question"))
        }
        let connection = WebSocketConnection(
            stream: stream,
            role: .client,
            subprotocol: attempt.subprotocol,
            limits: attempt.limits
        )
        connection.delegate = attempt.delegate
        let unread = parser.takeUnread()
        connection.assumeIsolated { $0.start(unread: unread) }
        finish()?.resume(returning: .success(connection))
    }

    private func fail(_ error: any Error) {
        guard let waiter = finish() else { return }
        stream?.close()
        stream = nil
        waiter.resume(returning: .failure(error))
    }

    private func finish() -> Waiter? {
        if let timer { loop.cancel(timer) }
        timer = nil
        defer { waiter = nil }
        return waiter
    }
}
