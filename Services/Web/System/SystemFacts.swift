package import EventBus
package import EventModels
package import LinkProtocol

/// All that is known of the instance at one moment: what the pictures of the system and of the first run are made of.
package struct SystemFacts: Sendable, Equatable {
    /// A server that the replica uses.
    package enum Peer: Sendable, Equatable {
        /// No setting names one.
        case notSet
        /// `since` in Unix milliseconds. `lack`: what is wrong with it all the same.
        case up(version: String?, since: Int64?, lack: Lack?)
        case down(String)
    }

    package enum Lack: String, Sendable, Equatable, CaseIterable {
        /// Redis keeps no append-only file.
        case notDurable
        /// PostgreSQL has no tables of ours.
        case noTables
    }

    /// In Unix milliseconds.
    package var now: Int64
    /// This replica.
    package var own: ServiceRecord
    package var gateways: [GatewayLook] = []
    /// What services wrote of themselves; nil: nobody can say.
    package var seen: [ServiceBoard.Seen]?
    package var redis = Peer.notSet
    package var database = Peer.notSet
    /// From the gateway to this replica's tail, and from there to the viewers.
    package var log = HopWindow.Figures(p50: nil, p95: nil, p99: nil, count: 0)
    package var delivery = HopWindow.Figures(p50: nil, p95: nil, p99: nil, count: 0)
    /// That this replica holds and may show.
    package var guilds = 0
    /// Whether a log ever told of one.
    package var hasHeardOfGuilds = false
    /// Whether the database has anything out of a log.
    package var hasStored = false

    package init(now: Int64, own: ServiceRecord) {
        self.now = now
        self.own = own
    }

    package var reports: [GatewayReport] { gateways.compactMap(\.report) }

    /// Of all gateways that answered; a shard that two name is the one's that is up.
    package var shards: [GatewayReport.Shard] {
        var shards: [ShardName: GatewayReport.Shard] = [:]
        for shard in reports.flatMap(\.shards) where shards[shard.name]?.phase != .up {
            shards[shard.name] = shard
        }
        return shards.values.sorted { $0.name < $1.name }
    }

    package var analytics: [ServiceBoard.Seen] { seen?.filter { $0.record.name == .analytics } ?? [] }

    /// How far each shard is stored; of several that say it the one that is furthest.
    package var stored: [ShardName: ServiceRecord.Stored] {
        var stored: [ShardName: ServiceRecord.Stored] = [:]
        for one in analytics.flatMap(\.record.stored) {
            if let held = stored[one.shard], held.milliseconds ?? .max <= one.milliseconds ?? .max {
                continue
            }
            stored[one.shard] = one
        }
        return stored
    }

    /// Whether the bot is, or ever was, in a guild: from then on its instance is somebody's.
    package var hasGuild: Bool {
        guilds > 0 || hasHeardOfGuilds || hasStored || shards.contains { $0.guilds > 0 }
    }
}
