import Analytics
import Base
import EventBus
import EventModels
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Testing

/// The whole way from a real Redis to a real PostgreSQL.
@Suite struct LogReaderTests {
    private func frame(_ numbers: ClosedRange<UInt64>) -> EventFrame {
        EventFrame(
            shard: .only,
            prev: numbers.lowerBound == 1 ? nil : id(numbers.lowerBound - 1),
            events: numbers.map { message($0) }
        )
    }

    @Test func `every event is stored once, whatever goes away meanwhile`() async throws {
        let redis = try await RedisServer()
        let server = try await PostgresServer()
        try await withDatabase(server) { database, loop in
            var config = try RedisConfig(url: redis.url)
            config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
            let bus = RedisBus(config, on: loop)
            await bus.start()
            await bus.whenConnected()
            let readiness = Readiness()
            let metrics = Metrics()
            let reader = LogReader(
                bus: bus,
                store: EventStore(database, storesContent: true),
                prepare: SchemaKeeper(Migrator([]), database, readiness: readiness, log: .silent),
                readiness: readiness,
                log: .silent,
                metrics: AnalyticsMetrics(metrics)
            )
            try await database.query("DELETE FROM schema_migrations")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                _ = try await bus.append(frame(1...2500))
                try await eventually("the first events") {
                    try await count(database, "message_events") == 2500
                }
                try await server.stop()
                _ = try await bus.append(frame(2501...3000))
                try await eventually("the failure to be told") { !readiness.isReady }
                try await server.start()
                try await eventually("the events of the time without PostgreSQL") {
                    await database.whenConnected()
                    return (try? await count(database, "message_events")) == 3000
                }
                try await redis.stop()
                try await redis.start()
                await bus.whenConnected()
                _ = try await bus.append(frame(3001...3100))
                try await eventually("the events behind Redis' absence") {
                    try await count(database, "message_events") == 3100
                }
                try await eventually("the report") { readiness.isReady }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            let check = try await database.query(
                "SELECT count(DISTINCT number) AS n, min(number) AS low, max(number) AS high FROM message_events"
            )
            #expect(check.first?.int64("n") == 3100)
            #expect(check.first?.int64("low") == 1)
            #expect(check.first?.int64("high") == 3100)
            #expect(ShardMetrics(metrics, .only).stored.value == 3100)
            #expect(ShardMetrics(metrics, .only).gaps.value == 0)
            #expect(try await count(database, "message_events", where: "content = 'Grüße'") == 3100)
            await bus.close()
        }
    }

    @Test func `behind missing events the settings are read again, for their change may be one of them`()
        async throws
    {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, loop in
            let bus = MemoryBus(on: loop)
            let metrics = ShardMetrics(Metrics(), .only)
            let reader = ShardReader(
                shard: .only,
                bus: bus,
                store: EventStore(database, storesContent: false),
                log: .silent,
                metrics: metrics,
                waits: .init(batch: .milliseconds(5), retry: .milliseconds(5))
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                _ = try await bus.append(EventFrame(shard: .only, prev: nil, events: [message(1)]))
                try await eventually("the first message") { try await count(database, "message_events") == 1 }
                let settings = GuildSettings(
                    trackedChannels: [],
                    history: false,
                    retentionDays: nil,
                    badWords: [],
                    timeZone: "UTC",
                    milestones: []
                )
                try await database.query(
                    "INSERT INTO guild_settings (guild_id, version, settings, updated_by) VALUES ($1, 1, $2, 7)",
                    [.int(197_038_439_483_310_086), .json(settings.encoded())]
                )
                _ = try await bus.append(
                    EventFrame(shard: .only, prev: id(1), events: [event(2, .logGap, "{}"), message(3)])
                )
                try await eventually("the end of the log") {
                    try await count(database, "shard_positions", where: "number = 3") == 1
                }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            #expect(try await count(database, "message_events") == 1)
            #expect(metrics.gaps.value == 1)
        }
    }

    @Test func `a log that was shortened before it was read is counted and read on`() async throws {
        let redis = try await RedisServer()
        let server = try await PostgresServer()
        try await withDatabase(server) { database, loop in
            let bus = RedisBus(try RedisConfig(url: redis.url), on: loop, limits: LogLimits(bytesMax: 20_000))
            await bus.start()
            await bus.whenConnected()
            let store = EventStore(database, storesContent: false)
            let claim = try #require(try await store.claim(.only))
            let start = try #require(batch([message(1)], after: nil))
            _ = try await store.store(start, claim: claim)
            for lower in stride(from: UInt64(1), to: 2000, by: 100) {
                _ = try await bus.append(frame(lower...lower + 99))
            }
            let metrics = ShardMetrics(Metrics(), .only)
            let reader = ShardReader(shard: .only, bus: bus, store: store, log: .silent, metrics: metrics)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                try await eventually("the end of the log") {
                    try await count(database, "message_events", where: "number = 2000") == 1
                }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            #expect(metrics.gaps.value == 1)
            await bus.close()
        }
    }
}
