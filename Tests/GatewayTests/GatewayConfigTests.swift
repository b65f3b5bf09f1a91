import Base
import Configuration
import DiscordProtocol
import EventModels
import Gateway
import HTTPClient
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

    private struct Answer: HTTPClient {
        let reply: HTTPReply
        func send(_ call: HTTPCall) async throws -> HTTPReply {
            #expect(call.url == "http://api/gateway/bot")
            #expect(call.headers == [.init("Authorization", "Bot t")])
            return reply
        }
    }

    private func ask(_ reply: HTTPReply) async throws -> DiscordREST.GatewayBot {
        try await DiscordREST(client: Answer(reply: reply), base: "http://api", token: Secret("t"))
            .gatewayBot()
    }

    @Test func `gateway bot says where to connect and how many sessions are left`() async throws {
        let body =
            #"{"url":"wss://g","shards":2,"session_start_limit":{"total":1000,"remaining":9,"reset_after":1500}}"#
        let answer = try await ask(HTTPReply(status: 200, body: Array(body.utf8)))
        #expect(answer.url == "wss://g" && answer.shards == 2 && answer.sessionsLeft == 9)
        #expect(answer.resetAfter == .milliseconds(1500))
        await #expect(throws: DiscordREST.Failure.self) { try await ask(HTTPReply(status: 200, body: [])) }
        await #expect {
            try await ask(HTTPReply(status: 429, headers: ["Retry-After": "2.5"]))
        } throws: { error in
            guard case DiscordREST.Failure.refused(429, .seconds(2.5)) = error else { return false }
            return true
        }
        await #expect {
            try await ask(HTTPReply(status: 401))
        } throws: { error in
            guard case DiscordREST.Failure.unauthorized = error else { return false }
            return true
        }
    }
}
