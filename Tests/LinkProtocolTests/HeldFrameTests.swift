import Base
import EventModels
import LinkProtocol
import Testing

@Suite struct HeldFrameTests {
    private static let fill = String(repeating: "x", count: 1000)

    /// Of about a kilobyte for each event.
    private static func frame(_ number: UInt64, events: UInt64) -> EventFrame {
        let made = (0..<events).map { ordinal in
            StreamEvent(
                id: EventID(epoch: 7, sequence: number, ordinal: ordinal),
                kind: .messageDeleted,
                guild: Snowflake(81),
                ts: Int64(number),
                payload: Array(#"{"messageId":"\#(number)","text":"\#(fill)"}"#.utf8)
            )
        }
        let prev = number == 1 ? nil : EventID(epoch: 7, sequence: number - 1, ordinal: 0)
        return EventFrame(shard: .only, prev: prev, events: made)
    }

    @Test func `an acknowledged tail is packed, and is what it was`() {
        var machine = PublisherMachine(shard: .only)
        _ = machine.linkJoined(LinkID(1), top: nil, now: .zero)
        let frames = (1...600 as ClosedRange<UInt64>).map { Self.frame($0, events: $0 % 3 + 1) }
        for frame in frames {
            _ = machine.append(frame, now: .zero)
            if frame.last.sequence % 7 == 0 {
                _ = machine.acked(LinkID(1), id: frame.last, resend: false, now: .zero)
            }
        }
        #expect(machine.heldFrames.frames == frames)
        let packed = machine.heldFrames.entries.filter(\.isPacked).count
        // What is loose is less than a block; a block is 128 KiB, and a frame 2 KiB on average.
        #expect(packed > 450 && packed < 600)
        #expect(machine.heldFrames == HeldFrames(frames, shard: .only), "packed or not, it is the same")
    }

    @Test func `a bus that comes back older is served from the packed tail`() {
        var machine = PublisherMachine(shard: .only)
        _ = machine.linkJoined(LinkID(1), top: nil, now: .zero)
        let frames = (1...300 as ClosedRange<UInt64>).map { Self.frame($0, events: 2) }
        for frame in frames {
            _ = machine.append(frame, now: .zero)
            _ = machine.acked(LinkID(1), id: frame.last, resend: false, now: .zero)
        }
        #expect(machine.unackedBytes == 0 && machine.heldFrames.entries[99].isPacked)
        let resent = machine.acked(LinkID(1), id: frames[99].last, resend: true, now: .zero)
        guard case .send(LinkID(1), let first)? = resent.first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(first.prev == frames[99].last && Array(first.events[..<2]) == frames[100].events)
        #expect(machine.unackedFrames == Array(frames[100...]))
        // Confirmed again, it is the tail again, and its bytes are counted once.
        _ = machine.acked(LinkID(1), id: frames[299].last, resend: false, now: .zero)
        #expect(machine.unackedBytes == 0 && machine.tailBytesHeld == frames.reduce(0) { $0 + $1.bytes })
        #expect(machine.heldFrames.frames == frames)
    }
}
