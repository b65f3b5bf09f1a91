package import EventModels

/// What a viewer missed, for its cursor alone: its group's ring does not reach back to it, or other guilds' sights
/// changed in between, or another replica made the cursor, where the shards' events came in another order.
package struct StreamReplay: Sendable {
    /// What the viewer has seen when it has got `blocks`.
    package let upTo: StreamCursor
    package let blocks: [UInt8]

    /// Past this the viewer gets a reset.
    package static let bytesMax = 4 << 20

    /// `sights` are what the viewer had all the time since `cursor`, with what was deleted meanwhile. Nil where an event
    /// that is needed is no longer held, and where there are too many.
    package init?(
        _ filter: StreamFilter,
        _ sights: Sights,
        after cursor: StreamCursor,
        shards: [(name: ShardName, recent: RecentEvents, position: EventID)],
        format: StreamFormat
    ) {
        guard cursor.ids.count == shards.count else { return nil }
        var feed = GroupFeed(
            filter: filter,
            shards: shards.map(\.name),
            cursor: cursor,
            sights: sights,
            format: format
        )
        var blocks: [UInt8] = []
        for (index, shard) in shards.enumerated() {
            guard let events = shard.recent.after(cursor.ids[index]) else { return nil }
            for event in events {
                if let block = feed.take(event, ofShardAt: index, isReplay: true) { blocks += block }
                guard blocks.count <= Self.bytesMax else { return nil }
            }
        }
        upTo = StreamCursor(ids: shards.map(\.position))
        self.blocks = blocks
    }
}
