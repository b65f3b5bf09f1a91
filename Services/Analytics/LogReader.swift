internal import Base
package import EventBus
internal import EventModels
package import Lifecycle
package import Telemetry

/// Finds the shards that have a log, and reads each.
package struct LogReader: Service {
    private let bus: RedisBus
    private let store: EventStore
    private let schema: SchemaKeeper
    private let readiness: Readiness
    private let log: Log
    private let metrics: AnalyticsMetrics

    /// How often new shards are looked for.
    private static let lookEvery = Duration.seconds(1)

    package init(
        bus: RedisBus,
        store: EventStore,
        prepare schema: SchemaKeeper,
        readiness: Readiness,
        log: Log,
        metrics: AnalyticsMetrics
    ) {
        self.bus = bus
        self.store = store
        self.schema = schema
        self.readiness = readiness
        self.log = log
        self.metrics = metrics
    }

    package func run() async throws {
        try await schema.run()
        let states = ReaderStates(readiness)
        try await withThrowingTaskGroup(of: Void.self) { group in
            var known: Set<ShardName> = []
            while true {
                for shard in await shards() where known.insert(shard).inserted {
                    let reader = ShardReader(
                        shard: shard,
                        bus: bus,
                        store: store,
                        log: log,
                        metrics: metrics.shard(shard),
                        report: { states.set($0, of: shard) }
                    )
                    group.addTask { try await reader.run() }
                }
                try await Task.sleep(for: Self.lookEvery)
            }
        }
    }

    /// None while Redis does not tell.
    private func shards() async -> [ShardName] {
        do throws(BusError) {
            let shards = try await bus.shards()
            readiness.set("shards", missing: nil)
            let isDurable = try await bus.isDurable()
            readiness.note(
                "redis",
                missing: isDurable != false ? nil : "Redis runs without an append-only file"
            )
            return shards
        } catch {
            readiness.set("shards", missing: error.description)
            return []
        }
    }
}

/// Makes one line for `/ready` out of all readers.
private final class ReaderStates: Sendable {
    private let states = Locked<[ShardName: ReaderState]>([:])
    private let readiness: Readiness

    init(_ readiness: Readiness) { self.readiness = readiness }

    func set(_ state: ReaderState, of shard: ShardName) {
        let all = states.withLock { states in
            states[shard] = state
            return states
        }
        let failing = all.compactMap { shard, state -> String? in
            if case .failing(let reason) = state { "shard \(shard): \(reason)" } else { nil }
        }
        let waiting = all.filter { $0.value == .standingBy }.keys.sorted()
        readiness.set("storing", missing: failing.sorted().first)
        readiness.note(
            "reader",
            missing: waiting.isEmpty
                ? nil : "another process reads \(waiting.map(\.description).joined(separator: ", "))"
        )
    }
}
