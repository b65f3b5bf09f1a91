import Base
import EventModels
import Testing
import Web

/// A guild with a text channel 20 that all see, a voice channel 21 that all see, and 30 and 31 that only some do.
enum Guild {
    static let id = Snowflake(1)
    static let view: UInt64 = 1 << 10
    static let history: UInt64 = 1 << 16
    static let connect: UInt64 = 1 << 20

    static func state() -> GuildState {
        var state = GuildState(id: id, name: "Guild")
        let permissions = Permissions(rawValue: view | history | connect)
        state.roles[id] = Role(id: id, name: "@everyone", permissions: permissions, position: 0, color: 0)
        for (channel, type) in [(20, 0), (21, 2), (30, 0), (31, 2)] {
            let id = Snowflake(UInt64(channel))
            state.channels[id] = Channel(
                id: id,
                name: "c\(channel)",
                type: type,
                parentID: nil,
                position: channel,
                topic: nil
            )
        }
        for channel in [30, 31] {
            state.overwrites[Snowflake(UInt64(channel))] = [
                Overwrite(id: id, isMember: false, allow: [], deny: Permissions(rawValue: view))
            ]
        }
        return state
    }

    static func event(_ number: UInt64, _ kind: EventKind, _ payload: String) -> StreamEvent {
        StreamEvent(
            id: EventID(epoch: 5, number: number),
            kind: kind,
            guild: id,
            ts: 1,
            payload: Array(payload.utf8)
        )
    }

    static let user = #""userId":"7","username":"u","displayName":"U","avatar":"","bot":false"#
}

@Suite struct ShardViewTests {
    private static func view() -> ShardView {
        var view = ShardView(shard: .only)
        view.load(Guild.state(), at: EventID(epoch: 5, number: 10))
        view.begin(after: EventID(epoch: 5, number: 10))
        return view
    }

