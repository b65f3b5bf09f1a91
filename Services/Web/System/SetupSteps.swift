import Base
import EventBus
import EventModels
import JSON
package import LinkProtocol

/// One step of the first run, looked at now.
package struct SetupStep: Sendable, Equatable {
    package enum Name: String, Sendable, CaseIterable {
        case gateway, token, intents, guild, redis, database, analytics, login, address
    }

    package enum State: String, Sendable, CaseIterable {
        case done, todo, problem
        /// Nobody can say before an earlier step is done.
        case unknown
    }

    package let name: Name
    package let state: State
    package let title: String
    package var detail: String?
    package var advice: String?

    init(_ name: Name, _ state: State, _ title: String, _ detail: String? = nil, _ advice: String? = nil) {
        self.name = name
        self.state = state
        self.title = title
        self.detail = detail
        self.advice = advice
    }
}

/// What web's settings and the request say.
package struct SetupSettings: Sendable, Equatable {
    /// `DISCORD_CLIENT_ID`; nil: nobody can log in.
    package var clientID: String?
    package var authorizeURL: String
    /// `PUBLIC_BASE_URL`.
    package var publicURL: String
    /// Where the request went, as the browser says: host and port.
    package var host: String?
    package var isOpen: Bool

    package init(
        clientID: String?,
        authorizeURL: String = Self.discord,
        publicURL: String,
        host: String?,
        isOpen: Bool
    ) {
        self.clientID = clientID
        self.authorizeURL = authorizeURL
        self.publicURL = publicURL
        self.host = host
        self.isOpen = isOpen
    }

    package static let discord = "https://discord.com/oauth2/authorize"
}

