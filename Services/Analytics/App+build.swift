internal import EventBus
internal import EventLoop
internal import HTTPServer
package import Lifecycle
internal import PostgresClient
internal import RedisClient
internal import ServiceEndpoints
internal import Telemetry

/// Wiring only: the one place that knows every concrete type of analytics.
package enum AnalyticsService {
    package static func build(_ config: AnalyticsConfig) async throws -> [any Service] {
        let migrator = Migrator(try Migration.read(folder: config.migrationsFolder))
        let log = Log(service: "analytics", level: config.logLevel, format: config.logFormat)
        let metrics = Metrics()
        let readiness = Lifecycle.Readiness(waitingFor: ["redis", "postgres", "schema"])
        let loop = try EventLoop(name: "analytics")

        let peers = PeerWatch(readiness: readiness, log: log)
        let bus = RedisBus(config.redis, on: loop, observer: peers)
        let database = PostgresClient(config.postgres, on: loop, observer: peers)
        await bus.start()
        await database.start()

        // Another connection than the bus': what it reads may be long.
        let boardRedis = RedisClient(config.redis, on: loop)
        await boardRedis.start()
        let counts = AnalyticsMetrics(metrics)
        let store = EventStore(database, storesContent: config.storesContent)
        let logReader = LogReader(
            bus: bus,
            store: store,
            prepare: SchemaKeeper(migrator, database, readiness: readiness, log: log),
            readiness: readiness,
            log: log,
            metrics: counts
        )
        let server = HTTPServer(
            loop: loop,
            routes: OperationsRoutes.routes(readiness: readiness, metrics: metrics),
            observer: HTTPMetrics(metrics)
        )
        return [
            HTTPService([server], host: config.host, port: config.port, log: log),
            logReader,
            SystemKeeper(ServiceBoard(boardRedis), metrics: counts, readiness: readiness),
            Retention(database, days: config.retentionDays, readiness: readiness, log: log),
        ]
    }
}
