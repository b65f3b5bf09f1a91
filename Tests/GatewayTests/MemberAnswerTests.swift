import Base
import DiscordProtocol
import EventModels
import Gateway
import Testing

/// What the gateway says of a member, and what the log says behind it.
@Suite struct MemberAnswerTests {
    typealias F = FoldFixture

    private func answer(_ fixture: F, _ user: UInt64) throws -> MemberAnswer {
        try fixture.state.member(Snowflake(user), of: F.guild)
    }

    /// A guild of which one member of two is listed.
    private static let part = F.guildCreate().replacing(#""member_count":2"#, with: #""member_count":3"#)

    private static func chunk(_ members: [String]) -> String {
        #"{"guild_id":"800","chunk_index":0,"chunk_count":1,"members":[\#(members.joined(separator: ","))]}"#
    }

    @Test func `roles, time-out, and the last event that is in them`() throws {
        var fixture = try F.started()
        let until = #","communication_disabled_until":"2026-01-01T00:00:00.250000+00:00""#
        try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", roles: [20], extra: until))
        let found = try answer(fixture, 12)
        let facts = MemberFacts(roles: [Snowflake(20)], timedOutUntil: 1_767_225_600_250)
        #expect(found == MemberAnswer(facts: facts, at: EventID(epoch: 5, sequence: 3, ordinal: 1)))
        #expect(try answer(fixture, 11).facts == MemberFacts())
        #expect(try answer(fixture, 13).facts == nil, "all members are known, this one is none")
    }

    @Test func `nobody is taken for no member before all are known`() throws {
        var fixture = F()
        #expect(throws: CommandRefusal.unknownGuild) { try answer(fixture, 11) }
        try fixture.feed("GUILD_CREATE", Self.part)
        #expect(throws: CommandRefusal.incomplete) { try answer(fixture, 11) }
        #expect(throws: CommandRefusal.incomplete) { try answer(fixture, 13) }
        try fixture.feed("GUILD_MEMBERS_CHUNK", Self.chunk([11, 12, 13].map { F.member($0, "m\($0)") }))
        #expect(try answer(fixture, 13).facts != nil && answer(fixture, 14).facts == nil)
        try fixture.feed("GUILD_CREATE", Self.part)
        #expect(throws: CommandRefusal.incomplete) { try answer(fixture, 13) }
        try fixture.feed("GUILD_DELETE", #"{"id":"800"}"#)
        #expect(throws: CommandRefusal.unknownGuild) { try answer(fixture, 11) }
    }

    @Test func `members are listed by id, page after page, once all are known`() throws {
        let cdn = CDN(base: "https://cdn.example")
        var fixture = F()
        func page(_ after: UInt64, _ limit: Int) throws -> MemberPage {
            try fixture.state.members(of: F.guild, after: Snowflake(after), limit: limit, cdn: cdn)
        }
        #expect(throws: CommandRefusal.unknownGuild) { try page(0, 1) }
        try fixture.feed("GUILD_CREATE", Self.part)
        #expect(throws: CommandRefusal.incomplete) { try page(0, 1) }
        let all = [F.member(11, "ann", nick: "Annie"), F.member(12, "bob", roles: [20]), F.member(13, "cy")]
        try fixture.feed("GUILD_MEMBERS_CHUNK", Self.chunk(all))
        let first = try page(0, 2)
        #expect(first.members.map(\.card.displayName) == ["Annie", "bob"] && !first.isEnd)
        #expect(first.members.map(\.roles) == [[], [Snowflake(20)]])
        #expect(try page(12, 2).members.map(\.card.id) == [Snowflake(13)] && page(12, 2).isEnd)
        #expect(try page(0, 3).isEnd && page(13, 3).members.isEmpty)
        let left = #"{"guild_id":"800","user":\#(F.user(12, "bob"))}"#
        try fixture.feed("GUILD_MEMBER_REMOVE", left)
        #expect(try page(0, 9).members.map(\.card.id) == [Snowflake(11), Snowflake(13)])
    }

    @Test func `in a new session a guild is not known before it has come`() throws {
        var fixture = try F.started()
        try fixture.feed("READY", #"{"guilds":[{"id":"800","unavailable":true}]}"#)
        #expect(throws: CommandRefusal.incomplete) { try answer(fixture, 11) }
        let checkpoint = Checkpoint(folded: try fixture.folded(), frames: [], acknowledged: nil)
        #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
        try fixture.feed("GUILD_CREATE", #"{"id":"800","unavailable":true}"#)
        #expect(throws: CommandRefusal.incomplete) { try answer(fixture, 11) }
        try fixture.feed("GUILD_CREATE", F.guildCreate())
        #expect(try answer(fixture, 11).facts != nil)
    }

    @Test func `who is heard of after leaving is no member again`() throws {
        let left = #"{"guild_id":"800","user":\#(F.user(12, "bob"))}"#
        let online = #"{"guild_id":"800","user":\#(F.user(12, "bob")),"status":"online"}"#
        let member = F.member(12, "bob", roles: [20])
        let reaction =
            #"{"guild_id":"800","channel_id":"1","message_id":"5","user_id":"12","emoji":{},"member":\#(member)}"#
        for (name, json) in [
            ("PRESENCE_UPDATE", online), ("MESSAGE_REACTION_ADD", reaction), ("GUILD_MEMBER_UPDATE", member),
            ("GUILD_MEMBERS_CHUNK", Self.chunk([member])),
        ] {
            var fixture = try F.started()
            try fixture.feed("GUILD_MEMBER_REMOVE", left)
            try fixture.feed(name, json)
            #expect(try answer(fixture, 12).facts == nil, "\(name)")
            let restored = try Checkpoint(
                decoding: Checkpoint(folded: fixture.folded(), frames: [], acknowledged: nil).encoded()
            )
            #expect(restored.folded.state == fixture.state, "\(name)")
            let kinds = try fixture.feed("GUILD_MEMBER_ADD", member).kinds
            #expect(kinds == ["member.joined", "role.granted"], "\(name)")
            #expect(try answer(fixture, 12).facts?.roles == [Snowflake(20)], "\(name)")
        }
    }

    @Test func `a stranger is not said to have left when everyone is listed`() throws {
        var fixture = try F.started()
        let online = #"{"guild_id":"800","user":\#(F.user(50, "eve")),"status":"online"}"#
        try fixture.feed("PRESENCE_UPDATE", online)
        #expect(try fixture.feed("GUILD_CREATE", F.guildCreate()).kinds == ["guild.synced"])
        #expect(fixture.state.memory[F.guild]?.members[Snowflake(50)] == nil)
    }

    @Test func `a time-out says what was, and comes along with who joins`() throws {
        var fixture = try F.started()
        func until(_ text: String) -> String { #","communication_disabled_until":\#(text)"# }
        let steps = [
            (#""2026-01-01T00:00:00Z""#, "null"), (#""2027-01-01T00:00:00Z""#, #""2026-01-01T00:00:00Z""#),
        ]
        for (text, was) in steps {
            let events = try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", extra: until(text)))
            #expect(events.kinds == ["member.timeout"])
            #expect(events[0].text("timeoutUntil") == text && events[0].text("was") == was)
        }
        let over = try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", extra: until("null")))
        #expect(over[0].text("timeoutUntil") == "null" && over[0].text("was") == steps[1].0)
        let joined = F.member(13, "cy", roles: [20], extra: until(steps[1].0))
        let events = try fixture.feed("GUILD_MEMBER_ADD", joined)
        #expect(events.kinds == ["member.joined", "role.granted", "member.timeout"])
        #expect(events[2].text("was") == "null")
    }

    @Test func `who joined before a session that never listed everyone is told by the next`() throws {
        var fixture = try F.started()
        try fixture.feed("GUILD_CREATE", Self.part)
        let lists = F.member(13, "cy", roles: [20])
        try fixture.feed(
            "GUILD_MEMBERS_CHUNK",
            Self.chunk([lists]).replacing(#"count":1"#, with: #"count":2"#)
        )
        try fixture.feed("GUILD_CREATE", Self.part)
        let all = [F.member(11, "ann", nick: "Annie"), F.member(12, "bob"), lists]
        let events = try fixture.feed("GUILD_MEMBERS_CHUNK", Self.chunk(all))
        #expect(events.kinds == ["member.joined", "role.granted"] && events[0].text("userId") == "\"13\"")
    }
}
