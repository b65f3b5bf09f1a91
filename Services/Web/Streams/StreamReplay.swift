package import EventModels

/// What a viewer of several shards missed, for its cursor alone: another replica made that cursor, and there the
/// shards' events came in another order than in this one's ring.
package struct StreamReplay: Sendable {
    /// What the viewer has seen when it has got `blocks`.
    package let upTo: StreamCursor
    package let blocks: [UInt8]

    /// Past this the viewer gets a reset: it is about as much as its group's ring would hold.
    package static let bytesMax = 4 << 20

    /// Nil where an event that is needed is no longer held, where there are too many, and where the sight of a guild
    /// that the group wants has changed in between.
    package init?(
        _ key: GroupKey,
        after cursor: StreamCursor,
        shards: [(name: ShardName, recent: RecentEvents, position: EventID)]
    ) {
        guard cursor.ids.count == shards.count else { return nil }
        var feed = GroupFeed(key: key, shards: shards.map(\.name), cursor: cursor)
        var blocks: [UInt8] = []
        for (index, shard) in shards.enumerated() {
            guard let events = shard.recent.after(cursor.ids[index]) else { return nil }
            for event in events {
                if event.resetsGuild, key.wants(guild: event.guild) { return nil }
                if let block = feed.take(event, ofShardAt: index) { blocks += block }
                guard blocks.count <= Self.bytesMax else { return nil }
            }
        }
        upTo = StreamCursor(ids: shards.map(\.position))
        self.blocks = blocks
    }
}
