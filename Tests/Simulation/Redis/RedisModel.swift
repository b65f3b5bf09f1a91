import Base
import EventBus
import EventModels

/// What Redis holds and what `BusScripts` make of it: the model that the simulation runs on. `RedisModelTests` holds
/// it against a real server.
struct RedisModel: Equatable {
    struct Log: Equatable {
        /// Trimmed entries are gone from here.
        var entries: [LogEntry] = []
        /// Redis' `last-generated-id`.
        var top: EventID?

        var bounds: LogBounds { LogBounds(first: entries.first?.id, top: top) }

        func index(behind position: EventID?) -> Int {
            guard let position else { return 0 }
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].id <= position { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    struct Appended: Equatable {
        /// Frames that were taken.
        var accepted = 0
        var top: EventID?
        /// What goes out on the channel.
        var published: EventFrame?
    }

    private(set) var bus: String?
    private(set) var shards: [ShardName] = []
    private(set) var logs: [ShardName: Log] = [:]
    private(set) var snapshots: [ShardName: [GuildSnapshot]] = [:]
    /// `maxmemory` is reached: what writes is refused in front of its first write.
    var isFull = false

    private func checkRoom() throws(BusError) {
        if isFull { throw BusError(.refused, "OOM command not allowed") }
    }

    mutating func identity(fresh: String) throws(BusError) -> String {
        // SET with NX is refused like any write, whether or not it would have written.
        try checkRoom()
        if bus == nil { bus = fresh }
        return bus ?? fresh
    }

    func bounds(of shard: ShardName) -> LogBounds { logs[shard]?.bounds ?? LogBounds() }

    func page(of shard: ShardName, after position: EventID?, limit: Int) -> LogPage {
        guard let log = logs[shard] else { return LogPage(entries: [], bounds: LogBounds()) }
        let entries = Array(log.entries[log.index(behind: position)...].prefix(limit))
        let first = entries.isEmpty ? nil : log.entries.first?.id
        return LogPage(entries: entries, bounds: LogBounds(first: first, top: log.top))
    }

    /// The newest in front of `end`; nil: of all.
    func recent(_ shard: ShardName, before end: EventID?, count: Int) -> [StreamEvent] {
        guard let entries = logs[shard]?.entries else { return [] }
        let shown = end.map { end in entries.prefix { $0.id < end } } ?? entries[...]
        return shown.suffix(count).compactMap(\.event)
    }

    /// Frames of one shard, each taken only if it follows on what the log then ends with.
    mutating func append(_ frames: [EventFrame]) throws(BusError) -> Appended {
        guard let shard = frames.first?.shard else { return Appended() }
        if isFull, frames.first?.prev == logs[shard]?.top { try checkRoom() }
        var log = logs.removeValue(forKey: shard) ?? Log()
        let isNew = log.top == nil
        let before = log.top
        var answer = Appended(top: log.top)
        var events: [StreamEvent] = []
        for frame in frames {
            guard frame.prev == answer.top else { break }
            events += frame.events
            answer.top = frame.last
            answer.accepted += 1
        }
        if !events.isEmpty {
            log.entries += events.map { LogEntry($0) }
            log.top = answer.top
            answer.published = EventFrame(shard: shard, prev: before, events: events)
            if isNew, !shards.contains(shard) { shards = (shards + [shard]).sorted() }
        }
        if log != Log() { logs[shard] = log }
        return answer
    }

    /// `XTRIM MINID`: what is before `id` goes.
    mutating func trim(_ shard: ShardName, before id: EventID) {
        guard let count = logs[shard]?.entries.prefix(while: { $0.id < id }).count, count > 0 else { return }
        logs[shard]?.entries.removeFirst(count)
    }

    mutating func save(_ snapshot: GuildSnapshot, of shard: ShardName) throws(BusError) {
        var kept = snapshots[shard] ?? []
        let index = kept.firstIndex { $0.guild == snapshot.guild && $0.isAnchor == snapshot.isAnchor }
        if let index, snapshot.id < kept[index].id { return }
        try checkRoom()
        if let index {
            kept[index] = snapshot
        } else {
            kept.append(snapshot)
            kept.sort { $0.guild < $1.guild }
        }
        snapshots[shard] = kept
    }

    mutating func removeSnapshot(of guild: Snowflake, shard: ShardName) {
        snapshots[shard]?.removeAll { $0.guild == guild }
    }

    func loadSnapshots(of shard: ShardName) -> [GuildSnapshot] { snapshots[shard] ?? [] }

    // MARK: What only a planted fault does

    /// Appends without comparing.
    mutating func appendBlindly(_ frame: EventFrame) {
        let before = logs[frame.shard]?.top
        var log = logs.removeValue(forKey: frame.shard) ?? Log()
        // Redis itself refuses an id that does not ascend.
        let events = frame.events.filter { event in log.top.map { $0 < event.id } ?? true }
        log.entries += events.map { LogEntry($0) }
        log.top = events.last?.id ?? log.top
        logs[frame.shard] = log
        if before == nil, !shards.contains(frame.shard) { shards = (shards + [frame.shard]).sorted() }
    }

    /// Trims by the ids' first part, as if it were the event's time.
    mutating func trimByID(_ shard: ShardName, before epoch: UInt64) {
        logs[shard]?.entries.removeAll { $0.id.epoch < epoch }
    }
}
