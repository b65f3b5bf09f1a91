internal import Base
package import Configuration
package import PostgresClient
package import RedisClient
package import Telemetry

/// The settings of analytics. The table for people is in the README.
package struct AnalyticsConfig: Sendable {
    package let redis: RedisConfig
    package let postgres: PostgresConfig
    package let host: String
    /// 0: the kernel chooses.
    package let port: Int
    /// Days that rows are kept.
    package let retentionDays: Int
    /// Whether what people wrote is stored, or its length alone.
    package let storesContent: Bool
    package let migrationsFolder: String
    package let logLevel: LogLevel
    package let logFormat: LogFormat

    package init(environment: [String: String]) throws(ConfigurationError) {
        var reader = ConfigReader(environment: environment)
        let redis = reader.requiredRedis("REDIS_URL")
        let postgres = Self.postgres(&reader)
        host = reader.string("ANALYTICS_HOST", default: "127.0.0.1")
        port = reader.port("ANALYTICS_PORT", default: 8081)
        retentionDays = reader.integer("RETENTION_DAYS", default: 30, in: 1...3650)
        storesContent = reader.boolean("STORE_MESSAGE_CONTENT", default: false)
        logLevel = reader.choice("LOG_LEVEL", default: LogLevel.info)
        logFormat = reader.choice("LOG_FORMAT", default: LogFormat.json)
        migrationsFolder = SharedFolder.path(
            of: "migrations",
            inSources: "Services/Analytics/Migrations",
            environment: environment
        )
        try reader.finish()
        guard let redis, let postgres else {
            preconditionFailure("finish() throws where REDIS_URL or DATABASE_URL could not be read")
        }
        self.redis = redis
        self.postgres = postgres
    }

    /// The address may hold a password: only what is wrong with it is said.
    private static func postgres(_ reader: inout ConfigReader) -> PostgresConfig? {
        let url = reader.requiredSecret("DATABASE_URL")
        do throws(PostgresURLError) {
            var config = try PostgresConfig(url: url)
            config.applicationName = "guildwire-analytics"
            return config
        } catch {
            if !url.isEmpty { reader.fail("DATABASE_URL", error.problem) }
            return nil
        }
    }
}