/// `GET /api/setup`: the steps of the first run, and the link that invites the bot. Pure.
package struct SetupSteps: Sendable, Equatable {
    package let application: GatewayReport.Named?
    package let invite: String?
    package let steps: [SetupStep]

    package init(_ facts: SystemFacts, _ settings: SetupSettings) {
        application = facts.reports.lazy.compactMap(\.application).first
        let client = settings.clientID.flatMap { Snowflake($0) }
        let invite = (application?.id ?? client)
            .map { BotNeeds.invite($0, authorizeURL: settings.authorizeURL) }
        self.invite = invite
        steps = [
            Self.gateway(facts), Self.token(facts), Self.intents(facts), Self.guild(facts, invite),
            Self.redis(facts), Self.database(facts), Self.analytics(facts),
            Self.login(settings, application), Self.address(settings),
        ]
    }

    private static func gateway(_ facts: SystemFacts) -> SetupStep {
        let title = "Start the gateway"
        if !facts.reports.isEmpty { return SetupStep(.gateway, .done, title, "It is linked.") }
        guard let look = facts.gateways.first else {
            return SetupStep(
                .gateway,
                .todo,
                title,
                "No address of a gateway is set.",
                "Set GATEWAY_WS_URL of web."
            )
        }
        guard let reason = look.missing else {
            return SetupStep(
                .gateway,
                .problem,
                title,
                "It is linked and does not answer.",
                "Restart it, or wait."
            )
        }
        let isRefused = reason.contains("401") || reason.contains("44")
        return SetupStep(
            .gateway,
            isRefused ? .problem : .todo,
            title,
            isRefused ? "It refuses this service." : "This service cannot reach it.",
            SystemAdvice.link(reason)
        )
    }

    private static func token(_ facts: SystemFacts) -> SetupStep {
        let title = "Give it the bot's token"
        guard !facts.reports.isEmpty else { return SetupStep(.token, .unknown, title) }
        if facts.reports.contains(where: { $0.token == .refused }) {
            return SetupStep(
                .token,
                .problem,
                title,
                "Discord refuses the token.",
                "In Discord's developer portal, open the application, go to Bot, press Reset Token, put the new one into "
                    + "DISCORD_BOT_TOKEN of the gateway and restart the gateway."
            )
        }
        guard facts.reports.contains(where: { $0.token == .accepted }) else {
            return SetupStep(.token, .unknown, title, "Discord has not answered yet.")
        }
        return SetupStep(.token, .done, title, "Discord takes it.")
    }

    private static func intents(_ facts: SystemFacts) -> SetupStep {
        let title = "Switch on the privileged intents"
        let reports = facts.reports.filter { $0.token == .accepted }
        guard let first = reports.first else { return SetupStep(.intents, .unknown, title) }
        if let lack = reports.lazy.compactMap({ IntentsLack($0.intents) }).first {
            return SetupStep(.intents, .problem, title, lack.what, lack.advice)
        }
        guard first.intents.off != nil || first.shards.contains(where: { $0.phase == .up }) else {
            return SetupStep(.intents, .unknown, title, "Discord has not said.")
        }
        return SetupStep(.intents, .done, title, "Presence, Server Members and Message Content are on.")
    }

    private static func guild(_ facts: SystemFacts, _ invite: String?) -> SetupStep {
        let title = "Invite the bot"
        let count = max(facts.guilds, facts.shards.reduce(0) { $0 + $1.guilds })
        if count > 0 {
            return SetupStep(
                .guild,
                .done,
                title,
                count == 1 ? "It is in 1 guild." : "It is in \(count) guilds."
            )
        }
        guard facts.reports.contains(where: { $0.token == .accepted }) else {
            return SetupStep(.guild, .unknown, title)
        }
        return SetupStep(
            .guild,
            .todo,
            title,
            "It is in no guild yet.",
            invite == nil
                ? "Set DISCORD_CLIENT_ID of web, then the link is shown here."
                : "Open the invite link, choose your guild, and leave the permissions ticked."
        )
    }

    private static func redis(_ facts: SystemFacts) -> SetupStep {
        let title = "Redis"
        switch facts.redis {
        case .notSet:
            return SetupStep(
                .redis,
                .todo,
                title,
                "Not set: events are kept in this process' memory.",
                "That is enough to look around. For history, several web services and restarts without a gap set REDIS_URL."
            )
        case .down:
            return SetupStep(
                .redis,
                .problem,
                title,
                "It does not answer.",
                "Start it; see that REDIS_URL names it."
            )
        case .up(_, _, let lack):
            let advice = "Set `appendonly yes` in its configuration, or a crash takes minutes of the log."
            return SetupStep(.redis, .done, title, "It answers.", lack == nil ? nil : advice)
        }
    }

    private static func database(_ facts: SystemFacts) -> SetupStep {
        let title = "PostgreSQL"
        switch facts.database {
        case .notSet:
            return SetupStep(
                .database,
                .todo,
                title,
                "Not set: no history, no keys for overlays, no settings.",
                "Set DATABASE_URL of web and of analytics."
            )
        case .down:
            return SetupStep(
                .database,
                .problem,
                title,
                "It does not answer.",
                "Start it; see that DATABASE_URL names it."
            )
        case .up(_, _, .noTables):
            return SetupStep(
                .database,
                .todo,
                title,
                "It has no tables yet.",
                SystemAdvice.makeTables
            )
        case .up: return SetupStep(.database, .done, title, "It answers, and has the tables.")
        }
    }

    private static func analytics(_ facts: SystemFacts) -> SetupStep {
        let title = "Start analytics"
        guard facts.redis != .notSet, facts.database != .notSet else {
            return SetupStep(.analytics, .unknown, title, "It needs Redis and PostgreSQL.")
        }
        guard facts.seen != nil else { return SetupStep(.analytics, .unknown, title) }
        guard !facts.analytics.isEmpty else {
            return SetupStep(
                .analytics,
                .todo,
                title,
                "It is not there: nothing is stored.",
                SystemAdvice.startAnalytics
            )
        }
        guard facts.analytics.allSatisfy({ $0.record.missing == nil }) else {
            return SetupStep(.analytics, .problem, title, "It cannot do its work.", "Its log says why.")
        }
        return SetupStep(.analytics, .done, title, "It stores what happens.")
    }

    private static func login(_ settings: SetupSettings, _ application: GatewayReport.Named?) -> SetupStep {
        let title = "Set up login"
        let address = "\(settings.publicURL)/auth/callback"
        guard let client = settings.clientID else {
            return SetupStep(
                .login,
                .todo,
                title,
                settings.isOpen ? "Anyone who gets here sees what @everyone sees." : "Nobody can log in.",
                "In the developer portal, under OAuth2, add the redirect \(address), and set DISCORD_CLIENT_ID and "
                    + "DISCORD_CLIENT_SECRET of web."
            )
        }
        guard let application, application.id.description != client else {
            return SetupStep(.login, .done, title, "The portal must have the redirect \(address).")
        }
        return SetupStep(
            .login,
            .done,
            title,
            "Login is another application (\(client.prefix(20))) than the bot's (\(application.id)).",
            "If that is not meant, set DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET to the bot's application."
        )
    }

    private static func address(_ settings: SetupSettings) -> SetupStep {
        let title = "The public address"
        let (isTLS, host) = Self.parts(settings.publicURL)
        // From this machine itself, or through a proxy that does not hand the host on: nothing can be said of it.
        if let asked = settings.host.map(plain), !isLoopback(asked) || isLoopback(host), asked != plain(host),
            !(isLoopback(asked) && isLoopback(host) && port(asked) == port(host))
        {
            return SetupStep(
                .address,
                .problem,
                title,
                "You reach this service at \(asked.prefix(100)), and PUBLIC_BASE_URL says \(settings.publicURL).",
                "Login leads back to PUBLIC_BASE_URL: set it to the address that people use, or use that one."
            )
        }
        guard isTLS || isLoopback(host) else {
            return SetupStep(
                .address,
                .todo,
                title,
                "\(settings.publicURL) is not encrypted: what is sent can be read on the way.",
                "Put a proxy with TLS in front (deploy/ has examples) and set PUBLIC_BASE_URL to its https address."
            )
        }
        return SetupStep(.address, .done, title, settings.publicURL)
    }

    /// Whether it is https, and host and port.
    private static func parts(_ url: String) -> (isTLS: Bool, host: String) {
        let host = url.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        return (url.hasPrefix("https://"), String(host))
    }

    /// Without the port that the scheme has by itself.
    private static func plain(_ host: String) -> String {
        let host = host.lowercased()
        for port in [":443", ":80"] where host.hasSuffix(port) { return String(host.dropLast(port.count)) }
        return host
    }

    private static func isLoopback(_ host: String) -> Bool {
        host.hasPrefix("[::1]") || WebConfig.isLoopback(String(host.split(separator: ":").first ?? ""))
    }

    private static func port(_ host: String) -> Substring { host.split(separator: ":").last ?? "" }
}

extension SetupSteps {
    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.member("application", application)
        writer.member("invite", invite)
        writer.key("steps")
        writer.beginArray()
        for step in steps {
            writer.beginObject()
            writer.member("id", step.name.rawValue)
            writer.member("state", step.state.rawValue)
            writer.member("title", step.title)
            writer.member("detail", step.detail)
            writer.member("advice", step.advice)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }
}
