package import EventBus
package import EventModels

/// What a replica reads of a shard before it follows the log: the guilds' snapshots, and the newest events, so that it
/// can serve cursors that are older than itself.
package struct LogStart: Sendable {
    package let snapshots: [GuildSnapshot]
    /// The id behind which `events` begin, or the log is followed where there are none; nil: the log's start.
    package let after: EventID?
    /// Oldest first; none where the log tells the guilds itself.
    package let events: [StreamEvent]

    /// Entries read in one go.
    private static let pageSize = 1_000

    /// As many events as `RecentEvents` holds, if they reach back to the oldest snapshot. Otherwise the log is followed
    /// from that snapshot; without one the whole log is read, since it alone tells the guilds.
    package static func read(_ shard: ShardName, from bus: any EventBus) async throws(BusError) -> LogStart {
        let bounds = try await bus.bounds(of: shard)
        let snapshots = usable(try await bus.loadSnapshots(of: shard), bounds)
        guard let oldest = snapshots.map(\.id).min() else {
            return LogStart(snapshots: [], after: nil, events: [])
        }
        guard bounds.first != nil else {
            return LogStart(snapshots: snapshots, after: snapshots.map(\.id).max(), events: [])
        }
        let (first, events) = try await newest(shard, of: bus)
        guard let first, first <= oldest else {
            return LogStart(snapshots: snapshots, after: oldest, events: [])
        }
        return LogStart(snapshots: snapshots, after: first, events: events)
    }

    /// Nothing leads from a snapshot from before the log's start to what the log holds. Where others are from behind
    /// it, its guild is gone, since all are saved every few seconds. Where none is, the log began anew (Redis was
    /// emptied, and the gateway no longer had all of it): then the log tells the guilds itself, behind its `log.gap`.
    private static func usable(_ snapshots: [GuildSnapshot], _ bounds: LogBounds) -> [GuildSnapshot] {
        guard let first = bounds.first else { return snapshots }
        return snapshots.filter { first <= $0.id }
    }

    /// The log's newest events and the id before them, read backwards.
    private static func newest(
        _ shard: ShardName,
        of bus: any EventBus
    ) async throws(BusError) -> (after: EventID?, events: [StreamEvent]) {
        var pages: [[StreamEvent]] = []
        var (count, bytes) = (0, 0)
        while count < RecentEvents.countMax, bytes < RecentEvents.bytesMax {
            let page = try await bus.recent(shard, before: pages.last?.first?.id, count: pageSize)
            guard !page.isEmpty else { break }
            pages.append(page)
            count += page.count
            bytes += page.reduce(0) { $0 + $1.envelope.count }
        }
        let events = pages.reversed().flatMap { $0 }
        return (events.first?.id, Array(events.dropFirst()))
    }
}
