internal import Base
internal import EventBus
internal import Lifecycle
internal import PostgresClient
internal import Telemetry

/// Says in `/ready` and the log when Redis and PostgreSQL come and go; each reason once, not at each attempt.
final class PeerWatch: RedisBusObserver, PostgresObserver {
    private let readiness: Readiness
    private let log: Log
    /// By peer.
    private let told = Locked<[String: String]>([:])

    init(readiness: Readiness, log: Log) {
        self.readiness = readiness
        self.log = log
    }

    func busConnected() {
        readiness.set("redis", missing: nil)
        told.withLock { $0["redis"] = nil }
        log.notice("connected to Redis")
    }

    func busLost(_ reason: String) {
        readiness.set("redis", missing: reason)
        guard isNews(reason, of: "redis") else { return }
        log.warning("Redis is away", [.reason: .string(reason)])
    }

    func postgresConnected() {
        readiness.set("postgres", missing: nil)
        told.withLock { $0["postgres"] = nil }
        log.notice("connected to PostgreSQL")
    }

    func postgresLost(_ reason: PostgresError) {
        readiness.set("postgres", missing: reason.description)
        guard isNews(reason.description, of: "postgres") else { return }
        log.warning("PostgreSQL is away", [.reason: .string(reason.description)])
    }

    private func isNews(_ reason: String, of peer: String) -> Bool {
        told.withLock { $0.updateValue(reason, forKey: peer) != reason }
    }
}
