import Base
import DiscordProtocol
import EventModels
import Gateway
import LinkProtocol
import TestSupport
import Testing

/// What the gateway says of itself over the link.
@Suite struct ReportTests {
    private static func application(_ flags: UInt64) -> DiscordREST.Application {
        DiscordREST.Application(id: Snowflake(5), name: "App", flags: flags, bot: (Snowflake(6), "Bot"))
    }

    private static func intents(_ flags: UInt64?, _ refusals: [CloseCode] = []) -> GatewayReport.Intents {
        let status = BotStatus(since: 1)
        if let flags { status.know(application(flags)) }
        return status.facts.intents(refusals: refusals)
    }

    @Test func `intents: those of both kinds of flags are on, the others off`() {
        let all: UInt64 = 1 << 13 | 1 << 15 | 1 << 19
        #expect(Self.intents(all).off == [])
        #expect(Self.intents(1 << 12 | 1 << 14 | 1 << 18).off == [])
        #expect(Self.intents(all ^ 1 << 13).off == ["GUILD_PRESENCES"])
        #expect(Self.intents(all ^ 1 << 15).off == ["GUILD_MEMBERS"])
        #expect(Self.intents(all ^ 1 << 19).off == ["MESSAGE_CONTENT"])
        #expect(Self.intents(0).off == ["GUILD_MEMBERS", "GUILD_PRESENCES", "MESSAGE_CONTENT"])
        #expect(Self.intents(nil).off == nil, "Discord has not said")
        #expect(Self.intents(nil).wanted.count == 14 && Self.intents(nil).refused == [])
        #expect(Self.intents(all, [.disallowedIntents]).refused.count == 3)
        #expect(Self.intents(all, [.invalidIntents]).refused == [])
    }

    @Test func `a linked replica is told of shards, with and without Discord`() async throws {
        try await withGatewayWorld { world in
            try await world.withGateway { port in
                try await world.replica.link(port: port)
                try await eventually("a session") { await world.discord.heard == ["identify"] }
                await world.discord.dispatch("GUILD_CREATE", FoldFixture.guildCreate())
                try await world.count(1)
                let report = try await Self.ask(world, 1)
                #expect(report.version == ProductVersion.current && report.since > 1_600_000_000_000)
                #expect(report.token == .accepted && report.missing == nil)
                let shard = try #require(report.shards.first)
                #expect(shard.name == .only && shard.phase == .up && shard.guilds == 1)
                #expect(shard.hasPublisher && shard.reason == nil && shard.code == nil)
                await world.replica.stick(true)
                await world.discord.dispatch("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
                try await eventually("an event that waits") {
                    try await Self.ask(world, 2).shards[0].waiting > 0
                }
                await world.replica.stick(false)
                try await world.supersede(port)
                try await eventually("the shard to be down") {
                    let shard = try await Self.ask(world, 3).shards[0]
                    return shard.phase == .down && shard.reason?.contains("another gateway") == true
                }
            }
        }
    }

    /// Asks anew until something comes: a link that was just made may not be there yet.
    private static func ask(_ world: GatewayWorld, _ round: UInt64) async throws -> GatewayReport {
        let before = await world.replica.results.count
        await world.replica.ask(LinkCommand(id: round * 1_000_000 + UInt64(before), .fetchGateway))
        try await eventually("an answer") { await world.replica.results.count > before }
        guard case .value(let value)? = await world.replica.results.last?.outcome else {
            throw LinkFailure(.invalid, "no report")
        }
        return try #require(GatewayReport(decoding: value))
    }
}
