internal import EventLoop
internal import EventModels
internal import RedisClient

/// One subscribed connection for all listeners of a process: each frame is decoded once.
actor RedisListeners {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private struct Channel {
        let shard: ShardName
        var echoes = Echoes()
        var isSubscribed = false
        var listeners: [BusListener: @Sendable (BusSignal) -> Void] = [:]
    }

    private let config: RedisConfig
    private var subscriber: RedisSubscriber?
    private var channels: [String: Channel] = [:]
    private var nextListener = 0

    init(_ config: RedisConfig, on loop: EventLoop) {
        self.config = config
        self.loop = loop
    }

    func start() async {
        guard subscriber == nil else { return }
        let subscriber = RedisSubscriber(config, on: loop) { [weak self] event in self?.hear(event) }
        self.subscriber = subscriber
        for channel in channels.keys { await subscriber.subscribe(channel) }
        await subscriber.start()
    }

    func close() async {
        await subscriber?.close()
        subscriber = nil
    }

    func listen(to shard: ShardName, _ hear: @escaping @Sendable (BusSignal) -> Void) async -> BusListener {
        let listener = BusListener(number: nextListener, shard: shard)
        nextListener += 1
        let name = RedisKeys.channel(shard)
        channels[name, default: Channel(shard: shard)].listeners[listener] = hear
        if channels[name]?.isSubscribed == true { loop.execute { hear(.listening) } }
        await subscriber?.subscribe(name)
        return listener
    }

    func stopListening(_ listener: BusListener) async {
        let name = RedisKeys.channel(listener.shard)
        channels[name]?.listeners[listener] = nil
        guard channels[name]?.listeners.isEmpty == true else { return }
        channels[name] = nil
        await subscriber?.unsubscribe(name)
    }

    /// What is about to be appended here comes back as it was published. On the loop.
    nonisolated func expect(_ frames: [EventFrame], of shard: ShardName) {
        assumeIsolated { $0.channels[RedisKeys.channel(shard)]?.echoes.expect(frames) }
    }

    private nonisolated func hear(_ event: RedisSubscription) { assumeIsolated { $0.take(event) } }

    private func take(_ event: RedisSubscription) {
        switch event {
        case .subscribed(let name):
            channels[name]?.isSubscribed = true
            tell(.listening, channel: name)
        case .message(let name, let payload):
            guard let shard = channels[name]?.shard else { return }
            if let own = channels[name]?.echoes.take(payload) { return tell(.frame(own), channel: name) }
            guard let frame = try? EventFrame(decoding: payload), frame.shard == shard else {
                tell(.unreadable, channel: name)
                return
            }
            tell(.frame(frame), channel: name)
        case .lost(let reason):
            for name in channels.keys {
                channels[name]?.isSubscribed = false
                tell(.lost(reason.description), channel: name)
            }
        }
    }

    private func tell(_ signal: BusSignal, channel name: String) {
        guard let listeners = channels[name]?.listeners.values else { return }
        for hear in listeners { hear(signal) }
    }
}
