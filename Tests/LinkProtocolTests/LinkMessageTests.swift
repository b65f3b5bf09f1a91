import Base
import EventModels
import LinkProtocol
import Testing

@Suite struct LinkMessageTests {
    @Test func `every message is read back as it was written`() throws {
        let hello = LinkHello(bus: "b1", tops: [.only: EventID("5-6")], name: "web \"1\"")
        let messages: [LinkMessage] = [
            .hello(hello), .hello(LinkHello(bus: "b", tops: [.only: nil], name: "")),
            .ready(gateway: "g", shards: [LinkShard(shard: .only, publisher: true)]),
            .event(frame(1, prev: nil)), .event(frame(2, prev: id(1))),
            .ack(shard: .only, id: id(2), resend: false), .ack(shard: .only, id: nil, resend: true),
            .goodbye(reason: "going down"), .status(isBusUp: true, reason: ""),
            .status(isBusUp: false, reason: "OOM"),
        ]
        for message in messages { #expect(try LinkMessage(decoding: message.encoded(ts: 7)) == message) }
    }

    @Test func `an event frame carries envelopes unchanged`() {
        let text = String(decoding: LinkMessage.event(frame(1, prev: nil)).encoded(ts: 7), as: UTF8.self)
        let envelope = String(decoding: frame(1, prev: nil).events[0].envelope, as: UTF8.self)
        #expect(text == #"{"type":"event","shard":"0/1","prev":null,"data":[\#(envelope)],"ts":7}"#)
    }

    @Test func `unknown types are passed on, broken frames refused`() throws {
        #expect(
            try LinkMessage(decoding: Array(#"{"type":"sing","data":1}"#.utf8)) == .unknown(type: "sing")
        )
        for text in [
            "", "[]", "{}", #"{"type":1}"#, #"{"type":"hello","data":{"version":1}}"#,
            #"{"type":"ack","data":{}}"#,
            #"{"type":"ack","data":{"shard":"0/1","id":null}}"#,
            #"{"type":"ack","data":{"shard":"0/1","id":"x"}}"#,
            #"{"type":"hello","data":{"version":1,"bus":"b","tops":{"x":null}}}"#, #"{"type":"event"}"#,
            #"{"type":"status","data":{"bus":"gone"}}"#, #"{"type":"status"}"#,
        ] {
            #expect(throws: LinkMessageError.self, "\(text)") { try LinkMessage(decoding: Array(text.utf8)) }
        }
    }

    @Test func `members that are not known are ignored in every message`() throws {
        let messages: [LinkMessage] = [
            .hello(LinkHello(bus: "b", tops: [.only: id(1)], name: "n")),
            .ready(gateway: "g", shards: [LinkShard(shard: .only, publisher: true)]),
            .ack(shard: .only, id: id(2), resend: true), .goodbye(reason: "x"),
            .status(isBusUp: false, reason: "x"),
        ]
        for message in messages {
            let text = String(decoding: message.encoded(ts: 7), as: UTF8.self)
            let extended = text.replacing(#""data":{"#, with: #""new":[1],"data":{"newer":{"a":null},"#)
            #expect(extended != text)
            #expect(try LinkMessage(decoding: Array(extended.utf8)) == message, "\(extended)")
        }
        let event =
            #"{"new":1,"type":"event","shard":"0/1","prev":null,"newer":{},"data":[\#(envelope)],"ts":7}"#
        #expect(try LinkMessage(decoding: Array(event.utf8)) == .event(frame(1, prev: nil)))
    }

    private var envelope: String {
        String(decoding: frame(1, prev: nil).events[0].envelope, as: UTF8.self)
    }

    @Test func `a hello of another version is read for its number alone`() throws {
        for text in [
            #"{"type":"hello","data":{"version":2}}"#,
            #"{"type":"hello","data":{"version":2,"bus":{"ids":[1]},"tops":[],"name":7}}"#,
        ] {
            guard case .hello(let hello) = try LinkMessage(decoding: Array(text.utf8)) else {
                Issue.record("not a hello")
                continue
            }
            #expect(hello.version == 2)
        }
    }

    @Test func `any of the tokens opens the link, nothing else does`() {
        let authentication = LinkAuthentication(tokens: [Secret("old"), Secret("new"), Secret("")])
        for header in ["Bearer old", "Bearer new", "bearer new", "BEARER old"] {
            #expect(authentication.accepts(authorization: header), "\(header)")
        }
        for header in [
            nil, "", "Bearer", "Bearer ", "Bearer olds", "Bearer ol", "Basic old", "old", "Bearerxold",
        ] {
            #expect(!authentication.accepts(authorization: header), "\(header ?? "none")")
        }
    }

    @Test func `who guesses waits longer each time, others do not, and the memory is bounded`() {
        var limiter = FailureLimiter(addressesMax: 2)
        let waits = (0..<8).map { limiter.failed("a", now: .seconds($0)) }
        #expect(
            waits.first == .milliseconds(100) && waits[3] == .milliseconds(800) && waits.last == .seconds(5)
        )
        #expect(limiter.failed("b", now: .seconds(9)) == .milliseconds(100))
        _ = limiter.failed("c", now: .seconds(10))
        #expect(limiter.failed("a", now: .seconds(11)) == .milliseconds(100), "the oldest was forgotten")
        limiter.succeeded("c")
        #expect(limiter.failed("c", now: .seconds(12)) == .milliseconds(100))
    }
}

func id(_ sequence: UInt64, _ ordinal: UInt64 = 0) -> EventID {
    EventID(epoch: 9, sequence: sequence, ordinal: ordinal)
}

/// A dispatch's frame of `count` events.
func frame(_ sequence: UInt64, prev: EventID?, count: UInt64 = 1, bytes: Int = 2) -> EventFrame {
    let payload = Array("{\"\(String(repeating: "x", count: max(0, bytes - 5)))\":1}".utf8)
    return EventFrame(
        shard: .only,
        prev: prev,
        events: (0..<count).map {
            StreamEvent(
                id: id(sequence, $0),
                kind: .messageCreated,
                guild: Snowflake(1),
                ts: 1,
                payload: payload
            )
        }
    )
}
