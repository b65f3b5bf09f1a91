package import Base
package import EventLoop
package import EventModels

/// Carries the events of every shard from whoever publishes them to everybody who follows, and keeps the last of them.
///
/// A shard's log is the truth: ordered, without holes, appended to by compare-and-append only. What is published on
/// the side is the fast way to the same events; `BusTail` makes one stream of the two. `MemoryBus` serves a single
/// process, `RedisBus` any number; both pass the same behaviour suite.
package protocol EventBus: Sendable {
    /// Where listeners are called.
    var loop: EventLoop { get }

    /// A random name that this bus keeps for its lifetime: another name is another bus, whose logs begin anew.
    func identity() async throws(BusError) -> String

    /// The shards that have a log.
    func shards() async throws(BusError) -> [ShardName]

    func bounds(of shard: ShardName) async throws(BusError) -> LogBounds

    /// Appends a frame's events and publishes them, if the log's top is the frame's `prev` (none for an empty log);
    /// otherwise changes nothing and says where the log ends. Only `.appended` means that the events are in the log.
    ///
    /// For callers on the bus' loop; `completion` is called once, later, on the loop. No task is made: each would go over
    /// another thread and back.
    func append(_ frame: EventFrame, completion: @escaping AppendCompletion)

    /// Up to `limit` entries and `LogPage.bytesMax` bytes, one entry at least, behind `position` (nil: from the start), oldest
    /// first, and the log's bounds seen after.
    func page(of shard: ShardName, after position: EventID?, limit: Int) async throws(BusError) -> LogPage

    /// The newest `count` events in front of `end` (nil: of all), as far as `LogPage.bytesMax` reaches, oldest first.
    func recent(_ shard: ShardName, before end: EventID?, count: Int) async throws(BusError) -> [StreamEvent]

    /// Removes from a log what is past its bounds, and says what is left. A log may be past them until the next call;
    /// its last entry stays.
    func trim(_ shard: ShardName) async throws(BusError) -> LogSize

    /// Keeps the snapshot unless one with a later id is kept already; of each guild one and one anchor are kept.
    func saveSnapshot(_ snapshot: GuildSnapshot, of shard: ShardName) async throws(BusError)
    func removeSnapshot(of guild: Snowflake, shard: ShardName) async throws(BusError)
    func loadSnapshots(of shard: ShardName) async throws(BusError) -> [GuildSnapshot]

    /// Has `hear` called on the bus' loop with what is published from now on, until `stopListening`.
    func listen(
        to shard: ShardName,
        _ hear: @escaping @Sendable (BusSignal) -> Void
    ) async -> BusListener
    func stopListening(_ listener: BusListener) async
}

package typealias AppendCompletion = @Sendable (Result<AppendResult, BusError>) -> Void

extension EventBus {
    /// The same from anywhere.
    package func append(_ frame: EventFrame) async throws(BusError) -> AppendResult {
        let result = await withCheckedContinuation { continuation in
            loop.execute { append(frame) { continuation.resume(returning: $0) } }
        }
        return try result.get()
    }

    /// A log's last id; nil when it is empty.
    package func top(of shard: ShardName) async throws(BusError) -> EventID? {
        try await bounds(of: shard).top
    }

    /// The readable events of a page.
    package func read(
        _ shard: ShardName,
        after position: EventID?,
        limit: Int
    ) async throws(BusError) -> [StreamEvent] {
        try await page(of: shard, after: position, limit: limit).entries.compactMap(\.event)
    }
}

package enum AppendResult: Sendable, Equatable {
    /// In the log and published; `top` is the frame's last id.
    case appended(top: EventID)
    /// Nothing was changed: the log ends at `top`, which is not the frame's `prev`.
    case refused(top: EventID?)
}

/// Where a log begins and ends now; both nil when it is empty.
package struct LogBounds: Sendable, Equatable {
    package var first: EventID?
    package var top: EventID?

    package init(first: EventID? = nil, top: EventID? = nil) {
        self.first = first
        self.top = top
    }
}

/// One entry as it stands in the log.
package struct LogEntry: Sendable, Equatable {
    package let id: EventID
    package let envelope: [UInt8]
    /// Nil when the envelope is none, or speaks of another id.
    package let event: StreamEvent?

    package init(_ event: StreamEvent) {
        id = event.id
        envelope = event.envelope
        self.event = event
    }

    package init(id: EventID, envelope: [UInt8]) {
        self.id = id
        self.envelope = envelope
        let event = try? StreamEvent(parsing: envelope)
        self.event = event?.id == id ? event : nil
    }
}

package struct LogPage: Sendable, Equatable {
    /// Oldest first.
    package let entries: [LogEntry]
    /// Seen after the entries were read. `first` may be nil where there are no entries.
    package let bounds: LogBounds

    /// Bytes of envelopes in one page: behind a resync a thousand entries are a thousand guilds' states.
    package static let bytesMax = 4 << 20

    /// Whether the log goes on behind the entries.
    package var hasMore: Bool {
        guard let last = entries.last?.id, let top = bounds.top else { return false }
        return last < top
    }

    package init(entries: [LogEntry], bounds: LogBounds) {
        self.entries = entries
        self.bounds = bounds
    }
}

/// A guild's state as of one event of its shard, encoded.
package struct GuildSnapshot: Sendable, Equatable {
    package let guild: Snowflake
    /// The last event that is in it; it counts only for who has followed the log up to here.
    package let id: EventID
    package let state: [UInt8]
    /// Taken a while ago on purpose: who starts from it learns what changed since then, and so can serve cursors from then.
    package let isAnchor: Bool

    package init(guild: Snowflake, id: EventID, state: [UInt8], isAnchor: Bool = false) {
        self.guild = guild
        self.id = id
        self.state = state
        self.isAnchor = isAnchor
    }
}

extension GuildSnapshot {
    /// By guild, its anchor first.
    static func inOrder(_ snapshots: [GuildSnapshot]) -> [GuildSnapshot] {
        snapshots.sorted { ($0.guild, $0.isAnchor ? 0 : 1) < ($1.guild, $1.isAnchor ? 0 : 1) }
    }
}

/// What a listener hears.
package enum BusSignal: Sendable, Equatable {
    /// From here on frames arrive; what was appended before, since the last loss, is in the log only.
    case listening
    case frame(EventFrame)
    /// Something was published that cannot be read here: look into the log.
    case unreadable
    case lost(String)
}

package struct BusListener: Sendable, Hashable {
    let number: Int
    let shard: ShardName
}
