import Base
import EventBus
import EventLoop
import EventModels

/// A bus that counts the pages that were asked for.
final class CountingBus: EventBus {
    private let bus: MemoryBus
    private let asked = Locked(0)

    init(_ bus: MemoryBus) { self.bus = bus }

    var pages: Int { asked.withLock { $0 } }
    var loop: EventLoop { bus.loop }

    func page(of shard: ShardName, after position: EventID?, limit: Int) async throws(BusError) -> LogPage {
        asked.withLock { $0 += 1 }
        return try await bus.page(of: shard, after: position, limit: limit)
    }

    func identity() async throws(BusError) -> String { try await bus.identity() }
    func shards() async throws(BusError) -> [ShardName] { try await bus.shards() }
    func bounds(of shard: ShardName) async throws(BusError) -> LogBounds { try await bus.bounds(of: shard) }
    func append(_ frame: EventFrame, completion: @escaping AppendCompletion) {
        bus.append(frame, completion: completion)
    }

    func trim(_ shard: ShardName) async throws(BusError) -> LogSize { try await bus.trim(shard) }

    func recent(_ shard: ShardName, before end: EventID?, count: Int) async throws(BusError) -> [StreamEvent]
    {
        try await bus.recent(shard, before: end, count: count)
    }

    func saveSnapshot(_ snapshot: GuildSnapshot, of shard: ShardName) async throws(BusError) {
        try await bus.saveSnapshot(snapshot, of: shard)
    }

    func removeSnapshot(of guild: Snowflake, shard: ShardName) async throws(BusError) {
        try await bus.removeSnapshot(of: guild, shard: shard)
    }

    func loadSnapshots(of shard: ShardName) async throws(BusError) -> [GuildSnapshot] {
        try await bus.loadSnapshots(of: shard)
    }

    func listen(to shard: ShardName, _ hear: @escaping @Sendable (BusSignal) -> Void) async -> BusListener {
        await bus.listen(to: shard, hear)
    }

    func stopListening(_ listener: BusListener) async { await bus.stopListening(listener) }
}
