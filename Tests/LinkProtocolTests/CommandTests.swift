import Base
import EventModels
import LinkProtocol
import Testing

@Suite struct CommandTests {
    private static let ask = LinkCommand.Request.fetchMember(Snowflake(7), guild: Snowflake(8), shard: .only)

    private let a = LinkID(1)
    private let b = LinkID(2)

    private func decoded(_ type: String, _ data: String) throws -> LinkMessage {
        try LinkMessage(decoding: Array(#"{"type":"\#(type)","data":\#(data),"ts":1}"#.utf8))
    }

    @Test func `commands and results are read back as they were written, in the form of the spec`() throws {
        let facts = MemberFacts(roles: [Snowflake(20), Snowflake(3)], timedOutUntil: 1_700_000_000_001)
        let at = id(9)
        let messages: [(LinkMessage, String)] = [
            (
                .command(LinkCommand(id: 1, Self.ask)),
                #"{"id":1,"name":"fetch member","shard":"0/1","guild":"8","user":"7"}"#
            ),
            (
                .command(
                    LinkCommand(
                        id: 2,
                        .fetchMembers(guild: Snowflake(8), after: Snowflake(0), limit: 100, shard: .only)
                    )
                ),
                #"{"id":2,"name":"fetch members","shard":"0/1","guild":"8","after":"0","limit":100}"#
            ),
            (
                .command(LinkCommand(id: .max, .unknown(name: "x"))),
                #"{"id":18446744073709551615,"name":"x"}"#
            ),
            (
                .result(LinkResult(id: 1, .member(MemberAnswer(facts: facts, at: at)))),
                #"{"id":1,"at":"\#(at)","member":{"roles":["3","20"],"timeoutUntil":1700000000001}}"#
            ),
            (
                .result(LinkResult(id: 2, .member(MemberAnswer(facts: MemberFacts(), at: at)))),
                #"{"id":2,"at":"\#(at)","member":{"roles":[],"timeoutUntil":null}}"#
            ),
            (
                .result(LinkResult(id: 3, .member(MemberAnswer(facts: nil, at: at)))),
                #"{"id":3,"at":"\#(at)","member":null}"#
            ),
            (
                .result(LinkResult(id: 4, .failed(LinkFailure(.incomplete, "no")))),
                #"{"id":4,"error":{"code":"incomplete","message":"no","retryable":true}}"#
            ),
        ]
        for (message, data) in messages {
            let text = String(decoding: message.encoded(ts: 1), as: UTF8.self)
            #expect(text == #"{"type":"\#(message.type)","data":\#(data),"ts":1}"#)
            #expect(try LinkMessage(decoding: Array(text.utf8)) == message)
        }
    }

    @Test func `an answer that says less than it should is none`() throws {
        let wrong: [(String, String)] = [
            ("command", "null"), ("command", #"{"id":-1,"name":"x"}"#), ("command", #"{"id":1}"#),
            ("command", #"{"id":1,"name":"fetch member","shard":"0","guild":"8","user":"7"}"#),
            ("command", #"{"id":1,"name":"fetch member","shard":"0/1","user":"7"}"#),
            ("command", #"{"id":1,"name":"fetch member","shard":"0/1","guild":"8","user":"x"}"#),
            ("command", #"{"id":1,"name":"fetch members","shard":"0/1","guild":"8","limit":1}"#),
            ("command", #"{"id":1,"name":"fetch members","guild":"8","after":"0","limit":1}"#),
            ("command", #"{"id":1,"name":"fetch members","shard":"0/1","after":"0","limit":1}"#),
            ("result", "{}"), ("result", #"{"id":1}"#), ("result", #"{"id":1,"at":"5-1"}"#),
            ("result", #"{"id":1,"member":null}"#), ("result", #"{"id":1,"at":"5","member":null}"#),
            ("result", #"{"id":1,"at":"5-1","member":{}}"#),
            ("result", #"{"id":1,"at":"5-1","member":{"roles":["1"]}}"#),
            ("result", #"{"id":1,"at":"5-1","member":{"roles":["x"],"timeoutUntil":null}}"#),
            ("result", #"{"id":1,"at":"5-1","member":{"roles":[],"timeoutUntil":"soon"}}"#),
        ]
        for (type, data) in wrong {
            #expect(throws: LinkMessageError.self, "\(type) \(data)") { try decoded(type, data) }
        }
        for limit in ["0", "101", "-1", "\"9\"", "null"] {
            let data =
                #"{"id":1,"name":"fetch members","shard":"0/1","guild":"8","after":"0","limit":\#(limit)}"#
            let refused = LinkCommand(id: 1, .invalid(LinkFailure(.invalid, "limit: 1 to 100")))
            #expect(try decoded("command", data) == .command(refused), "\(limit)")
        }
        let later = #"{"id":1,"at":"5-1","new":2,"member":{"roles":[],"timeoutUntil":null,"new":1}}"#
        let answer = MemberAnswer(facts: MemberFacts(), at: try #require(EventID("5-1")))
        #expect(try decoded("result", later) == .result(LinkResult(id: 1, .member(answer))))
    }

    @Test func `the gateway answers any linked replica, and no other`() {
        var hub = LinkHub(gateway: "g")
        hub.addShard(PublisherMachine(shard: .only), epoch: 5)
        let command = LinkCommand(id: 1, Self.ask)
        for link in [a, b] {
            hub.opened(link, now: .zero)
            _ = hub.received(.hello(LinkHello(bus: "b", tops: [:], name: "\(link)")), from: link, now: .zero)
            #expect(hub.received(.command(command), from: link, now: .zero) == [.answer(link, command)])
        }
        let result = LinkMessage.result(LinkResult(id: 1, .failed(LinkFailure(.invalid, "x"))))
        guard case .close(b, .malformed, _)? = hub.received(result, from: b, now: .zero).first else {
            Issue.record("a result is the gateway's to say")
            return
        }
        let early = LinkID(3)
        hub.opened(early, now: .zero)
        guard
            case .close(early, .helloExpected, _)? = hub.received(.command(command), from: early, now: .zero)
                .first
        else {
            Issue.record("hello comes first")
            return
        }
    }

    @Test func `a replica passes results on and takes no command`() {
        var replica = ReplicaMachine()
        let result = LinkResult(id: 1, .failed(LinkFailure(.invalid, "x")))
        #expect(replica.received(.result(result)) == [.answered(result)])
        guard case .close(.malformed, _)? = replica.received(.command(LinkCommand(id: 1, Self.ask))).first
        else {
            Issue.record("a command is the replica's to say")
            return
        }
    }

    @Test func `a thousand commands are open, each for five seconds, and no id comes twice`() {
        var open = OpenCommands()
        #expect(open.deadline == nil)
        for number in 1...1000 {
            let command = open.open(Self.ask, now: .milliseconds(number))
            #expect(command == LinkCommand(id: UInt64(number), Self.ask))
        }
        #expect(open.open(Self.ask, now: .seconds(2)) == nil && open.count == 1000)
        #expect(open.deadline == .milliseconds(5001))
        #expect(open.answered(1) && !open.answered(1) && !open.answered(1001))
        #expect(open.open(Self.ask, now: .seconds(2))?.id == 1001)
        #expect(open.deadline == .milliseconds(5002) && open.expire(now: .milliseconds(5001)).isEmpty)
        #expect(open.expire(now: .milliseconds(5003)) == [2, 3] && !open.answered(2))
        #expect(open.abandon() == Array(4...1001) && open.count == 0 && open.deadline == nil)
        #expect(open.open(Self.ask, now: .zero)?.id == 1002, "a late answer on the next link is nobody's")
    }

    @Test func `how a gateway is may take two seconds, beside questions that may take longer`() {
        var open = OpenCommands()
        #expect(open.open(Self.ask, now: .zero)?.id == 1 && open.deadline == .seconds(5))
        #expect(open.open(.fetchGateway, now: .seconds(1))?.id == 2 && open.deadline == .seconds(3))
        #expect(open.expire(now: .milliseconds(2999)).isEmpty && open.expire(now: .seconds(3)) == [2])
        #expect(open.deadline == .seconds(5))
        var hasty = OpenCommands(answerWithin: .milliseconds(20))
        #expect(hasty.open(.fetchGateway, now: .zero)?.id == 1 && hasty.deadline == .milliseconds(20))
    }

    @Test func `links that name the shard are asked, where it is published first`() throws {
        let other = try #require(ShardName("1/2"))
        func names(_ shard: ShardName, _ publisher: Bool) -> LinkShard {
            LinkShard(shard: shard, publisher: publisher)
        }
        let links = [
            [names(.only, false)], [], [names(other, true), names(.only, true)], [names(other, false)],
            [names(.only, false)],
        ]
        #expect(OpenCommands.order(links, for: .only) == [2, 0, 4])
        #expect(OpenCommands.order(links, for: other) == [2, 3])
        #expect(OpenCommands.order([], for: .only).isEmpty)
    }
}
