import Base
import EventLoop
import EventModels
import FoundationEssentials
import Gateway
import JSON
import Lifecycle
import LinkProtocol
import Telemetry
import TestSupport
import Testing
import WebSocketTransport

/// The whole gateway in this process, between a scripted Discord and a replica, over loopback.
@Suite struct GatewayServiceTests {
    private func chain(_ world: GatewayWorld) async -> [String] { await world.replica.log.map(\.name) }

    @Test func `a restart costs no identify and no event`() async throws {
        try await withGatewayWorld { world in
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("the dispatches to have their effect") {
                    await world.discord.heard == ["identify"]
                }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
                try await world.count(3)
            }
            try await eventually("the dispatches to have their effect") {
                await world.discord.heard.count == 2
            }
            await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 3))
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await world.count(4)
                await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: nil))
                try await world.count(5)
            }
            #expect(await world.discord.heard.prefix(3) == ["identify", "close 4000", "resume 3"])
            #expect(
                await chain(world) == [
                    "guild.synced", "voice.joined", "voice.joined", "voice.moved", "voice.left",
                ]
            )
            let ids = await world.replica.log.map(\.id)
            #expect(ids == ids.sorted() && Set(ids.map(\.epoch)).count == 1)
        }
    }

    @Test(arguments: [false, true]) func `events wait for the bus, and past the bound Discord waits`(
        hasReplica: Bool
    ) async throws {
        var limits = PublisherLimits()
        limits.unackedBytesMax = 4096
        var hooks = GatewayHooks()
        // Without a replica there is no epoch yet: records wait, not frames.
        hooks.limits.pendingBytesMax = hasReplica ? 1 << 20 : 2048
        try await withGatewayWorld { world in
            try await world.withGateway(limits: limits, hooks: hooks) { port in
                await world.replica.stick(true)
                if hasReplica { try await world.replica.link(port: port) }
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                for user in 100..<130 {
                    await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(user, channel: 2))
                }
                try await eventually("the gateway to let go") {
                    await world.discord.heard.last == "close 4000"
                }
                await world.replica.stick(false)
                if !hasReplica { try await world.replica.link(port: port) }
                try await world.count(32)
                try await eventually("a resume") {
                    await world.discord.heard.contains { $0.hasPrefix("resume") }
                }
                #expect(await world.discord.heard.filter { $0 == "identify" }.count == 1)
            }
            let ids = await world.replica.log.map(\.id)
            #expect(ids == ids.sorted() && Set(ids).count == 32)
        }
    }

    @Test(arguments: [false, true]) func `a log that is empty gets what is held, or the guilds' states`(
        hasTail: Bool
    ) async throws {
        var limits = PublisherLimits()
        if !hasTail { limits.tailBytesMax = 0 }
        try await withGatewayWorld { world in
            try await world.withGateway(limits: limits) { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await eventually("the guild") {
                    await world.replica.log.contains { $0.kind == .guildSynced }
                }
                // Who answers this has read the acknowledgement before it, and holds no more than the tail.
                await world.replica.ask(LinkCommand(id: 1, .unknown(name: "sing")))
                try await eventually("an answer") { await world.replica.results.count == 1 }
            }
            let fresh = LinkedReplica(loop: world.discord.loop)
            try await world.withGateway(limits: limits) { port in
                try await fresh.link(port: port)
                let names = hasTail ? ["guild.synced", "voice.joined"] : ["log.gap", "guild.synced"]
                try await eventually("the guild's state") {
                    await fresh.log.map(\.name) == names
                }
            }
        }
    }

    @Test func `members are told with the last event that is in the answer`() async throws {
        try await withGatewayWorld { world in
            func fetch(_ id: UInt64, _ user: UInt64, shard: ShardName = .only) -> LinkCommand {
                LinkCommand(id: id, .fetchMember(Snowflake(user), guild: FoldFixture.guild, shard: shard))
            }
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.replica.ask(fetch(1, 12))
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                await world.discord.dispatch(
                    "GUILD_MEMBER_UPDATE",
                    FoldFixture.member(12, "bob", roles: [20])
                )
                try await world.count(3)
                // Another replica, which is not the publisher and whose bus takes nothing.
                let other = LinkedReplica(loop: world.discord.loop)
                try await other.link(port: port)
                for (id, user) in [(2, 12), (3, 11), (4, 99)] as [(UInt64, UInt64)] {
                    await other.ask(fetch(id, user))
                }
                await other.ask(fetch(5, 12, shard: try #require(ShardName("0/2"))))
                await other.ask(LinkCommand(id: 6, .unknown(name: "sing")))
                try await eventually("the answers") { await other.results.count == 5 }
                let at = try #require(await world.replica.log.last?.id)
                let facts = [MemberFacts(roles: [Snowflake(20)]), MemberFacts(), nil]
                let expected = zip(2...4 as ClosedRange<UInt64>, facts).map { id, facts in
                    LinkResult(id: id, .member(MemberAnswer(facts: facts, at: at)))
                }
                // What no shard has to be asked for is answered at once.
                let results = await other.results.sorted { $0.id < $1.id }
                #expect(Array(results.prefix(3)) == expected)
                let refusals = [CommandRefusal.unknownShard, .unknownCommand]
                #expect(results.suffix(2).map(\.outcome) == refusals.map { .failed($0.failure) })
                #expect(await world.replica.results.map(\.id) == [1], "the guild had not come")
                await other.unlink()
                try await world.supersede(port)
                await world.replica.ask(fetch(7, 12))
                try await eventually("the last answer") { await world.replica.results.count == 2 }
                let last = await world.replica.results.last
                #expect(last == LinkResult(id: 7, .failed(CommandRefusal.superseded.failure)))
            }
        }
    }

    @Test func `a later writer of the log ends the session, a restart by hand takes it back`() async throws {
        try await withGatewayWorld { world in
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.count(2)
                try await world.supersede(port)
            }
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a new session") { await world.discord.heard.last == "identify" }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await eventually("the guild") {
                    await world.replica.log.contains { $0.kind == .guildSynced }
                }
            }
            #expect(await world.discord.heard.prefix(3) == ["identify", "close 4000", "identify"])
            #expect(await world.replica.log.last?.id.epoch ?? 0 > GatewayWorld.later.id.epoch)
        }
    }

    @Test func `with an empty folder and a clock behind, a session goes above the log`() async throws {
        try await withGatewayWorld { world in
            let top = EventID(epoch: 9_000_000_000_000, number: 1)
            let payload = Array("{}".utf8)
            let there = StreamEvent(id: top, kind: .logGap, guild: Snowflake(0), ts: 1, payload: payload)
            await world.replica.preset([there])
            try await world.withGateway { port in
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.replica.link(port: port)
                try await world.count(3)
            }
            #expect(await world.discord.heard == ["identify", "close 4000"])
            #expect(await world.replica.log.dropFirst().allSatisfy { $0.id.epoch > top.epoch })
        }
    }

    @Test func `a wrong token is refused before the upgrade`() async throws {
        try await withGatewayWorld { world in
            try await world.withGateway { port in
                do {
                    try await world.replica.link(port: port, token: "guess")
                    Issue.record("linked")
                } catch WebSocketClientError.refused(let status, _, _) {
                    #expect(status == 401)
                }
            }
        }
    }
}
