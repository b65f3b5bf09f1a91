import Base
import EventModels
import HTTPWire
import Testing
import Web

/// What a key leaves of what is asked.
@Suite struct KeyFilterTests {
    private static func ids(_ numbers: [UInt64]) -> Set<Snowflake> { Set(numbers.map { Snowflake($0) }) }
    private static func kinds(_ names: [String]) -> Set<KindPattern> {
        Set(names.compactMap { KindPattern($0) })
    }

    private static func key(_ channels: [UInt64] = [], _ events: [String] = [], id: Character = "a")
        -> KeyGrant
    {
        KeyGrant(
            kind: .overlay,
            id: String(repeating: id, count: 32),
            guild: Guild.id,
            maker: Snowflake(7),
            issued: 0,
            expires: 9000,
            scopes: [.stream],
            channels: ids(channels),
            events: kinds(events)
        )
    }

    private static func narrowed(_ filter: StreamFilter, _ key: KeyGrant) -> StreamFilter? {
        do throws(Problem) { return try filter.narrowed(by: key) } catch {
            #expect(error.status == 403)
            return nil
        }
    }

    @Test func `a key of a guild is for no other, and for that one without a word`() {
        #expect(Self.narrowed(StreamFilter(), Self.key()) == StreamFilter(guilds: [Guild.id]))
        let own = StreamFilter(guilds: [Guild.id])
        #expect(Self.narrowed(own, Self.key()) == own)
        #expect(Self.narrowed(StreamFilter(guilds: Self.ids([2])), Self.key()) == nil)
        #expect(Self.narrowed(StreamFilter(guilds: Self.ids([1, 2])), Self.key()) == nil)
    }

    @Test func `of channels and kinds what both have is left, and nothing is refused`() {
        let table: [(asked: [UInt64], allowed: [UInt64], left: [UInt64]?)] = [
            ([], [], []), ([20], [], [20]), ([], [20, 21], [20, 21]), ([20, 30], [20, 21], [20]),
            ([30], [20], nil),
        ]
        for (asked, allowed, left) in table {
            let filter = Self.narrowed(StreamFilter(channels: Self.ids(asked)), Self.key(allowed))
            #expect(filter?.channels == left.map { Self.ids($0) }, "\(asked) of \(allowed)")
            #expect(filter?.isStrict ?? true == !allowed.isEmpty)
        }
        let kinds: [(asked: [String], allowed: [String], left: [String]?)] = [
            ([], [], []), (["voice.*"], [], ["voice.*"]), ([], ["voice.*"], ["voice.*"]),
            (["voice.joined"], ["voice.*"], ["voice.joined"]), (["voice.*"], ["voice.left"], ["voice.left"]),
            (["voice.*", "message.*"], ["voice.*"], ["voice.*"]),
            (["voice.joined", "message.created"], ["message.*", "voice.left"], ["message.created"]),
            (["message.*"], ["voice.*"], nil), (["voice.joined"], ["voice.left"], nil),
            (["voicemail.*"], ["voice.*"], nil),
        ]
        for (asked, allowed, left) in kinds {
            let filter = Self.narrowed(StreamFilter(kinds: Self.kinds(asked)), Self.key([], allowed))
            #expect(filter?.kinds == left.map { Self.kinds($0) }, "\(asked) of \(allowed)")
            #expect(filter?.isStrict ?? true == !allowed.isEmpty)
        }
    }

