import Base
import EventModels
import LinkProtocol
import Testing

@Suite struct PublisherMachineTests {
    private let a = LinkID(1)
    private let b = LinkID(2)

    @Test func `the first link publishes from the start of an empty log`() {
        var machine = publisherHolding(2)
        #expect(sent(machine.linkJoined(a, top: nil, now: .zero)) == ["changed", "1:->1.0", "1:1>2.0"])
        #expect(sent(machine.linkJoined(b, top: nil, now: .zero)).isEmpty)
        #expect(sent(machine.append(chained(3), now: .zero)) == ["1:2>3.0"])
    }

    @Test func `dispatches that wait together share a frame, as far as its bound goes`() {
        var machine = publisherHolding(3, limits: PublisherLimits())
        #expect(sent(machine.linkJoined(a, top: id(1), now: .zero)) == ["changed", "1:1>3.0"])
        #expect(sent(machine.append([chained(4), chained(5)], now: .zero)) == ["1:3>5.0"])
        // The bus took half of it, then lost that.
        #expect(sent(machine.acked(a, id: id(4), resend: true, now: .zero)) == ["1:4>5.0"])
        #expect(sent(machine.acked(a, id: id(2), resend: true, now: .zero)) == ["1:2>5.0"])
        var limits = PublisherLimits()
        limits.sentBytesMax = 2 * chained(1).bytes
        machine = publisherHolding(5, limits: limits)
        #expect(
            sent(machine.linkJoined(a, top: nil, now: .zero)) == ["changed", "1:->2.0", "1:2>4.0", "1:4>5.0"]
        )
    }

    /// It has to be known which of them it is that ends replicas.
    @Test func `what was in flight at a death shares no frame`() {
        var machine = publisherHolding(2, limits: PublisherLimits())
        _ = machine.linkJoined(a, top: nil, now: .zero)
        _ = machine.linkLeft(a, died: true, now: .zero)
        _ = machine.append([chained(3), chained(4)], now: .zero)
        #expect(sent(machine.linkJoined(b, top: nil, now: .zero)) == ["changed", "2:->1.0"])
        #expect(sent(machine.acked(b, id: id(1), resend: false, now: .zero)) == ["2:1>2.0"])
        #expect(sent(machine.acked(b, id: id(2), resend: false, now: .zero)) == ["2:2>4.0"])
    }

    @Test func `what the log has is not sent again`() {
        var machine = publisherHolding(4)
        #expect(sent(machine.linkJoined(a, top: id(3), now: .zero)) == ["changed", "1:3>4.0"])
        #expect(machine.unackedFrames.map(\.last) == [id(4)])
        _ = machine.acked(a, id: id(4), resend: false, now: .zero)
        #expect(machine.unackedFrames.isEmpty && machine.unackedBytes == 0 && machine.tailBytesHeld > 0)
    }

    @Test func `a dispatch that Discord sends again after a crash is skipped up to the log's top`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        machine.restore([], last: id(1), now: .zero)
        #expect(sent(machine.linkJoined(a, top: id(3), now: .zero)) == ["changed"])
        #expect(sent(machine.append(chained(2), now: .zero)).isEmpty)
        #expect(sent(machine.append(chained(3), now: .zero)).isEmpty)
        #expect(sent(machine.append(chained(4), now: .zero)) == ["1:3>4.0"])
    }

    @Test func `a bus that comes back older is served from the acknowledged tail`() {
        var machine = publisherHolding(4)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        _ = machine.acked(a, id: id(4), resend: false, now: .zero)
        #expect(sent(machine.acked(a, id: id(2), resend: true, now: .zero)) == ["1:2>3.0", "1:3>4.0"])
        #expect(machine.unackedFrames.map(\.last) == [id(3), id(4)])
    }

    @Test func `after a restart the acknowledged tail is held, not owed`() {
        let frames = (1...4).map { chained(UInt64($0)) }
        var machine = PublisherMachine(shard: .only, limits: .apart)
        machine.restore(frames, last: id(4), acknowledged: id(2), now: .zero)
        #expect(machine.unackedFrames.map(\.last) == [id(3), id(4)] && machine.heldFrames.frames == frames)
        #expect(machine.unackedBytes == frames[2...].reduce(0) { $0 + $1.bytes })
        #expect(machine.tailBytesHeld == frames[..<2].reduce(0) { $0 + $1.bytes })
        #expect(
            sent(machine.linkJoined(a, top: id(1), now: .zero)) == [
                "changed", "1:1>2.0", "1:2>3.0", "1:3>4.0",
            ]
        )
    }

    @Test func `a top within a dispatch gets the rest of it`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        _ = machine.append(frame(1, prev: nil, count: 3), now: .zero)
        let actions = machine.linkJoined(a, top: id(1, 1), now: .zero)
        guard case .send(_, let rest) = actions.last else {
            Issue.record("nothing was sent")
            return
        }
        #expect(rest.prev == id(1, 1) && rest.events.map(\.id) == [id(1, 2)])
    }

    @Test func `where the held frames do not reach back a gap goes before them and the states behind`() {
        var limits = PublisherLimits()
        limits.tailBytesMax = 0
        var machine = publisherHolding(4, limits: limits)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        _ = machine.acked(a, id: id(3), resend: false, now: .zero)
        let actions = machine.acked(a, id: id(1), resend: true, now: .zero)
        let gap = EventID.ordinalOfGap
        #expect(sent(actions) == ["1:1>3.\(gap)", "1:3>4.0", "resync"])
        guard case .send(_, let frame) = actions[0] else {
            Issue.record("nothing was sent")
            return
        }
        #expect(frame.events[0].kind == .logGap && frame.prev == id(1))
        #expect(
            sent(machine.acked(a, id: id(3, gap), resend: true, now: .zero)) == ["1:3>4.0"],
            "no second gap"
        )
    }

    @Test func `an empty log asks for the states although nothing is held`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        machine.restore([], last: id(7), now: .zero)
        #expect(sent(machine.linkJoined(a, top: nil, now: .zero)) == ["changed", "resync"])
        let resync = frame(7, prev: id(7), count: 1)
        let worker = EventFrame(
            shard: .only,
            prev: id(7),
            events: [
                StreamEvent(
                    id: id(7, EventID.ordinalOfWorkers),
                    kind: .guildSynced,
                    guild: Snowflake(1),
                    ts: 1,
                    payload: Array("{}".utf8)
                )
            ]
        )
        #expect(resync.prev == worker.prev)
        #expect(
            sent(machine.append(worker, now: .zero))
                == ["1:->7.\(EventID.ordinalOfWorkers - 1)", "1:7>7.\(EventID.ordinalOfWorkers)"]
        )
    }

    @Test func `frames that a checkpoint lacks are a hole, told at once, with the states behind it once`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        machine.restore([chained(1)], last: id(4), acknowledged: id(1), now: .zero)
        #expect(sent(machine.linkJoined(a, top: id(1), now: .zero)) == ["changed", "resync"])
        let gap = EventID.ordinalOfGap
        #expect(sent(machine.append(chained(5), now: .zero)) == ["1:1>4.\(gap)", "1:4>5.0"])
    }

    @Test func `a hole that shows only between two frames is followed by the states`() {
        var machine = publisherHolding(1)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        let gap = EventID.ordinalOfGap
        let actions = machine.append([chained(3), chained(4)], now: .zero)
        #expect(sent(actions) == ["1:1>2.\(gap)", "1:2>3.0", "1:3>4.0", "resync"])
    }

    @Test func `a standby takes over on death and on stall, from what was confirmed`() {
        var machine = publisherHolding(3)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        _ = machine.linkJoined(b, top: nil, now: .zero)
        _ = machine.acked(a, id: id(1), resend: false, now: .seconds(1))
        #expect(machine.tick(now: .seconds(10)).isEmpty)
        #expect(sent(machine.tick(now: .seconds(11))) == ["changed", "2:1>2.0", "2:2>3.0"])
        #expect(sent(machine.linkLeft(b, now: .seconds(12))) == ["changed", "1:1>2.0", "1:2>3.0"])
        #expect(sent(machine.linkLeft(a, now: .seconds(13))) == ["changed"])
        #expect(machine.publisher == nil && machine.unackedFrames.count == 2)
    }

    @Test func `a publisher whose bus is away gives way only to one whose bus answers`() {
        let c = LinkID(3)
        var machine = publisherHolding(2)
        for link in [a, b, c] { _ = machine.linkJoined(link, top: nil, now: .zero) }
        machine.busChanged(b, isUp: false, now: .zero)
        #expect(machine.tick(now: .seconds(5)).isEmpty, "it does not publish")
        machine.busChanged(a, isUp: false, now: .seconds(5))
        #expect(machine.tick(now: .seconds(6)).isEmpty, "the others may be about to say the same")
        #expect(
            sent(machine.tick(now: .seconds(7))) == ["changed", "3:->1.0", "3:1>2.0"],
            "past the one whose bus is away too"
        )
        machine.busChanged(c, isUp: false, now: .seconds(8))
        machine.busChanged(a, isUp: true, now: .seconds(9))
        #expect(machine.tick(now: .seconds(10)).isEmpty, "c may be about to say the same")
        #expect(sent(machine.tick(now: .seconds(11))).first == "changed")
        #expect(machine.publisher == a)
    }

    @Test func `Redis being down flips no publisher, however long it lasts`() {
        var machine = publisherHolding(2)
        for link in [a, b] { _ = machine.linkJoined(link, top: nil, now: .zero) }
        machine.busChanged(a, isUp: false, now: .seconds(1))
        machine.busChanged(b, isUp: false, now: .milliseconds(1900))
        for second in 2...600 as ClosedRange<Int64> { #expect(machine.tick(now: .seconds(second)).isEmpty) }
        #expect(machine.publisher == a)
        #expect(sent(machine.append(chained(3), now: .seconds(600))) == ["1:2>3.0"])
        machine.busChanged(b, isUp: true, now: .seconds(601))
        #expect(machine.tick(now: .milliseconds(602_500)).isEmpty)
        machine.busChanged(a, isUp: true, now: .milliseconds(602_600))
        #expect(machine.tick(now: .seconds(612)).isEmpty, "what it owes counts from now")
        #expect(sent(machine.tick(now: .seconds(613))).first == "changed")
    }

    @Test func `a stalled publisher and a dead one are replaced by a link whose bus answers`() {
        let c = LinkID(3)
        var machine = publisherHolding(1)
        for link in [a, b, c] { _ = machine.linkJoined(link, top: nil, now: .zero) }
        machine.busChanged(b, isUp: false, now: .zero)
        #expect(sent(machine.tick(now: .seconds(10))) == ["changed", "3:->1.0"])
        #expect(sent(machine.linkLeft(c, now: .seconds(11))) == ["changed", "1:->1.0"], "not \(b)")
        #expect(sent(machine.linkLeft(a, now: .seconds(12))) == ["changed", "2:->1.0"], "better than none")
        #expect(sent(machine.linkJoined(LinkID(4), top: nil, now: .seconds(13))).isEmpty)
        #expect(
            sent(machine.tick(now: .seconds(15))) == ["changed", "4:->1.0"],
            "a newcomer has read its bus"
        )
    }

    @Test func `a lone publisher that is slow stays`() {
        var machine = publisherHolding(1)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        #expect(machine.tick(now: .seconds(1000)).isEmpty && machine.publisher == a)
    }

    @Test func `in flight and unacknowledged bytes are bounded, one frame always goes`() {
        var limits = PublisherLimits()
        limits.inFlightBytesMax = 1
        limits.unackedBytesMax = 200
        var machine = publisherHolding(3, limits: limits)
        #expect(machine.isFull)
        #expect(sent(machine.linkJoined(a, top: nil, now: .zero)) == ["changed", "1:->1.0"])
        #expect(sent(machine.acked(a, id: id(1), resend: false, now: .zero)) == ["1:1>2.0"])
        _ = machine.acked(a, id: id(2), resend: false, now: .zero)
        #expect(!machine.isFull && machine.hasRoom)
    }

    @Test func `the tail ages`() {
        var machine = publisherHolding(300)
        _ = machine.linkJoined(a, top: id(300), now: .zero)
        #expect(machine.tailBytesHeld > 0)
        _ = machine.tick(now: .seconds(601))
        #expect(machine.tailBytesHeld == 0)
    }

    @Test func `what waited long for its bus is kept as long behind it`() {
        var machine = publisherHolding(3)
        _ = machine.linkJoined(a, top: nil, now: .zero)
        _ = machine.acked(a, id: id(3), resend: false, now: .seconds(700))
        _ = machine.tick(now: .seconds(1300))
        #expect(machine.tailBytesHeld > 0)
        _ = machine.tick(now: .seconds(1301))
        #expect(machine.tailBytesHeld == 0)
    }
}
