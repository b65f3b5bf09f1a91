import Base
import EventModels
import JSON
import Testing

@Suite struct GuildStateTests {
    private static let guild = Snowflake(100)

    private static func sample() -> GuildState {
        var state = GuildState(id: guild, name: "G \"1\"", icon: nil, ownerID: Snowflake(9))
        state.members = 3
        state.online = 2
        state.roles[guild] = role(guild, [.viewChannel, .readMessageHistory])
        for (id, type, parent) in [(1, 0, nil), (2, 2, nil), (3, 0, nil), (4, 11, 1), (5, 12, 1), (6, 11, 3)]
        {
            state.channels[Snowflake(UInt64(id))] = Channel(
                id: Snowflake(UInt64(id)),
                name: "c\(id)",
                type: type,
                parentID: parent.map { Snowflake(UInt64($0)) },
                position: 10 - id,
                topic: nil
            )
        }
        state.overwrites[Snowflake(3)] = [
            Overwrite(id: guild, isMember: false, allow: [], deny: .viewChannel)
        ]
        return state
    }

    private static func role(_ id: Snowflake, _ permissions: Permissions) -> Role {
        Role(id: id, name: "r", permissions: permissions, position: 0, color: 0)
    }

    private static func event(_ kind: EventKind, _ payload: String, number: UInt64 = 1) -> StreamEvent {
        StreamEvent(
            id: EventID(epoch: 1, number: number),
            kind: kind,
            guild: guild,
            ts: 5,
            payload: Array(payload.utf8)
        )
    }

    private static func message(_ id: Int, channel: Int = 1) -> StreamEvent {
        event(
            .messageCreated,
            #"{"messageId":"\#(id)","channelId":"\#(channel)","content":"m\#(id)","editedAt":null}"#
        )
    }

