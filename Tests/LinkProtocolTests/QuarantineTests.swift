import Base
import EventModels
import JSON
import LinkProtocol
import Testing

/// A frame that ends replicas is told from replicas that end for other reasons.
@Suite struct QuarantineTests {
    private func link(_ number: UInt64) -> LinkID { LinkID(number) }

    /// A publisher with frames 1…count and one replica.
    private func started(_ count: UInt64 = 4) -> PublisherMachine {
        var machine = publisherHolding(count)
        _ = machine.linkJoined(link(1), top: nil, name: "p1", now: .zero)
        return machine
    }

    /// Process `p<number>` comes for the one that died.
    private func join(_ machine: inout PublisherMachine, _ number: UInt64, at now: Duration) -> [String] {
        sent(machine.linkJoined(link(number), top: nil, name: "p\(number)", now: now))
    }

    private func die(_ machine: inout PublisherMachine, _ number: UInt64, at now: Duration) -> [String] {
        sent(machine.linkLeft(link(number), died: true, now: now))
    }

    private func ack(_ machine: inout PublisherMachine, _ sequence: UInt64, by number: UInt64) -> [String] {
        sent(machine.acked(link(number), id: id(sequence), resend: false, now: .seconds(1)))
    }

    @Test func `after a death each frame that was in flight goes alone, what came later does not`() {
        var machine = started()
        #expect(die(&machine, 1, at: .zero) == ["changed"])
        _ = machine.append(chained(5), now: .zero)
        _ = machine.append(chained(6), now: .zero)
        #expect(join(&machine, 2, at: .zero) == ["changed", "2:->1.0"])
        for sequence in 1...3 as ClosedRange<UInt64> {
            #expect(ack(&machine, sequence, by: 2) == ["2:\(sequence)>\(sequence + 1).0"])
        }
        #expect(ack(&machine, 4, by: 2) == ["2:4>5.0", "2:5>6.0"])
    }

