import Base
import EventBus
import EventLoop
import HTTPServer
import Lifecycle
import RedisClient
import ServiceEndpoints
import Telemetry

/// Wiring only: the one place that knows every concrete type of the web service.
enum WebService {
    /// What every part is given.
    struct Common {
        let config: WebConfig
        let log: Log
        let metrics = Metrics()
        let readiness = Readiness(waitingFor: ["bus", "log", "sessions"])
    }

    static func build(_ config: WebConfig) async throws -> [any Service] {
        let log = Log(service: "web", level: config.log.level, format: config.log.format)
        let common = Common(config: config, log: log)
        let hubLoop = try EventLoop(name: "hub")
        let bus = try await bus(config, on: hubLoop, log)
        let (hubMetrics, streamMetrics) = (HubMetrics(common.metrics), StreamMetrics(common.metrics))
        let hub = Hub(bus: bus, log: log, metrics: hubMetrics)
        let viewerLoops = try viewerLoops(config.loops, hub, streamMetrics)
        for viewerLoop in viewerLoops { await viewerLoop.start() }
        let name = "web-\(RandomSource.hex(4))"
        let receivers = receivers(common, bus, hub, name)
        let members = LinkMembers(links: receivers)
        await hub.attach(viewerLoops, members: members)
        let access = try await access(common, viewerLoops)
        let desk = GuildDesk(hub: hub, members: members, access: config.access)
        let sources = SystemDesk.Sources(
            gateways: LinkGateways(links: receivers),
            id: name,
            logHop: hubMetrics.logHop,
            deliveryHop: streamMetrics.deliveryHop
        )
        let api = try await api(common, desk, access, LinkOrders(links: receivers), sources)
        await hub.attach(api.settings.book)
        let servers = servers(common, viewerLoops, api)
        return [
            HubKeeper(hub: hub, bus: bus, receivers: receivers, readiness: common.readiness, log: log),
            access.keeper,
            DoorKeeper(api),
            SystemKeeper(api.system),
            SettingsKeeper(api.settings.outbox),
            KeyKeeper(access.accessKeys, log: log, metrics: common.metrics),
            HTTPService(servers, host: config.host, port: config.port, log: log) {
                // New streams are still answered, with a time to come again, until the open ones have ended.
                common.readiness.set("stopping", missing: "the replica is going down")
                await withTaskGroup(of: Void.self) { group in
                    for viewerLoop in viewerLoops { group.addTask { await viewerLoop.drain() } }
                }
            },
        ]
    }

    private static func receivers(_ common: Common, _ bus: any EventBus, _ hub: Hub, _ name: String)
        -> [LinkReceiver]
    {
        let metrics = LinkMetrics(common.metrics)
        return common.config.gatewayURLs.map { url in
            LinkReceiver(
                url: url,
                token: common.config.linkToken,
                name: name,
                bus: bus,
                hub: hub,
                log: common.log,
                metrics: metrics
            )
        }
    }

    private static func servers(_ common: Common, _ viewerLoops: [ViewerLoop], _ api: APIContext)
        -> [HTTPServer]
    {
        let pages = StaticFiles(root: common.config.pagesFolder)
        let observer = HTTPMetrics(common.metrics)
        var limits = HTTPServerLimits.standard
        limits.connectionsMax /= viewerLoops.count
        let (queries, libraries) = (StreamQueries(), StaticFiles(root: LibrariesEndpoint.folder))
        common.metrics.gauge(
            "guildwire_web_queries_known",
            help: "Texts of queries for streams that are not read again."
        ) { Double(queries.count) }
        return viewerLoops.map { viewerLoop in
            let context = EndpointContext(
                authorizer: api.authorizer,
                metrics: common.metrics,
                readiness: common.readiness,
                viewerLoop: viewerLoop,
                pages: pages,
                queries: queries,
                libraries: libraries,
                publicURL: common.config.publicURL,
                api: api
            )
            let routes = Catalog.routes(context)
            return HTTPServer(
                loop: viewerLoop.loop,
                limits: limits,
                routes: routes,
                observer: observer,
                ownHeaders: SecurityHeaders.data
            )
        }
    }

    private static func viewerLoops(_ count: Int, _ hub: Hub, _ metrics: StreamMetrics) throws
        -> [ViewerLoop]
    {
        let room = StreamRoom(loops: count)
        return try (0..<count).map { number in
            let loop = try EventLoop(name: "viewers-\(number)")
            return ViewerLoop(number: number, hub: hub, loop: loop, metrics: metrics, room: room)
        }
    }

    private static func bus(_ config: WebConfig, on loop: EventLoop, _ log: Log) async throws -> any EventBus
    {
        guard let redis = config.redis else {
            log.notice("no REDIS_URL: the bus is in memory, for this one replica")
            return MemoryBus(on: loop)
        }
        let bus = RedisBus(redis, on: loop, observer: BusLog(log: log))
        await bus.start()
        return bus
    }

    /// Says when Redis comes and goes.
    private struct BusLog: RedisBusObserver {
        let log: Log
        func busConnected() { log.notice("connected to Redis") }
        func busLost(_ reason: String) { log.warning("Redis is away", [.reason: .string(reason)]) }
    }
}
