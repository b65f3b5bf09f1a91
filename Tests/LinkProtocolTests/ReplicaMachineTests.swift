import Base
import EventModels
import LinkProtocol
import Testing

@Suite struct ReplicaMachineTests {
    private func ack(_ id: EventID?, resend: Bool = false) -> ReplicaMachine.Action {
        .send(.ack(shard: .only, id: id, resend: resend))
    }

    @Test func `frames are appended one at a time, joined while they wait, and acknowledged when confirmed`()
    {
        var replica = ReplicaMachine()
        #expect(replica.received(.event(frame(1, prev: nil))) == [.append(frame(1, prev: nil))])
        #expect(replica.received(.event(frame(2, prev: id(1)))).isEmpty)
        #expect(replica.received(.event(frame(3, prev: id(2)))).isEmpty)
        let actions = replica.appended(.only, .appended(top: id(1)))
        guard actions.count == 2, case .append(let joined) = actions[1] else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions[0] == ack(id(1)))
        #expect(joined.prev == id(1) && joined.events.map(\.id) == [id(2), id(3)])
    }

    @Test func `an error is neither an acknowledgement nor a duplicate`() {
        var replica = ReplicaMachine()
        _ = replica.received(.event(frame(1, prev: nil)))
        #expect(replica.appended(.only, .failed).first == .retryLater(.only))
        #expect(replica.retry(.only) == [.append(frame(1, prev: nil))])
        #expect(
            replica.appended(.only, .refused(top: id(1))).first == ack(id(1)),
            "it had been written after all"
        )
    }

    @Test func `behind a hole everything waits for the frame that follows the log's top`() {
        var replica = ReplicaMachine()
        _ = replica.received(.event(frame(4, prev: id(3))))
        #expect(replica.appended(.only, .refused(top: id(1))) == [ack(id(1), resend: true)])
        #expect(replica.received(.event(frame(5, prev: id(4)))).isEmpty)
        #expect(replica.received(.event(frame(2, prev: id(1)))) == [.append(frame(2, prev: id(1)))])
    }

    /// What it asked to be sent again it asked as the publisher that it was: the gateway passed that over, and goes on elsewhere.
    @Test func `who publishes again takes what the gateway goes on with`() {
        var replica = ReplicaMachine()
        _ = replica.received(ready(publisher: true))
        _ = replica.received(.event(frame(4, prev: id(3))))
        #expect(replica.appended(.only, .refused(top: id(1))) == [ack(id(1), resend: true)])
        _ = replica.received(ready(publisher: false))
        _ = replica.received(ready(publisher: true))
        #expect(replica.received(.event(frame(6, prev: id(5)))) == [.append(frame(6, prev: id(5)))])
    }

    private func ready(publisher: Bool) -> LinkMessage {
        .ready(gateway: "g", shards: [LinkShard(shard: .only, publisher: publisher)])
    }

    @Test func `a publisher that has put nothing on the bus yet tells once where the log ends`() {
        var replica = ReplicaMachine()
        _ = replica.received(ready(publisher: false))
        #expect(replica.topLooked(.only, settled: nil, top: id(3)).isEmpty, "it is another's")
        _ = replica.received(ready(publisher: true))
        #expect(replica.topLooked(.only, settled: nil, top: id(3)) == [ack(id(3), resend: true)])
        #expect(replica.settledTop(of: .only) == id(3))
        #expect(replica.topLooked(.only, settled: id(3), top: id(3)).isEmpty)
        #expect(replica.topLooked(.only, settled: id(3), top: id(2)) == [ack(id(2), resend: true)])
        #expect(replica.received(.event(frame(3, prev: id(2)))) == [.append(frame(3, prev: id(2)))])
    }

    @Test func `a look that frames have overtaken tells nothing`() {
        var replica = ReplicaMachine()
        _ = replica.received(ready(publisher: true))
        _ = replica.received(.event(frame(4, prev: id(3))))
        #expect(
            replica.topLooked(.only, settled: nil, top: id(3)).isEmpty,
            "the frame may be in the log by now"
        )
        _ = replica.appended(.only, .appended(top: id(4)))
        #expect(replica.topLooked(.only, settled: nil, top: id(3)).isEmpty)
        #expect(replica.settledTop(of: .only) == id(4))
    }

    @Test func `who publishes again does not know where another has left the log`() {
        var replica = ReplicaMachine()
        _ = replica.received(ready(publisher: true))
        _ = replica.received(.event(frame(1, prev: nil)))
        _ = replica.appended(.only, .appended(top: id(1)))
        _ = replica.received(ready(publisher: false))
        _ = replica.received(ready(publisher: true))
        #expect(replica.settledTop(of: .only) == nil)
        // The other's end was lost, and the log is back where this one left it: the gateway must hear of it.
        #expect(replica.topLooked(.only, settled: nil, top: id(1)) == [ack(id(1), resend: true)])
    }

    private func status(_ isUp: Bool, _ reason: String = "") -> ReplicaMachine.Action {
        .send(.status(isBusUp: isUp, reason: reason))
    }

    @Test func `a bus that does not answer is told once, and once that it does again`() {
        var replica = ReplicaMachine()
        #expect(replica.busLooked(failure: nil).isEmpty, "that it answers is what the hello said")
        #expect(replica.busLooked(failure: "timeout") == [status(false, "timeout")])
        #expect(replica.busLooked(failure: "timeout").isEmpty)
        _ = replica.received(.event(frame(1, prev: nil)))
        #expect(replica.appended(.only, .failed) == [.retryLater(.only)])
        #expect(replica.busLooked(failure: nil).isEmpty, "it answers, and takes nothing: READONLY, OOM")
        #expect(replica.appended(.only, .appended(top: id(1))) == [ack(id(1)), status(true)])
        _ = replica.received(.event(frame(2, prev: id(1))))
        #expect(replica.appended(.only, .failed) == [.retryLater(.only), status(false, "an append failed")])
        #expect(replica.appended(.only, .refused(top: id(2))) == [ack(id(2)), status(true)])
    }

    @Test func `a replica that drains acknowledges what it appends, takes nothing more and says goodbye`() {
        var replica = ReplicaMachine()
        let leave: [ReplicaMachine.Action] = [
            .send(.goodbye(reason: "stop")), .close(.goingAway, reason: "stop"),
        ]
        var idle = replica
        #expect(idle.drain(reason: "stop") == leave)
        _ = replica.received(.event(frame(1, prev: nil)))
        _ = replica.received(.event(frame(2, prev: id(1))))
        #expect(replica.drain(reason: "stop").isEmpty)
        #expect(replica.received(.event(frame(3, prev: id(2)))).isEmpty)
        var failing = replica
        #expect(failing.appended(.only, .failed) == [status(false, "an append failed")] + leave)
        #expect(replica.appended(.only, .appended(top: id(1))) == [ack(id(1))] + leave)
        #expect(replica.drain(reason: "again").isEmpty && replica.busLooked(failure: "x").isEmpty)
    }

    @Test func `a replica whose bus hangs says goodbye all the same, and nothing after it`() {
        var replica = ReplicaMachine()
        #expect(replica.leave().isEmpty, "nobody has stopped it")
        _ = replica.received(.event(frame(1, prev: nil)))
        #expect(replica.drain(reason: "stopped").isEmpty)
        let goodbye: [ReplicaMachine.Action] = [
            .send(.goodbye(reason: "stopped")), .close(.goingAway, reason: "stopped"),
        ]
        #expect(replica.leave() == goodbye)
        #expect(replica.leave().isEmpty)
        #expect(replica.appended(.only, .appended(top: id(1))).isEmpty, "it is another's by now")
    }

    @Test func `publisher, replica and a bus that loses and refuses end in one gap-free log`() {
        for seed in 1...200 as ClosedRange<UInt64> {
            #expect(run(seed: seed) == (1...60).map { id($0) }, "seed \(seed)")
        }
    }

    /// Sixty dispatches over a link and a bus that fails, loses its newest entries and applies without answering.
    private func run(seed: UInt64) -> [EventID] {
        var random = SeededRandom(seed: seed)
        var publisher = PublisherMachine(shard: .only)
        var replica = ReplicaMachine()
        var log: [EventID] = []
        var toReplica: [LinkMessage] = []
        var toPublisher: [LinkMessage] = []
        var appending: EventFrame?
        var produced: UInt64 = 0
        let link = LinkID(1)
        func take(_ actions: [PublisherMachine.Action]) {
            for case .send(_, let frame) in actions { toReplica.append(.event(frame)) }
        }
        func take(_ actions: [ReplicaMachine.Action]) {
            for action in actions {
                if case .send(let message) = action { toPublisher.append(message) }
                if case .append(let frame) = action { appending = frame }
                if case .retryLater(let shard) = action { take(replica.retry(shard)) }
            }
        }
        take(publisher.linkJoined(link, top: nil, now: .zero))
        for step in 0..<4000 {
            let quiet = step > 3000
            // The bus lost something that was acknowledged and nothing follows: the next frame shows it.
            if quiet, step % 100 == 0, log.last != id(60), toReplica.isEmpty, toPublisher.isEmpty,
                appending == nil
            {
                take(publisher.acked(link, id: log.last, resend: true, now: .zero))
            }
            switch Int.random(in: 0..<(quiet ? 4 : 5), using: &random) {
            case 0 where produced < 60:
                produced += 1
                let prev = produced == 1 ? nil : id(produced - 1)
                take(publisher.append(frame(produced, prev: prev), now: .zero))
            case 1 where !toReplica.isEmpty:
                take(replica.received(toReplica.removeFirst()))
            case 2 where !toPublisher.isEmpty:
                guard case .ack(_, let id, let resend) = toPublisher.removeFirst() else { continue }
                take(publisher.acked(link, id: id, resend: resend, now: .zero))
            case 3:
                guard let frame = appending else { continue }
                appending = nil
                guard log.last == frame.prev || log.isEmpty else {
                    take(replica.appended(.only, .refused(top: log.last)))
                    continue
                }
                let fails = !quiet && Int.random(in: 0..<4, using: &random) == 0
                if !fails || Bool.random(using: &random) { log += frame.events.map(\.id) }
                take(replica.appended(.only, fails ? .failed : .appended(top: frame.last)))
            case 4 where !log.isEmpty && Int.random(in: 0..<20, using: &random) == 0:
                log.removeLast(Int.random(in: 1...min(3, log.count), using: &random))
                if log.isEmpty { log = [id(1)] }
            default:
                continue
            }
        }
        return log
    }
}
