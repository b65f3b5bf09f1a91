package import Base

/// What a stream asks for.
///
/// One reference, hashed once: it is part of the keys that every arriving stream is looked up by.
package struct StreamFilter: Sendable, Hashable {
    private final class Storage: Sendable {
        let guilds: Set<Snowflake>
        let kinds: Set<KindPattern>
        let channels: Set<Snowflake>
        let hash: Int

        init(_ guilds: Set<Snowflake>, _ kinds: Set<KindPattern>, _ channels: Set<Snowflake>) {
            self.guilds = guilds
            self.kinds = kinds
            self.channels = channels
            var hasher = Hasher()
            hasher.combine(guilds)
            hasher.combine(kinds)
            hasher.combine(channels)
            hash = hasher.finalize()
        }
    }

    private let storage: Storage

    /// Empty: all guilds that the viewer may see.
    package var guilds: Set<Snowflake> { storage.guilds }
    /// Empty: all kinds.
    package var kinds: Set<KindPattern> { storage.kinds }
    /// Empty: all channels that the viewer may see. Events without a channel are not touched by it.
    package var channels: Set<Snowflake> { storage.channels }

    package init(guilds: Set<Snowflake> = [], kinds: Set<KindPattern> = [], channels: Set<Snowflake> = []) {
        storage = Storage(guilds, kinds, channels)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.storage === right.storage
            || (left.storage.hash == right.storage.hash && left.guilds == right.guilds
                && left.kinds == right.kinds && left.channels == right.channels)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }

    package func wants(guild: Snowflake) -> Bool { guilds.isEmpty || guilds.contains(guild) }

    package func wants(_ view: DeliverableEvent.View) -> Bool {
        (kinds.isEmpty || kinds.contains { $0.matches(view.name) })
            && (channels.isEmpty || view.channels.isEmpty || view.channels.contains { channels.contains($0) })
    }
}
