import Base
import EventModels
import Gateway
import Testing

/// Threads and who is in the private ones.
@Suite struct ThreadTests {
    typealias F = FoldFixture
    private static let thread = Snowflake(30)

    /// The fixture with the bot's user 99 and a private thread 30 in channel 1, made by user 11.
    private static func started() throws -> F {
        var fixture = try F.started()
        try fixture.feed("READY", #"{"guilds":[{"id":"800"}],"user":{"id":"99"}}"#)
        try fixture.feed("THREAD_CREATE", thread(extra: #","newly_created":true"#))
        return fixture
    }

    private static func thread(_ id: Int = 30, type: Int = 12, parent: Int = 1, extra: String = "") -> String
    {
        #"{"id":"\#(id)","guild_id":"800","type":\#(type),"name":"t","parent_id":"\#(parent)","owner_id":"11"\#(extra)}"#
    }

    private static func members(_ id: Int = 30, added: [Int] = [], removed: [Int] = []) -> String {
        let added = added.map { #"{"id":"\#(id)","user_id":"\#($0)","flags":0}"# }.joined(separator: ",")
        let removed = removed.map { "\"\($0)\"" }.joined(separator: ",")
        return
            #"{"id":"\#(id)","guild_id":"800","member_count":3,"added_members":[\#(added)],"removed_member_ids":[\#(removed)]}"#
    }

    private static func held(_ fixture: F, _ thread: UInt64 = 30) -> [UInt64]? {
        fixture.replica[F.guild]?.threadMembers[Snowflake(thread)]?.map(\.rawValue).sorted()
    }

    @Test func `who makes a private thread is in it from its first moment`() throws {
        var fixture = try F.started()
        let created = #","newly_created":true,"member":{"id":"30","user_id":"99","flags":0}"#
        let events = try fixture.feed("THREAD_CREATE", Self.thread(extra: created))
        #expect(events.kinds == ["thread.members", "channel.created"])
        #expect(
            events[0].text("threadId") == "\"30\"" && events[0].text("added") == #"["11","99"]"#
                && events[0].text("removed") == "[]" && events[0].kind?.audience == .internal
        )
        #expect(Self.held(fixture) == [11, 99] && fixture.replica == fixture.state.guilds)
        let guild = try #require(fixture.replica[F.guild])
        #expect(guild.canView(Self.thread, Viewer(id: Snowflake(99)), at: 0))
        #expect(!guild.canView(Self.thread, Viewer(id: Snowflake(12)), at: 0))
        #expect(!guild.everyoneCanView(Self.thread))
    }

    @Test func `the owner of a thread that is not new may have left it`() throws {
        var fixture = try F.started()
        #expect(try fixture.feed("THREAD_CREATE", Self.thread()).kinds == ["channel.created"])
        #expect(
            try fixture.feed("THREAD_CREATE", Self.thread(extra: #","newly_created":true"#)).isEmpty,
            "the thread was known: who is in it is told by updates"
        )
        #expect(Self.held(fixture) == nil)
    }

    @Test func `members come and go, only what is new is told, and being removed wins`() throws {
        var fixture = try Self.started()
        let steps: [(String, [UInt64]?)] = [
            (Self.members(added: [13, 12]), [11, 12, 13]), (Self.members(added: [12], removed: [77]), nil),
            (Self.members(added: [14], removed: [12, 14]), [11, 13]), (Self.members(removed: [11, 13]), []),
        ]
        for (json, expected) in steps {
            let events = try fixture.feed("THREAD_MEMBERS_UPDATE", json)
            #expect(events.kinds == (expected == nil ? [] : ["thread.members"]), "\(json)")
            if let expected { #expect(Self.held(fixture) ?? [] == expected, "\(json)") }
        }
        #expect(fixture.replica == fixture.state.guilds)
        #expect(fixture.state.guilds[F.guild]?.threadMembers.isEmpty == true, "no empty set stays")
    }

    @Test func `only private threads that are known count`() throws {
        var fixture = try Self.started()
        try fixture.feed("THREAD_CREATE", Self.thread(31, type: 11, extra: #","newly_created":true"#))
        for id in [31, 32, 1] {
            #expect(try fixture.feed("THREAD_MEMBERS_UPDATE", Self.members(id, added: [12])).isEmpty)
            let own = #"{"id":"\#(id)","guild_id":"800","user_id":"99"}"#
            #expect(try fixture.feed("THREAD_MEMBER_UPDATE", own).isEmpty)
        }
        #expect(fixture.state.guilds[F.guild]?.threadMembers.keys.map(\.rawValue) == [30])
    }

    @Test func `the bot's own membership may come without its id`() throws {
        var fixture = try Self.started()
        let own = #"{"id":"30","guild_id":"800","flags":1}"#
        #expect(try fixture.feed("THREAD_MEMBER_UPDATE", own).kinds == ["thread.members"])
        #expect(try fixture.feed("THREAD_MEMBER_UPDATE", own).isEmpty)
        #expect(Self.held(fixture) == [11, 99])
    }

    @Test func `a thread that is deleted or archived forgets, and knows nobody when it is back`() throws {
        for (name, extra) in [
            ("THREAD_DELETE", ""), ("THREAD_UPDATE", #","thread_metadata":{"archived":true}"#),
        ] {
            var fixture = try Self.started()
            #expect(try fixture.feed(name, Self.thread(extra: extra)).kinds == ["channel.deleted"])
            #expect(Self.held(fixture) == nil)
            try fixture.feed("THREAD_UPDATE", Self.thread())
            #expect(Self.held(fixture) == nil && fixture.replica[F.guild]?.channels[Self.thread] != nil)
        }
    }

    @Test func `who leaves the guild leaves its private threads`() throws {
        var fixture = try Self.started()
        try fixture.feed("THREAD_MEMBERS_UPDATE", Self.members(added: [12]))
        let gone = #"{"guild_id":"800","user":\#(F.user(11, "ann"))}"#
        #expect(try fixture.feed("GUILD_MEMBER_REMOVE", gone).kinds == ["voice.left", "member.left"])
        #expect(Self.held(fixture) == [12])
        try fixture.feed("GUILD_MEMBER_ADD", F.member(11, "ann"))
        #expect(Self.held(fixture) == [12], "and is not back with the guild")
        #expect(fixture.replica == fixture.state.guilds)
    }

    @Test func `a new session knows nobody but the bot, where the guild says so`() throws {
        var fixture = try Self.started()
        try fixture.feed("THREAD_MEMBERS_UPDATE", Self.members(added: [12]))
        let threads = [Self.thread(), Self.thread(33, extra: #","member":{"flags":0}"#)]
        let guild = F.guildCreate().replacing(
            #""threads":[]"#,
            with: #""threads":[\#(threads.joined(separator: ","))]"#
        )
        let events = try fixture.feed("GUILD_CREATE", guild)
        #expect(!events.kinds.contains("thread.members"), "guild.synced says it in one step")
        #expect(Self.held(fixture) == nil && Self.held(fixture, 33) == [99])
        #expect(fixture.replica == fixture.state.guilds)
    }

    @Test func `a sync takes away what is not listed, and what was known of members`() throws {
        var fixture = try Self.started()
        try fixture.feed("THREAD_CREATE", Self.thread(31, type: 11))
        try fixture.feed("THREAD_CREATE", Self.thread(40, parent: 3, extra: #","newly_created":true"#))
        let sync = #"""
            {"guild_id":"800","channel_ids":["1"],"threads":[\#(Self.thread(34)),\#(Self.thread(30))],
            "members":[{"id":"34","user_id":"99"},{"id":"30"}]}
            """#
        let events = try fixture.feed("THREAD_LIST_SYNC", sync)
        #expect(events.kinds == ["channel.deleted", "thread.members", "thread.members", "channel.created"])
        #expect(events[0].text("channelId") == "\"31\"")
        #expect(events[1].text("added") == #"["99"]"# && events[1].text("removed") == #"["11"]"#)
        #expect(
            Self.held(fixture) == [99] && Self.held(fixture, 34) == [99] && Self.held(fixture, 40) == [11]
        )
        let all = #"{"guild_id":"800","threads":[],"members":[]}"#
        #expect(
            try fixture.feed("THREAD_LIST_SYNC", all).kinds == Array(repeating: "channel.deleted", count: 3)
        )
        #expect(fixture.state.guilds[F.guild]?.threadMembers.isEmpty == true)
    }

    @Test func `a checkpoint keeps who is in a thread, and who the bot is; an older one has neither`() throws
    {
        let fixture = try Self.started()
        let checkpoint = Checkpoint(folded: try fixture.folded(), frames: [], acknowledged: nil)
        let read = try Checkpoint(decoding: checkpoint.encoded())
        #expect(read == checkpoint && read.folded.state.bot == Snowflake(99))
        #expect(read.folded.state.guilds[F.guild]?.threadMembers[Self.thread] == [Snowflake(11)])
        let old = String(decoding: checkpoint.encoded(), as: UTF8.self)
            .replacing(#""bot":"99","#, with: "")
            .replacing(#""threadMembers":[{"threadId":"30","members":["11"]}],"#, with: "")
        let decoded = try Checkpoint(decoding: Array(old.utf8)).folded.state
        #expect(decoded.bot == nil && decoded.guilds[F.guild]?.threadMembers.isEmpty == true)
    }
}
