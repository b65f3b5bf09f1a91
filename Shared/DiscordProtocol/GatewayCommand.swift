package import Base
internal import JSON

/// What a client sends to Discord's gateway. Each fits the 4096 bytes that Discord takes.
package enum GatewayCommand: Sendable, Equatable {
    case heartbeat(sequence: UInt64?)
    case identify(token: Secret, intents: Intents, shard: Int, count: Int)
    case resume(token: Secret, session: Session)
    /// All members of a guild, answered by GUILD_MEMBERS_CHUNK of up to 1,000 each; once per guild in 30 s.
    /// `nonce`, of at most 32 bytes, comes back with each chunk. `presences`: with who is online, and how.
    case requestMembers(guild: Snowflake, nonce: String, presences: Bool)

    package func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        switch self {
        case .heartbeat(let sequence):
            writer.member("op", 1)
            writer.key("d")
            if let sequence { writer.uint64(sequence) } else { writer.null() }
        case .identify(let token, let intents, let shard, let count):
            writer.member("op", 2)
            writer.key("d")
            writer.beginObject()
            writer.member("token", token.exposed)
            writer.key("properties")
            writer.beginObject()
            writer.member("os", "linux")
            writer.member("browser", "guildwire")
            writer.member("device", "guildwire")
            writer.endObject()
            // Up to this many members a guild arrives with those who are offline too.
            writer.member("large_threshold", 250)
            writer.key("shard")
            writer.beginArray()
            writer.int(shard)
            writer.int(count)
            writer.endArray()
            writer.member("intents", Int(intents.rawValue))
            writer.endObject()
        case .resume(let token, let session):
            writer.member("op", 6)
            writer.key("d")
            writer.beginObject()
            writer.member("token", token.exposed)
            writer.member("session_id", session.id)
            writer.member("seq", session.sequence)
            writer.endObject()
        case .requestMembers(let guild, let nonce, let presences):
            writer.member("op", 8)
            writer.key("d")
            writer.beginObject()
            writer.member("guild_id", guild)
            writer.member("query", "")
            writer.member("limit", 0)
            if presences { writer.member("presences", true) }
            writer.member("nonce", nonce)
            writer.endObject()
        }
        writer.endObject()
        return writer.takeBytes()
    }
}
