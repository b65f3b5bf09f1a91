import EventModels
import LinkProtocol
import Testing

@Suite struct LinkHubTests {
    private let a = LinkID(1)
    private let b = LinkID(2)

    private func hub() -> LinkHub {
        var hub = LinkHub(gateway: "g")
        hub.addShard(PublisherMachine(shard: .only), epoch: 9)
        return hub
    }

    private func hello(_ bus: String = "bus", top: EventID? = nil, version: Int = 1) -> LinkMessage {
        .hello(LinkHello(version: version, bus: bus, tops: [.only: top], name: "web"))
    }

    private func ready(_ publisher: Bool) -> LinkMessage {
        .ready(gateway: "g", shards: [LinkShard(shard: .only, publisher: publisher)])
    }

    private func close(_ actions: [LinkHub.Action]) -> [LinkCloseCode] {
        actions.compactMap { if case .close(_, let code, _) = $0 { code } else { nil } }
    }

    @Test func `the first replica publishes, the second stands by and takes over`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        hub.opened(b, now: .zero)
        #expect(hub.received(hello(), from: a, now: .zero) == [.send(a, ready(true))])
        #expect(hub.received(hello(), from: b, now: .zero) == [.send(b, ready(false))])
        #expect(hub.closed(a, now: .zero) == [.send(b, ready(true))])
    }

    @Test func `hello comes first, once, in time, in this version and on the same bus`() {
        var hub = hub()
        for link in 1...6 { hub.opened(LinkID(UInt64(link)), now: .zero) }
        #expect(
            close(hub.received(.ack(shard: .only, id: id(1), resend: false), from: a, now: .zero)) == [
                .helloExpected
            ]
        )
        #expect(close(hub.received(hello(version: 2), from: b, now: .zero)) == [.version])
        _ = hub.received(hello(), from: LinkID(3), now: .zero)
        #expect(close(hub.received(hello("other"), from: LinkID(4), now: .zero)) == [.otherBus])
        #expect(close(hub.received(hello(), from: LinkID(3), now: .zero)) == [.helloExpected])
        #expect(hub.bus == nil, "the last linked replica is gone")
        #expect(
            hub.received(hello("other"), from: LinkID(5), now: .zero).count == 1,
            "a bus nobody contradicts"
        )
        #expect(close(hub.tick(now: .seconds(10))) == [.helloExpected])
    }

    @Test func `a top of a later epoch supersedes, before the first session it only raises the floor`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        let later = EventID(epoch: 10, number: 1)
        #expect(hub.received(hello(top: later), from: a, now: .zero).first == .superseded(.only, top: later))
        var young = LinkHub(gateway: "g")
        young.addShard(PublisherMachine(shard: .only), epoch: 0)
        young.opened(a, now: .zero)
        #expect(young.received(hello(top: later), from: a, now: .zero) == [.send(a, ready(true))])
        #expect(young.topEpoch == 10)
    }

    @Test func `a shard that is another gateway's keeps no link from the others`() throws {
        let shards = try ["0/2", "1/2"].map { try #require(ShardName($0)) }
        var hub = LinkHub(gateway: "g")
        for shard in shards { hub.addShard(PublisherMachine(shard: shard), epoch: 8) }
        hub.opened(a, now: .zero)
        let later = EventID(epoch: 10, number: 1)
        let hello = LinkMessage.hello(LinkHello(bus: "bus", tops: [shards[0]: later], name: "one"))
        #expect(hub.received(hello, from: a, now: .zero).first == .superseded(shards[0], top: later))
        #expect(hub.publisher(of: shards[0])?.publisher == nil)
        #expect(hub.publisher(of: shards[1])?.publisher == a)
    }

    @Test func `unknown messages are counted, the gateway's own refused`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        _ = hub.received(hello(), from: a, now: .zero)
        #expect(
            hub.received(.unknown(type: "command"), from: a, now: .zero).isEmpty && hub.unknownMessages == 1
        )
        #expect(close(hub.received(ready(true), from: a, now: .zero)) == [.malformed])
    }

    @Test func `a replica of another version is refused and the others go on`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        _ = hub.received(hello(), from: a, now: .zero)
        hub.opened(b, now: .zero)
        #expect(close(hub.received(hello("other", version: 2), from: b, now: .zero)) == [.version])
        #expect(hub.linkedCount == 1 && hub.bus == "bus")
        let actions = hub.append(frame(1, prev: nil), now: .zero)
        #expect(actions == [.send(a, .event(frame(1, prev: nil)))])
        #expect(hub.closed(b, died: true, now: .zero).isEmpty)
    }

    @Test func `goodbye moves the publisher at once, behind what was acknowledged, and is no death`() {
        var hub = hub()
        for link in [a, b] {
            hub.opened(link, now: .zero)
            _ = hub.received(hello(), from: link, now: .zero)
        }
        _ = hub.append(frame(1, prev: nil), now: .zero)
        _ = hub.append(frame(2, prev: id(1)), now: .zero)
        _ = hub.received(.ack(shard: .only, id: id(1), resend: false), from: a, now: .zero)
        #expect(
            hub.received(.goodbye(reason: "deploy"), from: a, now: .zero)
                == [.send(b, ready(true)), .send(b, .event(frame(2, prev: id(1))))]
        )
        // What it may still send, and the end of its connection, mean nothing any more.
        #expect(hub.received(.ack(shard: .only, id: nil, resend: true), from: a, now: .zero).isEmpty)
        #expect(hub.closed(a, died: true, now: .zero).isEmpty)
        #expect(hub.publisher(of: .only)?.publisher == b)
    }

    @Test func `a status reaches every shard`() {
        var hub = hub()
        for link in [a, b] {
            hub.opened(link, now: .zero)
            _ = hub.received(hello(), from: link, now: .zero)
        }
        let down = LinkMessage.status(isBusUp: false, reason: "LOADING")
        #expect(hub.received(down, from: a, now: .zero).isEmpty)
        #expect(hub.tick(now: .seconds(2)) == [.send(a, ready(false)), .send(b, ready(true))])
        #expect(hub.received(down, from: b, now: .seconds(3)).isEmpty)
        #expect(hub.tick(now: .seconds(9)).isEmpty, "there is no better one")
        hub.opened(LinkID(3), now: .zero)
        #expect(close(hub.received(down, from: LinkID(3), now: .zero)) == [.helloExpected])
    }

    @Test func `who publishes after one that was refused owes from then on`() {
        var hub = hub()
        for link in [a, b] {
            hub.opened(link, now: .zero)
            _ = hub.received(hello(), from: link, now: .zero)
        }
        _ = hub.append(frame(1, prev: nil), now: .seconds(60))
        #expect(close(hub.receivedGarbage(from: a, now: .seconds(61))) == [.malformed])
        hub.opened(LinkID(3), now: .seconds(61))
        _ = hub.received(hello(), from: LinkID(3), now: .seconds(61))
        #expect(hub.tick(now: .seconds(62)).isEmpty && hub.publisher(of: .only)?.publisher == b)
    }

    @Test func `a top of a later epoch in an acknowledgement supersedes too`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        _ = hub.received(hello(), from: a, now: .zero)
        _ = hub.append(frame(1, prev: nil), now: .zero)
        let later = EventID(epoch: 10, number: 1)
        for resend in [true, false] {
            let ack = LinkMessage.ack(shard: .only, id: later, resend: resend)
            #expect(hub.received(ack, from: a, now: .zero) == [.superseded(.only, top: later)])
        }
        #expect(
            hub.publisher(of: .only)?.unackedFrames.count == 1,
            "the other gateway's top confirms nothing"
        )
        let own = LinkMessage.ack(shard: .only, id: EventID(epoch: 8, number: 99), resend: true)
        #expect(
            !hub.received(own, from: a, now: .zero).contains {
                if case .superseded = $0 { true } else { false }
            }
        )
    }
}
