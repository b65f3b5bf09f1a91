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
            config.linkTokens == [Secret("a"), Secret("b")] && config.shards == .auto && config.guilds == nil
        )
        #expect(config.port == 8080 && config.host == "127.0.0.1" && config.compression == .zlibStream)
        #expect(config.apiBase == "https://discord.com/api/v10")
    }

    @Test func `every problem is in one report`() {
        let wrong = [
            "DISCORD_API_BASE": "discord", "GATEWAY_WS_PORT": "x", "DISCORD_SHARDS": "4/4",
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

    @Test func `shards are auto or a range`() throws {
        let names = { (range: ClosedRange<Int>, count: Int) in
            ShardSelection.some(range.compactMap { ShardName(index: $0, count: count) })
        }
        let good = [
            "auto": .auto, "3/16": names(3...3, 16), "0-3/16": names(0...3, 16), "2-2/3": names(2...2, 3),
        ]
        for (text, selection) in good { #expect(ShardSelection(text) == selection, "\(text)") }
        let bad = [
            "1", "0-0", "2-1/4", "4-4/4", "0-4/4", "a-b/c", "0-0/0", "-1/2", "0-1/2/3", "0-1024/2000", "1-/2",
        ]
        for text in bad {
            #expect(ShardSelection(text) == nil, "\(text)")
            #expect(throws: ConfigurationError.self, "\(text)") { try Self.with(["DISCORD_SHARDS": text]) }
        }
    }

    @Test func `auto is as recommended, and never fewer than before`() {
        let table: [(recommended: Int?, before: Int?, count: Int?)] = [
            (1, nil, 1), (2, 1, 2), (1, 2, 2), (nil, 3, 3), (nil, nil, nil), (0, nil, 1), (5000, nil, 1024),
        ]
        for row in table {
            #expect(ShardSelection.count(recommended: row.recommended, before: row.before) == row.count)
        }
    }
}
