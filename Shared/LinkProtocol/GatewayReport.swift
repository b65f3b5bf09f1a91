package import Base
package import EventModels

/// What a gateway tells of itself: `fetch gateway`. See specs/commands.md.
package struct GatewayReport: Sendable, Equatable {
    /// Whether Discord takes the bot's token.
    package enum Token: String, Sendable, CaseIterable { case unknown, accepted, refused }

    package enum Phase: String, Sendable, CaseIterable {
        /// Its session is live.
        case up
        /// It is on its way there by itself.
        case connecting
        /// It waits for something else, or for a person.
        case down
    }

    package struct Named: Sendable, Equatable {
        package let id: Snowflake
        /// Nil until Discord has said it.
        package let name: String?

        package init(id: Snowflake, name: String?) {
            self.id = id
            self.name = name.map { String($0.prefix(GatewayReport.nameMax)) }
        }
    }

    /// By Discord's names, without `GUILD_` where they have it.
    package struct Intents: Sendable, Equatable {
        /// What the gateway asks for.
        package var wanted: [String] = []
        /// Privileged ones for which Discord closed the connection (4014).
        package var refused: [String] = []
        /// Privileged ones that are switched off in the developer portal now; nil: Discord has not said.
        package var off: [String]?

        package init(wanted: [String] = [], refused: [String] = [], off: [String]? = nil) {
            self.wanted = wanted
            self.refused = refused
            self.off = off
        }
    }

    package struct Shard: Sendable, Equatable {
        package let name: ShardName
        package var phase: Phase
        /// Round trip of the last heartbeat, in milliseconds.
        package var latency: Int?
        package var guilds: Int
        /// Whether a replica puts its events on the bus.
        package var hasPublisher = false
        /// Dispatches whose events no bus has confirmed, their bytes, and the age of the oldest in milliseconds.
        package var waiting = 0
        package var waitingBytes = 0
        package var waitingFor: Int?
        /// Why it is not up, and what to do.
        package var reason: String?
        /// With which Discord refused it for good.
        package var code: Int?

        package init(_ name: ShardName, phase: Phase, latency: Int? = nil, guilds: Int = 0) {
            self.name = name
            self.phase = phase
            self.latency = latency
            self.guilds = guilds
        }
    }

    package static let nameMax = 100
    package static let reasonMax = 300
    package static let shardsMax = 1_024

    /// The process', drawn when it began.
    package var gateway: String
    package var version: String
    /// When the process began, in Unix milliseconds.
    package var since: Int64
    package var token = Token.unknown
    package var application: Named?
    package var user: Named?
    package var intents = Intents()
    /// Why there are no shards yet.
    package var missing: String?
    /// By name.
    package var shards: [Shard] = []

    package init(gateway: String, version: String = ProductVersion.current, since: Int64) {
        self.gateway = gateway
        self.version = version
        self.since = since
    }
}
