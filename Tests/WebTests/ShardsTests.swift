import Base
import EventModels
import Testing
import Web

/// Streams over several shards, and what becomes of them when their number changes.
@Suite struct ShardsTests {
    private static let other = Snowflake(2)

    private static func shard(_ text: String) throws -> ShardName { try #require(ShardName(text)) }

    private static func otherGuild() -> GuildState {
        let state = Guild.state()
        var other = GuildState(id: Self.other, name: "Other")
        other.roles[Self.other] = state.roles[Guild.id]
        other.channels = state.channels
        return other
    }

    private static func event(
        _ guild: Snowflake,
        _ epoch: UInt64,
        _ number: UInt64,
        _ kind: EventKind,
        _ payload: [UInt8]
    )
        -> StreamEvent
    {
        StreamEvent(
            id: EventID(epoch: epoch, number: number),
            kind: kind,
            guild: guild,
            ts: 1,
            payload: payload
        )
    }

    private static let presence = Array("{\(Guild.user),\"status\":\"idle\",\"online\":3}".utf8)

    @Test func `who watches all guilds sees those of every shard`() throws {
        var stage = Stage()
        let second = try Self.shard("1/2")
        stage.begin(second, Self.otherGuild(), at: EventID(epoch: 6, number: 10))
        let viewer = stage.come()
        #expect(stage.text(viewer).contains("\"Guild\"") && stage.text(viewer).contains("\"Other\""))
        _ = stage.got(viewer)
        stage.take([Self.event(Guild.id, 5, 11, .presenceUpdated, Self.presence)])
        stage.take([Self.event(Self.other, 6, 11, .presenceUpdated, Self.presence)], of: second)
        let ids = stage.text(viewer).split(separator: "\n").filter { $0.hasPrefix("id: ") }
        #expect(ids == ["id: 5-11~6-10", "id: 5-11~6-11"])
    }

    @Test func `a guild that comes in a later session is the new shard's, and its viewers begin anew`() throws
    {
        var stage = Stage()
        let second = try Self.shard("1/2")
        let viewer = stage.come(.everyone, StreamFilter(guilds: [Guild.id]))
        _ = stage.got(viewer)
        stage.begin(second, nil, at: EventID(epoch: 7, number: 0))
        stage.take([Self.event(Guild.id, 7, 1, .guildSynced, Guild.state().encoded())], of: second)
        #expect(stage.text(viewer).contains("retry"))
        #expect(stage.machine.shard(of: Guild.id) == second && stage.machine.retired == [.only])
        // Who comes back with the old log's cursor gets one reset.
        let again = stage.come(.everyone, StreamFilter(guilds: [Guild.id]), behind: "5-10")
        #expect(stage.text(again).contains("event: reset\n"))
        _ = stage.got(again)
        // What the old log still says of it is not shown, not even its state of an earlier session.
        stage.take([
            Self.event(Guild.id, 5, 11, .presenceUpdated, Self.presence),
            Self.event(Guild.id, 5, 12, .guildSynced, Guild.state().encoded()),
            Self.event(Guild.id, 5, 13, .presenceUpdated, Self.presence),
        ])
        #expect(stage.text(again).isEmpty && stage.machine.shard(of: Guild.id) == second)
        stage.take([Self.event(Guild.id, 7, 2, .presenceUpdated, Self.presence)], of: second)
        #expect(stage.text(again).contains("id: 7-2\n"))
    }

    @Test(arguments: [false, true])
    func `a replica that starts has a guild in the shard of the later session`(
        isOldReadLast: Bool
    ) throws {
        var machine = HubMachine()
        let second = try Self.shard("1/2")
        let views = [(ShardName.only, UInt64(5)), (second, 7)].map { shard, epoch in
            var view = ShardView(shard: shard)
            view.load(Guild.state(), at: EventID(epoch: epoch, number: 10))
            view.begin(after: EventID(epoch: epoch, number: 10))
            return view
        }
        var claims: [HubMachine.Claim] = []
        for view in isOldReadLast ? views.reversed() : views { claims += machine.begin(view) }
        #expect(claims.map(\.guild) == [Guild.id] && claims.map(\.from) == [.only])
        _ = machine.caughtUp(with: second)
        #expect(machine.missing == nil && machine.shards(of: StreamFilter()) == [second])
    }

    @Test(arguments: [false, true]) func `a guild that is new comes with a reset, whichever shard is its`(
        isOfSecond: Bool
    ) throws {
        var stage = Stage()
        let second = try Self.shard("1/2")
        stage.begin(second, nil, at: EventID(epoch: 6, number: 10))
        let viewer = stage.come()
        _ = stage.got(viewer)
        let (shard, epoch): (ShardName, UInt64) = isOfSecond ? (second, 6) : (.only, 5)
        stage.take([Self.event(Self.other, epoch, 11, .guildSynced, Self.otherGuild().encoded())], of: shard)
        #expect(stage.text(viewer).contains("event: reset\n") && stage.text(viewer).contains("\"Other\""))
        _ = stage.got(viewer)
        stage.take([Self.event(Self.other, epoch, 12, .presenceUpdated, Self.presence)], of: shard)
        #expect(stage.text(viewer).contains("event: presence.updated\n"))
    }
}
