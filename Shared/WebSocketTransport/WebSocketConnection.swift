internal import Base
package import EventLoop
internal import HTTPServer
internal import WebSocketWire

/// An open WebSocket over any stream: an actor on the stream's loop.
///
/// What is nonisolated here is for callers that run on the loop already; elsewhere it stops the program.
package actor WebSocketConnection: ByteStreamDelegate {
    private enum State: Equatable {
        case open
        /// Our close frame is out. Leaves to `.ended` with the peer's, or by the close limit.
        case closing
        /// The delegate has been told, or is about to be; only TCP's end is awaited.
        case ended
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    /// The subprotocol agreed on.
    package nonisolated let subprotocol: String?
    package nonisolated let remoteAddress: String

    private let stream: any ByteStream
    private let isClient: Bool
    private let limits: WebSocketLimits
    private var machine: WebSocketMachine
    private var watch: IdleWatch
    private var state = State.open
    private var isReleased = false
    private var held: [UInt8] = []
    private var heldEnd: StreamClose?
    private var listener: (any WebSocketDelegate)? {
        didSet { batchListener = listener as? any WebSocketBatchDelegate }
    }
    /// The same, where it takes several messages at a time.
    private var batchListener: (any WebSocketBatchDelegate)?
    private var watchTimer: TimerID?
    private var closeTimer: TimerID?

    /// The stream is connected and the handshake done; `start` begins.
    init(stream: any ByteStream, role: WebSocketRole, subprotocol: String?, limits: WebSocketLimits) {
        loop = stream.loop
        remoteAddress = stream.remoteAddress
        self.stream = stream
        isClient = role == .client
        self.subprotocol = subprotocol
        self.limits = limits
        machine = WebSocketMachine(role: role, messageBytesMax: limits.messageBytesMax)
        watch = IdleWatch(
            pingInterval: limits.pingInterval,
            pongTimeout: limits.pongTimeout,
            now: stream.loop.now
        )
    }

    /// Becomes the stream's delegate. `unread` came with the handshake; it and what follows is held until
    /// `release`.
    func start(unread: [UInt8]) {
        stream.delegate = self
        held = unread
        armWatch(after: limits.pingInterval)
    }

    /// From the next turn on the delegate hears what came: whoever opened the connection has it by then.
    nonisolated func release() {
        loop.execute { self.assumeIsolated { $0.readHeld() } }
    }

    private func readHeld() {
        isReleased = true
        let bytes = held
        held = []
        if !bytes.isEmpty { received(bytes) }
        if let heldEnd { streamEnded(heldEnd) }
    }

    // MARK: For callers on the loop

    /// Kept strongly until the connection has closed.
    package nonisolated var delegate: (any WebSocketDelegate)? {
        get { assumeIsolated { $0.listener } }
        set { assumeIsolated { $0.listener = newValue } }
    }

    /// Bytes that wait for the peer.
    package nonisolated var queuedBytes: Int { assumeIsolated { $0.stream.queuedBytes } }

    package nonisolated var isOpen: Bool { assumeIsolated { $0.state == .open } }

    /// Sends a text message, which must be UTF-8. False when the connection takes no more: closing, closed,
    /// or just cut because too much waits for the peer.
    @discardableResult
    package nonisolated func send(text: [UInt8]) -> Bool { assumeIsolated { $0.send(.text, text) } }

    @discardableResult
    package nonisolated func send(text: String) -> Bool { send(text: Array(text.utf8)) }

    @discardableResult
    package nonisolated func send(binary: [UInt8]) -> Bool { assumeIsolated { $0.send(.binary, binary) } }

    /// Asks the peer for a sign of life beyond the pings that silence brings by itself.
    package nonisolated func ping() { assumeIsolated { _ = $0.send(.ping, []) } }

    /// Begins the close handshake. The delegate hears of the end when the peer has answered, or has not in
    /// time.
    package nonisolated func close(code: UInt16 = WebSocketCloseCode.normal, reason: String = "") {
        assumeIsolated { $0.beginClose(code: code, reason: reason) }
    }

    /// Cuts the connection, without a close frame and without what is queued.
    package nonisolated func abort(reason: String = "aborted here") {
        assumeIsolated { $0.cut(reason: reason) }
    }

    /// Leaves the peer's messages in its own and the kernel's buffers. Pings are not answered meanwhile.
    package nonisolated func pauseReading() { assumeIsolated { $0.stream.pauseReading() } }

    package nonisolated func resumeReading() { assumeIsolated { $0.stream.resumeReading() } }

    // MARK: The stream's calls

    package nonisolated func streamConnected(_ stream: any ByteStream) {}

    package nonisolated func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        assumeIsolated { $0.received(bytes) }
    }

    package nonisolated func streamDrained(_ stream: any ByteStream) {
        assumeIsolated { if $0.state != .ended { $0.listener?.webSocketDrained($0) } }
    }

    package nonisolated func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        assumeIsolated { $0.streamEnded(reason) }
    }

    // MARK: Receiving

    private func received(_ bytes: [UInt8]) {
        guard isReleased else {
            held += bytes
            return
        }
        guard state != .ended else { return }
        watch.heard(now: loop.now)
        machine.received(bytes)
        guard batchListener == nil else { return deliverTogether() }
        while state != .ended, let action = machine.nextAction() { run(action) }
    }

    private func deliverTogether() {
        var messages: [WebSocketMessage] = []
        func deliver() {
            if !messages.isEmpty { batchListener?.webSocket(self, received: messages) }
            messages = []
        }
        while state != .ended, let action = machine.nextAction() {
            if case .deliver(let message) = action {
                messages.append(message)
            } else {
                deliver()
                if state != .ended { run(action) }
            }
        }
        deliver()
    }

    private func run(_ action: WebSocketMachine.Action) {
        switch action {
        case .deliver(let message): listener?.webSocket(self, received: message)
        case .sendPong(let payload): _ = send(.pong, payload)
        case .pongReceived: break  // That it came is what counts; `heard` has noted it.
        case .finish(let reply, let code, let reason):
            if let reply { stream.write(machine.closeFrame(payload: reply, mask: mask())) }
            endTransport()
            tell(code: code, reason: reason)
        case .fail(let payload, let error):
            stream.write(machine.closeFrame(payload: payload, mask: mask()))
            end()
            LingeringClose.begin(stream)
            tell(code: error.code, reason: error.reason)
        }
    }

    // MARK: Sending

    private func send(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> Bool {
        guard state == .open, let frame = machine.frame(opcode, payload, mask: mask()) else {
            return false
        }
        guard stream.queuedBytes + frame.count <= limits.queuedBytesMax else {
            cut(reason: "the peer does not take what is sent: \(stream.queuedBytes) bytes wait")
            return false
        }
        stream.write(frame)
        return true
    }

    private func beginClose(code: UInt16, reason: String) {
        guard state == .open, let frame = machine.close(code: code, reason: reason, mask: mask()) else {
            return
        }
        state = .closing
        stream.write(frame)
        stopWatch()
        closeTimer = loop.schedule(after: limits.closeTimeout) { [weak self] in
            self?.assumeIsolated { $0.cut(reason: "the peer did not answer the close frame") }
        }
    }

    /// A server's frames have none: what it costs is saved.
    private func mask() -> UInt32 {
        isClient ? UInt32(truncatingIfNeeded: RandomSource.uint64()) : 0
    }

    // MARK: Silence

    private func armWatch(after delay: Duration) {
        watchTimer = loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { $0.lookForLife() }
        }
    }

    private func lookForLife() {
        guard state == .open else { return }
        switch watch.tick(now: loop.now) {
        case .wait(let delay): armWatch(after: delay)
        case .ping(let delay):
            if send(.ping, []) { armWatch(after: delay) }
        case .dead: cut(reason: "the peer did not answer a ping")
        }
    }

    private func stopWatch() {
        if let watchTimer { loop.cancel(watchTimer) }
        watchTimer = nil
    }

    // MARK: The end

    private func cut(reason: String) {
        guard state != .ended else { return }
        end()
        stream.close()
        tell(code: nil, reason: reason)
    }

    private func streamEnded(_ reason: StreamClose) {
        if let closeTimer { loop.cancel(closeTimer) }
        closeTimer = nil
        guard state != .ended else { return }
        guard isReleased else {
            heldEnd = reason
            return
        }
        end()
        let text =
            switch reason {
            case .endOfStream: "the peer ended the connection without a close frame"
            case .local: "closed here"
            case .truncated: "the connection was cut"
            case .failed(let text): text
            }
        tell(code: nil, reason: text)
    }

    /// The close handshake is done. A server ends TCP; a client leaves that to the server, for a while, so
    /// that the port's rest (TIME_WAIT) stays with the side that chose it (RFC 6455 section 7.1.1).
    private func endTransport() {
        end()
        switch machine.role {
        case .server: LingeringClose.begin(stream)
        case .client:
            let stream = stream
            closeTimer = loop.schedule(after: limits.closeTimeout) { stream.close() }
        }
    }

    private func end() {
        state = .ended
        stopWatch()
        if let closeTimer { loop.cancel(closeTimer) }
        closeTimer = nil
    }

    /// On the next turn, since the caller may be the delegate itself.
    private func tell(code: UInt16?, reason: String) {
        loop.execute {
            self.assumeIsolated { connection in
                let listener = connection.listener
                connection.listener = nil
                listener?.webSocketClosed(connection, code: code, reason: reason)
            }
        }
    }
}
