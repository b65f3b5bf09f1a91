package import Base
package import DiscordProtocol
package import EventModels
internal import JSON

extension AccessChange {
    /// What events show to be changed for the bot: an overwrite, a role's permissions or place, its own roles and time-out, a
    /// private thread that it may have been let into, a guild or channel that is there again. Nil: nothing.
    ///
    /// Who of a guild's bots it is, is not looked at: asking once more costs less than knowing.
    /// - Parameter channels: those of a guild.
    package init?(_ events: [StreamEvent], channels: (Snowflake) -> [Snowflake]) {
        guard Self.mayBe(in: events) else { return nil }
        self.init()
        for event in events {
            switch event.kind {
            case .channelCreated, .channelPermissions: add(channel: "channelId", of: event)
            case .threadMembers: add(channel: "threadId", of: event)
            case .roleUpdated, .roleDeleted, .guildSynced: add(event.guild, channels)
            case .roleGranted, .roleRevoked, .memberTimeout:
                if event.payload?["bot"]?.bool == true { add(event.guild, channels) }
            default: break
            }
        }
        guard !self.channels.isEmpty || !guilds.isEmpty else { return nil }
    }

    /// Whether any of them is of a kind that can show one; hardly any are.
    package static func mayBe(in events: [StreamEvent]) -> Bool {
        for event in events {
            switch event.kind {
            case .channelCreated, .channelPermissions, .threadMembers, .roleUpdated, .roleDeleted,
                .guildSynced,
                .roleGranted, .roleRevoked, .memberTimeout:
                return true
            default: break
            }
        }
        return false
    }

    private mutating func add(channel name: String, of event: StreamEvent) {
        if let id = event.payload?[name]?.snowflake { channels.insert(id) }
    }

    private mutating func add(_ guild: Snowflake, _ channels: (Snowflake) -> [Snowflake]) {
        guard guilds.insert(guild).inserted else { return }
        self.channels.formUnion(channels(guild))
    }
}
