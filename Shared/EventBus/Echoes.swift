package import EventModels

/// What this process has appended itself and will hear again, as published: known by its bytes, it need not be read again.
package struct Echoes: Sendable {
    private struct Echo: Sendable {
        let text: [UInt8]
        let frame: EventFrame
    }

    /// Redis answers a call before it publishes, so that the next may be on its way when the first comes back.
    package static let countMax = 2
    /// Of the events of a call; larger ones are rare, and are read like other replicas'.
    package static let bytesMax = 256 << 10

    private var expected: [Echo] = []

    package init() {}

    /// Frames that one call appends, which publishes them as one.
    package mutating func expect(_ frames: [EventFrame]) {
        guard let first = frames.first else { return }
        let frame =
            frames.count == 1
            ? first : EventFrame(shard: first.shard, prev: first.prev, events: frames.flatMap(\.events))
        guard frame.bytes <= Self.bytesMax else { return }
        if expected.count == Self.countMax { expected.removeFirst() }
        expected.append(Echo(text: frame.encoded(), frame: frame))
    }

    /// The frame with exactly this text, once; nil where it is not one of those expected.
    package mutating func take(_ text: [UInt8]) -> EventFrame? {
        guard let index = expected.firstIndex(where: { $0.text == text }) else { return nil }
        return expected.remove(at: index).frame
    }
}
