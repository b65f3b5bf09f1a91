package import JSON

/// The events of one or more whole dispatches of a shard, and the id of the shard's event before them.
///
/// As text: `{"shard":"0/1","prev":"e-n"|null,"data":[envelope,…]}`; the link's `event` frame is the same with `type`
/// and `ts` around it, and either is read here.
package struct EventFrame: Sendable, Equatable {
    package let shard: ShardName
    /// Nil only for the first event that a shard has ever had.
    package var prev: EventID?
    /// In the order of their ids; never empty.
    package let events: [StreamEvent]

    package init(shard: ShardName, prev: EventID?, events: [StreamEvent]) {
        precondition(!events.isEmpty, "a frame carries at least one event")
        self.shard = shard
        self.prev = prev
        self.events = events
    }

    package var first: EventID { events[0].id }
    package var last: EventID { events[events.count - 1].id }
    /// Bytes of the envelopes, what the frame costs to hold.
    package var bytes: Int { events.reduce(0) { $0 + $1.envelope.count } }

    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: bytes + 128)
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
        return writer.takeBytes()
    }

    /// `shard`, `prev` and `data`, into an object that the caller has begun.
    package func writeMembers(into writer: inout JSONWriter) {
        writer.member("shard", shard.description)
        writer.member("prev", prev?.description)
        writer.key("data")
        writer.beginArray()
        for event in events { writer.raw(event.envelope) }
        writer.endArray()
    }

    package init(decoding bytes: [UInt8]) throws(EventFrameError) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: bytes).root } catch { throw .notJSON(error) }
        try self.init(root)
    }

    package init(_ root: JSONValue) throws(EventFrameError) {
        guard let shard = root["shard"]?.string.flatMap({ ShardName($0) }) else { throw .missing("shard") }
        guard let previous = root["prev"], let data = root["data"]?.array, !data.isEmpty else {
            throw .missing("prev or data")
        }
        let prev = previous.string.flatMap { EventID($0) }
        guard prev != nil || previous.isNull else { throw .missing("prev") }
        var events: [StreamEvent] = []
        events.reserveCapacity(data.count)
        for element in data {
            // With a sixth member behind the payload, the payload would not end where the envelope does.
            guard element.object?.count == 5 else { throw .envelope(.malformed(at: 0)) }
            let event: StreamEvent
            do throws(EnvelopeError) { event = try StreamEvent(parsing: Array(element.raw)) } catch {
                throw .envelope(error)
            }
            guard let before = events.last?.id ?? prev else {
                events.append(event)
                continue
            }
            guard before < event.id else { throw .notAscending }
            events.append(event)
        }
        self.init(shard: shard, prev: prev, events: events)
    }
}

package enum EventFrameError: Error, Equatable {
    case notJSON(JSONError)
    case missing(String)
    case envelope(EnvelopeError)
    case notAscending
}
