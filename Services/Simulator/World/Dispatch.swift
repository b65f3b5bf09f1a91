package import Base

/// Something that Discord tells its bots: the name, whom it concerns, and `d` encoded once for all of them.
package struct Dispatch: Sendable, Equatable {
    package let name: String
    /// Nil: not of a guild; goes to shard 0.
    package let guild: Snowflake?
    package let d: [UInt8]
    /// A GUILD_MEMBER_UPDATE of the bot itself needs no intent; a message of the bot or to it keeps its content.
    package var concernsBot = false

    /// Entitlements and subscriptions go to shard 0, also those of a guild. Discord, "Sharding".
    package var isOfFirstShard: Bool { name.hasPrefix("ENTITLEMENT_") || name.hasPrefix("SUBSCRIPTION_") }

    package init(_ name: String, guild: Snowflake?, d: [UInt8], concernsBot: Bool = false) {
        self.name = name
        self.guild = guild
        self.d = d
        self.concernsBot = concernsBot
    }
}

/// Why the world would not change so.
package struct WorldError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
