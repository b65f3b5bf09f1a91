import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON
import Testing

@Suite struct FoldTests {
    typealias F = FoldFixture

    @Test func `a guild's first sight opens its voice and brings its whole state`() throws {
        var fixture = FoldFixture()
        let events = try fixture.feed("GUILD_CREATE", F.guildCreate())
        #expect(events.kinds == ["guild.synced", "voice.joined"])
        #expect(
            events.map(\.id) == [
                EventID(epoch: 5, sequence: 1, ordinal: 0), EventID(epoch: 5, sequence: 1, ordinal: 1),
            ]
        )
        #expect(events[1].text("synthetic") == "true" && events[1].text("displayName") == "\"Annie\"")
        #expect(events[1].text("channelName") == "\"Lounge\"")
        let held = try #require(fixture.replica[F.guild])
        #expect(held.icon == "https://cdn.example/icons/800/ff.png" && held.ownerID == Snowflake(11))
        #expect(held.members == 2 && held.online == 1 && held.voice.count == 1 && held.channels.count == 3)
        #expect(held.everyoneCanView(Snowflake(1)) && !held.everyoneCanView(Snowflake(3)))
    }

    @Test func `a new session's guild shows the difference in voice, by user`() throws {
        var fixture = try F.started()
        try fixture.feed("VOICE_STATE_UPDATE", F.voice(12, channel: 2))
        let voice = [F.voice(12, channel: 3), F.voice(13, channel: 2)]
        let events = try fixture.feed("GUILD_CREATE", F.guildCreate(voice: voice))
        #expect(events.kinds == ["guild.synced", "voice.left", "voice.moved", "voice.joined"])
        #expect(events.suffix(3).map { $0.text("userId") } == ["\"11\"", "\"12\"", "\"13\""])
        #expect(
            events[2].text("fromChannelName") == "\"Lounge\"" && events[3].text("username") == "\"unknown\""
        )
    }

    @Test func `voice: joined, updated, moved, left, and nothing for a repetition`() throws {
        var fixture = try F.started()
        let steps: [(String, [String])] = [
            (F.voice(12, channel: 2), ["voice.joined"]), (F.voice(12, channel: 2), []),
            (F.voice(12, channel: 2, flags: #","self_mute":true,"self_stream":true"#), ["voice.updated"]),
            (F.voice(12, channel: 3, flags: #","self_mute":true,"self_stream":true"#), ["voice.moved"]),
            (F.voice(12, channel: nil), ["voice.left"]), (F.voice(12, channel: nil), []),
        ]
        for (json, kinds) in steps {
            #expect(try fixture.feed("VOICE_STATE_UPDATE", json).kinds == kinds, "\(json)")
        }
    }

    @Test func `since when somebody is in a room is when they came, as long as they are there`() throws {
        var fixture = try F.started()
        let mute = #","self_mute":true"#
        // The fixture's clock is a thousand and the dispatch's number; 12 comes with the third.
        let steps: [(String, since: String?, from: String?)] = [
            (F.voice(12, channel: 2), "1003", nil), (F.voice(12, channel: 2, flags: mute), "1003", nil),
            (F.voice(12, channel: 3, flags: mute), "1005", "1003"), (F.voice(12, channel: 3), "1005", nil),
            (F.voice(12, channel: nil), "1005", nil), (F.voice(12, channel: 3), "1008", nil),
            // Who was there when the guild came may have been for long.
            (F.voice(11, channel: 2, flags: mute), "null", nil), (F.voice(11, channel: 3), "1010", "null"),
        ]
        for (json, since, from) in steps {
            let events = try fixture.feed("VOICE_STATE_UPDATE", json)
            #expect(
                events.map { $0.text("since") } == [since] && events[0].text("fromSince") == from,
                "\(json)"
            )
            #expect((events[0].text("fromChannelId") == "\"2\"") == (from != nil), "\(json)")
            #expect(fixture.replica == fixture.state.guilds)
        }
        #expect(
            fixture.replica[F.guild]?.voice.values.map(\.since).sorted { ($0 ?? 0) < ($1 ?? 0) } == [
                1008, 1010,
            ]
        )
        #expect(try fixture.folded().state == fixture.state, "the journal's times are the events'")
    }

    @Test func `a new session knows since when only of who is where they were`() throws {
        var fixture = try F.started()
        for (user, channel) in [(12, 2), (13, 2), (14, 3)] {
            try fixture.feed("VOICE_STATE_UPDATE", F.voice(user, channel: channel))
        }
        let voice = [(12, 2), (13, 3), (15, 2)].map { F.voice($0, channel: $1) }
        let events = try fixture.feed("GUILD_CREATE", F.guildCreate(voice: voice))
        #expect(events.kinds == ["guild.synced", "voice.left", "voice.moved", "voice.left", "voice.joined"])
        #expect(events.dropFirst().map { $0.text("since") } == ["null", "null", "1005", "null"])
        #expect(events[2].text("fromSince") == "1004")
        #expect(fixture.replica == fixture.state.guilds)
        let held = try #require(fixture.replica[F.guild]).voice.mapValues(\.since)
        #expect(held == [Snowflake(12): 1003, Snowflake(13): nil, Snowflake(15): nil])
        let update = try fixture.feed("VOICE_STATE_UPDATE", F.voice(12, channel: 2, flags: #","mute":true"#))
        #expect(update.map { $0.text("since") } == ["1003"], "a voice state goes on over sessions")
    }

    @Test func `a channel that goes takes its people out of voice first`() throws {
        var fixture = try F.started()
        let events = try fixture.feed(
            "CHANNEL_DELETE",
            #"{"id":"2","guild_id":"800","type":2,"name":"Lounge"}"#
        )
        #expect(events.kinds == ["voice.left", "channel.deleted"])
        #expect(events[0].text("channelName") == "\"Lounge\"")
    }

    @Test func `permissions are known before the channel they are for`() throws {
        var fixture = try F.started()
        let overwrite = #"[{"id":"800","type":0,"allow":"0","deny":"1024"}]"#
        let json =
            #"{"id":"4","guild_id":"800","type":0,"name":"secret","permission_overwrites":\#(overwrite)}"#
        #expect(try fixture.feed("CHANNEL_CREATE", json).kinds == ["channel.permissions", "channel.created"])
        #expect(fixture.replica[F.guild]?.everyoneCanView(Snowflake(4)) == false)
        #expect(try fixture.feed("CHANNEL_UPDATE", json).isEmpty)
        let open = json.replacing(overwrite, with: "[]")
        #expect(try fixture.feed("CHANNEL_UPDATE", open).kinds == ["channel.permissions"])
        let renamed = open.replacing("secret", with: "open")
        #expect(try fixture.feed("CHANNEL_UPDATE", renamed).kinds == ["channel.updated"])
    }

    @Test func `whatever permissions depend on reaches replicas`() throws {
        var fixture = try F.started()
        let role = #"{"id":"21","name":"R","permissions":"2048","position":2}"#
        let deny = #"[{"id":"12","type":1,"allow":"0","deny":"1024"}]"#
        let steps: [(String, String, String)] = [
            ("GUILD_UPDATE", #"{"id":"800","name":"G","icon":"ff","owner_id":"12"}"#, "guild.updated"),
            ("GUILD_ROLE_CREATE", #"{"guild_id":"800","role":\#(role)}"#, "role.created"),
            (
                "GUILD_ROLE_UPDATE", #"{"guild_id":"800","role":\#(role.replacing("2048", with: "1024"))}"#,
                "role.updated"
            ),
            ("GUILD_ROLE_DELETE", #"{"guild_id":"800","role_id":"20"}"#, "role.deleted"),
            (
                "CHANNEL_UPDATE",
                #"{"id":"1","guild_id":"800","type":0,"name":"text","permission_overwrites":\#(deny)}"#,
                "channel.permissions"
            ),
            (
                "CHANNEL_UPDATE",
                #"{"id":"3","guild_id":"800","type":2,"name":"Back","position":2,"parent_id":"9"}"#,
                "channel.updated"
            ),
        ]
        for (name, json, kind) in steps {
            #expect(try fixture.feed(name, json).kinds == [kind], "\(json)")
            #expect(fixture.replica == fixture.state.guilds)
        }
        let held = try #require(fixture.replica[F.guild])
        #expect(held.ownerID == Snowflake(12) && held.roles[Snowflake(21)]?.permissions == .viewChannel)
        #expect(held.roles[Snowflake(20)] == nil && held.channels[Snowflake(3)]?.parentID == Snowflake(9))
        #expect(held.overwrites[Snowflake(1)]?.map(\.isMember) == [true])
    }

    @Test func `roles are told apart: revoked, then granted, each by id, then the rest`() throws {
        var fixture = try F.started()
        try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", roles: [20, 9, 30]))
        let events = try fixture.feed(
            "GUILD_MEMBER_UPDATE",
            F.member(12, "bob", nick: "B", roles: [40, 30, 5])
        )
        #expect(
            events.kinds == [
                "role.revoked", "role.revoked", "role.granted", "role.granted", "member.updated",
            ]
        )
        #expect(events.prefix(4).map { $0.text("roleId") } == ["\"9\"", "\"20\"", "\"5\"", "\"40\""])
        #expect(events[1].text("roleName") == "\"Mod\"")
        #expect(
            try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", nick: "B", roles: [5, 30, 40]))
                .isEmpty
        )
    }

    @Test func `a time-out is nobody's business`() throws {
        var fixture = try F.started()
        let until = #","communication_disabled_until":"2026-01-01T00:00:00Z""#
        let events = try fixture.feed("GUILD_MEMBER_UPDATE", F.member(12, "bob", extra: until))
        #expect(events.kinds == ["member.timeout"] && events[0].kind?.audience == .internal)
    }

    @Test func `members come, are not counted twice, and go with what they had`() throws {
        var fixture = try F.started()
        let joined = try fixture.feed("GUILD_MEMBER_ADD", F.member(13, "cy", roles: [20]))
        #expect(joined.kinds == ["member.joined", "role.granted"] && joined[0].text("members") == "3")
        #expect(try fixture.feed("GUILD_MEMBER_ADD", F.member(13, "cy", roles: [20])).isEmpty)
        let left = try fixture.feed(
            "GUILD_MEMBER_REMOVE",
            #"{"guild_id":"800","user":\#(F.user(11, "ann"))}"#
        )
        #expect(left.kinds == ["voice.left", "member.left"])
        #expect(left[1].text("members") == "2" && left[1].text("online") == "0")
    }

    @Test func `presences: each is told, with the count after`() throws {
        var fixture = try F.started()
        let json =
            #"{"guild_id":"800","user":{"id":"12"},"status":"dnd","client_status":{"web":"dnd","mobile":"dnd"}}"#
        let events = try fixture.feed("PRESENCE_UPDATE", json)
        #expect(events[0].text("clients") == #"["mobile","web"]"# && events[0].text("online") == "2")
        #expect(try fixture.feed("PRESENCE_UPDATE", json).kinds == ["presence.updated"])
        let off = #"{"guild_id":"800","user":{"id":"11"},"status":"offline","client_status":{}}"#
        let gone = try fixture.feed("PRESENCE_UPDATE", off)
        #expect(gone[0].text("status") == "\"offline\"" && gone[0].text("online") == "1")
    }

    @Test func `messages: created, really edited, deleted one by one`() throws {
        var fixture = try F.started()
        func message(_ id: Int, _ extra: String) -> String {
            #"{"id":"\#(id)","channel_id":"1","guild_id":"800","author":\#(F.user(11, "ann")),"content":"hi"\#(extra)}"#
        }
        let created = try fixture.feed("MESSAGE_CREATE", message(50, #","attachments":[{},{}]"#))
        #expect(created[0].text("displayName") == "\"Annie\"" && created[0].text("attachments") == "2")
        #expect(try fixture.feed("MESSAGE_UPDATE", message(50, #","edited_timestamp":null"#)).isEmpty)
        let edit = message(50, #","edited_timestamp":"2026-01-01T00:00:00Z""#)
        #expect(try fixture.feed("MESSAGE_UPDATE", edit).kinds == ["message.updated"])
        #expect(
            try fixture.feed("MESSAGE_UPDATE", edit).isEmpty,
            "a pin afterwards repeats the time of the edit"
        )
        let bulk = try fixture.feed(
            "MESSAGE_DELETE_BULK",
            #"{"ids":["9","50","10"],"channel_id":"1","guild_id":"800"}"#
        )
        #expect(bulk.map { $0.text("messageId") } == ["\"9\"", "\"10\"", "\"50\""])
        #expect(fixture.replica[F.guild]?.messages.isEmpty == true)
    }

    @Test func `members that come in chunks give a name to who was unknown`() throws {
        var fixture = try F.started()
        try fixture.feed("VOICE_STATE_UPDATE", F.voice(14, channel: 2))
        let chunk = #"{"guild_id":"800","members":[\#(F.member(14, "di")),\#(F.member(13, "cy"))]}"#
        let events = try fixture.feed("GUILD_MEMBERS_CHUNK", chunk)
        #expect(events.kinds == ["voice.updated"] && events[0].text("username") == "\"di\"")
        #expect(fixture.state.memory[F.guild]?.members.count == 4)
        #expect(try fixture.feed("GUILD_MEMBERS_CHUNK", chunk).isEmpty)
    }

    @Test func `a webhook's name is the message's own`() throws {
        var fixture = try F.started()
        let json =
            #"{"id":"51","channel_id":"1","guild_id":"800","author":{"id":"11","username":"Hook"},"webhook_id":"11"}"#
        let events = try fixture.feed("MESSAGE_CREATE", json)
        #expect(events[0].text("displayName") == "\"Hook\"" && events[0].text("webhook") == "true")
        #expect(fixture.state.memory[F.guild]?.members[Snowflake(11)]?.username == "ann")
    }

    @Test func `outages keep the state, removals and READY's list end it`() throws {
        var fixture = try F.started()
        #expect(
            try fixture.feed("GUILD_DELETE", #"{"id":"800","unavailable":true}"#).kinds == [
                "guild.unavailable"
            ]
        )
        #expect(try fixture.feed("GUILD_DELETE", #"{"id":"800","unavailable":true}"#).isEmpty)
        #expect(fixture.replica[F.guild]?.isUnavailable == true)
        #expect(try fixture.feed("READY", #"{"guilds":[]}"#).kinds == ["guild.removed"])
        #expect(fixture.state.guilds.ids.isEmpty && fixture.state.memory.isEmpty)
    }

    @Test func `other guilds than those asked for make nothing`() throws {
        let fold = Fold(cdn: CDN(base: ""), guildFilter: [Snowflake(1)])
        var state = ShardState()
        let data = try JSONDocument(parsing: F.guildCreate()).root
        let dispatch = Dispatch(sequence: 1, name: "GUILD_CREATE", data: data)
        #expect(fold.apply(dispatch, epoch: 1, ts: 1, to: &state).isEmpty && state.guilds.ids.isEmpty)
    }

    @Test func `payloads of the wrong shape make no event and no harm`() throws {
        var fixture = try F.started()
        let before = fixture.state
        for kind in DispatchKind.allCases where kind != .guildCreate && kind != .guildDelete {
            for json in [
                #"{"guild_id":"800"}"#, #"{"guild_id":"800","user":5,"id":"x","channel_id":[]}"#, "[]",
                "null",
            ] {
                #expect(try fixture.feed(kind.rawValue, json).isEmpty, "\(kind) \(json)")
            }
        }
        #expect(fixture.state == before)
    }
}
