package import Base

/// Every Redis key and channel there is; no other file spells one.
package enum RedisKeys {
    /// String: this Redis' random id.
    package static let bus = "guildwire:bus"
    /// Set: names of the shards that have a log.
    package static let shards = "guildwire:shards"
    /// Stream: a shard's events; an entry's id is the event's id, its only field is `eventField`.
    package static func log(_ shard: ShardName) -> String { "guildwire:log:\(shard)" }
    /// Hash: bytes that were ever appended to a log (`appended`), and of them what is gone (`trimmed`).
    package static func size(_ shard: ShardName) -> String { "guildwire:size:\(shard)" }
    /// List: a log's marks, oldest first: `<Unix ms> <bytes appended until then> <the log's top then>`.
    package static func marks(_ shard: ShardName) -> String { "guildwire:marks:\(shard)" }
    /// Channel: a shard's frames, as they are appended.
    package static func channel(_ shard: ShardName) -> String { "guildwire:live:\(shard)" }
    /// Hash: guild id → `<event id> <encoded GuildState>`.
    package static func snapshots(_ shard: ShardName) -> String { "guildwire:snapshots:\(shard)" }
    /// Sorted set: ids of sessions that were revoked, by when they would have expired, in Unix seconds.
    package static let revokedSessions = "guildwire:sessions:revoked"
    /// String: a session's record, as JSON, until its cookie expires.
    package static func session(_ id: String) -> String { "guildwire:session:\(id)" }
    /// Sorted set: ids of a user's sessions, by when their cookies expire, in Unix seconds.
    package static func sessions(of user: Snowflake) -> String { "guildwire:sessions:of:\(user)" }
    /// String: there once a login's state was used.
    package static func loginState(_ state: String) -> String { "guildwire:login:\(state)" }
    /// Sorted set: IDENTIFYs of the bot whose token has this hash, by when they were made, in Unix milliseconds.
    package static func identifies(_ hash: String) -> String { "guildwire:identifies:\(hash)" }
    /// Hash: the same, from further back in the log.
    package static func anchors(_ shard: ShardName) -> String { "guildwire:anchors:\(shard)" }
    /// Hash: requests of one counter: the number of its window (`w`) and how many (`n`).
    package static func limit(_ counter: String) -> String { "guildwire:limit:\(counter)" }
    /// Hash: `<service> <process id>` → `<Unix ms> <ServiceRecord>`, of services that are there.
    package static let services = "guildwire:services"

    /// The field of a log's entry that holds the envelope.
    package static let eventField = "e"
}
