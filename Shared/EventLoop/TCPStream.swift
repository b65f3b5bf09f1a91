internal import Base
internal import CLinux
internal import Glibc

/// A TCP connection on one loop: non-blocking, without Nagle's delay, level-triggered.
///
/// `@unchecked Sendable`: every member asserts that it runs on the loop's thread.
package final class TCPStream: ByteStream, ReadinessHandler, @unchecked Sendable {
    private enum State {
        case connecting
        case open
        case flushing
        case closed
    }

    package let loop: EventLoop
    package var delegate: (any ByteStreamDelegate)?
    package private(set) var remoteAddress: String

    private var descriptor: CInt
    private var registration: Registration?
    private var state: State
    private var output = ByteQueue()
    private var flushScheduled = false
    private var readingPaused = false
    private var inputEnded = false
    private var wasBlocked = false
    private var connector: Connector?

    /// What the kernel holds for the peer beyond what is on its way; more stays in the queue here.
    private static let unsentBytesMax: CInt = 131_072
    /// Bytes read in one turn before other streams have theirs.
    private static let readsPerTurnMax = 4

    /// Takes over a connected descriptor; reads from `start` on.
    init(descriptor: CInt, remoteAddress: String, loop: EventLoop) {
        self.loop = loop
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
        state = .open
    }

    private init(connectingTo host: String, on loop: EventLoop) {
        self.loop = loop
        descriptor = -1
        remoteAddress = host
        state = .connecting
    }

    /// Resolves and connects, trying each address in turn, all within `timeout`.
    package static func connect(
        host: String,
        port: Int,
        on loop: EventLoop,
        timeout: Duration = .seconds(10),
        delegate: any ByteStreamDelegate
    ) -> TCPStream {
        loop.assertOnLoop()
        let stream = TCPStream(connectingTo: host, on: loop)
        stream.delegate = delegate
        let connector = Connector(host: host, port: port, loop: loop) { result in
            stream.connectorFinished(result)
        }
        stream.connector = connector
        connector.start(timeout: timeout)
        return stream
    }

    private func connectorFinished(_ result: Connector.Outcome) {
        connector = nil
        guard state == .connecting else {
            if case .connected(let descriptor, _) = result { _ = Glibc.close(descriptor) }
            return
        }
        switch result {
        case .connected(let descriptor, let address):
            self.descriptor = descriptor
            remoteAddress = address
            Self.setOptions(descriptor)
            state = .open
            start()
            if state == .open { delegate?.streamConnected(self) }
        case .failed(let reason):
            finish(.failed(reason))
        }
    }

    /// Begins to read; nothing happens where whoever took it has closed it already.
    func start() {
        guard state == .open else { return }
        do {
            registration = try loop.register(descriptor: descriptor, interest: interest, handler: self)
        } catch {
            finishLater(.failed(error.description))
        }
    }

    /// What every stream's socket is set to, or the listening one that it has it from.
    static func setOptions(_ descriptor: CInt) {
        let size = socklen_t(MemoryLayout<CInt>.size)
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, size)
        // Without it the kernel takes megabytes for a peer that hardly reads, a little more at each wake-up.
        var unsentMax = unsentBytesMax
        setsockopt(descriptor, CInt(IPPROTO_TCP), CInt(TCP_NOTSENT_LOWAT), &unsentMax, size)
    }

    private var interest: Interest {
        var interest: Interest = []
        if !readingPaused, !inputEnded, state == .open { interest.insert(.read) }
        if wasBlocked { interest.insert(.write) }
        return interest
    }

    private func updateInterest() {
        guard let registration else { return }
        do { try loop.update(registration, interest: interest) } catch {
            finishLater(.failed(error.description))
        }
    }

    package var queuedBytes: Int { output.count }

    package func write(_ bytes: [UInt8]) {
        loop.assertOnLoop()
        guard state == .open else { return }
        output.append(bytes)
        scheduleFlush()
    }

    private func scheduleFlush() {
        guard !flushScheduled, !wasBlocked else { return }
        flushScheduled = true
        loop.flushAtEndOfTurn(self)
    }

    package func pauseReading() {
        loop.assertOnLoop()
        guard !readingPaused else { return }
        readingPaused = true
        updateInterest()
    }

    package func resumeReading() {
        loop.assertOnLoop()
        guard readingPaused else { return }
        readingPaused = false
        updateInterest()
    }

    package func close() {
        loop.assertOnLoop()
        finishLater(.local)
    }

    package func closeAfterFlush() {
        loop.assertOnLoop()
        guard state == .open else { return close() }
        state = .flushing
        if output.isEmpty { return finishLater(.local) }
        updateInterest()
        scheduleFlush()
    }

    /// Gives the descriptor away, when nothing is left to send; the delegate hears nothing more.
    package func detach() -> CInt? {
        guard let registration = handOver() else { return nil }
        loop.deregister(registration)
        return registration.descriptor
    }

    /// `detach`, with the descriptor still registered for reading: the loop's `adopt` gives it a new handler, which costs no
    /// system call.
    package func handOver() -> Registration? {
        loop.assertOnLoop()
        guard state == .open else { return nil }
        flush()
        guard state == .open, output.isEmpty, let registration else { return nil }
        if interest != .read {
            guard (try? loop.update(registration, interest: .read)) != nil else { return nil }
        }
        loop.abandon(registration)
        self.registration = nil
        state = .closed
        delegate = nil
        descriptor = -1
        return registration
    }

    // MARK: The loop's calls

    package func ready(_ readiness: DescriptorEvents, on registration: Registration) {
        if readiness.contains(.writable), wasBlocked {
            wasBlocked = false
            flush()
            if state == .open || state == .flushing { updateInterest() }
            if !wasBlocked, state == .open { delegate?.streamDrained(self) }
        }
        if readiness.contains(.readable), state == .open, !readingPaused, !inputEnded {
            readAvailable()
        }
        if readiness.contains(.hangUp), state == .open || state == .flushing {
            // Paused or not, nothing can be sent any more: tell, instead of being woken for ever.
            finish(.failed(pendingError() ?? "connection reset"))
        }
    }

    private func pendingError() -> String? {
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code != 0 else { return nil }
        return String(cString: strerror(code))
    }

    private func readAvailable() {
        for _ in 0..<Self.readsPerTurnMax {
            let scratch = loop.scratch
            do {
                let result = try systemCall("recv") {
                    recv(descriptor, scratch.baseAddress, scratch.count, 0)
                }
                guard case .done(let count) = result else { return }
                guard count > 0 else { return endInput() }
                delegate?.stream(self, received: Array(UnsafeRawBufferPointer(rebasing: scratch[..<count])))
                if count < scratch.count || state != .open || readingPaused { return }
            } catch {
                return finish(.failed(String(cString: strerror(error.code))))
            }
        }
        loop.stayAwake()
    }

    /// Both directions end on their own: whether this one's end is the stream's is the delegate's to say.
    private func endInput() {
        inputEnded = true
        updateInterest()
        let isKept = delegate?.streamInputEnded(self) ?? false
        if !isKept, state == .open { finish(.endOfStream) }
    }

    /// Sends what is queued until the kernel takes no more.
    func flush() {
        flushScheduled = false
        guard state == .open || state == .flushing, !wasBlocked else { return }
        while !output.isEmpty {
            do {
                let result = try sendQueued()
                guard case .done(let count) = result else {
                    wasBlocked = true
                    // The peer may make room long before a rest would end.
                    loop.stayAwake()
                    return updateInterest()
                }
                output.skip(count)
            } catch {
                return finishLater(.failed(String(cString: strerror(error.code))))
            }
        }
        if state == .flushing { finishLater(.local) }
    }

    private func sendQueued() throws(SystemCallError) -> SystemCallResult {
        let result = output.readable.withUnsafeBytes { bytes in
            Result { () throws(SystemCallError) in
                try systemCall("send") {
                    send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
                }
            }
        }
        return try result.get()
    }

    // MARK: The end

    /// Ends the stream and tells its delegate on the next turn, since the caller may be the delegate itself.
    private func finishLater(_ reason: StreamClose) {
        guard state != .closed else { return }
        release()
        loop.execute { self.tellClosed(reason) }
    }

    private func finish(_ reason: StreamClose) {
        guard state != .closed else { return }
        release()
        tellClosed(reason)
    }

    private func release() {
        state = .closed
        if let registration { loop.deregister(registration) }
        registration = nil
        connector?.cancel()
        connector = nil
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        output = ByteQueue()
    }

    private func tellClosed(_ reason: StreamClose) {
        let delegate = self.delegate
        self.delegate = nil
        delegate?.streamClosed(self, reason: reason)
    }
}
