package import Base
internal import JSON

/// What a client said, checked.
package enum ClientRequest: Sendable, Equatable {
    package struct Identify: Sendable, Equatable {
        package let shard: Int
        package let shardCount: Int
        package let intents: Intents
        package let largeThreshold: Int
        package let presence: JSONFields?
        /// Payload compression; without effect where the transport is compressed.
        package let compress: Bool
    }

    package struct Resume: Sendable, Equatable {
        package let session: String
        package let sequence: Int
    }

    package struct Members: Sendable, Equatable {
        package let guild: Snowflake
        package let query: String?
        package let limit: Int
        package let users: [Snowflake]
        package let presences: Bool
        package let nonce: String?
    }

    case heartbeat
    case identify(Identify)
    case resume(Resume)
    case presence(JSONFields)
    case voice(JSONFields)
    case members(Members)
    /// Soundboard sounds of these guilds, at most 100.
    case sounds([Snowflake])
    case channelInfo(Snowflake, fields: [String])
    /// Accepted and without effect here.
    case ignored
    case refuse(GatewayClose)
}

/// Reads the `d` of what clients send.
enum RequestReader {
    /// Token first, then shard, then intents: the order in which Discord complains.
    static func identify(_ d: JSONValue, _ rules: GatewayRules, guilds: Int) -> ClientRequest {
        guard let token = d["token"]?.string else { return .refuse(.decodeError) }
        guard
            rules.token.matches(token.utf8)
                || rules.token.matches(token.utf8.dropFirst(4)) && token.hasPrefix("Bot ")
        else { return .refuse(.authenticationFailed) }
        guard d["properties"]?.object != nil else { return .refuse(.decodeError) }
        var shard = (0, 1)
        if let given = d["shard"], !given.isNull {
            let parts = given.array?.compactMap(\.int) ?? []
            guard parts.count == 2, parts[1] > 0, parts[0] >= 0, parts[0] < parts[1] else {
                return .refuse(.invalidShard)
            }
            shard = (parts[0], parts[1])
        }
        guard shard.1 >= rules.shards, guilds <= rules.guildsPerShardMax * shard.1 else {
            return .refuse(.shardingRequired)
        }
        guard let bits = d["intents"]?.uint64, bits <= UInt64(UInt32.max) else {
            return .refuse(.invalidIntents)
        }
        let intents = Intents(rawValue: UInt32(bits))
        guard intents.isSubset(of: .all) else { return .refuse(.invalidIntents) }
        guard intents.isDisjoint(with: rules.deniedIntents) else { return .refuse(.disallowedIntents) }
        let threshold = min(250, max(50, d["large_threshold"]?.int ?? 50))
        return .identify(
            ClientRequest.Identify(
                shard: shard.0,
                shardCount: shard.1,
                intents: intents,
                largeThreshold: threshold,
                presence: JSONFields(d["presence"]),
                compress: d["compress"]?.bool ?? false
            )
        )
    }

    static func resume(_ d: JSONValue, _ rules: GatewayRules) -> ClientRequest {
        guard let token = d["token"]?.string, let session = d["session_id"]?.string,
            let sequence = d["seq"]?.int
        else {
            return .refuse(.decodeError)
        }
        guard rules.token.matches(token.utf8) else { return .refuse(.authenticationFailed) }
        return .resume(ClientRequest.Resume(session: session, sequence: sequence))
    }

    static func sounds(_ d: JSONValue) -> ClientRequest {
        .sounds(Array((d["guild_ids"]?.array?.compactMap(\.snowflake) ?? []).prefix(100)))
    }

    static func channelInfo(_ d: JSONValue) -> ClientRequest {
        guard let guild = d["guild_id"]?.snowflake else { return .refuse(.decodeError) }
        return .channelInfo(guild, fields: d["fields"]?.array?.compactMap(\.string) ?? [])
    }

    static func members(_ d: JSONValue) -> ClientRequest {
        let guild = d["guild_id"]?.snowflake ?? d["guild_id"]?.array?.first?.snowflake
        guard let guild else { return .refuse(.decodeError) }
        // One of the two is needed, and a limit with a query.
        let (query, named) = (d["query"]?.string, d["user_ids"].map { !$0.isNull } ?? false)
        guard query == nil ? named : d["limit"]?.int != nil else { return .refuse(.decodeError) }
        let users =
            d["user_ids"]?.array?.compactMap(\.snowflake) ?? d["user_ids"]?.snowflake.map { [$0] } ?? []
        let nonce = d["nonce"]?.string
        return .members(
            ClientRequest.Members(
                guild: guild,
                query: query,
                limit: d["limit"]?.int ?? 0,
                users: Array(users.prefix(100)),
                presences: d["presences"]?.bool ?? false,
                nonce: (nonce?.utf8.count ?? 0) <= 32 ? nonce : nil
            )
        )
    }
}
