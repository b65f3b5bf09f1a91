internal import Base
package import EventLoop

/// TLS over a TCP stream, with the same rules as any `ByteStream`.
///
/// An end without close_notify is told as `.truncated`. What is written before the handshake is done waits for it.
/// `@unchecked Sendable`: every member is for the loop's thread alone and asserts it.
package final class TLSStream: ByteStream, ByteStreamDelegate, @unchecked Sendable {
    private enum State {
        /// Leaves to `.open` (handshake done), `.flushing`, `.closed`.
        case handshaking
        /// Leaves to `.flushing` (closeAfterFlush), `.closed`.
        case open
        /// Everything is with the transport, close_notify behind it.
        case flushing
        case closed
    }

    package let loop: EventLoop
    package var delegate: (any ByteStreamDelegate)?
    private var transport: TCPStream?
    private var machine: TLSMachine
    private var state = State.handshaking
    private var early = ByteQueue()
    private var closesAfterHandshake = false
    private var handshakeTimer: TimerID?
    private let isClient: Bool

    /// Connects, checks the server's certificate for `host`, and then tells `streamConnected`; all within `timeout`.
    /// Throws only when trust cannot be read or `host` is no name.
    package static func connect(
        host: String,
        port: Int,
        on loop: EventLoop,
        timeout: Duration = .seconds(10),
        trust: TLSTrust = .system,
        delegate: any ByteStreamDelegate
    ) throws(TLSError) -> TLSStream {
        let machine = try TLSMachine.client(TLSContext.client(trust: trust), host: host)
        let stream = TLSStream(machine: machine, isClient: true, loop: loop, delegate: delegate)
        stream.startTimer(timeout)
        stream.transport = TCPStream.connect(
            host: host,
            port: port,
            on: loop,
            timeout: timeout,
            delegate: stream
        )
        return stream
    }

    /// The server's end over an accepted connection; becomes the connection's delegate.
    package static func accept(
        _ connection: TCPStream,
        context: TLSContext,
        timeout: Duration = .seconds(10),
        delegate: any ByteStreamDelegate
    ) throws(TLSError) -> TLSStream {
        let machine = try TLSMachine.server(context)
        let stream = TLSStream(machine: machine, isClient: false, loop: connection.loop, delegate: delegate)
        stream.startTimer(timeout)
        stream.transport = connection
        connection.delegate = stream
        return stream
    }

    private init(
        machine: consuming TLSMachine,
        isClient: Bool,
        loop: EventLoop,
        delegate: any ByteStreamDelegate
    ) {
        self.machine = machine
        self.isClient = isClient
        self.loop = loop
        self.delegate = delegate
    }

    private func startTimer(_ timeout: Duration) {
        handshakeTimer = loop.schedule(after: timeout) { [weak self] in
            self?.finish(.failed("TLS: no connection within \(timeout)"))
        }
    }

    package var remoteAddress: String { transport?.remoteAddress ?? "" }

    package var queuedBytes: Int { early.count + (transport?.queuedBytes ?? 0) }

    package func write(_ bytes: [UInt8]) {
        precondition(loop.isOnLoop, "called off its event loop")
        switch state {
        case .handshaking: early.append(bytes)
        case .open: encrypt(bytes)
        case .flushing, .closed: break
        }
    }

    private func encrypt(_ bytes: [UInt8]) {
        do throws(TLSError) {
            try machine.write(bytes)
            send()
        } catch {
            finishLater(.failed(error.description))
        }
    }

    /// Hands what the machine has made to the transport.
    private func send() {
        let ciphertext = machine.takeCiphertext()
        if !ciphertext.isEmpty { transport?.write(ciphertext) }
    }

    package func pauseReading() { transport?.pauseReading() }
    package func resumeReading() { transport?.resumeReading() }

    package func close() {
        precondition(loop.isOnLoop, "called off its event loop")
        finishLater(.local)
    }

    package func closeAfterFlush() {
        precondition(loop.isOnLoop, "called off its event loop")
        switch state {
        case .handshaking where early.isEmpty: finishLater(.local)
        case .handshaking: closesAfterHandshake = true
        case .open: flushAndClose()
        case .flushing, .closed: break
        }
    }

    private func flushAndClose() {
        state = .flushing
        machine.sendCloseNotify()
        send()
        transport?.closeAfterFlush()
    }

    // MARK: The transport's calls

    package func streamConnected(_ stream: any ByteStream) {
        guard state == .handshaking else { return }
        handle(machine.start())
    }

    package func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        guard state == .handshaking || state == .open else { return }
        handle(machine.receive(bytes))
    }

    package func streamDrained(_ stream: any ByteStream) {
        if state == .open { delegate?.streamDrained(self) }
    }

    package func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        switch (state, reason) {
        case (.closed, _): break
        case (.handshaking, .endOfStream): finish(.failed("TLS: the peer hung up during the handshake"))
        case (.open, .endOfStream): finish(.truncated)
        default: finish(reason)
        }
    }

    private func handle(_ outcome: TLSMachine.Outcome) {
        send()
        if outcome.isEstablished { established() }
        if !outcome.plaintext.isEmpty, state == .open {
            delegate?.stream(self, received: outcome.plaintext)
        }
        guard let end = outcome.end, state != .closed else { return }
        machine.sendCloseNotify()
        send()
        switch end {
        case .closeNotify: finish(state == .flushing ? .local : .endOfStream)
        case .failed(let error): finish(.failed(error.description))
        }
    }

    private func established() {
        state = .open
        stopTimer()
        if isClient { delegate?.streamConnected(self) }
        guard state == .open else { return }
        if !early.isEmpty { encrypt(early.takeAll()) }
        if closesAfterHandshake, state == .open { flushAndClose() }
    }

    private func stopTimer() {
        if let handshakeTimer { loop.cancel(handshakeTimer) }
        handshakeTimer = nil
    }

    // MARK: The end

    /// Tells on the next turn, since the caller may be the delegate itself.
    private func finishLater(_ reason: StreamClose) {
        guard state != .closed else { return }
        release(reason)
        loop.execute { self.tellClosed(reason) }
    }

    private func finish(_ reason: StreamClose) {
        guard state != .closed else { return }
        release(reason)
        tellClosed(reason)
    }

    /// An alert or close_notify that waits still goes out; only a local `close` cuts at once.
    private func release(_ reason: StreamClose) {
        let wasFlushing = state == .flushing
        state = .closed
        stopTimer()
        if reason == .local, !wasFlushing { transport?.close() } else { transport?.closeAfterFlush() }
        transport = nil
        early = ByteQueue()
    }

    private func tellClosed(_ reason: StreamClose) {
        let delegate = self.delegate
        self.delegate = nil
        delegate?.streamClosed(self, reason: reason)
    }
}
