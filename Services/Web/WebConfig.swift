package import Base
import Configuration
import EventLoop
package import PostgresClient
package import RedisClient
package import Telemetry

/// The web service's settings; README.md has the table.
package struct WebConfig: Sendable {
    /// Who may look.
    package enum Access: String, CaseIterable, Sendable {
        /// Only who has logged in.
        case login
        /// Anyone, what @everyone sees. For the demo: refused when listening off loopback.
        case open
    }

    package let host: String
    package let port: Int
    /// Without `/link` where a path is missing.
    package let gatewayURLs: [String]
    package let linkToken: Secret
    /// None: the bus is in memory, for a single replica.
    package let redis: RedisConfig?
    /// The first signs sessions, all of them verify.
    package let sessionSecrets: [Secret]
    package let access: Access
    /// Nil: nothing is stored, so there are no keys, settings or history.
    package let postgres: PostgresConfig?
    /// Where people reach the service, without a slash at its end: what Discord sends them back to.
    package let publicURL: String
    /// The application at Discord; nil: nobody can log in.
    package let oauth: OAuth?
    /// Whose forwarded address counts.
    package let trustedProxies: TrustedProxies
    package let limits: LimitFigures
    /// `DISCORD_CDN_BASE`, where pictures are fetched, without a slash at its end.
    package let cdnBase: String
    /// Users who may change tiers and their figures.
    package let instanceOwners: Set<Snowflake>
    /// Threads that serve viewers.
    package let loops: Int
    package let log: LogSettings
    /// Where the dashboard's and the overlays' files are.
    package let pagesFolder: String

    /// Each has rings and connections of its own.
    package static let loopsMax = 16

    package struct OAuth: Sendable {
        package let clientID: String
        package let clientSecret: Secret
        /// Without a slash at its end: `https://discord.com/api/v10`.
        package let apiBase: String
        package let authorizeURL: String
        package let cdnBase: String
    }

    package struct LogSettings: Sendable {
        package let level: LogLevel
        package let format: LogFormat
    }

    package init(environment: [String: String]) throws {
        var reader = ConfigReader(environment: environment)
        host = reader.string("WEB_HOST", default: "127.0.0.1")
        port = reader.port("WEB_PORT", default: 3000)
        var urls: [String] = []
        for url in reader.list("GATEWAY_WS_URL", default: ["ws://127.0.0.1:8080"]) {
            guard let link = Self.linkURL(url) else {
                reader.fail("GATEWAY_WS_URL", "holds “\(url)”, which is no ws:// or wss:// address")
                continue
            }
            urls.append(link)
        }
        gatewayURLs = urls
        // The first of several is the one to send; the others are still accepted by the gateway while it is rotated.
        let tokens = reader.secretList("LINK_TOKEN")
        if tokens.isEmpty {
            reader.fail("LINK_TOKEN", "is missing; give the gateway and web the same random text")
        }
        linkToken = tokens.first ?? Secret("")
        redis = reader.redis("REDIS_URL")
        sessionSecrets = reader.requiredSecretList("SESSION_SECRET", bytesMin: SessionKeys.secretBytesMin)
        access = reader.choice("WEB_ACCESS", default: Access.login)
        postgres = Self.postgres(&reader)
        publicURL = Self.base(
            reader.url("PUBLIC_BASE_URL", schemes: ["https", "http"], default: "http://\(host):\(port)")
        )
        cdnBase = Self.base(
            reader.url(
                "DISCORD_CDN_BASE",
                schemes: ["https", "http"],
                default: "https://cdn.discordapp.com"
            )
        )
        oauth = Self.oauth(&reader, cdnBase: cdnBase)
        trustedProxies = Self.proxies(&reader)
        limits = LimitFigures(&reader)
        instanceOwners = Self.owners(&reader)
        loops = reader.integer(
            "WEB_LOOPS",
            default: min(Cores.count, Self.loopsMax),
            in: 1...Self.loopsMax
        )
        log = LogSettings(
            level: reader.choice("LOG_LEVEL", default: LogLevel.info),
            format: reader.choice("LOG_FORMAT", default: LogFormat.json)
        )
        pagesFolder = SharedFolder.path(
            of: "public",
            inSources: "Services/Web/Public",
            environment: environment
        )
        if access == .open, !Self.isLoopback(host) {
            reader.fail("WEB_ACCESS", "is open, which is for this machine alone, but WEB_HOST is \(host)")
        }
        try reader.finish()
    }

    private static func postgres(_ reader: inout ConfigReader) -> PostgresConfig? {
        guard let url = reader.secret("DATABASE_URL") else { return nil }
        do throws(PostgresURLError) {
            return try PostgresConfig(url: url)
        } catch {
            reader.fail("DATABASE_URL", error.problem)
            return nil
        }
    }

    private static func oauth(_ reader: inout ConfigReader, cdnBase: String) -> OAuth? {
        let id = reader.optional("DISCORD_CLIENT_ID")
        let secret = reader.secret("DISCORD_CLIENT_SECRET")
        let apiBase = base(
            reader.url(
                "DISCORD_API_BASE",
                schemes: ["https", "http"],
                default: "https://discord.com/api/v10"
            )
        )
        let authorize = reader.url(
            "DISCORD_AUTHORIZE_URL",
            schemes: ["https", "http"],
            default: "\(origin(of: apiBase))/oauth2/authorize"
        )
        switch (id, secret) {
        case (nil, nil): return nil
        case (let id?, let secret?):
            return OAuth(
                clientID: id,
                clientSecret: secret,
                apiBase: apiBase,
                authorizeURL: authorize,
                cdnBase: cdnBase
            )
        default:
            reader.fail("DISCORD_CLIENT_ID", "and DISCORD_CLIENT_SECRET belong together: set both or none")
            return nil
        }
    }

    private static func proxies(_ reader: inout ConfigReader) -> TrustedProxies {
        var networks: [TrustedProxies.Network] = []
        for text in reader.list("TRUSTED_PROXIES") {
            if let network = TrustedProxies.Network(text) {
                networks.append(network)
            } else {
                let shown = text.prefix(50)
                reader.fail(
                    "TRUSTED_PROXIES",
                    "holds “\(shown)”, which is no address and no network (10.0.0.0/8)"
                )
            }
        }
        return TrustedProxies(networks)
    }

    private static func owners(_ reader: inout ConfigReader) -> Set<Snowflake> {
        var owners: Set<Snowflake> = []
        for text in reader.list("INSTANCE_OWNERS") {
            if let id = Snowflake(text) {
                owners.insert(id)
            } else {
                reader.fail("INSTANCE_OWNERS", "holds “\(text.prefix(40))”, which is no user's id")
            }
        }
        return owners
    }

    /// Without slashes at its end.
    private static func base(_ url: String) -> String {
        var url = Substring(url)
        while url.hasSuffix("/") { url.removeLast() }
        return String(url)
    }

    private static func origin(of url: String) -> String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.prefix(3).joined(separator: "/")
    }

    /// Adds `/link` where there is no path.
    static func linkURL(_ text: String) -> String? {
        guard let scheme = ["ws://", "wss://"].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        guard !rest.isEmpty, !rest.hasPrefix("/") else { return nil }
        guard let slash = rest.firstIndex(of: "/") else { return "\(text)/link" }
        return rest[slash...] == "/" ? "\(text)link" : text
    }

    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.utf8.count(where: { $0 == 0x2E }) == 3)
    }
}
