package import Base
package import Configuration
package import DiscordProtocol
package import RedisClient
package import Telemetry

/// The gateway's settings. The table for people is in the README.
package struct GatewayConfig: Sendable {
    package var token: Secret
    package var apiBase: String
    package var cdnBase: String
    package var host: String
    /// 0: the kernel chooses.
    package var port: Int
    package var stateDirectory: String
    package var shards: ShardSelection
    /// Where gateways on several hosts count their new sessions together; nil: on this host.
    package var redis: RedisConfig?
    package var compression: GatewayCompression
    /// Nil: all guilds that the bot is in.
    package var guilds: Set<Snowflake>?
    package var linkTokens: [Secret]
    package var logLevel: LogLevel
    package var logFormat: LogFormat

    package init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigReader(environment: environment)
        token = reader.requiredSecret("DISCORD_BOT_TOKEN")
        apiBase = reader.url(
            "DISCORD_API_BASE",
            schemes: ["http", "https"],
            default: "https://discord.com/api/v10"
        )
        cdnBase = reader.url(
            "DISCORD_CDN_BASE",
            schemes: ["http", "https"],
            default: "https://cdn.discordapp.com"
        )
        host = reader.string("GATEWAY_HOST", default: "127.0.0.1")
        port = reader.port("GATEWAY_WS_PORT", default: 8080)
        stateDirectory = reader.string("GATEWAY_STATE_DIR", default: "./state")
        compression = reader.choice("DISCORD_COMPRESS", default: GatewayCompression.zlibStream)
        linkTokens = reader.secretList("LINK_TOKEN")
        if linkTokens.isEmpty { reader.fail("LINK_TOKEN", "is required") }
        shards = .auto
        if let selection = ShardSelection(reader.string("DISCORD_SHARDS", default: "auto")) {
            shards = selection
        } else {
            reader.fail(
                "DISCORD_SHARDS",
                "must be auto or a range such as 0-3/16, of at most \(ShardSelection.perProcessMax) shards"
            )
        }
        redis = reader.redis("REDIS_URL")
        guilds = Self.guilds(&reader)
        logLevel = reader.choice("LOG_LEVEL", default: LogLevel.info)
        logFormat = reader.choice("LOG_FORMAT", default: LogFormat.json)
        while apiBase.hasSuffix("/") { apiBase.removeLast() }
        try reader.finish()
    }

    private static func guilds(_ reader: inout ConfigReader) -> Set<Snowflake>? {
        let list = reader.list("DISCORD_GUILD_IDS")
        let ids = list.compactMap { Snowflake($0) }
        if ids.count != list.count { reader.fail("DISCORD_GUILD_IDS", "must be guild ids between commas") }
        return list.isEmpty ? nil : Set(ids)
    }
}