    private static func shown(_ event: DeliverableEvent) -> String? {
        event.envelope.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `only what everyone may see is shown, and internal events never are`() {
        let table: [(kind: EventKind, payload: String, shown: Bool)] = [
            (.messageCreated, #"{"messageId":"1","channelId":"20"}"#, true),
            (.messageCreated, #"{"messageId":"2","channelId":"30"}"#, false),
            (.messageDeleted, #"{"messageId":"2","channelId":"30"}"#, false),
            (.reactionAdded, #"{"messageId":"2","channelId":"30"}"#, false),
            (.messageCreated, #"{"messageId":"3","channelId":"99"}"#, false),
            (.messageCreated, #"{"messageId":"3"}"#, false),
            (.voiceJoined, "{\(Guild.user),\"channelId\":\"21\"}", true),
            (.voiceLeft, "{\(Guild.user),\"channelId\":\"31\"}", false),
            (.presenceUpdated, "{\(Guild.user),\"status\":\"idle\",\"online\":3}", true),
            (.memberTimeout, "{\(Guild.user)}", false),
            (.guildUpdated, #"{"name":"Guild"}"#, false),
            (.channelPermissions, #"{"channelId":"20","overwrites":[]}"#, false),
            (.logGap, "{}", false),
        ]
        for (kind, payload, shown) in table {
            var view = Self.view()
            let event = view.take(Guild.event(11, kind, payload))
            #expect((Self.shown(event) != nil) == shown, "\(kind) \(payload)")
            #expect(event.resetsGuild == false, "\(kind)")
        }
    }

    @Test func `a move between a seen and a hidden channel looks like coming or going`() {
        let table: [(from: Int, to: Int, name: String?, channel: String)] = [
            (21, 22, "voice.moved", "22"), (21, 31, "voice.left", "21"), (31, 21, "voice.joined", "21"),
            (31, 32, nil, ""),
        ]
        for (from, to, name, channel) in table {
            var state = Guild.state()
            for (id, hidden) in [(22, false), (32, true)] {
                let id = Snowflake(UInt64(id))
                state.channels[id] = Channel(
                    id: id,
                    name: "c\(id)",
                    type: 2,
                    parentID: nil,
                    position: 0,
                    topic: nil
                )
                if hidden { state.overwrites[id] = state.overwrites[Snowflake(31)] }
            }
            var view = ShardView(shard: .only)
            view.load(state, at: EventID(epoch: 5, number: 10))
            view.begin(after: EventID(epoch: 5, number: 10))
            let payload = """
                {\(Guild.user),"channelId":"\(to)","channelName":"c\(to)","fromChannelId":"\(from)","fromChannelName":"c\(from)"}
                """
            let event = view.take(Guild.event(11, .voiceMoved, payload))
            let text = Self.shown(event)
            #expect((text == nil) == (name == nil))
            guard let text, let name else { continue }
            #expect(event.name == name)
            #expect(text.contains("\"event\":\"\(name)\""))
            #expect(text.contains("\"channelId\":\"\(channel)\",\"channelName\":\"c\(channel)\""))
            #expect(text.contains("from") == (name == "voice.moved"))
        }
    }

    @Test func `a change of what everyone sees starts viewers over, at its own place`() {
        var view = Self.view()
        let hide = #"{"channelId":"20","overwrites":[{"id":"1","type":0,"allow":"0","deny":"1024"}]}"#
        #expect(
            view.take(Guild.event(11, .messageCreated, #"{"messageId":"1","channelId":"20"}"#)).envelope
                != nil
        )
        #expect(view.take(Guild.event(12, .channelPermissions, hide)).resetsGuild)
        #expect(
            view.take(Guild.event(13, .messageCreated, #"{"messageId":"2","channelId":"20"}"#)).envelope
                == nil
        )
        #expect(!view.take(Guild.event(14, .channelPermissions, hide)).resetsGuild)
        let show = #"{"channelId":"20","overwrites":[]}"#
        #expect(view.take(Guild.event(15, .channelPermissions, show)).resetsGuild)
    }

    @Test func `a channel is seen when it was made, and its end by who saw it before`() {
        var view = Self.view()
        let made = #"{"channelId":"40","name":"new","type":0,"parentId":null,"position":1,"topic":null}"#
        let created = view.take(Guild.event(11, .channelCreated, made))
        #expect(created.envelope != nil && !created.resetsGuild)
        #expect(view.take(Guild.event(12, .channelDeleted, made)).envelope != nil)
        let hidden = #"{"channelId":"30","name":"c30","type":0,"parentId":null,"position":30,"topic":null}"#
        #expect(view.take(Guild.event(13, .channelDeleted, hidden)).envelope == nil)
    }

    @Test func `a guild in an outage stays as it was; one that is removed is gone until it comes again`() {
        var view = Self.view()
        let outage = view.take(Guild.event(11, .guildUnavailable, "{}"))
        #expect(!outage.resetsGuild && outage.envelope == nil)
        #expect(view.readyGuilds == [Guild.id])
        // The same state again: nobody has to start over.
        let state = view.states[Guild.id]?.encoded() ?? []
        let back = view.take(Guild.event(12, .guildSynced, String(decoding: state, as: UTF8.self)))
        #expect(!back.resetsGuild)
        let removed = view.take(Guild.event(13, .guildRemoved, "{}"))
        #expect(removed.resetsGuild && removed.envelope == nil)
        #expect(view.readyGuilds.isEmpty && view.sight(of: Guild.id) == .nothing)
        let late = view.take(Guild.event(14, .messageCreated, #"{"messageId":"1","channelId":"20"}"#))
        #expect(late.envelope == nil)
        let again = view.take(Guild.event(15, .guildSynced, String(decoding: state, as: UTF8.self)))
        #expect(again.resetsGuild)
        #expect(view.readyGuilds == [Guild.id])
    }

    @Test func `nobody goes on across a change of sight that only the snapshot knows`() {
        var view = ShardView(shard: .only)
        view.load(Guild.state(), at: EventID(epoch: 5, number: 20))
        view.begin(after: EventID(epoch: 5, number: 10))
        let show = #"{"channelId":"20","overwrites":[]}"#
        #expect(view.take(Guild.event(11, .channelPermissions, show)).resetsGuild)
        #expect(!view.take(Guild.event(12, .presenceUpdated, "{\(Guild.user)}")).resetsGuild)
    }

    @Test func `a snapshot counts once the log has reached its id, and nothing before it is folded twice`() {
        var view = ShardView(shard: .only)
        var state = Guild.state()
        state.members = 100
        view.load(state, at: EventID(epoch: 5, number: 12))
        view.begin(after: EventID(epoch: 5, number: 10))
        #expect(view.readyGuilds.isEmpty)
        _ = view.take(Guild.event(11, .memberJoined, "{\(Guild.user),\"members\":1}"))
        #expect(view.readyGuilds.isEmpty)
        _ = view.take(Guild.event(12, .presenceUpdated, "{\(Guild.user),\"online\":2}"))
        #expect(view.readyGuilds == [Guild.id])
        #expect(view.states[Guild.id]?.members == 100)
        _ = view.take(Guild.event(13, .memberJoined, "{\(Guild.user),\"members\":101}"))
        #expect(view.states[Guild.id]?.members == 101)
    }
}

@Suite struct GroupFeedTests {
    private static func deliverable(_ number: UInt64, resets: Bool = false) -> DeliverableEvent {
        DeliverableEvent(
            id: EventID(epoch: 5, number: number),
            guild: Guild.id,
            name: "message.created",
            channels: [Snowflake(20)],
            envelope: Array("{\(number)}".utf8),
            resetsGuild: resets,
            ts: 0
        )
    }

    @Test func `a new group can go on from what was recent, but not across a change of sight`() {
        let floor = EventID(epoch: 5, number: 1)
        let events = [Self.deliverable(2), Self.deliverable(3, resets: true), Self.deliverable(4)]
        let seed = GroupSeed(shards: [.init(name: .only, floor: floor, events: events)])
        let (feed, ring) = GroupFeed.open(GroupKey(), seed)
        #expect(feed.cursor == StreamCursor(ids: [EventID(epoch: 5, number: 4)]))
        #expect(ring.count == 1)
        let places: [(number: UInt64, held: Bool)] = [(1, false), (2, false), (3, true), (4, true)]
        for (number, held) in places {
            let cursor = StreamCursor(ids: [EventID(epoch: 5, number: number)])
            #expect((ring.position(after: cursor, isBehind: StreamCursor.isBehind) != nil) == held)
        }
    }

    @Test
    func `a group that wants only some channels or kinds is shown only those, and moves on past the others`()
    {
        var feed = GroupFeed(
            key: GroupKey(channels: [Snowflake(21)]),
            shards: [.only],
            cursor: StreamCursor(ids: [EventID(epoch: 5, number: 1)])
        )
        #expect(feed.take(Self.deliverable(2), ofShardAt: 0) == nil)
        #expect(feed.cursor.text == "5-2")
        var all = GroupFeed(key: GroupKey(), shards: [.only], cursor: feed.cursor)
        let block = all.take(Self.deliverable(3), ofShardAt: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(block == "id: 5-3\nevent: message.created\ndata: {3}\n\n")
    }
}
