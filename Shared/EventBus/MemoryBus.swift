package import Base
package import EventLoop
package import EventModels

/// The bus of a single process: everything is gone with it. For `web` without Redis, and for tests.
package actor MemoryBus: EventBus {
    private struct Log {
        var entries: [LogEntry] = []
        /// When each entry came, and what it counts.
        var costs: [(at: Duration, bytes: Int)] = []
        var bytes = 0
        var removed = 0
        /// Entries in front of this index are trimmed.
        var start = 0
        var top: EventID?
        var snapshots: [Snowflake: GuildSnapshot] = [:]
        var anchors: [Snowflake: GuildSnapshot] = [:]

        var live: ArraySlice<LogEntry> { entries[start...] }
        var bounds: LogBounds { LogBounds(first: live.first?.id, top: top) }

        mutating func append(_ event: StreamEvent, now: Duration) {
            let cost = event.envelope.count + LogLimits.entryOverhead
            entries.append(LogEntry(event))
            costs.append((now, cost))
            bytes += cost
            top = event.id
        }

        /// The last entry stays.
        mutating func trim(_ limits: LogLimits, now: Duration) {
            while start < entries.count - 1, bytes > limits.bytesMax || now - costs[start].at >= limits.ageMax
            {
                bytes -= costs[start].bytes
                start += 1
                removed += 1
            }
            guard start > 1000, start > entries.count / 2 else { return }
            entries.removeSubrange(..<start)
            costs.removeSubrange(..<start)
            start = 0
        }
    }

    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    private let name = RandomSource.hex(16)
    private let limits: LogLimits
    private var logs: [ShardName: Log] = [:]
    private var listeners: [BusListener: @Sendable (BusSignal) -> Void] = [:]
    private var nextListener = 0

    /// Keeps less than Redis does: it is in the replica's own memory.
    package init(on loop: EventLoop, limits: LogLimits = LogLimits(bytesMax: 64 << 20)) {
        self.loop = loop
        self.limits = limits
    }

    package func identity() async throws(BusError) -> String { name }

    package func shards() async throws(BusError) -> [ShardName] {
        logs.filter { $0.value.top != nil }.keys.sorted()
    }

    package func bounds(of shard: ShardName) async throws(BusError) -> LogBounds {
        logs[shard]?.bounds ?? LogBounds()
    }

    package nonisolated func append(_ frame: EventFrame, completion: @escaping AppendCompletion) {
        let result = assumeIsolated { bus in
            Result { () throws(BusError) in
                try frame.checkOrder()
                return bus.take(frame)
            }
        }
        loop.execute { completion(result) }
    }

    private func take(_ frame: EventFrame) -> AppendResult {
        var log = logs.removeValue(forKey: frame.shard) ?? Log()
        defer { logs[frame.shard] = log }
        guard log.top == frame.prev else { return .refused(top: log.top) }
        for event in frame.events { log.append(event, now: loop.now) }
        log.trim(limits, now: loop.now)
        for (listener, hear) in listeners where listener.shard == frame.shard {
            loop.execute { hear(.frame(frame)) }
        }
        return .appended(top: frame.last)
    }

    package func trim(_ shard: ShardName) async throws(BusError) -> LogSize {
        var size = LogSize()
        guard var log = logs.removeValue(forKey: shard) else { return size }
        log.trim(limits, now: loop.now)
        size.top = log.top
        size.bytes = log.bytes
        size.entries = log.live.count
        size.removed = log.removed
        log.removed = 0
        logs[shard] = log
        return size
    }

    package func page(
        of shard: ShardName,
        after position: EventID?,
        limit: Int
    ) async throws(BusError) -> LogPage {
        guard let log = logs[shard] else { return LogPage(entries: [], bounds: LogBounds()) }
        let start = position.map { Self.firstIndex(in: log.live, behind: $0) } ?? log.start
        return LogPage(entries: Self.page(log.entries[start...].prefix(limit)), bounds: log.bounds)
    }

    /// The first of them whose bytes make up a page; one at least.
    private static func page(_ entries: some Collection<LogEntry>) -> [LogEntry] {
        var (page, bytes): ([LogEntry], Int) = ([], 0)
        for entry in entries {
            bytes += entry.envelope.count
            guard page.isEmpty || bytes <= LogPage.bytesMax else { break }
            page.append(entry)
        }
        return page
    }

    private static func firstIndex(in entries: ArraySlice<LogEntry>, behind position: EventID) -> Int {
        var (low, high) = (entries.startIndex, entries.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].id <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func recent(
        _ shard: ShardName,
        before end: EventID?,
        count: Int
    ) async throws(BusError) -> [StreamEvent] {
        guard let log = logs[shard] else { return [] }
        let wanted = end.map { end in log.live.prefix { $0.id < end } } ?? log.live
        return Self.page(wanted.suffix(count).reversed()).reversed().compactMap(\.event)
    }

    package func saveSnapshot(_ snapshot: GuildSnapshot, of shard: ShardName) async throws(BusError) {
        let path = snapshot.isAnchor ? \Log.anchors : \Log.snapshots
        if let kept = logs[shard]?[keyPath: path][snapshot.guild], snapshot.id < kept.id { return }
        logs[shard, default: Log()][keyPath: path][snapshot.guild] = snapshot
    }

    package func removeSnapshot(of guild: Snowflake, shard: ShardName) async throws(BusError) {
        logs[shard]?.snapshots[guild] = nil
        logs[shard]?.anchors[guild] = nil
    }

    package func loadSnapshots(of shard: ShardName) async throws(BusError) -> [GuildSnapshot] {
        guard let log = logs[shard] else { return [] }
        return GuildSnapshot.inOrder(Array(log.snapshots.values) + Array(log.anchors.values))
    }

    package func listen(
        to shard: ShardName,
        _ hear: @escaping @Sendable (BusSignal) -> Void
    ) async -> BusListener {
        let listener = BusListener(number: nextListener, shard: shard)
        nextListener += 1
        listeners[listener] = hear
        loop.execute { hear(.listening) }
        return listener
    }

    package func stopListening(_ listener: BusListener) async { listeners[listener] = nil }
}
