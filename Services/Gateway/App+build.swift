internal import DiscordProtocol
internal import EventLoop
internal import HTTPClient
package import Lifecycle
package import LinkProtocol
internal import RedisClient
package import Telemetry

/// Puts the gateway's parts together.
package enum GatewayService {
    /// Of the loops that hear Discord and the links: what comes within this time is read, journaled, sent and acknowledged together.
    static let loopRest = Duration.milliseconds(4)

    /// `log`, `limits` and `hooks` are given by tests.
    package static func build(
        _ config: GatewayConfig,
        log given: Log? = nil,
        limits: PublisherLimits = PublisherLimits(),
        hooks: GatewayHooks = GatewayHooks()
    ) throws -> [any Service] {
        let loop = try EventLoop(name: "gateway", rest: loopRest)
        let log = given ?? Log(service: "gateway", level: config.logLevel, format: config.logFormat)
        let metrics = GatewayMetrics(Metrics())
        let readiness = Readiness(waitingFor: ["discord"])
        let bot = BotStatus()
        let links = LinkServer(
            config: config,
            limits: limits,
            loop: loop,
            log: log,
            metrics: metrics,
            readiness: readiness,
            bot: bot
        )
        let api = RESTClient(
            RESTClient.Settings(config),
            http: URLSessionHTTPClient(connectionsMax: RESTLimiter.Limits().inFlight),
            loop: loop,
            log: log,
            metrics: metrics.registry,
            readiness: readiness
        )
        let ledger = ledger(config, hooks, loop, readiness)
        let line = IdentifyLine(ledger: ledger, loop: loop)
        let parts = FleetParts(
            config: config,
            lookup: GatewayLookup(rest: DiscordREST(api: api), line: line, bot: bot, loop: loop),
            api: api,
            line: line,
            ledger: ledger,
            links: links,
            flusher: JournalFlusher(),
            log: log,
            metrics: metrics,
            readiness: FleetReadiness(readiness),
            bot: bot,
            hooks: hooks,
            fold: Fold(cdn: CDN(base: config.cdnBase), guildFilter: config.guilds)
        )
        return [
            links, ShardFleet(parts: parts, loop: loop, readiness: readiness),
            BotLook(rest: DiscordREST(api: api), bot: bot, log: log),
        ]
    }

    private static func ledger(
        _ config: GatewayConfig,
        _ hooks: GatewayHooks,
        _ loop: EventLoop,
        _ readiness: Readiness
    ) -> any IdentifyLedger {
        let local = FileIdentifyLedger(
            stateDirectory: config.stateDirectory,
            token: config.token,
            interval: hooks.identifyInterval,
            beforeWrite: hooks.beforeWrite
        )
        guard let redis = config.redis.map({ RedisClient($0, on: loop) }) else { return local }
        Task { await redis.start() }
        return SharedIdentifyLedger(
            local: local,
            redis: redis,
            token: config.token,
            interval: hooks.identifyInterval
        ) { reason in
            readiness.note(
                "redis",
                missing: reason.map { "new sessions are counted on this host alone: \($0)" }
            )
        }
    }
}
