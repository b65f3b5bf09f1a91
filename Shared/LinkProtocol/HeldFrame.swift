internal import Base
package import EventModels
package import JSON

/// A frame that a shard holds for its links. An old one is held as its text, side by side with others in one block: tens of
/// thousands of them live for minutes, and each by itself would cost three blocks and leave a hole where it was.
package struct HeldFrame: Sendable, Equatable {
    private enum Body: Sendable {
        case events([StreamEvent])
        /// The envelopes, with commas between, in a block that several frames share.
        case text(block: [UInt8], start: Int32, end: Int32)
    }

    package let prev: EventID?
    package let last: EventID
    /// Of the envelopes.
    package let bytes: Int
    private var body: Body

    package init(_ frame: EventFrame) {
        prev = frame.prev
        last = frame.last
        bytes = frame.bytes
        body = .events(frame.events)
    }

    package var isPacked: Bool {
        if case .text = body { true } else { false }
    }

    package func frame(of shard: ShardName) -> EventFrame {
        switch body {
        case .events(let events): return EventFrame(shard: shard, prev: prev, events: events)
        case .text:
            var writer = JSONWriter(reserving: bytes + 128)
            writer.beginObject()
            writeMembers(of: shard, into: &writer)
            writer.endObject()
            do throws(EventFrameError) { return try EventFrame(decoding: writer.takeBytes()) } catch {
                preconditionFailure("what was an event is read back as one: \(error)")
            }
        }
    }

    /// As `EventFrame.writeMembers` does.
    package func writeMembers(of shard: ShardName, into writer: inout JSONWriter) {
        writer.member("shard", shard.description)
        writer.member("prev", prev?.description)
        writer.key("data")
        writer.beginArray()
        switch body {
        case .events(let events): for event in events { writer.raw(event.envelope) }
        case .text(let block, let start, let end): writer.raw(block[Int(start)..<Int(end)])
        }
        writer.endArray()
    }

    /// Puts those that are not packed into one new block, which is as large as they are.
    static func pack(_ frames: inout ArraySlice<Self>) {
        var block: [UInt8] = []
        block.reserveCapacity(frames.reduce(0) { $0 + $1.textBytes })
        var places: [(index: Int, start: Int)] = []
        for index in frames.indices {
            guard case .events(let events) = frames[index].body else { continue }
            places.append((index, block.count))
            for (number, event) in events.enumerated() {
                if number > 0 { block.append(0x2C) }
                block += event.envelope
            }
        }
        for (order, (index, start)) in places.enumerated() {
            let end = order + 1 < places.count ? places[order + 1].start : block.count
            frames[index].body = .text(block: block, start: Int32(start), end: Int32(end))
        }
    }

    /// With the commas; 0 where it is packed already.
    private var textBytes: Int {
        guard case .events(let events) = body else { return 0 }
        return bytes + events.count - 1
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.prev == right.prev && left.last == right.last && left.text == right.text
    }

    private var text: [UInt8] {
        switch body {
        case .events(let events): Array(events.map(\.envelope).joined(separator: [0x2C]))
        case .text(let block, let start, let end): Array(block[Int(start)..<Int(end)])
        }
    }
}

/// What a shard holds for its links, oldest first, at one moment.
package struct HeldFrames: Sendable, Equatable {
    package let shard: ShardName
    package private(set) var entries: [HeldFrame]

    package init(shard: ShardName, entries: [HeldFrame]) {
        self.shard = shard
        self.entries = entries
    }

    package init(_ frames: [EventFrame], shard: ShardName) {
        self.init(shard: shard, entries: frames.map { HeldFrame($0) })
    }

    package var frames: [EventFrame] { entries.map { $0.frame(of: shard) } }

    /// Those whose last event is this one or before it.
    package func upTo(_ last: EventID) -> Self {
        Self(shard: shard, entries: entries.filter { $0.last <= last })
    }
}
