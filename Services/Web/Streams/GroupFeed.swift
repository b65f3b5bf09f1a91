package import EventModels

/// How one group follows the shards in it: which events it shows, and what its cursor is behind each.
package struct GroupFeed: Sendable {
    package let filter: StreamFilter
    package let shards: [ShardName]
    package private(set) var cursor: StreamCursor
    /// As the filter lets them be had.
    package let sights: Sights
    package let format: StreamFormat

    package init(
        filter: StreamFilter,
        shards: [ShardName],
        cursor: StreamCursor,
        sights: Sights,
        format: StreamFormat
    ) {
        self.filter = filter
        self.shards = shards
        self.cursor = cursor
        self.sights = filter.limited(sights)
        self.format = format
    }

    /// What a viewer gets of the event who sees these guilds as the group does, and otherwise behind it; nothing where it
    /// is not for them. The cursor must have moved past the event.
    package func block(of event: DeliverableEvent, becoming next: Sights? = nil, isReplay: Bool = false)
        -> [UInt8]?
    {
        shown(event, becoming: next, isReplay: isReplay).map { encoded($0, of: event) }
    }

    private func shown(_ event: DeliverableEvent, becoming next: Sights? = nil, isReplay: Bool = false)
        -> DeliverableEvent.View?
    {
        guard event.showing != .nobody, filter.wants(guild: event.guild) else { return nil }
        let before = sights[event.guild] ?? .nothing
        let after = next.map { filter.limited($0[event.guild] ?? .nothing) } ?? before
        guard let view = event.view(before: before, after: after, isReplay: isReplay), filter.wants(view)
        else {
            return nil
        }
        return view
    }

    private func encoded(_ view: DeliverableEvent.View, of event: DeliverableEvent) -> [UInt8] {
        if format == .serverSent, isPlain(view) { return event.block }
        return format.event(id: cursor.text, name: view.name, data: view.envelope)
    }

    /// Whether all feeds of the format say the same: in a stream of one shard the cursor behind an event is the event's id.
    private func isPlain(_ view: DeliverableEvent.View) -> Bool { view.isWhole && cursor.ids.count == 1 }

    package mutating func move(past id: EventID, ofShardAt index: Int) { cursor.ids[index] = id }

    /// The same, seeing something else from here on.
    package func becoming(_ sights: Sights) -> GroupFeed {
        GroupFeed(filter: filter, shards: shards, cursor: cursor, sights: sights, format: format)
    }

    /// Moves past the event; its block, where the group shows it.
    package mutating func take(_ event: DeliverableEvent, ofShardAt index: Int, isReplay: Bool = false)
        -> [UInt8]?
    {
        move(past: event.id, ofShardAt: index)
        return block(of: event, isReplay: isReplay)
    }

    /// The same, with the frames that the loop's feeds of this shard share.
    package mutating func take(
        _ event: DeliverableEvent,
        ofShardAt index: Int,
        sharing frames: inout SharedFrames
    ) -> [UInt8]? {
        move(past: event.id, ofShardAt: index)
        guard let view = shown(event) else { return nil }
        guard format == .webSocket, isPlain(view) else { return encoded(view, of: event) }
        return frames.frame(of: event)
    }

    /// The feed and ring of a new group. Where there are several shards their recent events are not merged: their
    /// order among each other differs from replica to replica, so a cursor from before goes on by a `StreamReplay`.
    package static func open(
        _ filter: StreamFilter,
        _ sights: Sights,
        _ seed: GroupSeed,
        _ format: StreamFormat,
        ringBytesMax: Int = 4 << 20
    ) -> (feed: GroupFeed, ring: EventRing<StreamCursor>) {
        let shards = seed.shards.map(\.name)
        guard seed.shards.count == 1, let only = seed.shards.first else {
            let cursor = StreamCursor(ids: seed.shards.map { $0.events.last?.id ?? $0.floor })
            let ring = EventRing(startingAfter: cursor, bytesMax: ringBytesMax)
            return (feed(behind: cursor), ring)
        }
        let start = StreamCursor(ids: [only.floor])
        var feed = feed(behind: start)
        var ring = EventRing(startingAfter: start, bytesMax: ringBytesMax)
        for event in only.events {
            if let block = feed.take(event, ofShardAt: 0) { ring.append(block, cursor: feed.cursor) }
        }
        return (feed, ring)

        func feed(behind cursor: StreamCursor) -> GroupFeed {
            GroupFeed(filter: filter, shards: shards, cursor: cursor, sights: sights, format: format)
        }
    }
}