    @Test func `a key that restricts is another group than who just asks for less`() {
        let asked = StreamFilter(guilds: [Guild.id], kinds: Self.kinds(["voice.*"]))
        #expect(Self.narrowed(asked, Self.key([], ["voice.*"])) != asked)
        #expect(Self.narrowed(asked, Self.key()) == asked)
        #expect(
            Self.narrowed(asked, Self.key([], ["voice.*"]))
                == Self.narrowed(StreamFilter(), Self.key([], ["voice.*"], id: "b"))
        )
    }

    @Test func `what a key asked before is not read again, and is kept without the key`() throws {
        let queries = StreamQueries()
        let secret = String(repeating: "s", count: 100)
        func ask(_ target: String, _ key: KeyGrant) throws -> StreamQuery {
            try queries.query(HTTPRequestHead(method: "GET", target: target), by: key)
        }
        let (voice, all) = (Self.key([], ["voice.*"]), Self.key(id: "b"))
        let first = try ask("/api/stream?key=\(secret)&guild=1", voice)
        #expect(first.filter.isStrict && queries.count == 1)
        // Each differs in the secret alone, however its name is written.
        for target in ["/?guild=1", "/?guild=1&key=x", "/?k%65y=\(secret)&guild=1", "/?key&guild=1&key=y"] {
            #expect(try ask(target, voice) == first)
            #expect(queries.count == 1, "\(target)")
        }
        // Another key that asks the same gets what is its own.
        #expect(try ask("/?guild=1", all).filter == StreamFilter(guilds: [Guild.id]))
        #expect(queries.count == 2)
        #expect(throws: Problem.self) { try ask("/?guild=2", voice) }
        #expect(throws: Problem.invalid("guild holds “x”, which is no id")) { try ask("/?guild=x", voice) }
        #expect(queries.count == 2, "what is refused is not kept")
        for number in 0...StreamQueries.ofKeysMax { _ = try ask("/?x=\(number)", voice) }
        #expect(queries.count <= StreamQueries.ofKeysMax)
    }

    // MARK: What comes

    /// Channel 20 with a message in it, and people in the voice channels 21 and 31.
    private static func state() -> GuildState {
        var state = Guild.state()
        for channel in ["21", "31"] {
            state.apply(Guild.event(1, .voiceJoined, #"{"channelId":"\#(channel)",\#(person(channel))}"#))
        }
        state.apply(
            Guild.event(2, .messageCreated, #"{"messageId":"5","channelId":"20","content":"secret words"}"#)
        )
        return state
    }

    private static func person(_ id: String) -> String {
        #""userId":"9\#(id)","username":"u\#(id)","displayName":"U\#(id)","avatar":"","bot":false"#
    }

    /// A maker who sees everything.
    private static func stage(_ state: GuildState = state()) -> Stage {
        var state = state
        state.ownerID = Snowflake(7)
        var stage = Stage(state)
        stage.members[Snowflake(7)] = MemberFacts()
        return stage
    }

    private func come(_ stage: inout Stage, _ key: KeyGrant) throws -> CInt {
        stage.come(.user(key.maker), try StreamFilter().narrowed(by: key))
    }

    @Test func `a snapshot shows no more than the key's kinds would have told`() throws {
        var stage = Self.stage()
        let table: [(events: [String], voice: Bool, messages: Bool, channels: [Int])] = [
            ([], true, true, [20, 21, 30, 31]), (["voice.*"], true, false, [21, 31]),
            (["message.*"], false, true, [20, 21, 30, 31]), (["voice.left", "member.*"], false, false, []),
            (["voice.joined", "message.created"], true, true, [20, 21, 30, 31]),
            (["channel.*"], false, false, [20, 21, 30, 31]), (["message.deleted"], false, false, []),
        ]
        for (events, voice, messages, channels) in table {
            let text = stage.text(try come(&stage, Self.key([], events)))
            #expect(text.contains("event: snapshot"), "\(events)")
            #expect(text.contains("U21") == voice && text.contains("U31") == voice, "\(events)")
            #expect(text.contains("secret words") == messages, "\(events)")
            for channel in [20, 21, 30, 31] {
                #expect(
                    text.contains("\"c\(channel)\"") == channels.contains(channel),
                    "\(channel) of \(events)"
                )
            }
        }
    }

    @Test func `a key for some channels gets nothing of the others, in no way`() throws {
        var stage = Self.stage()
        let viewer = try come(&stage, Self.key([20, 21]))
        let snapshot = stage.text(viewer)
        #expect(snapshot.contains("U21") && snapshot.contains("secret words"))
        #expect(!snapshot.contains("U31") && !snapshot.contains("c30") && !snapshot.contains("c31"))
        #expect(snapshot.contains(#""voice":1"#))
        _ = stage.got(viewer)
        stage.take(11, .messageCreated, #"{"messageId":"6","channelId":"30"}"#)
        stage.take(12, .messageCreated, #"{"messageId":"7","channelId":"20"}"#)
        let move = { (to: Int, since: Int, from: Int, before: Int) in
            """
            {\(Self.person("\(from)")),"channelId":"\(to)","channelName":"c\(to)","since":\(since),\
            "fromChannelId":"\(from)","fromChannelName":"c\(from)","fromSince":\(before)}
            """
        }
        stage.take(13, .voiceMoved, move(21, 9, 31, 777))
        stage.take(14, .voiceMoved, move(31, 888, 21, 5))
        stage.take(15, .channelUpdated, #"{"channelId":"30","name":"c30","type":0,"position":1}"#)
        stage.take(16, .memberLeft, "{\(Self.person("8"))}")
        for hidden in ["c30", "c31", #""30""#, #""31""#, "777", "888"] {
            #expect(!stage.text(viewer).contains(hidden))
        }
        let shown = ["message.created 12", "voice.joined 13", "voice.left 14", "member.left 16"]
        #expect(stage.got(viewer) == shown)
    }

    @Test func `a maker who loses a channel takes it from the key, one who leaves takes all`() throws {
        var stage = Self.stage(Guild.state())
        let role = Snowflake(50)
        stage.members[Snowflake(7)] = MemberFacts(roles: [role])
        var state = Guild.state()
        state.roles[role] = Role(
            id: role,
            name: "r",
            permissions: Permissions(rawValue: 8),
            position: 1,
            color: 0
        )
        stage = Stage(state)
        stage.members[Snowflake(7)] = MemberFacts(roles: [role])
        let viewer = try come(&stage, Self.key([20, 30], ["message.*"]))
        _ = stage.got(viewer)
        stage.take(11, .messageCreated, #"{"messageId":"6","channelId":"30"}"#)
        #expect(stage.got(viewer) == ["message.created 11"])
        stage.take(12, .roleRevoked, #"{\#(Guild.user),"roleId":"50","roleName":"r"}"#)
        #expect(stage.text(viewer).contains("event: reset") && !stage.text(viewer).contains("c30"))
        _ = stage.got(viewer)
        stage.take(13, .messageCreated, #"{"messageId":"7","channelId":"30"}"#)
        stage.take(14, .messageCreated, #"{"messageId":"8","channelId":"20"}"#)
        #expect(stage.got(viewer) == ["message.created 14"])
        stage.take(15, .memberLeft, #"{\#(Guild.user)}"#)
        #expect(stage.text(viewer).contains("event: reset") && !stage.text(viewer).contains("c20"))
        _ = stage.got(viewer)
        stage.take(16, .messageCreated, #"{"messageId":"9","channelId":"20"}"#)
        #expect(stage.got(viewer) == [])
    }
}
