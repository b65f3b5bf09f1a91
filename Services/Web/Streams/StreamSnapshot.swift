package import Base
package import EventModels
import JSON

/// A group's snapshot as of a cursor, ready to send.
package struct StreamSnapshot: Sendable {
    package let cursor: StreamCursor
    /// The `snapshot` event, for a fresh stream.
    package let fresh: [UInt8]
    /// The same as `reset`, for a stream that cannot go on where it was.
    package let reset: [UInt8]

    package init(cursor: StreamCursor, data: [UInt8], format: StreamFormat) {
        self.cursor = cursor
        fresh = format.snapshot(id: cursor.text, data: data, isReset: false)
        reset = format.snapshot(id: cursor.text, data: data, isReset: true)
    }

    /// The envelope of both; `guild` is null where it speaks of several, `ts` is when it was encoded.
    package static func envelope(cursor: StreamCursor, guild: Snowflake?, ts: Int64, payload: [UInt8])
        -> [UInt8]
    {
        var writer = JSONWriter(reserving: payload.count + 128)
        writer.beginObject()
        writer.member("id", cursor.text)
        writer.member("event", "snapshot")
        writer.member("guild", guild)
        writer.member("ts", Int(ts))
        writer.key("payload")
        writer.raw(payload)
        writer.endObject()
        return writer.takeBytes()
    }
}

/// What a new group begins with: the recent events of its shards.
package struct GroupSeed: Sendable {
    package struct Shard: Sendable {
        package let name: ShardName
        /// A cursor before it cannot go on here.
        package let floor: EventID
        package let events: [DeliverableEvent]

        package init(name: ShardName, floor: EventID, events: [DeliverableEvent]) {
            self.name = name
            self.floor = floor
            self.events = events
        }
    }

    package let shards: [Shard]

    package init(shards: [Shard]) { self.shards = shards }
}
