import Base
import Configuration
import DiscordProtocol
import EventModels
import Gateway
import Testing

@Suite struct GatewayConfigTests {
    private static let minimum = ["DISCORD_BOT_TOKEN": "t", "LINK_TOKEN": "a, b"]

    private static func with(_ more: [String: String]) throws -> GatewayConfig {
        try GatewayConfig(environment: minimum.merging(more) { $1 })
    }

    @Test func `two settings are enough`() throws {
        let config = try Self.with([:])
        #expect(
            config.linkTokens == [Secret("a"), Secret("b")] && config.shard == .only && config.guilds == nil
        )
        #expect(config.port == 8080 && config.host == "127.0.0.1" && config.compression == .zlibStream)
        #expect(config.apiBase == "https://discord.com/api/v10")
    }

    @Test func `every problem is in one report`() {
        let wrong = [
            "DISCORD_API_BASE": "discord", "GATEWAY_WS_PORT": "x", "DISCORD_SHARDS": "0-3/16",
            "DISCORD_COMPRESS": "gz",
            "DISCORD_GUILD_IDS": "1,x",
        ]
        do throws(ConfigurationError) {
            _ = try GatewayConfig(environment: wrong)
            Issue.record("accepted")
        } catch {
            for name in Array(wrong.keys) + ["DISCORD_BOT_TOKEN", "LINK_TOKEN"] {
                #expect(error.description.contains(name), "\(name)")
            }
        }
    }

    @Test func `shards are auto or a range; more than one is refused so far`() throws {
        #expect(try Self.with(["DISCORD_SHARDS": "3-3/16"]).shard == ShardName(index: 3, count: 16))
        #expect(try Self.with(["DISCORD_SHARDS": "0/1"]).shard == .only)
        for text in ["", "1", "0-0", "2-1/4", "4-4/4", "0-1/2", "a-b/c", "0-0/0", "-1/2"] where !text.isEmpty
        {
            #expect(throws: ConfigurationError.self, "\(text)") { try Self.with(["DISCORD_SHARDS": text]) }
        }
    }
}
