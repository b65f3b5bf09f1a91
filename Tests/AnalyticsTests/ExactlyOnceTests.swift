import Analytics
import Base
import EventBus
import EventLoop
import EventModels
import Lifecycle
import PostgresClient
import Telemetry
import TestSupport
import Testing

/// The reader's connection is cut before and behind each of its steps: rows and position stay one thing.
@Suite struct ExactlyOnceTests {
    /// Rows of several tables, and one event that PostgreSQL refuses.
    private func frame(_ first: UInt64) -> EventFrame {
        EventFrame(
            shard: .only,
            prev: first == 1 ? nil : id(first - 1),
            events: [
                message(first), event(first + 1, .memberTimeout, "{\(user),\"timeoutUntil\":\"never\"}"),
                event(first + 2, .memberLeft, "{\(user),\"members\":3}"), message(first + 3),
            ]
        )
    }

    @Test func `cut off between any two steps, each event is stored once`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { direct, loop in
            let proxy = CuttingProxy(to: server.port, on: loop)
            let port = try await proxy.start()
            var config = try PostgresConfig(url: Secret("postgresql://guildwire@127.0.0.1:\(port)/postgres"))
            config.backoff = Backoff(base: .milliseconds(5), limit: .milliseconds(20))
            let database = PostgresClient(config, on: loop)
            await database.start()
            let bus = MemoryBus(on: loop)
            let reader = ShardReader(
                shard: .only,
                bus: bus,
                store: EventStore(database, storesContent: false),
                log: .silent,
                metrics: ShardMetrics(Metrics(), .only),
                waits: .init(batch: .milliseconds(5), retry: .milliseconds(5))
            )
            var next: UInt64 = 1
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                for cut in CuttingProxy.Cut.allCases {
                    var step = 0
                    var isReached = true
                    while isReached {
                        step += 1
                        proxy.arm(step: step, cut)
                        guard case .appended(let top) = try await bus.append(frame(next)) else {
                            Issue.record("the frame does not follow")
                            break
                        }
                        try await eventually("the events behind step \(step), \(cut)") {
                            try await count(direct, "shard_positions", where: "number = \(top.number)") == 1
                        }
                        isReached = !proxy.disarm()
                        next += 4
                    }
                    #expect(step > 8, "the way to a commit has more steps than \(step)")
                }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            let frames = Int64(next / 4)
            for (table, each) in [("message_events", Int64(2)), ("member_events", 1), ("dead_letters", 1)] {
                #expect(try await count(direct, table) == frames * each, "\(table)")
            }
            await database.close()
            proxy.stop()
        }
    }

    @Test func `cut off while the next pages are read, each event is stored once`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { direct, loop in
            let proxy = CuttingProxy(to: server.port, on: loop)
            let port = try await proxy.start()
            var config = try PostgresConfig(url: Secret("postgresql://guildwire@127.0.0.1:\(port)/postgres"))
            config.backoff = Backoff(base: .milliseconds(5), limit: .milliseconds(20))
            let database = PostgresClient(config, on: loop)
            await database.start()
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
            let each = UInt64(Batch.pageMax) * 3 / 2
            var top: UInt64 = 0
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                for turn in 0..<28 {
                    let (step, cut) = (1 + turn % 14, CuttingProxy.Cut.allCases[turn / 14])
                    proxy.arm(step: step, cut)
                    let events = (top + 1...top + each).map { message($0) }
                    _ = try await bus.append(
                        EventFrame(shard: .only, prev: top == 0 ? nil : id(top), events: events)
                    )
                    top += each
                    try await eventually("the events behind step \(step), \(cut)") {
                        try await count(direct, "shard_positions", where: "number = \(top)") == 1
                    }
                    #expect(!proxy.disarm(), "step \(step) has come")
                }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            #expect(try await count(direct, "message_events") == Int64(top))
            #expect(metrics.gaps.value == 0)
            await database.close()
            proxy.stop()
        }
    }

    @Test func `while PostgreSQL stands still, one batch is read ahead and no more`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { direct, loop in
            let memory = MemoryBus(on: loop)
            let bus = CountingBus(memory)
            let pages = UInt64(12)
            for page in 0..<pages {
                let first = page * UInt64(Batch.pageMax) + 1
                let events = (first..<first + UInt64(Batch.pageMax)).map { message($0) }
                _ = try await bus.append(
                    EventFrame(shard: .only, prev: page == 0 ? nil : id(first - 1), events: events)
                )
            }
            let database = PostgresClient(try PostgresConfig(url: Secret(server.url)), on: loop)
            await database.start()
            await database.whenConnected()
            let reader = ShardReader(
                shard: .only,
                bus: bus,
                store: EventStore(database, storesContent: false),
                log: .silent,
                metrics: ShardMetrics(Metrics(), .only)
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                try await direct.transaction { session in
                    try await session.query("LOCK TABLE message_events IN EXCLUSIVE MODE")
                    group.addTask { try await reader.run() }
                    let ahead = 1 + Batch.entriesMax / Batch.pageMax
                    try await eventually("what is read ahead") { bus.pages == ahead }
                    // A reader that goes on would be done with more of them by then.
                    for _ in 0..<4 {
                        var page = Batch(of: .only, after: nil, storesContent: false)
                        page.add(try await memory.page(of: .only, after: nil, limit: page.room))
                    }
                    #expect(bus.pages == ahead)
                }
                let all = Int64(pages) * Int64(Batch.pageMax)
                try await eventually("all") { try await count(direct, "message_events") == all }
                #expect(bus.pages < Int(pages) + 4)
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            await database.close()
        }
    }

    @Test func `a PostgreSQL that refuses the login is waited for and named`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { owner, loop in
            try await owner.query("CREATE ROLE writer LOGIN SUPERUSER")
            var config = try PostgresConfig(
                url: Secret("postgresql://writer@127.0.0.1:\(server.port)/postgres")
            )
            config.backoff = Backoff(base: .milliseconds(5), limit: .milliseconds(20))
            let database = PostgresClient(config, on: loop)
            await database.start()
            let bus = MemoryBus(on: loop)
            let told = Locked<[String]>([])
            let reader = ShardReader(
                shard: .only,
                bus: bus,
                store: EventStore(database, storesContent: false),
                log: .silent,
                metrics: ShardMetrics(Metrics(), .only),
                report: { state in
                    if case .failing(let reason) = state { told.withLock { $0.append(reason) } }
                },
                waits: .init(batch: .milliseconds(5), retry: .milliseconds(5))
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await reader.run() }
                _ = try await bus.append(frame(1))
                try await eventually("the first events") { try await count(owner, "message_events") == 2 }
                try await owner.query("ALTER ROLE writer NOLOGIN")
                try await owner.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'writer'"
                )
                _ = try await bus.append(frame(5))
                try await eventually("the refusal to be told") {
                    told.withLock { $0.contains { $0.contains("not permitted to log in") } }
                }
                try await owner.query("ALTER ROLE writer LOGIN")
                try await eventually("the events") { try await count(owner, "message_events") == 4 }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            await database.close()
        }
    }
}
