package import Base
package import EventModels

/// Which snapshots and anchors of guilds are known to be in the bus, and so which are to be saved. Pure.
///
/// A guild that has not changed is left alone: its snapshot says the same, and only has to stay well behind the log's start.
package struct SnapshotLedger: Sendable {
    private struct Saved {
        var id: EventID
        /// `ShardView.taken` of then.
        var taken: Int
        var at: Duration
    }

    private struct Shard {
        var guilds: [Snowflake: Saved] = [:]
        var anchors: [Snowflake: EventID] = [:]
    }

    private var shards: [ShardName: Shard] = [:]
    private var bus: BusLife?

    /// Bytes that the log grows by until a guild is saved again though it has not changed. A log holds many times more.
    package static let bytesMax = ShardView.anchorBytes
    /// Time after which one that changed is. The log tells what came since then, and who starts reads more of it anyhow.
    package static let changedAgeMax = Duration.seconds(60)
    /// Time after which any is. A log holds 24 h.
    package static let ageMax = Duration.seconds(3600)

    package init() {}

    /// What the bus knew it may have forgotten, if it is another or its connection is: Redis may have come back older.
    package mutating func busIs(_ life: BusLife) {
        if let bus, bus != life { shards = [:] }
        bus = life
    }

    /// Nothing that was known of the shard counts any more.
    package mutating func startOver(_ shard: ShardName) { shards[shard] = nil }

    /// Guilds whose snapshot or anchor is to be saved, sorted.
    package func due(_ view: ShardView, now: Duration) -> [Snowflake] {
        view.readyGuilds.filter { isDue($0, view, now: now) || isAnchorDue($0, view) }
    }

    package func isDue(_ guild: Snowflake, _ view: ShardView, now: Duration) -> Bool {
        guard let saved = shards[view.shard]?.guilds[guild] else { return true }
        guard saved.id != view.position else { return false }
        if let change = view.lastChange(of: guild), saved.id < change, now - saved.at >= Self.changedAgeMax {
            return true
        }
        return view.taken - saved.taken >= Self.bytesMax || now - saved.at >= Self.ageMax
    }

    package func isAnchorDue(_ guild: Snowflake, _ view: ShardView) -> Bool {
        view.anchor(of: guild).map { shards[view.shard]?.anchors[guild] != $0.id } ?? false
    }

    /// Guilds that are saved and gone, sorted.
    package func gone(from view: ShardView) -> [Snowflake] {
        (shards[view.shard]?.guilds.keys).map { $0.filter { !view.states.holds($0) }.sorted() } ?? []
    }

    package mutating func saved(
        _ guild: Snowflake,
        of shard: ShardName,
        at id: EventID,
        taken: Int,
        now: Duration
    ) {
        shards[shard, default: Shard()].guilds[guild] = Saved(id: id, taken: taken, at: now)
    }

    package mutating func savedAnchor(of guild: Snowflake, _ shard: ShardName, at id: EventID) {
        shards[shard, default: Shard()].anchors[guild] = id
    }

    package mutating func removed(_ guild: Snowflake, of shard: ShardName) {
        shards[shard]?.guilds[guild] = nil
        shards[shard]?.anchors[guild] = nil
    }
}

/// Which bus it is, and how often it was connected to.
package struct BusLife: Sendable, Equatable {
    package let identity: String
    package let connections: Int

    package init(identity: String, connections: Int) {
        self.identity = identity
        self.connections = connections
    }
}
