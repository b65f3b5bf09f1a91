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

    /// As many events as `RecentEvents` holds, if they reach back to every guild's anchor, or else to its latest snapshot.
    /// Otherwise the log is followed from the oldest of those; without one the whole log is read, since it alone tells the
    /// guilds.
    package static func read(_ shard: ShardName, from bus: any EventBus) async throws(BusError) -> LogStart {
        let bounds = try await bus.bounds(of: shard)
        let snapshots = usable(try await bus.loadSnapshots(of: shard), bounds)
        guard !snapshots.isEmpty, bounds.first != nil else { return LogStart(snapshots) }
        let (first, events) = try await newest(shard, of: bus)
        return LogStart(snapshots, behind: first, events)
    }

    /// With a log that is empty, or without a snapshot.
    package init(_ snapshots: [GuildSnapshot]) {
        self.init(snapshots: Self.newest(of: snapshots), after: snapshots.map(\.id).max(), events: [])
    }

    /// Of the snapshots of each guild the oldest that `events`, which begin behind `first`, lead on from; where they lead on
    /// from none of some guild's, the newest, and the log is followed from the oldest of them all.
    package init(_ snapshots: [GuildSnapshot], behind first: EventID?, _ events: [StreamEvent]) {
        let reached = snapshots.filter { snapshot in first.map { $0 <= snapshot.id } ?? false }
        let oldest = Self.oldest(of: reached)
        if let first, Set(oldest.map(\.guild)) == Set(snapshots.map(\.guild)) {
            self.init(snapshots: oldest, after: first, events: events)
        } else {
            let newest = Self.newest(of: snapshots)
            self.init(snapshots: newest, after: newest.map(\.id).min(), events: [])
        }
    }

    private init(snapshots: [GuildSnapshot], after: EventID?, events: [StreamEvent]) {
        self.snapshots = snapshots
        self.after = after
        self.events = events
    }

    private static func oldest(of snapshots: [GuildSnapshot]) -> [GuildSnapshot] {
        Dictionary(snapshots.map { ($0.guild, $0) }) { $0.id <= $1.id ? $0 : $1 }.values
            .sorted { $0.guild < $1.guild }
    }

    private static func newest(of snapshots: [GuildSnapshot]) -> [GuildSnapshot] {
        Dictionary(snapshots.map { ($0.guild, $0) }) { $0.id < $1.id ? $1 : $0 }.values
            .sorted { $0.guild < $1.guild }
    }

    /// Nothing leads from a snapshot from before the log's start to what the log holds. Where others are from behind it, its
    /// guild is gone, since all are saved again long before the log's start comes to them. Where none is, the log began anew
    /// (Redis was emptied, and the gateway no longer had all of it): then the log tells the guilds itself, behind its
    /// `log.gap`.
    package static func usable(_ snapshots: [GuildSnapshot], _ bounds: LogBounds) -> [GuildSnapshot] {
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
