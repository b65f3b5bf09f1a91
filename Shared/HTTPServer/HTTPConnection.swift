internal import EventLoop
internal import HTTPWire

/// One client's connection: an actor on its loop that reads requests, has them handled one after the other,
/// and writes the responses in the order of the requests.
actor HTTPConnection: ByteStreamDelegate {
    enum Phase {
        /// Between requests, nothing of the next one here. Leaves to `.head`, or ends by the idle limit.
        case idle
        /// Some of a head is here. Leaves to `.body`, or ends by the head limit.
        case head
        /// Leaves to `.handling` when the body is complete, or ends by the body limit.
        case body(HTTPRequestHead)
        /// A handler's task runs. Leaves to `.idle`, `.flushing` or `.ended` with its response.
        case handling(Exchange)
        /// A task writes the body piece by piece. Leaves as `.handling` does when it returns.
        case streaming(Exchange)
        /// Waits until the client has taken what is queued, then does the next thing.
        case flushing(then: AfterFlush)
        /// Closed, or given away.
        case ended
    }

    struct Exchange {
        let head: HTTPRequestHead
        let route: String?
        let started: Duration
        /// Tells a late response from the one awaited.
        let number: Int
        var task: Task<Void, Never>?
    }

    enum AfterFlush {
        case nextRequest
        /// The rest of a body that is sent as the client takes it.
        case body(ArraySlice<UInt8>, keepAlive: Bool)
        case closeLingering
        case detach(@Sendable (DetachedConnection) -> Void, head: [UInt8])
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    let stream: any ByteStream
    let limits: HTTPServerLimits
    let observer: any HTTPServerObserver
    private let router: Router
    private let ownHeaders: HTTPHeaders
    private let onEnd: @Sendable (HTTPConnection) -> Void

    var parser: RequestParser
    var phase = Phase.idle
    var isDraining = false
    /// The client has said all it will, and may still listen.
    var hasInputEnded = false
    private var body: [UInt8] = []
    private var exchanges = 0
    private var timer: TimerID?
    /// Since when the client has been waited for; nil while it waits for us.
    private(set) var waitsSince: Duration?
    private var readingPaused = false
    /// Body writers that wait for the client.
    var blockedWriters: [CheckedContinuation<Void, Never>] = []

    /// Requests answered in one turn before other connections have theirs.
    private static let requestsPerTurnMax = 32

    init(
        stream: any ByteStream,
        router: Router,
        limits: HTTPServerLimits,
        observer: any HTTPServerObserver,
        ownHeaders: HTTPHeaders,
        onEnd: @escaping @Sendable (HTTPConnection) -> Void
    ) {
        loop = stream.loop
        self.stream = stream
        self.router = router
        self.limits = limits
        self.observer = observer
        self.ownHeaders = ownHeaders
        self.onEnd = onEnd
        parser = RequestParser(limits: limits.wire)
    }

    /// Begins the wait for the first request, which has the head's time.
    func start() { arm(.head, after: limits.headTimeout) }

    /// Answers what is under way and closes then; at once when nothing is.
    func drain() {
        isDraining = true
        if case .idle = phase { end() }
    }

    /// Closes at once.
    func abort() { end() }

    /// Closes at once, because another client needs the place more.
    func giveWay() {
        observer.connectionTimedOut(.crowded)
        end()
    }

    // MARK: The stream's calls

    nonisolated func streamConnected(_ stream: any ByteStream) {}

    nonisolated func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        assumeIsolated { $0.received(bytes) }
    }

    nonisolated func streamDrained(_ stream: any ByteStream) {
        assumeIsolated { $0.flushed() }
    }

    nonisolated func streamInputEnded(_ stream: any ByteStream) -> Bool {
        assumeIsolated { $0.inputEnded() }
        return true
    }

    nonisolated func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        assumeIsolated { $0.ended() }
    }

    // MARK: Reading

    private func received(_ bytes: [UInt8]) {
        parser.append(bytes)
        advance()
        if parser.unreadCount > limits.unreadBytesMax, !readingPaused, !hasEnded {
            readingPaused = true
            stream.pauseReading()
        }
    }

    /// What has arrived whole is still answered (RFC 9112 section 9.6), then the connection closes.
    private func inputEnded() {
        hasInputEnded = true
        advance()
    }

    /// Goes on until more bytes, a handler or the client must be waited for.
    func advance() {
        var requestsLeft = Self.requestsPerTurnMax
        while isReading {
            do throws(HTTPWireError) {
                guard let event = try parser.next() else { return awaitMore() }
                switch event {
                case .head(let head): began(head)
                case .body(let piece): body += piece
                case .end:
                    dispatch()
                    requestsLeft -= 1
                    if requestsLeft == 0, isReading { return advanceNextTurn() }
                }
            } catch {
                return refuse(error)
            }
        }
    }

    private func advanceNextTurn() {
        loop.execute { self.assumeIsolated { $0.advance() } }
    }

    private var isReading: Bool {
        switch phase {
        case .idle, .head, .body: true
        case .handling, .streaming, .flushing, .ended: false
        }
    }

    var hasEnded: Bool { if case .ended = phase { true } else { false } }

    private func awaitMore() {
        resumeIfPaused()
        if hasInputEnded { return parser.isInsideRequest ? refuse(.truncated) : closeAfterFlush() }
        if case .idle = phase, parser.isInsideRequest {
            phase = .head
            arm(.head, after: limits.headTimeout)
        }
    }

    func resumeIfPaused() {
        guard readingPaused else { return }
        readingPaused = false
        stream.resumeReading()
    }

    private func began(_ head: HTTPRequestHead) {
        phase = .body(head)
        guard head.framing != .none else { return }
        arm(.body, after: limits.bodyTimeout)
        if head.expectsContinue, parser.unreadCount == 0 {
            stream.write(HeadWriter.response(status: 100, headers: [:]))
        }
    }

    // MARK: Handling

    private func dispatch() {
        guard case .body(let head) = phase else { preconditionFailure("a request ends after its head") }
        let request = HTTPRequest(head: head, body: body, remoteAddress: stream.remoteAddress)
        body = []
        exchanges += 1
        let started = MonotonicClock.now()
        func exchange(_ route: String?, _ task: Task<Void, Never>? = nil) -> Exchange {
            Exchange(head: head, route: route, started: started, number: exchanges, task: task)
        }
        switch router.match(method: head.method, path: head.pathBytes) {
        case .notFound: respond(own(404), to: exchange(nil))
        case .methodNotAllowed(let methods):
            let allow = methods.joined(separator: ", ")
            respond(own(405).with("Allow", allow), to: exchange(nil))
        case .found(let route, let parameters):
            switch route.kind {
            case .immediate(let handler): respond(handler(request, parameters), to: exchange(route.pattern))
            case .task(let handler):
                let number = exchanges
                let task = Task {
                    let response = await handler(request, parameters)
                    self.handled(response, number: number)
                }
                phase = .handling(exchange(route.pattern, task))
                arm(.handler, after: limits.handlerTimeout)
            }
        }
    }

    /// A problem that the server answers by itself.
    func own(_ status: Int, _ detail: String? = nil) -> HTTPResponse {
        var response = HTTPResponse.problem(status: status, detail: detail)
        for field in ownHeaders { response.headers.addIfMissing(field.name, field.value) }
        return response
    }

    private func handled(_ response: HTTPResponse, number: Int) {
        guard case .handling(let exchange) = phase, exchange.number == number else { return }
        respond(response, to: exchange)
        advance()
    }

    // MARK: Time

    /// One timer at a time; the new one takes the old one's place.
    func arm(_ timeout: HTTPTimeout, after delay: Duration, queuedBefore: Int = 0) {
        disarm()
        if timeout != .handler { waitsSince = loop.now }
        timer = loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { $0.expired(timeout, queuedBefore: queuedBefore) }
        }
    }

    func disarm() {
        if let timer { loop.cancel(timer) }
        timer = nil
        waitsSince = nil
    }

    private func expired(_ timeout: HTTPTimeout, queuedBefore: Int) {
        timer = nil
        if timeout == .write, stream.queuedBytes <= queuedBefore - limits.writeBytesMin {
            return arm(.write, after: limits.writeTimeout, queuedBefore: stream.queuedBytes)
        }
        observer.connectionTimedOut(timeout)
        switch timeout {
        case .idle, .write, .crowded: end()
        case .head, .body:
            // Browsers connect ahead of need: one that never asked is not told off.
            if case .idle = phase { end() } else { answerAndClose(own(408)) }
        case .handler:
            guard case .handling(let exchange) = phase else { return }
            exchange.task?.cancel()
            observe(exchange, status: 503)
            answerAndClose(own(503, "the request took too long"))
        }
    }

    // MARK: The end

    /// Closes the stream and leaves the server.
    func end() {
        guard !hasEnded else { return }
        leave()
        stream.close()
    }

    /// The stream is gone.
    private func ended() {
        guard !hasEnded else { return }
        leave()
    }

    /// The connection is no longer this actor's: closed, or given away.
    func leave() {
        switch phase {
        case .handling(let exchange), .streaming(let exchange): exchange.task?.cancel()
        case .idle, .head, .body, .flushing, .ended: break
        }
        phase = .ended
        disarm()
        unblockWriters()
        onEnd(self)
    }
}
