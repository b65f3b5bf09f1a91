internal import Base
package import EventLoop

/// What a subscriber hears, on its loop and in order.
package enum RedisSubscription: Sendable, Equatable {
    /// From here on messages on the channel arrive; what was published before, since the last loss, did not.
    case subscribed(channel: String)
    case message(channel: String, payload: [UInt8])
    /// No messages until each channel's next `subscribed`.
    case lost(RedisError)
}

/// A connection of its own for pub/sub, which subscribes again whenever it had to be made anew.
///
/// Redis forgets what it published while nobody listened, and cuts a listener off that is too slow, so that
/// whoever needs every message must compare with a truth elsewhere.
package actor RedisSubscriber: RedisConnectionDelegate {
    private enum State {
        case idle
        case connecting(RedisConnection)
        case connected(RedisConnection)
        case resting
        case closed
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let config: RedisConfig
    private let deliver: @Sendable (RedisSubscription) -> Void
    private var backoff: Backoff
    private var channels: Set<String> = []
    private var state = State.idle

    /// A connection that was silent this long is asked for a sign of life, and dropped after twice that.
    private static let silenceMax = Duration.seconds(5)

    package init(
        _ config: RedisConfig,
        on loop: EventLoop,
        deliver: @escaping @Sendable (RedisSubscription) -> Void
    ) {
        self.config = config
        self.loop = loop
        self.deliver = deliver
        backoff = config.backoff
    }

    package func start() {
        guard case .idle = state else { return }
        connect()
        tick()
    }

    package func close() {
        let connection: RedisConnection? =
            switch state {
            case .connecting(let connection), .connected(let connection): connection
            case .idle, .resting, .closed: nil
            }
        state = .closed
        connection?.close()
    }

    package func subscribe(_ channel: String) {
        guard channels.insert(channel).inserted, case .connected(let connection) = state else { return }
        connection.post(["SUBSCRIBE", channel])
    }

    package func unsubscribe(_ channel: String) {
        guard channels.remove(channel) != nil, case .connected(let connection) = state else { return }
        connection.post(["UNSUBSCRIBE", channel])
    }

    private func connect() {
        let connection = RedisConnection(config, role: .subscriber, on: loop, delegate: self)
        state = .connecting(connection)
        connection.open()
    }

    private func tick() {
        switch state {
        case .connecting(let connection): connection.checkTimeout()
        case .connected(let connection):
            let silence = connection.silence
            if silence > Self.silenceMax * 2 {
                connection.close()
            } else if silence > Self.silenceMax {
                connection.post(["PING"])
            }
        case .idle, .resting: break
        case .closed: return
        }
        loop.schedule(after: .seconds(1)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    // MARK: The connection's calls

    package nonisolated func connectionReady(_ connection: RedisConnection) {
        assumeIsolated { $0.ready(connection) }
    }

    package nonisolated func connection(_ connection: RedisConnection, pushed reply: RedisReply) {
        assumeIsolated { $0.pushed(reply, by: connection) }
    }

    package nonisolated func connectionLost(_ connection: RedisConnection, reason: RedisError) {
        assumeIsolated { $0.lost(connection, reason) }
    }

    private func ready(_ connection: RedisConnection) {
        guard case .connecting(let current) = state, current === connection else { return }
        state = .connected(connection)
        backoff.reset()
        guard !channels.isEmpty else { return }
        connection.post(RedisCommand(["SUBSCRIBE"] + channels.sorted()))
    }

    private func pushed(_ reply: RedisReply, by connection: RedisConnection) {
        guard case .connected(let current) = state, current === connection else { return }
        if case .error(let text) = reply {
            // Not allowed to subscribe, for one: as good as no connection.
            deliver(.lost(.server(text)))
            return
        }
        guard let parts = reply.array, parts.count >= 2, let channel = parts[1].string else { return }
        switch parts[0].string {
        case "message":
            guard parts.count == 3, let payload = parts[2].bytes else { return }
            deliver(.message(channel: channel, payload: payload))
        case "subscribe": deliver(.subscribed(channel: channel))
        default: break
        }
    }

    private func lost(_ connection: RedisConnection, _ reason: RedisError) {
        switch state {
        case .connecting(let current), .connected(let current):
            guard current === connection else { return }
            state = .resting
            deliver(.lost(reason))
            let wait = backoff.next(random: RandomSource.unit())
            loop.schedule(after: wait) { [weak self] in self?.assumeIsolated { $0.retry() } }
        case .idle, .resting, .closed: break
        }
    }

    private func retry() {
        guard case .resting = state else { return }
        connect()
    }
}
