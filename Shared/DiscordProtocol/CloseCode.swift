/// The close codes of Discord's gateway that have a name. Discord's documentation, "Gateway Close Event Codes".
package enum CloseCode: UInt16, Sendable, CaseIterable {
    case normal = 1000
    case goingAway = 1001
    case unknownError = 4000
    case unknownOpcode = 4001
    case decodeError = 4002
    case notAuthenticated = 4003
    case authenticationFailed = 4004
    case alreadyAuthenticated = 4005
    case invalidSequence = 4007
    case rateLimited = 4008
    case sessionTimedOut = 4009
    case invalidShard = 4010
    case shardingRequired = 4011
    case invalidAPIVersion = 4012
    case invalidIntents = 4013
    case disallowedIntents = 4014

    /// What a client does next.
    package enum Disposition: Sendable, Equatable {
        /// Connect again and RESUME.
        case resume
        /// Connect again with a new session.
        case identify
        /// Connecting again cannot help before a person has changed something.
        case fatal
    }

    package var disposition: Disposition {
        switch self {
        case .goingAway, .unknownError, .unknownOpcode, .decodeError, .rateLimited: .resume
        case .normal, .notAuthenticated, .alreadyAuthenticated, .invalidSequence, .sessionTimedOut: .identify
        case .authenticationFailed, .invalidShard, .shardingRequired, .invalidAPIVersion, .invalidIntents,
            .disallowedIntents:
            .fatal
        }
    }

    /// No code (the socket dropped) and codes without a name ask for RESUME.
    package static func disposition(of code: UInt16?) -> Disposition {
        code.flatMap { CloseCode(rawValue: $0) }?.disposition ?? .resume
    }

    /// What a person has to change, for the fatal ones: the setting or the switch by its name.
    package var remedy: String {
        switch self {
        case .authenticationFailed:
            "Discord refused the token (4004): set DISCORD_BOT_TOKEN to the bot's current token and restart"
        case .invalidShard:
            "Discord refused the shard (4010): correct DISCORD_SHARDS and restart"
        case .shardingRequired:
            "Discord wants more shards for this bot (4011): raise DISCORD_SHARDS and restart"
        case .invalidAPIVersion:
            "Discord no longer speaks gateway version 10 (4012): update Guildwire"
        case .invalidIntents:
            "Discord does not know one of the intents (4013): update Guildwire"
        case .disallowedIntents:
            "Discord refused the privileged intents (4014): in the developer portal, under Bot, switch on "
                + "Presence Intent, Server Members Intent and Message Content Intent, then restart"
        case .normal, .goingAway, .unknownError, .unknownOpcode, .decodeError, .notAuthenticated,
            .alreadyAuthenticated, .invalidSequence, .rateLimited, .sessionTimedOut:
            "Discord closed the connection (\(rawValue))"
        }
    }
}
