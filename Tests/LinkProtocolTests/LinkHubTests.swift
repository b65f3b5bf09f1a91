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

    @Test func `unknown messages are counted, the gateway's own refused`() {
        var hub = hub()
        hub.opened(a, now: .zero)
        _ = hub.received(hello(), from: a, now: .zero)
        #expect(
            hub.received(.unknown(type: "command"), from: a, now: .zero).isEmpty && hub.unknownMessages == 1
        )
        #expect(close(hub.received(ready(true), from: a, now: .zero)) == [.malformed])
    }
}
