import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

/// What a new session's GUILD_CREATE and chunks make of the time when nobody listened.
@Suite struct SyntheticTests {
    typealias F = FoldFixture

    /// A guild as in the fixture, but for what is given.
    private func guild(
        roles: String = role(20, "Mod"),
        channels: String = "\(channel(1, "text", 0)),\(channel(2, "Lounge", 2)),\(channel(3, "Back", 2))",
        members: [String] = [F.member(11, "ann", nick: "Annie"), F.member(12, "bob")],
        count: Int? = nil,
        voice: [String] = []
    ) -> String {
        #"""
        {"id":"800","name":"G","icon":"ff","owner_id":"11","member_count":\#(count ?? members.count),
        "roles":[{"id":"800","name":"@everyone","permissions":"1024","position":0,"color":0},\#(roles)],
        "channels":[\#(channels)],"members":[\#(members.joined(separator: ","))],
        "voice_states":[\#(voice.joined(separator: ","))],"presences":[],"threads":[]}
        """#
    }

    private static func role(_ id: Int, _ name: String) -> String {
        #"{"id":"\#(id)","name":"\#(name)","permissions":"8","position":1,"color":255}"#
    }

    private static func channel(_ id: Int, _ name: String, _ type: Int) -> String {
        #"{"id":"\#(id)","type":\#(type),"name":"\#(name)","position":0,"permission_overwrites":[]}"#
    }

    private func chunk(_ index: Int, of count: Int, nonce: String = "a", _ members: [String]) -> String {
        #"""
        {"guild_id":"800","chunk_index":\#(index),"chunk_count":\#(count),"nonce":"\#(nonce)",
        "members":[\#(members.joined(separator: ","))]}
        """#
    }

    /// Kind and whom or what it is about.
    private func told(_ events: [StreamEvent]) -> [String] {
        events.map { event in
            let subject = ["userId", "channelId", "roleId"].lazy.compactMap { event.payload?[$0]?.string }
                .first
            return subject.map { "\(event.name) \($0)" } ?? event.name
        }
    }

    @Test func `sight changes in one step, then roles, channels, voice and members are told`() throws {
        var fixture = F()
        try fixture.feed("GUILD_CREATE", guild(voice: [F.voice(11, channel: 3), F.voice(12, channel: 2)]))
        let events = try fixture.feed(
            "GUILD_CREATE",
            guild(
                roles: Self.role(21, "Helper"),
                channels:
                    "\(Self.channel(1, "general", 0)),\(Self.channel(2, "Lounge", 2)),\(Self.channel(4, "New", 0))",
                members: [F.member(13, "cy", roles: [21]), F.member(11, "ann", nick: "Ann")],
                voice: [F.voice(11, channel: 2)]
            )
        )
        #expect(
            told(events) == [
                "guild.synced", "role.deleted 20", "role.created 21", "channel.updated 1",
                "channel.deleted 3",
                "channel.created 4", "voice.moved 11", "voice.left 12", "member.updated 11", "member.left 12",
                "member.joined 13", "role.granted 13",
            ]
        )
        #expect(events.dropFirst().allSatisfy { $0.text("synthetic") == "true" })
        #expect(events.first?.text("synthetic") == nil)
        #expect(events[6].text("fromChannelName") == "\"Back\"", "a channel that is gone is named as it was")
        #expect(fixture.replica == fixture.state.guilds, "told or not, the state is the same")
    }

    @Test func `nothing changed, nothing told; presences never are`() throws {
        var fixture = try F.started()
        #expect(try fixture.feed("GUILD_CREATE", F.guildCreate()).kinds == ["guild.synced"])
    }

    @Test func `of a guild that arrives in part, who left and joined is told behind the last chunk`() throws {
        var fixture = F()
        try fixture.feed("GUILD_CREATE", guild(members: [11, 12, 14].map { F.member($0, "m\($0)") }))
        #expect(!fixture.state.lacksMembers(of: F.guild))
        let part = try fixture.feed("GUILD_CREATE", guild(members: [F.member(11, "ann")], count: 4))
        #expect(told(part) == ["guild.synced", "member.updated 11"])
        #expect(fixture.state.lacksMembers(of: F.guild))

        let first = try fixture.feed(
            "GUILD_MEMBERS_CHUNK",
            chunk(1, of: 2, [F.member(15, "eve"), F.member(14, "m14")])
        )
        #expect(first.isEmpty)
        // Who comes and goes by a dispatch is told once.
        #expect(told(try fixture.feed("GUILD_MEMBER_ADD", F.member(16, "fay"))) == ["member.joined 16"])
        let last = try fixture.feed(
            "GUILD_MEMBERS_CHUNK",
            chunk(0, of: 2, [F.member(13, "cy"), F.member(11, "ann")])
        )
        #expect(told(last) == ["member.left 12", "member.joined 13", "member.joined 15"])
        #expect(last.allSatisfy { $0.text("synthetic") == "true" && $0.text("members") == "5" })
        #expect(fixture.state.memory[F.guild]?.members.keys.sorted().map(\.rawValue) == [11, 13, 14, 15, 16])
        #expect(!fixture.state.lacksMembers(of: F.guild))
    }

    @Test func `chunks of two requests do not make one series`() throws {
        var fixture = F()
        try fixture.feed("GUILD_CREATE", guild(members: [11, 12, 13].map { F.member($0, "m\($0)") }))
        try fixture.feed("GUILD_CREATE", guild(members: [], count: 3))
        let steps: [(String, [String])] = [
            (chunk(0, of: 2, nonce: "a", [F.member(11, "m11")]), []),
            (chunk(1, of: 2, nonce: "b", [F.member(13, "m13")]), []),
            (chunk(1, of: 2, nonce: "b", [F.member(13, "m13")]), []),
            (chunk(0, of: 2, nonce: "b", [F.member(11, "m11")]), ["member.left 12"]),
        ]
        for (json, expected) in steps {
            #expect(told(try fixture.feed("GUILD_MEMBERS_CHUNK", json)) == expected, "\(json)")
        }
    }

    @Test func `who was never known is no news`() throws {
        var fixture = F()
        try fixture.feed("GUILD_CREATE", guild(members: [F.member(11, "ann")], count: 3))
        let events = try fixture.feed(
            "GUILD_MEMBERS_CHUNK",
            chunk(0, of: 1, [F.member(12, "bob"), F.member(11, "ann")])
        )
        #expect(events.isEmpty && !fixture.state.lacksMembers(of: F.guild))
    }

    @Test func `a series goes on from a checkpoint`() throws {
        let fold = F().fold
        var folded = FoldedShard(shard: try #require(ShardName("0/1")))
        _ = folded.apply(
            JournalRecord(wall: 1, .sessionBegan(id: "s", resumeURL: "", epoch: 5)),
            fold: fold
        )
        var sequence: UInt64 = 0
        func feed(_ name: String, _ json: String) throws -> [StreamEvent] {
            sequence += 1
            let dispatch = Dispatch(
                sequence: sequence,
                name: name,
                data: try JSONDocument(parsing: json).root
            )
            return folded.apply(JournalRecord(wall: 2, .dispatch(dispatch)), fold: fold).flatMap(\.events)
        }
        _ = try feed("GUILD_CREATE", guild(members: [11, 12].map { F.member($0, "m\($0)") }))
        _ = try feed("GUILD_CREATE", guild(members: [], count: 2))
        _ = try feed("GUILD_MEMBERS_CHUNK", chunk(0, of: 2, [F.member(11, "m11")]))
        let bytes = Checkpoint(folded: folded, frames: [], acknowledged: nil).encoded()
        folded = try Checkpoint(decoding: bytes).folded
        let events = try feed("GUILD_MEMBERS_CHUNK", chunk(1, of: 2, [F.member(13, "cy")]))
        #expect(told(events) == ["member.left 12", "member.joined 13"])
    }
}
