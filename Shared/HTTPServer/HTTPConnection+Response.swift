internal import EventLoop
internal import HTTPWire

extension HTTPConnection {
    /// Writes a response and settles what comes next; `advance` goes on from there.
    func respond(_ response: HTTPResponse, to exchange: Exchange) {
        observe(exchange, status: response.status)
        var response = response
        response.headers.addIfMissing("Date", HTTPDate.text(unixSeconds: WallClock.unixMilliseconds() / 1000))
        let isHead = exchange.head.method == "HEAD"
        switch response.body {
        case .detach(let receive) where !isHead:
            if response.status != 101 { response.headers.replace("Connection", "close") }
            let head = HeadWriter.response(status: response.status, headers: response.headers)
            detach(to: receive, head: head)
        case .upgrade(let receive) where !isHead:
            stream.write(HeadWriter.response(status: response.status, headers: response.headers))
            upgrade(to: receive)
        case .stream(let write) where !isHead:
            let keepAlive = exchange.head.wantsKeepAlive && !isDraining && exchange.head.minorVersion == 1
            if exchange.head.minorVersion == 1 { response.headers.add("Transfer-Encoding", "chunked") }
            setFraming(&response, length: nil, keepAlive: keepAlive, to: exchange.head)
            stream.write(HeadWriter.response(status: response.status, headers: response.headers))
            beginStreaming(write, for: exchange, keepAlive: keepAlive)
        case .empty: respond(response, bytes: [], length: 0, to: exchange)
        case .bytes(let bytes):
            respond(response, bytes: isHead ? [] : bytes, length: bytes.count, to: exchange)
        case .stream, .detach, .upgrade: respond(response, bytes: [], length: nil, to: exchange)
        }
    }

    private func respond(_ response: HTTPResponse, bytes: [UInt8], length: Int?, to exchange: Exchange) {
        var response = response
        let keepAlive = exchange.head.wantsKeepAlive && !isDraining
        setFraming(&response, length: length, keepAlive: keepAlive, to: exchange.head)
        stream.write(HeadWriter.response(status: response.status, headers: response.headers))
        send(bytes[...], keepAlive: keepAlive)
    }

    /// Queues as much of a body as may wait, and the rest when the client has taken that: so a slow reader of
    /// something large costs a reference to it, not a copy.
    private func send(_ body: ArraySlice<UInt8>, keepAlive: Bool) {
        let piece = body.prefix(limits.queuedBytesMax)
        if !piece.isEmpty { stream.write(Array(piece)) }
        if piece.endIndex == body.endIndex { return settle(keepAlive: keepAlive) }
        waitForFlush(then: .body(body[piece.endIndex...], keepAlive: keepAlive))
    }

    func observe(_ exchange: Exchange, status: Int) {
        observer.requestFinished(
            route: exchange.route,
            method: exchange.head.method,
            status: status,
            duration: MonotonicClock.now() - exchange.started
        )
    }

    private func setFraming(
        _ response: inout HTTPResponse,
        length: Int?,
        keepAlive: Bool,
        to head: HTTPRequestHead
    ) {
        // RFC 9110 section 8.6: none of these has content, and 204 must not state a length.
        let hasLength = response.status >= 200 && response.status != 204 && response.status != 304
        if hasLength, let length { response.headers.replace("Content-Length", String(length)) }
        if !keepAlive {
            response.headers.replace("Connection", "close")
        } else if head.minorVersion == 0 {
            response.headers.replace("Connection", "keep-alive")
        }
    }

    func settle(keepAlive: Bool) {
        if !keepAlive {
            waitForFlush(then: .closeLingering)
        } else if stream.queuedBytes > limits.queuedBytesMax {
            waitForFlush(then: .nextRequest)
        } else {
            phase = .idle
            arm(.idle, after: limits.idleTimeout)
        }
    }

    /// Bytes that are no acceptable request.
    func refuse(_ error: HTTPWireError) {
        observer.requestRefused(error)
        answerAndClose(own(error.status, error.rawValue))
    }

    /// A last response to nothing in particular.
    func answerAndClose(_ response: HTTPResponse) {
        guard case .bytes(let bytes) = response.body else { return end() }
        var headers = response.headers
        headers.add("Date", HTTPDate.text(unixSeconds: WallClock.unixMilliseconds() / 1000))
        headers.add("Content-Length", String(bytes.count))
        headers.add("Connection", "close")
        stream.write(HeadWriter.response(status: response.status, headers: headers) + bytes)
        waitForFlush(then: .closeLingering)
    }

    // MARK: Waiting for the client

    private func waitForFlush(then next: AfterFlush) {
        phase = .flushing(then: next)
        watchFlush()
    }

    /// Calls `flushed` when the client has taken everything, or the write limit's answer when it does not.
    func watchFlush() {
        arm(.write, after: limits.writeTimeout, queuedBefore: stream.queuedBytes)
        // The stream sends at the end of a turn and tells of the end of a queue only when it was stuck. Two
        // turns from now it has tried: either all is sent, or it is stuck and will tell.
        loop.execute { self.loop.execute { self.assumeIsolated { $0.flushed() } } }
    }

    /// Everything queued may have gone.
    func flushed() {
        guard stream.queuedBytes == 0 else { return }
        if case .streaming = phase {
            disarm()
            return unblockWriters()
        }
        guard case .flushing(let next) = phase else { return }
        switch next {
        case .nextRequest:
            if isDraining { return closeLingering() }
            phase = .idle
            arm(.idle, after: limits.idleTimeout)
            advance()
        case .body(let rest, let keepAlive):
            send(rest, keepAlive: keepAlive)
            advance()
        case .closeLingering: closeLingering()
        case .detach(let receive, let head): detach(to: receive, head: head)
        }
    }

    /// Everything asked for is answered.
    func closeAfterFlush() { waitForFlush(then: .closeLingering) }

    private func closeLingering() {
        leave()
        LingeringClose.begin(stream)
    }

    // MARK: Giving the connection away

    private func detach(to receive: @Sendable @escaping (DetachedConnection) -> Void, head: [UInt8]) {
        // Only a bare socket can be kept as a descriptor; behind TLS there is none.
        guard let stream = stream as? TCPStream else { return end() }
        guard let registration = stream.handOver() else {
            return stream.queuedBytes > 0 ? waitForFlush(then: .detach(receive, head: head)) : end()
        }
        leave()
        let connection = DetachedConnection(
            registration: registration,
            head: head,
            unread: parser.takeUnread(),
            loop: loop,
            remoteAddress: stream.remoteAddress
        )
        receive(connection)
    }

    private func upgrade(to receive: @Sendable (UpgradedConnection) -> Void) {
        // A conversation with someone who has hung up.
        if hasInputEnded { return end() }
        leave()
        stream.delegate = nil
        resumeIfPaused()
        receive(UpgradedConnection(stream: stream, unread: parser.takeUnread()))
        if stream.delegate == nil { stream.close() }
    }
}
