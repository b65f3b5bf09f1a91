package import Base

/// What a stream asks for.
package struct StreamFilter: Sendable, Hashable {
    /// Empty: all guilds that the viewer may see.
    package let guilds: Set<Snowflake>
    /// Empty: all kinds.
    package let kinds: Set<KindPattern>
    /// Empty: all channels that the viewer may see. Events without a channel are not touched by it.
    package let channels: Set<Snowflake>

    package init(guilds: Set<Snowflake> = [], kinds: Set<KindPattern> = [], channels: Set<Snowflake> = []) {
        self.guilds = guilds
        self.kinds = kinds
        self.channels = channels
    }

    package func wants(guild: Snowflake) -> Bool { guilds.isEmpty || guilds.contains(guild) }

    package func wants(_ view: DeliverableEvent.View) -> Bool {
        (kinds.isEmpty || kinds.contains { $0.matches(view.name) })
            && (channels.isEmpty || view.channels.isEmpty || view.channels.contains { channels.contains($0) })
    }
}
