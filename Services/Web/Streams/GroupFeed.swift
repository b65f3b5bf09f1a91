package import EventModels

/// How one group follows the shards in it: which events it shows, and what its cursor is behind each.
package struct GroupFeed: Sendable {
    package let key: GroupKey
    package let shards: [ShardName]
    package private(set) var cursor: StreamCursor

    package init(key: GroupKey, shards: [ShardName], cursor: StreamCursor) {
        self.key = key
        self.shards = shards
        self.cursor = cursor
    }

    /// Moves past the event; its block, where the group shows it.
    package mutating func take(_ event: DeliverableEvent, ofShardAt index: Int) -> [UInt8]? {
        cursor.ids[index] = event.id
        guard let envelope = event.envelope, key.wants(event) else { return nil }
        return StreamBlock.event(id: cursor.text, name: event.name, data: envelope)
    }

    /// The feed and ring of a new group. Where there are several shards their recent events are not merged: their
    /// order among each other differs from replica to replica, so a cursor from before goes on by a `StreamReplay`.
    package static func open(_ key: GroupKey, _ seed: GroupSeed, ringBytesMax: Int = 4 << 20) -> (
        feed: GroupFeed, ring: EventRing<StreamCursor>
    ) {
        let shards = seed.shards.map(\.name)
        guard seed.shards.count == 1, let only = seed.shards.first else {
            let cursor = StreamCursor(ids: seed.shards.map { $0.events.last?.id ?? $0.floor })
            let ring = EventRing(startingAfter: cursor, bytesMax: ringBytesMax)
            return (GroupFeed(key: key, shards: shards, cursor: cursor), ring)
        }
        let start = StreamCursor(ids: [only.floor])
        var feed = GroupFeed(key: key, shards: shards, cursor: start)
        var ring = EventRing(startingAfter: start, bytesMax: ringBytesMax)
        for event in only.events {
            if let block = feed.take(event, ofShardAt: 0) { ring.append(block, cursor: feed.cursor) }
            // What was sent before a change of sight is not replayed across it.
            if event.resetsGuild, key.wants(guild: event.guild) {
                ring.cut(at: feed.cursor)
            }
        }
        return (feed, ring)
    }
}