    @Test func `a frame that was the oldest at two deaths is replaced under its own id`() {
        var machine = started(2)
        _ = die(&machine, 1, at: .seconds(1))
        _ = join(&machine, 2, at: .seconds(2))
        #expect(die(&machine, 2, at: .seconds(3)) == ["changed"])
        #expect(join(&machine, 3, at: .seconds(4)) == ["changed"], "a third is not sent what killed two")
        #expect(machine.tick(now: .seconds(18)).isEmpty, "the dead have 15 s to show that they live")
        let actions = machine.tick(now: .seconds(19))
        #expect(sent(actions) == ["quarantined 1", "3:->1.0", "resync"])
        guard case .quarantined(let original) = actions[0], case .send(_, let frame) = actions[1] else {
            Issue.record("\(actions)")
            return
        }
        #expect(original.events[0].kind == .messageCreated)
        let event = frame.events[0]
        #expect(
            event.kind == .eventQuarantined && event.id == id(1) && event.guild == original.events[0].guild
        )
        #expect(event.payload?["kind"]?.string == "message.created")
        #expect(event.payload?["reason"]?.string?.isEmpty == false)
        #expect(event.payload?.object?.count == 2, "nothing of what it said")
        #expect(machine.unackedFrames[0] == frame, "the checkpoint keeps the replacement")
        // The second frame was in flight at the first death: it goes alone, too, then all is as before.
        #expect(ack(&machine, 1, by: 3) == ["3:1>2.0"])
        #expect(ack(&machine, 2, by: 3).isEmpty)
        #expect(machine.unackedBytes == 0)
    }

    @Test func `a replica that was linked before the first death proves nothing, one that came after does`() {
        var machine = started(1)
        for number in 2...3 as ClosedRange<UInt64> { _ = join(&machine, number, at: .zero) }
        // As where Redis hangs, unnoticed yet, and replicas are killed: no append comes to its end.
        #expect(die(&machine, 1, at: .zero) == ["changed", "2:->1.0"])
        #expect(die(&machine, 2, at: .zero) == ["changed", "3:->1.0"])
        #expect(die(&machine, 3, at: .zero) == ["changed"])
        #expect(join(&machine, 4, at: .zero) == ["changed", "4:->1.0"], "it has read its bus since")
        var innocent = machine
        #expect(ack(&innocent, 1, by: 4).isEmpty && innocent.unackedFrames.isEmpty)
        #expect(die(&machine, 4, at: .zero) == ["changed"])
        #expect(join(&machine, 5, at: .zero) == ["changed"])
        #expect(sent(machine.tick(now: .seconds(15))).first == "quarantined 1")
    }

    @Test func `a guilty frame behind innocent ones is found by its own two deaths`() {
        var machine = started()
        _ = die(&machine, 1, at: .zero)
        _ = join(&machine, 2, at: .zero)
        _ = ack(&machine, 1, by: 2)
        #expect(ack(&machine, 2, by: 2) == ["2:2>3.0"])
        _ = die(&machine, 2, at: .seconds(1))
        #expect(
            sent(machine.linkJoined(link(3), top: id(2), name: "p3", now: .seconds(1))) == [
                "changed", "3:2>3.0",
            ]
        )
        _ = die(&machine, 3, at: .seconds(2))
        _ = sent(machine.linkJoined(link(4), top: id(2), name: "p4", now: .seconds(2)))
        #expect(sent(machine.tick(now: .seconds(17))).first == "quarantined 3")
    }

    @Test func `deaths at different frames prove nothing`() {
        var machine = started()
        for number in 1...4 as ClosedRange<UInt64> {
            _ = die(&machine, number, at: .seconds(Int64(number)))
            let top = number == 1 ? nil : id(number - 1)
            let sentNow = sent(
                machine.linkJoined(
                    link(number + 1),
                    top: top,
                    name: "p\(number + 1)",
                    now: .seconds(Int64(number))
                )
            )
            #expect(sentNow.last?.hasSuffix(">\(number).0") == true, "\(sentNow)")
            _ = ack(&machine, number, by: number + 1)
        }
        #expect(machine.tick(now: .seconds(600)).isEmpty && machine.unackedFrames.isEmpty)
    }

    @Test func `a connection that broke is no death: the process links again`() {
        var machine = started(1)
        _ = die(&machine, 1, at: .seconds(1))
        _ = join(&machine, 2, at: .seconds(2))
        _ = die(&machine, 2, at: .seconds(3))
        // The network was away for a minute; whoever comes first has to wait for the others.
        #expect(join(&machine, 3, at: .seconds(60)) == ["changed"])
        #expect(machine.tick(now: .seconds(74)).isEmpty)
        let back = machine.linkJoined(link(4), top: nil, name: "p2", now: .seconds(74))
        #expect(sent(back) == ["3:->1.0"], "one death is left; the frame goes on")
        #expect(
            machine.tick(now: .seconds(90)).contains { if case .quarantined = $0 { true } else { false } }
                == false
        )
        _ = ack(&machine, 1, by: 3)
        #expect(machine.unackedFrames.isEmpty)
    }

    @Test(arguments: ["bus away", "goodbye"])
    func `Redis being down and a deploy quarantine nothing`(way: String) {
        var machine = started(1)
        for number in 1...5 as ClosedRange<UInt64> {
            let now = Duration.seconds(Int64(number) * 100)
            if way == "bus away" { machine.busChanged(link(number), isUp: false, now: now) }
            _ = machine.linkLeft(link(number), died: way == "bus away", now: now)
            #expect(join(&machine, number + 1, at: now) == ["changed", "\(number + 1):->1.0"])
            #expect(machine.tick(now: now + .seconds(50)).isEmpty)
        }
    }

    @Test func `a replica that hangs is replaced and proves nothing`() {
        var machine = started(1)
        _ = join(&machine, 2, at: .zero)
        for turn in 1...6 as ClosedRange<Int64> {
            #expect(sent(machine.tick(now: .seconds(10 * turn))) == ["changed", "\(turn % 2 + 1):->1.0"])
        }
    }

    @Test func `nothing in flight, nobody guilty`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        _ = machine.linkJoined(link(1), top: nil, name: "p1", now: .zero)
        for number in 1...3 as ClosedRange<UInt64> {
            _ = die(&machine, number, at: .zero)
            _ = join(&machine, number + 1, at: .zero)
        }
        #expect(sent(machine.append(chained(1), now: .zero)) == ["4:->1.0"])
        #expect(sent(machine.append(chained(2), now: .zero)) == ["4:1>2.0"])
    }

    @Test func `a state that ends replicas is replaced without being made again`() {
        var machine = PublisherMachine(shard: .only, limits: .apart)
        let synced = StreamEvent(
            id: id(1),
            kind: .guildSynced,
            guild: .init(1),
            ts: 1,
            payload: Array("{}".utf8)
        )
        _ = machine.append(EventFrame(shard: .only, prev: nil, events: [synced]), now: .zero)
        for number in 1...3 as ClosedRange<UInt64> {
            _ = join(&machine, number, at: .zero)
            if number < 3 { _ = die(&machine, number, at: .zero) }
        }
        #expect(sent(machine.tick(now: .seconds(15))) == ["quarantined 1", "3:->1.0"])
    }
}