    @Test func `a state survives its encoding, byte for byte`() throws {
        var state = Self.sample()
        state.apply(
            Self.event(.voiceJoined, #"{"userId":"7","displayName":"A","channelId":"2","selfMute":true}"#)
        )
        state.apply(Self.message(50))
        let again = try #require(GuildState(decoding: state.encoded()))
        #expect(again == state && again.encoded() == state.encoded())
    }

    @Test func `since when somebody is in voice survives events, profiles and the encoding`() throws {
        var state = Self.sample()
        let user = Snowflake(7)
        let steps: [(EventKind, String, Int64?)] = [
            (.voiceJoined, #""channelId":"2","since":5"#, 5),
            (.voiceUpdated, #""channelId":"2","mute":true,"since":5"#, 5),
            (.memberUpdated, #""displayName":"B""#, 5),
            (.voiceMoved, #""channelId":"3","since":9007199254740993,"fromSince":5"#, 9_007_199_254_740_993),
            (.voiceMoved, #""channelId":"2","since":null,"fromSince":9"#, nil),
            // As older versions wrote it.
            (.voiceJoined, #""channelId":"2""#, nil),
        ]
        for (kind, payload, since) in steps {
            state.apply(Self.event(kind, #"{"userId":"7",\#(payload)}"#))
            #expect(state.voice[user]?.since == since, "\(kind) \(payload)")
            let again = try #require(GuildState(decoding: state.encoded()))
            #expect(again == state && again.encoded() == state.encoded())
        }
        let old = String(decoding: state.encoded(), as: UTF8.self).replacing(#","since":null"#, with: "")
        #expect(!old.contains("since") && GuildState(decoding: Array(old.utf8)) == state)
        let view = String(decoding: state.encodeView(visibleChannels: [Snowflake(2)]), as: UTF8.self)
        #expect(view.contains(#""suppress":false,"since":null}"#))
    }

    @Test func `members of private threads come and go, and survive the encoding in one form`() throws {
        var state = Self.sample()
        state.apply(Self.event(.threadMembers, #"{"threadId":"5","added":["7","8"],"removed":[]}"#))
        state.apply(Self.event(.threadMembers, #"{"threadId":"4","added":["7"],"removed":[]}"#))
        var other = Self.sample()
        other.apply(Self.event(.threadMembers, #"{"threadId":"4","added":["7","9"],"removed":[]}"#))
        other.apply(Self.event(.threadMembers, #"{"threadId":"5","added":["8"],"removed":[]}"#))
        other.apply(Self.event(.threadMembers, #"{"threadId":"5","added":["7"],"removed":["9"]}"#))
        other.apply(Self.event(.threadMembers, #"{"threadId":"4","added":[],"removed":["9"]}"#))
        #expect(state == other && state.encoded() == other.encoded())
        #expect(GuildState(decoding: state.encoded()) == state)
        state.apply(Self.event(.memberLeft, #"{"userId":"7","members":2,"online":1}"#))
        #expect(state.threadMembers == [Snowflake(5): [Snowflake(8)]])
        state.apply(Self.event(.channelDeleted, #"{"channelId":"5"}"#))
        #expect(state.threadMembers.isEmpty)
    }

    @Test
    func `everyone sees what the role and the overwrite allow, threads as their parent, private ones never`()
    {
        var state = Self.sample()
        #expect(state.channels.keys.sorted().filter(state.everyoneCanView).map(\.rawValue) == [1, 2, 4])
        #expect(!state.everyoneCanReadHistory(of: Snowflake(2)), "text of a voice channel needs CONNECT")
        #expect(state.everyoneCanReadHistory(of: Snowflake(4)))
        #expect(!state.everyoneCanView(Snowflake(77)), "an unknown channel is not seen")
        state.roles[Self.guild] = Self.role(Self.guild, .administrator)
        #expect(state.everyoneCanView(Snowflake(3)))
        state.roles[Self.guild] = nil
        #expect(!state.everyoneCanView(Snowflake(1)), "without the role nothing is known")
    }

    @Test func `overwrites that come before their channel count from its first moment`() {
        var state = Self.sample()
        let overwrite = #"{"id":"100","type":0,"allow":"0","deny":"1024"}"#
        state.apply(Self.event(.channelPermissions, #"{"channelId":"8","overwrites":[\#(overwrite)]}"#))
        state.apply(Self.event(.channelCreated, #"{"channelId":"8","name":"secret","type":0}"#))
        #expect(state.channels[Snowflake(8)] != nil && !state.everyoneCanView(Snowflake(8)))
        state.apply(Self.event(.channelDeleted, #"{"channelId":"8"}"#))
        #expect(state.overwrites[Snowflake(8)] == nil)
    }

    @Test func `the last fifty messages are kept, with edits and without deletions`() throws {
        var state = Self.sample()
        for id in 1...60 { state.apply(Self.message(id)) }
        state.apply(Self.event(.messageDeleted, #"{"messageId":"60","channelId":"1"}"#))
        state.apply(Self.event(.messageUpdated, #"{"messageId":"59","content":"new","editedAt":"t"}"#))
        #expect(state.messages.count == 49 && state.messages.first?.id == Snowflake(11))
        let last = try JSONDocument(parsing: try #require(state.messages.last).payload).root
        #expect(last["content"]?.string == "new" && last["editedAt"]?.string == "t")
    }

    @Test func `a view shows what may be seen, in order`() throws {
        var state = Self.sample()
        for (user, channel) in [(7, 2), (8, 3)] {
            state.apply(Self.event(.voiceJoined, #"{"userId":"\#(user)","channelId":"\#(channel)"}"#))
        }
        state.apply(Self.message(1, channel: 3))
        state.apply(Self.message(2, channel: 1))
        var writer = JSONWriter()
        state.encodeEveryoneView(into: &writer)
        let view = try JSONDocument(parsing: writer.takeBytes()).root
        #expect(view["channels"]?.array?.map { $0["id"]?.string } == ["4", "2", "1"])
        #expect(view["voice"]?.array?.map { $0["userId"]?.string } == ["7"])
        #expect(view["counts"]?["voice"]?.int == 1 && view["counts"]?["members"]?.int == 3)
        #expect(view["messages"]?.array?.map { $0["messageId"]?.string } == ["2"])
        #expect(view["messages"]?.array?.first?["ts"]?.int == 5)
    }

    @Test func `guilds are held by their ids, in whatever order they came and went`() {
        let ids = (1...5).map { Snowflake($0) }
        var (states, others) = (GuildStates(), GuildStates())
        for id in ids { states[id] = GuildState(id: id, name: "\(id)") }
        for id in ids.reversed() where id != ids[0] { others[id] = GuildState(id: id, name: "\(id)") }
        #expect(states != others)
        states[ids[0]] = nil
        #expect(states == others && states.ids == Array(ids.dropFirst()))
        states.applyPresence(online: 7, of: ids[4])
        #expect(states[ids[4]]?.online == 7 && states[ids[4]]?.name == "5" && states != others)
        others[ids[2]] = nil
        states[ids[4]] = nil
        #expect(states.ids == [ids[1], ids[2], ids[3]] && states[ids[3]]?.name == "4")
        #expect(others.ids == [ids[1], ids[3], ids[4]] && states != others && !states.holds(ids[4]))
    }

    @Test func `guilds appear by guild.synced and go by guild.removed`() {
        var states = GuildStates()
        states.apply(Self.message(1))
        #expect(states.ids.isEmpty)
        states.apply(Self.event(.guildSynced, String(decoding: Self.sample().encoded(), as: UTF8.self)))
        states.apply(Self.event(.guildUnavailable, "{}"))
        #expect(states[Self.guild]?.isUnavailable == true)
        states.apply(Self.event(.guildRemoved, "{}"))
        #expect(states.ids.isEmpty)
    }
}
