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
            RESTClient.Settings(base: config.apiBase, token: config.token),
            http: URLSessionHTTPClient(),
            loop: loop,
            log: log,
            metrics: metrics.registry,
            readiness: readiness
        )
        let shard = Shard(
            config: config,
            rest: DiscordREST(api: api),
            links: links,
            loop: loop,
            log: log,
            metrics: metrics,
            readiness: readiness,
            hooks: hooks
        )
        return [links, shard]
    }
}
