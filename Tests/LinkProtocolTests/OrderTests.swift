import Base
import EventModels
import JSON
import LinkProtocol
import Testing

/// Commands that want something done, on the wire; and callers, which give nothing but commands.
@Suite struct OrderTests {
    private let a = LinkID(1)
    private let b = LinkID(2)

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let deeds: [(LinkOrder.Deed, String)] = [
        (.sendMessage(channel: Snowflake(1), message: bytes("{}")), #""channel":"1","message":{}"#),
        (
            .editMessage(channel: Snowflake(1), id: Snowflake(2), message: bytes(#"{"a":1}"#)),
            #""channel":"1","messageId":"2","message":{"a":1}"#
        ),
        (
            .deleteMessage(channel: Snowflake(1), id: Snowflake(2), reason: "r"),
            #""channel":"1","messageId":"2","reason":"r""#
        ),
        (
            .addReaction(channel: Snowflake(1), id: Snowflake(2), emoji: "é"),
            #""channel":"1","messageId":"2","emoji":"é""#
        ),
        (
            .removeReaction(channel: Snowflake(1), id: Snowflake(2), emoji: "a:1"),
            #""channel":"1","messageId":"2","emoji":"a:1""#
        ),
        (.addRole(user: Snowflake(3), role: Snowflake(4), reason: nil), #""user":"3","role":"4""#),
        (.removeRole(user: Snowflake(3), role: Snowflake(4), reason: nil), #""user":"3","role":"4""#),
        (.registerCommands(isGlobal: true, commands: bytes("[]")), #""global":true,"commands":[]"#),
        (.answer(Snowflake(5), response: bytes(#"{"type":4}"#)), #""interaction":"5","response":{"type":4}"#),
        (.deferAnswer(Snowflake(5), ephemeral: true), #""interaction":"5","ephemeral":true"#),
        (.followUp(Snowflake(5), message: bytes("{}")), #""interaction":"5","message":{}"#),
        (.editAnswer(Snowflake(5), message: bytes("{}")), #""interaction":"5","message":{}"#),
        (
            .emit(event: "milestone.reached", payload: bytes("{}")),
            #""event":"milestone.reached","payload":{}"#
        ),
    ]

    @Test func `each is read back as it was written, in the form of the spec, and from the journal`() throws {
        #expect(Set(Self.deeds.map(\.0.name)).count == LinkOrder.Deed.Name.allCases.count)
        for (deed, arguments) in Self.deeds {
            let order = LinkOrder(deed, guild: Snowflake(8), shard: .only, key: "k", deadline: 900)
            let message = LinkMessage.command(LinkCommand(id: 7, .order(order)))
            let head =
                #""id":7,"name":"\#(deed.name.rawValue)","shard":"0/1","guild":"8","key":"k","deadline":900"#
            let text = #"{"type":"command","data":{\#(head),\#(arguments)},"ts":1}"#
            #expect(String(decoding: message.encoded(ts: 1), as: UTF8.self) == text)
            #expect(try LinkMessage(decoding: Array(text.utf8)) == message)
            let kept = try #require(LinkOrder(arguments: order.arguments, key: "k"))
            #expect(kept.deed == deed && kept.guild == Snowflake(8) && kept.arguments == order.arguments)
        }
        let blanks = #"{"id":1,"name":"emit","guild":"8","key":"k","event":"x","payload":{ "a" : [ 1 ,2 ] }}"#
        guard case .order(let order)? = try Self.command(blanks)?.request else {
            Issue.record("no order")
            return
        }
        #expect(order.deed == .emit(event: "x", payload: Self.bytes(#"{"a":[1,2]}"#)))
        #expect(order.deadline == LinkOrder.deadlineDefault && order.shard == nil)
    }

    private static func command(_ data: String) throws -> LinkCommand? {
        let message = try LinkMessage(decoding: Array(#"{"type":"command","data":\#(data),"ts":1}"#.utf8))
        guard case .command(let command) = message else { return nil }
        return command
    }

    @Test func `wrong arguments are an answer, not the link's end`() throws {
        let long = String(repeating: "k", count: 65)
        let large = String(repeating: "x", count: LinkOrder.argumentBytesMax)
        let payload = String(repeating: "x", count: LinkOrder.payloadBytesMax)
        let wrong = [
            #""name":"send message","channel":"1","message":{}"#,
            #""name":"send message","key":"","channel":"1","message":{}"#,
            #""name":"send message","key":"\#(long)","channel":"1","message":{}"#,
            #""name":"send message","key":"k","channel":"x","message":{}"#,
            #""name":"send message","key":"k","channel":"1","message":[]"#,
            #""name":"send message","key":"k","channel":"1","message":{},"deadline":0"#,
            #""name":"send message","key":"k","channel":"1","message":{},"deadline":900001"#,
            #""name":"send message","key":"k","channel":"1","message":{},"shard":"x""#,
            #""name":"send message","key":"k","channel":"1","message":{},"guild":"x""#,
            #""name":"send message","key":"k","channel":"1","message":{"content":"\#(large)"}"#,
            #""name":"add role","key":"k","user":"1","role":"2""#,
            #""name":"add reaction","key":"k","channel":"1","messageId":"2","emoji":"""#,
            #""name":"register commands","key":"k","commands":[]"#,
            #""name":"register commands","key":"k","global":true,"commands":{}"#,
            #""name":"answer interaction","key":"k","interaction":"1""#,
            #""name":"emit","key":"k","guild":"1","event":"","payload":{}"#,
            #""name":"emit","key":"k","guild":"1","event":"a","payload":{"a":"\#(payload)"}"#,
        ]
        for data in wrong {
            guard case .invalid(let failure)? = try Self.command(#"{"id":1,\#(data)}"#)?.request else {
                Issue.record("taken: \(data.prefix(80))")
                continue
            }
            #expect(failure.code == .invalid)
        }
    }

    @Test func `an error says whether asking again may help; one of another version that nobody knows`()
        throws
    {
        for code in LinkFailure.Code.allCases {
            let failure = LinkFailure(code, "why", status: 403, discordCode: 50013)
            let message = LinkMessage.result(LinkResult(id: 1, .failed(failure)))
            #expect(try LinkMessage(decoding: message.encoded(ts: 1)) == message)
            let says = String(decoding: message.encoded(ts: 1), as: UTF8.self).contains(#""retryable":true"#)
            #expect(says == code.isRetryable)
            let outcome = LinkResult.Outcome.failed(failure)
            #expect(LinkResult.Outcome(stored: try #require(outcome.stored)) == outcome)
        }
        let later = #"{"type":"result","data":{"id":1,"error":{"code":"new","message":"m"}},"ts":1}"#
        let unknown = LinkFailure(.unknownOutcome, "m")
        #expect(try LinkMessage(decoding: Array(later.utf8)) == .result(LinkResult(id: 1, .failed(unknown))))
        for data in [#"{"id":1,"error":"no"}"#, #"{"id":1,"value":1}"#] {
            #expect(throws: LinkMessageError.self) {
                try LinkMessage(decoding: Array(#"{"type":"result","data":\#(data)}"#.utf8))
            }
        }
    }

    @Test func `the shard that is named is asked, else the guild's, else the first`() throws {
        let shards = try [0, 1, 3].map { try #require(ShardName(index: $0, count: 4)) }
        func asked(_ guild: UInt64?, _ shard: String?) -> String? {
            let deed = LinkOrder.Deed.deferAnswer(Snowflake(1), ephemeral: false)
            let order = LinkOrder(
                deed,
                guild: guild.map { Snowflake($0) },
                shard: shard.flatMap { ShardName($0) },
                key: "k"
            )
            return LinkCommand(id: 1, .order(order)).shard(among: shards)?.description
        }
        #expect(asked(nil, nil) == "0/4" && asked(5 << 22, nil) == "1/4" && asked(2 << 22, nil) == nil)
        #expect(asked(5 << 22, "3/4") == "3/4" && asked(nil, "2/4") == nil && asked(0, nil) == "0/4")
    }

    // MARK: Callers

    @Test func `a caller has no bus, never publishes, and is answered`() throws {
        let hello = LinkMessage.hello(LinkHello(caller: "worker"))
        let text = #"{"type":"hello","data":{"version":1,"role":"caller","name":"worker"},"ts":1}"#
        #expect(String(decoding: hello.encoded(ts: 1), as: UTF8.self) == text)
        #expect(try LinkMessage(decoding: Array(text.utf8)) == hello)
        var hub = LinkHub(gateway: "g")
        hub.addShard(PublisherMachine(shard: .only), epoch: 5)
        for link in [a, b] { hub.opened(link, now: .zero) }
        let ready = LinkMessage.ready(gateway: "g", shards: [LinkShard(shard: .only, publisher: false)])
        #expect(hub.received(hello, from: a, now: .zero) == [.send(a, ready)])
        #expect(hub.linkedCount == 0 && hub.callerCount == 1 && hub.bus == nil)
        #expect(hub.publisher(of: .only)?.publisher == nil)
        let command = LinkCommand(id: 1, .unknown(name: "x"))
        #expect(hub.received(.command(command), from: a, now: .zero) == [.answer(a, command)])
        let replica = LinkMessage.hello(LinkHello(bus: "b", tops: [.only: nil], name: "web"))
        #expect(
            hub.received(replica, from: b, now: .zero).contains(.send(a, ready)),
            "a change of the publisher"
        )
        #expect(hub.publisher(of: .only)?.publisher == b)
        #expect(
            hub.closed(b, now: .zero).contains(.send(a, ready)) && hub.publisher(of: .only)?.publisher == nil
        )
        #expect(hub.closed(a, now: .zero).isEmpty && hub.callerCount == 0)
    }

    @Test func `a caller that speaks as a replica is closed`() {
        let said: [LinkMessage] = [
            .ack(shard: .only, id: nil, resend: true), .status(isBusUp: true, reason: ""),
            .hello(LinkHello(caller: "again")), .hello(LinkHello(bus: "b", tops: [:], name: "web")),
        ]
        for message in said {
            var hub = LinkHub(gateway: "g")
            hub.opened(a, now: .zero)
            _ = hub.received(.hello(LinkHello(caller: "w")), from: a, now: .zero)
            guard case .close(a, _, _)? = hub.received(message, from: a, now: .zero).first else {
                Issue.record("\(message)")
                continue
            }
        }
    }
}
