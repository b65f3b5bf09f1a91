import Base
import EventBus
import EventModels
import FoundationEssentials
import JSON
import Simulator
import TestSupport
import Testing
import Web

/// Several shards, in one process and in more, between a simulated Discord that holds them to its rules and one replica.
@Suite struct ShardsTests {
    @Test func `auto runs as many shards as Discord recommends, and a restart resumes them all`() async throws
    {
        try await ShardedWorld.run {
            ($0.shards, $0.guilds, $0.maxConcurrency, $0.identifyIntervalMilliseconds) = (5, 12, 2, 100)
        } _: { world in
            for round in 1...2 {
                try await world.withGateways(["auto"]) { _ in
                    try await world.synced(of: 5)
                    try await eventually("five sessions") {
                        try await world.starts() == [5, (round - 1) * 5]
                    }
                }
            }
        }
    }

    /// The guilds come, and after a restart what a resumed connection is told, each by a new context of compression.
    @Test(arguments: ["zlib-stream", "zstd-stream", "none"])
    func `each compression carries guilds and resumes`(
        compression: String
    ) async throws {
        try await ShardedWorld.run {
            $0.guilds = 3
        } _: { world in
            for resumes in 0...1 {
                try await world.withGateways(["auto"], compression: compression) { _ in
                    try await world.synced(of: 1)
                    try await eventually("a session") { try await world.starts() == [1, resumes] }
                    let sessions = try await world.control("/control/sessions")["sessions"]?.array
                    #expect(sessions?.first?["compress"]?.string == compression)
                }
            }
        }
    }

    @Test func `processes share the line of new sessions, and a replica has them all`() async throws {
        try await ShardedWorld.run {
            ($0.shards, $0.guilds, $0.identifyIntervalMilliseconds) = (6, 12, 100)
        } _: { world in
            try await world.withGateways(["0-1/6", "2-3/6", "4-5/6"]) { _ in
                try await world.synced(of: 6)
                // A shard without guilds may still be on its way.
                try await eventually("six sessions") { try await world.starts() == [6, 0] }
            }
        }
    }

    private func foldersOfBefore(_ world: ShardedWorld) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: world.folder).filter { $0.hasSuffix("-2") }
            .sorted()
    }

    @Test func `a shard of before is not drained before a replica has named its log's end`() async throws {
        try await ShardedWorld.run {
            ($0.guilds, $0.identifyIntervalMilliseconds) = (6, 1)
        } _: { world in
            try await world.withGateways(["0-1/2"]) { gateways in
                try await world.synced(of: 2)
            }
            #expect(try foldersOfBefore(world).count == 2)
            try await world.withGateways(["0-2/3"], linked: false) { gateways in
                try await eventually("the new sessions") { try await world.starts() == [5, 0] }
                #expect(
                    try foldersOfBefore(world).count == 2,
                    "all was confirmed, by a bus that may be older now"
                )
                let link = await world.link(to: gateways.ports[0])
                try await eventually("the folders of before to go") { try foldersOfBefore(world).isEmpty }
                await link.stop()
            }
        }
    }

    @Test func `a shard of before that another gateway goes on with is given up, and keeps nobody waiting`()
        async throws
    {
        try await ShardedWorld.run {
            ($0.guilds, $0.identifyIntervalMilliseconds) = (6, 1)
        } _: { world in
            let old = try #require(ShardName("0/2"))
            try await world.withGateways(["0-1/2"]) { gateways in
                try await world.synced(of: 2)
                try await eventually("a log") { try await !world.log(old).isEmpty }
            }
            let top = try #require(try await world.bus.top(of: old))
            let later = StreamEvent(
                id: EventID(epoch: top.epoch + 1, number: 1),
                kind: .reactionAdded,
                guild: Snowflake(1),
                ts: 1,
                payload: Array("{}".utf8)
            )
            _ = try await world.bus.append(EventFrame(shard: old, prev: top, events: [later]))
            try await world.withGateways(["0-2/3"]) { _ in
                try await world.synced(of: 3)
                try await eventually("the folders of before to go") { try foldersOfBefore(world).isEmpty }
            }
        }
    }

    @Test
    func `with another number of shards the guilds go on in the new ones, and what was held is still sent`()
        async throws
    {
        try await ShardedWorld.run {
            ($0.guilds, $0.identifyIntervalMilliseconds) = (6, 1)
        } _: { world in
            let guilds = try #require(try await world.control("/control/guilds").array)
            let guild = try #require(guilds.first { $0["id"]?.snowflake?.shard(of: 2) == 0 })
            let id = try #require(guild["id"]?.snowflake)
            let old = try #require(ShardName("0/2"))
            try await world.withGateways(["0-1/2"]) { gateways in
                try await world.synced(of: 2)
                await gateways.unlink()
                let user = try #require(guild["owner"]?.snowflake)
                try await world.dispatch(
                    "PRESENCE_UPDATE",
                    """
                    {"guild_id":"\(id)","user":{"id":"\(user)"},"status":"dnd","activities":[],"client_status":{}}
                    """
                )
                try await eventually("the presence to be with the gateway") {
                    try await world.metric(
                        #"guildwire_gateway_events_total{event="presence.updated"}"#,
                        of: gateways.ports[0]
                    ) == "1"
                }
            }
            #expect(try await !world.log(old).contains { $0.kind == .presenceUpdated })
            try await world.withGateways(["0-2/3"]) { _ in
                try await world.synced(of: 3)
                try await eventually("what was held") {
                    try await world.log(old).last?.kind == .presenceUpdated
                }
                try await eventually("the folders of before to go") {
                    let names = try FileManager.default.contentsOfDirectory(atPath: world.folder)
                    return !names.contains { $0.hasSuffix("-2") }
                }
            }
            // The new shard knew the guild: what came was compared with it, and nobody has joined.
            let new = try #require(ShardName(index: id.shard(of: 3), count: 3))
            let kinds = try await world.log(new).filter { $0.guild == id }.map(\.kind)
            #expect(kinds.first == .guildSynced && !kinds.contains(.memberJoined))
        }
    }
}
