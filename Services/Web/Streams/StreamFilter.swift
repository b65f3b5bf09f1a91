package import Base

/// What a stream asks for.
///
/// One reference, hashed once: it is part of the keys that every arriving stream is looked up by.
package struct StreamFilter: Sendable, Hashable {
    private final class Storage: Sendable {
        let guilds: Set<Snowflake>
        let kinds: Set<KindPattern>
        let channels: Set<Snowflake>
        let isStrict: Bool
        let hash: Int

        init(
            _ guilds: Set<Snowflake>,
            _ kinds: Set<KindPattern>,
            _ channels: Set<Snowflake>,
            _ isStrict: Bool
        ) {
            self.guilds = guilds
            self.kinds = kinds
            self.channels = channels
            self.isStrict = isStrict
            var hasher = Hasher()
            hasher.combine(guilds)
            hasher.combine(kinds)
            hasher.combine(channels)
            hasher.combine(isStrict)
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
    /// What is not asked for may not be had either: of a key that allows less than its maker may see. Then `channels` is all
    /// that there is for the viewer, and a snapshot shows no more than the kinds would have told.
    package var isStrict: Bool { storage.isStrict }

    package init(
        guilds: Set<Snowflake> = [],
        kinds: Set<KindPattern> = [],
        channels: Set<Snowflake> = [],
        isStrict: Bool = false
    ) {
        storage = Storage(guilds, kinds, channels, isStrict)
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.storage === right.storage
            || (left.storage.hash == right.storage.hash && left.guilds == right.guilds
                && left.kinds == right.kinds && left.channels == right.channels
                && left.isStrict == right.isStrict)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(storage.hash) }

    package func wants(guild: Snowflake) -> Bool { guilds.isEmpty || guilds.contains(guild) }

    package func wants(_ view: DeliverableEvent.View) -> Bool {
        wants(kind: view.name)
            && (channels.isEmpty || view.channels.isEmpty || view.channels.contains { channels.contains($0) })
    }

    package func wants(kind name: String) -> Bool { kinds.isEmpty || kinds.contains { $0.matches(name) } }

    /// A viewer's sights as the filter lets them be had: all of them, unless it is strict.
    package func limited(_ sights: Sights) -> Sights {
        guard isStrict, !channels.isEmpty else { return sights }
        return sights.mapValues { $0.limited(to: channels) }
    }

    package func limited(_ sight: Sight) -> Sight {
        isStrict && !channels.isEmpty ? sight.limited(to: channels) : sight
    }

    // MARK: Keys

    /// As much of it as a key allows: what both have. Throws 403 where that is nothing, or where another guild is asked for.
    package func narrowed(by key: KeyGrant) throws(Problem) -> StreamFilter {
        guard guilds.isEmpty || guilds == [key.guild] else {
            throw .forbidden("This key is for the guild \(key.guild) alone.")
        }
        let channels = try Self.narrowed(channels, by: key.channels)
        let kinds = try Self.narrowed(kinds, by: key.events)
        return StreamFilter(
            guilds: [key.guild],
            kinds: kinds,
            channels: channels,
            isStrict: !(key.channels.isEmpty && key.events.isEmpty)
        )
    }

    private static func narrowed(_ asked: Set<Snowflake>, by allowed: Set<Snowflake>) throws(Problem)
        -> Set<Snowflake>
    {
        if allowed.isEmpty { return asked }
        if asked.isEmpty { return allowed }
        let both = asked.intersection(allowed)
        guard !both.isEmpty else { throw .forbidden("This key is for none of these channels.") }
        return both
    }

    private static func narrowed(_ asked: Set<KindPattern>, by allowed: Set<KindPattern>) throws(Problem)
        -> Set<KindPattern>
    {
        if allowed.isEmpty { return asked }
        if asked.isEmpty { return allowed }
        var both: Set<KindPattern> = []
        for pattern in asked { both.formUnion(allowed.compactMap { $0.intersection(pattern) }) }
        guard !both.isEmpty else { throw .forbidden("This key is for none of these events.") }
        return both
    }
}
