internal import Base
package import EventLoop
internal import HTTPServer
internal import JSON
package import Telemetry
internal import WebSocketTransport

/// The simulated Discord at work: the pure core, and the sockets that it speaks through. Lives on one loop.
package actor Simulation {
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    var core: GatewayCore
    var restLog = RESTLog()
    var rateLimits: RateLimits
    var invalidRequests: InvalidRequests
    var restFaults = RESTFaults()
    var avatars = AvatarCache()
    private var sockets: [ClientID: ClientSocket] = [:]
    private var timer: TimerID?
    /// Changes of permissions per second whenever the community lives.
    var usualChurn = 0.0
    private let log: Log
    private var sweepsAt = Duration.zero
    private let mix: CommunityMix
    private static let sweepInterval: Duration = .milliseconds(100)
    /// Between two looks at what is due, so that many events a second cost no timer each.
    private static let pause: Duration = .milliseconds(2)

    package init(core: GatewayCore, config: SimulatorConfig, loop: EventLoop, log: Log) {
        self.core = core
        mix = config.mix
        self.loop = loop
        self.log = log
        rateLimits = RateLimits(globalMax: config.globalRESTLimit)
        invalidRequests = InvalidRequests(
            limit: config.invalidLimit,
            ban: .milliseconds(config.banMilliseconds)
        )
    }

    nonisolated var now: Instant {
        Instant(monotonic: MonotonicClock.now(), unixMicroseconds: WallClock.unixMicroseconds())
    }

    /// Begins to live: the address that clients are sent to, and the community's first event and the first change of
    /// permissions from now.
    package func start(url: String, seed: UInt64, eventsPerSecond: Double, changesPerSecond: Double) {
        core.rules.url = url
        usualChurn = changesPerSecond
        setRate(eventsPerSecond, seed: seed)
        setChurn(changesPerSecond, seed: seed)
        tick()
    }

    /// Another pace of changes of permissions, shared among the guilds.
    func setChurn(_ changesPerSecond: Double, seed: UInt64) {
        let each = changesPerSecond / Double(max(1, core.world.guilds.count))
        let now = now.monotonic
        let known = Dictionary(core.churns.map { ($0.guild, $0) }) { first, _ in first }
        let churns = core.world.guilds.map { guild in
            guard var held = known[guild.id] else {
                return ChurnMachine(guild: guild, seed: seed, changesPerSecond: each, start: now)
            }
            held.setRate(each, now: now)
            return held
        }
        core.setLife(communities: core.communities, churns: churns)
        if timer != nil { tick() }
    }

    /// Another pace for the whole community, shared among the guilds.
    func setRate(_ eventsPerSecond: Double, seed: UInt64) {
        let each = eventsPerSecond / Double(max(1, core.world.guilds.count))
        let start = now.monotonic
        let communities = core.world.guilds.map {
            CommunityMachine(guild: $0, seed: seed, mix: mix, eventsPerSecond: each, start: start)
        }
        core.setLife(communities: communities, churns: core.churns)
        if timer != nil { tick() }
    }

    package func stop() {
        if let timer { loop.cancel(timer) }
        timer = nil
        for socket in sockets.values { socket.connection.close(code: 1001, reason: "simulator stops") }
    }

    private func tick() {
        if let timer { loop.cancel(timer) }
        let now = now
        core.advance(now: now)
        if sweepsAt <= now.monotonic {
            sweepsAt = now.monotonic + Self.sweepInterval
            core.sweep(now: now)
        }
        flush()
        for socket in sockets.values { socket.release(now: now.monotonic) }
        let next = core.nextEventAt.map { $0 - MonotonicClock.now() } ?? Self.sweepInterval
        timer = loop.schedule(after: max(Self.pause, min(next, Self.sweepInterval))) { [weak self] in
            self?.assumeIsolated { $0.tick() }
        }
    }

    // MARK: Connections

    func accept(_ connection: WebSocketConnection, version: String?, mode: PayloadEncoder.Mode) {
        guard let encoder = try? PayloadEncoder(mode) else { return connection.abort() }
        let client = core.opened(version: version, now: now)
        sockets[client] = ClientSocket(connection, encoder)
        connection.delegate = SocketListener(client, self)
        flush()
    }

    /// As the connection asked for it; nil where there is none.
    func compression(of client: ClientID?) -> String? { client.flatMap { sockets[$0]?.encoder.name } }

    func received(_ client: ClientID, _ payload: [UInt8]) {
        core.received(client, payload, now: now)
        flush()
    }

    func closed(_ client: ClientID, code: UInt16?) {
        sockets[client] = nil
        core.closed(client, code: code, now: now)
        flush()
    }

    /// Does what the core has decided.
    func flush() {
        let outputs = core.takeOutputs()
        guard !outputs.isEmpty else { return }
        let now = MonotonicClock.now()
        for output in outputs {
            switch output {
            case .send(let client, let payload): sockets[client]?.send(payload, now: now)
            case .close(let client, let close):
                log.notice(
                    "connection refused",
                    [.code: .int(Int(close.rawValue)), .reason: .string(close.reason)]
                )
                sockets[client]?.connection.close(code: close.rawValue, reason: close.reason)
            case .cut(let client): sockets[client]?.connection.abort(reason: "cut by a fault")
            case .hold(let client, let until): sockets[client]?.hold(until: until)
            case .compress(let client): sockets[client]?.encoder.compressPayloads()
            }
        }
    }
}
