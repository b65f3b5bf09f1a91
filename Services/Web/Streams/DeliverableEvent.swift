package import Base
package import EventModels

/// An event as the hub hands it to the viewers' loops: in the shard's order, and said whether it may be shown.
package struct DeliverableEvent: Sendable {
    package let id: EventID
    package let guild: Snowflake
    package let name: String
    /// The channel or, for a move, the two channels it happened in.
    package let channels: [Snowflake]
    /// The envelope to show; nil where viewers see nothing of it.
    package let envelope: [UInt8]?
    /// What viewers of this guild see has changed: they start over with a snapshot right behind this event.
    package let resetsGuild: Bool
    /// When the gateway made it, in Unix milliseconds.
    package let ts: Int64

    package init(
        id: EventID,
        guild: Snowflake,
        name: String,
        channels: [Snowflake],
        envelope: [UInt8]?,
        resetsGuild: Bool,
        ts: Int64
    ) {
        self.id = id
        self.guild = guild
        self.name = name
        self.channels = channels
        self.envelope = envelope
        self.resetsGuild = resetsGuild
        self.ts = ts
    }

    package var bytes: Int { (envelope?.count ?? 0) + 96 }
}

/// Events of one shard, one after the other without a hole.
package struct DeliverableBatch: Sendable {
    package let shard: ShardName
    package let events: [DeliverableEvent]

    package init(shard: ShardName, events: [DeliverableEvent]) {
        self.shard = shard
        self.events = events
    }
}
