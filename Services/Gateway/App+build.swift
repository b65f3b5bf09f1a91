internal import DiscordProtocol
internal import EventLoop
internal import HTTPClient
package import Lifecycle
package import LinkProtocol
package import Telemetry

/// Puts the gateway's parts together.
package enum GatewayService {
    /// `log`, `limits` and `hooks` are given by tests.
    package static func build(
        _ config: GatewayConfig,
        log given: Log? = nil,
        limits: PublisherLimits = PublisherLimits(),
        hooks: GatewayHooks = GatewayHooks()
    ) throws -> [any Service] {
        let loop = try EventLoop(name: "gateway")
        let log = given ?? Log(service: "gateway", level: config.logLevel, format: config.logFormat)
        let metrics = GatewayMetrics(Metrics())
        let readiness = Readiness(waitingFor: ["discord"])
        let links = LinkServer(
            config: config,
            limits: limits,
            loop: loop,
            log: log,
            metrics: metrics,
            readiness: readiness
        )
        let api = RESTClient(
            RESTClient.Settings(config),
            http: URLSessionHTTPClient(connectionsMax: RESTLimiter.Limits().inFlight),
            loop: loop,
            log: log,
            metrics: metrics.registry,
            readiness: readiness
        )
        let ledger = FileIdentifyLedger(
            stateDirectory: config.stateDirectory,
            token: config.token,
            interval: hooks.identifyInterval,
            beforeWrite: hooks.beforeWrite
        )
        let line = IdentifyLine(ledger: ledger, loop: loop)
        let parts = FleetParts(
            config: config,
            lookup: GatewayLookup(rest: DiscordREST(api: api), line: line, loop: loop),
            api: api,
            line: line,
            ledger: ledger,
            links: links,
            log: log,
            metrics: metrics,
            readiness: FleetReadiness(readiness),
            hooks: hooks,
            fold: Fold(cdn: CDN(base: config.cdnBase), guildFilter: config.guilds)
        )
        return [links, ShardFleet(parts: parts, loop: loop, readiness: readiness)]
    }
}
