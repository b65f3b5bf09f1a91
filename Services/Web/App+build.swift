import Base
import EventBus
import EventLoop
import HTTPClient
import HTTPServer
import Lifecycle
import PostgresClient
import RedisClient
import ServiceEndpoints
import Telemetry

/// Wiring only: the one place that knows every concrete type of the web service.
enum WebService {
    static func build(_ config: WebConfig) async throws -> [any Service] {
        let log = Log(service: "web", level: config.log.level, format: config.log.format)
        let metrics = Metrics()
        let readiness = Readiness(waitingFor: ["bus", "log", "sessions"])
        let hubLoop = try EventLoop(name: "hub")

        let bus = try await bus(config, on: hubLoop, log)
        let hub = Hub(bus: bus, log: log, metrics: HubMetrics(metrics))
        let viewerLoops = try viewerLoops(config.loops, hub, metrics)
        for viewerLoop in viewerLoops { await viewerLoop.start() }
        let linkMetrics = LinkMetrics(metrics)
        let name = "web-\(RandomSource.hex(4))"
        let receivers = config.gatewayURLs.map { url in
            LinkReceiver(
                url: url,
                token: config.linkToken,
                name: name,
                bus: bus,
                hub: hub,
                log: log,
                metrics: linkMetrics
            )
        }

        let members = LinkMembers(links: receivers)
        await hub.attach(viewerLoops, members: members)
        let access = try access(config, viewerLoops, metrics, readiness, log)
        let api = try await api(
            config,
            GuildDesk(hub: hub, members: members, access: config.access),
            access,
            metrics,
            readiness,
            log
        )
        let pages = StaticFiles(root: config.pagesFolder)
        let observer = HTTPMetrics(metrics)
        var limits = HTTPServerLimits.standard
        limits.connectionsMax /= viewerLoops.count
        let queries = StreamQueries()
        metrics.gauge(
            "guildwire_web_queries_known",
            help: "Texts of queries for streams that are not read again."
        ) { Double(queries.count) }
        let servers = viewerLoops.map { viewerLoop in
            let context = EndpointContext(
                authorizer: access.authorizer,
                metrics: metrics,
                readiness: readiness,
                viewerLoop: viewerLoop,
                pages: pages,
                queries: queries,
                api: api
            )
            let routes = Catalog.routes(context)
            return HTTPServer(loop: viewerLoop.loop, limits: limits, routes: routes, observer: observer)
        }
        return [
            HubKeeper(hub: hub, bus: bus, receivers: receivers, readiness: readiness, log: log),
            access.keeper,
            HTTPService(servers, host: config.host, port: config.port, log: log) {
                // New streams are still answered, with a time to come again, until the open ones have ended.
                readiness.set("stopping", missing: "the replica is going down")
                await withTaskGroup(of: Void.self) { group in
                    for viewerLoop in viewerLoops { group.addTask { await viewerLoop.drain() } }
                }
            },
        ]
    }

    private static func viewerLoops(_ count: Int, _ hub: Hub, _ metrics: Metrics) throws -> [ViewerLoop] {
        let (room, metrics) = (StreamRoom(loops: count), StreamMetrics(metrics))
        return try (0..<count).map { number in
            let loop = try EventLoop(name: "viewers-\(number)")
            return ViewerLoop(number: number, hub: hub, loop: loop, metrics: metrics, room: room)
        }
    }

    private static func access(
        _ config: WebConfig,
        _ viewerLoops: [ViewerLoop],
        _ metrics: Metrics,
        _ readiness: Readiness,
        _ log: Log
    ) throws -> Access {
        let keys = SessionKeys(config.sessionSecrets)
        AccessMetrics.watch(keys, metrics)
        let metrics = AccessMetrics(metrics)
        let revocations = Locked(RevocationList(isShared: config.redis != nil))
        let authorizer = Authorizer(
            access: config.access,
            keys: keys,
            revocations: revocations,
            metrics: metrics
        )
        let keeper = RevocationKeeper(
            redis: config.redis,
            on: try EventLoop(name: "access"),
            list: revocations,
            viewerLoops: viewerLoops,
            readiness: readiness,
            log: log,
            metrics: metrics
        )
        return Access(authorizer: authorizer, keys: keys, keeper: keeper)
    }

    private struct Access {
        let authorizer: Authorizer
        let keys: SessionKeys
        let keeper: RevocationKeeper
    }

    /// On a loop of its own: what it asks of Redis and PostgreSQL must hold up nobody's events.
    private static func api(
        _ config: WebConfig,
        _ desk: GuildDesk,
        _ access: Access,
        _ metrics: Metrics,
        _ readiness: Readiness,
        _ log: Log
    ) async throws -> APIContext {
        let loop = try EventLoop(name: "api")
        let redis = config.redis.map { RedisClient($0, on: loop) }
        await redis?.start()
        let database = config.postgres.map { PostgresClient($0, on: loop) }
        await database?.start()
        return APIContext(
            config: config,
            desk: desk,
            authorizer: access.authorizer,
            keys: access.keys,
            revocations: access.keeper,
            redis: redis,
            database: database,
            http: URLSessionHTTPClient(),
            metrics: metrics,
            readiness: readiness,
            log: log
        )
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
