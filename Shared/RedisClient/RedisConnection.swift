internal import Base
package import EventLoop
internal import TLS

/// Hears of its connection, on the connection's loop.
package protocol RedisConnectionDelegate: AnyObject, Sendable {
    /// Let in, and the database selected.
    func connectionReady(_ connection: RedisConnection)
    /// A reply that answers no command: what a subscribed connection is sent.
    func connection(_ connection: RedisConnection, pushed reply: RedisReply)
    /// The last call, exactly once.
    func connectionLost(_ connection: RedisConnection, reason: RedisError)
}

/// One socket to Redis. Commands are pipelined: each is sent at once, and replies are matched in order.
///
/// What is written in one turn of the loop leaves in one system call. A connection is used once; a client makes a
/// new one after a loss. Members are for the loop's thread.
package actor RedisConnection: ByteStreamDelegate {
    package typealias Completion = @Sendable (Result<RedisReply, RedisError>) -> Void

    package enum Role: Sendable {
        case commands
        /// Replies answer no command: they go to the delegate.
        case subscriber
    }

    private enum State {
        /// Leaves to `ready` when the greeting was answered, to `lost` on any failure.
        case opening(answersMissing: Int)
        case ready
        case lost
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let config: RedisConfig
    private let role: Role
    private weak var delegate: (any RedisConnectionDelegate)?
    private var stream: (any ByteStream)?
    private var state = State.opening(answersMissing: 0)
    private var reader = ReplyReader()
    private var waiting: ReplyQueue<Completion>
    private var openedAt: Duration = .zero
    private var lastReceivedAt: Duration = .zero

    package init(
        _ config: RedisConfig,
        role: Role,
        on loop: EventLoop,
        delegate: any RedisConnectionDelegate
    ) {
        self.config = config
        self.role = role
        self.loop = loop
        self.delegate = delegate
        waiting = ReplyQueue(countMax: config.commandsInFlightMax)
    }

    // MARK: Calls, on the loop

    package nonisolated func open() { assumeIsolated { $0.openNow() } }

    /// Sends a command; `completion` is called once, later, on the loop.
    package nonisolated func send(_ command: RedisCommand, completion: @escaping Completion) {
        assumeIsolated { $0.sendNow(command, completion) }
    }

    /// Sends a command of a subscriber, whose replies arrive as pushes.
    package nonisolated func post(_ command: RedisCommand) {
        assumeIsolated { $0.stream?.write(command.encoded) }
    }

    package nonisolated func close() { assumeIsolated { $0.lose(.closed) } }

    /// Gives a silent connection up; called by the owner from time to time.
    package nonisolated func checkTimeout() { assumeIsolated { $0.checkTimeoutNow() } }

    /// How long nothing was received.
    package nonisolated var silence: Duration { assumeIsolated { $0.loop.now - $0.lastReceivedAt } }

    private func openNow() {
        openedAt = loop.now
        lastReceivedAt = openedAt
        let (host, port, timeout) = (config.host, config.port, config.connectTimeout)
        guard let trust = config.tls else {
            stream = TCPStream.connect(host: host, port: port, on: loop, timeout: timeout, delegate: self)
            return
        }
        do throws(TLSError) {
            stream = try TLSStream.connect(
                host: host,
                port: port,
                on: loop,
                timeout: timeout,
                trust: trust,
                delegate: self
            )
        } catch {
            // On the next turn: the owner is still being told which connection it has.
            loop.execute { self.assumeIsolated { $0.lose(.connectionLost(error.description)) } }
        }
    }

    private func sendNow(_ command: RedisCommand, _ completion: @escaping Completion) {
        guard case .ready = state, let stream else {
            loop.execute { completion(.failure(.notConnected("the connection is not open"))) }
            return
        }
        guard stream.queuedBytes <= config.queuedBytesMax, waiting.add(completion, now: loop.now) else {
            loop.execute { completion(.failure(.overloaded)) }
            return
        }
        stream.write(command.encoded)
    }

    private func checkTimeoutNow() {
        switch state {
        case .opening:
            if loop.now - openedAt > config.connectTimeout + config.replyTimeout { lose(.timeout) }
        case .ready:
            if let age = waiting.oldestAge(now: loop.now), age > config.replyTimeout { lose(.timeout) }
        case .lost: break
        }
    }

    // MARK: The greeting

    private func greet() {
        var greeting: [RedisCommand] = []
        if let password = config.password {
            var command: RedisCommand = ["AUTH"]
            if let username = config.username { command.append(username) }
            command.append(bytes: password.exposedBytes)
            greeting.append(command)
        }
        if config.database != 0 { greeting.append(["SELECT", String(config.database)]) }
        // Fails while Redis still loads its data, and where it wants a password that was not given.
        greeting.append(["PING"])
        state = .opening(answersMissing: greeting.count)
        for command in greeting { stream?.write(command.encoded) }
    }

    private func greeted(with reply: RedisReply, answersMissing: Int) {
        if case .error(let text) = reply {
            lose(.server(text))
        } else if answersMissing > 1 {
            state = .opening(answersMissing: answersMissing - 1)
        } else {
            state = .ready
            delegate?.connectionReady(self)
        }
    }

    // MARK: The stream's calls

    package nonisolated func streamConnected(_ stream: any ByteStream) { assumeIsolated { $0.greet() } }

    package nonisolated func stream(_ stream: any ByteStream, received bytes: [UInt8]) {
        assumeIsolated { $0.received(bytes) }
    }

    package nonisolated func streamDrained(_ stream: any ByteStream) {}

    package nonisolated func streamClosed(_ stream: any ByteStream, reason: StreamClose) {
        assumeIsolated { $0.closed(reason) }
    }

    private func received(_ bytes: [UInt8]) {
        lastReceivedAt = loop.now
        do throws(RedisError) {
            try reader.feed(bytes)
            while !isLost, let reply = try reader.next() { try take(reply) }
        } catch {
            lose(error)
        }
    }

    private var isLost: Bool {
        if case .lost = state { true } else { false }
    }

    private func take(_ reply: RedisReply) throws(RedisError) {
        switch state {
        case .opening(let missing): greeted(with: reply, answersMissing: missing)
        case .ready where role == .subscriber: delegate?.connection(self, pushed: reply)
        case .ready:
            guard let completion = waiting.next() else {
                throw .protocolViolation("a reply that no command asked for")
            }
            if case .error(let text) = reply {
                completion(.failure(.server(text)))
            } else {
                completion(.success(reply))
            }
        case .lost: break
        }
    }

    private func closed(_ reason: StreamClose) {
        switch reason {
        case .endOfStream: lose(.connectionLost("closed by Redis"))
        case .failed(let text): lose(.connectionLost(text))
        case .truncated: lose(.connectionLost("cut off"))
        case .local: lose(.closed)
        }
    }

    private func lose(_ reason: RedisError) {
        guard !isLost else { return }
        state = .lost
        stream?.close()
        stream = nil
        let lost = waiting.takeAll()
        let cause: RedisError =
            switch reason {
            case .connectionLost, .timeout, .protocolViolation: reason
            case .notConnected, .overloaded, .server, .unexpectedReply, .closed:
                .connectionLost(reason.description)
            }
        for completion in lost { completion(.failure(cause)) }
        delegate?.connectionLost(self, reason: reason)
        delegate = nil
    }
}
