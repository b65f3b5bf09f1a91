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

    @Test func `a later writer of the log ends the session, a restart by hand takes it back`() async throws {
        try await withGatewayWorld { world in
            let later = StreamEvent(
                id: EventID(epoch: 9_000_000_000_000, number: 1),
                kind: .logGap,
                guild: Snowflake(0),
                ts: 1,
                payload: Array("{}".utf8)
            )
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.count(2)
                await world.replica.unlink()
                await world.replica.preset([later])
                try await world.replica.link(port: port)
                try await eventually("the gateway to let go") {
                    await world.discord.heard.last == "close 4000"
                }
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
            #expect(await world.replica.log.last?.id.epoch ?? 0 > later.id.epoch)
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
