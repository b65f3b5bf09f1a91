package import Base
import Configuration
import EventLoop
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
    /// Threads that serve viewers.
    package let loops: Int
    package let log: LogSettings
    /// Where the dashboard's and the overlays' files are.
    package let pagesFolder: String

    /// Each has rings and connections of its own.
    package static let loopsMax = 16

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
