package import Base
package import EventLoop
import EventModels
package import Lifecycle
package import RedisClient
package import Telemetry

/// Keeps the list of revoked sessions current, and ends the streams of those that are revoked.
///
/// Looks at Redis each second over a connection and a loop of its own: a list of 100,000 must hold up nobody's events.
/// Without Redis the list is this process' own.
package struct RevocationKeeper: Service {
    private let redis: RedisClient?
    private let list: Locked<RevocationList>
    private let viewerLoops: [ViewerLoop]
    private let readiness: Readiness
    private let log: Log
    private let metrics: AccessMetrics

    package static let interval = Duration.seconds(1)
    /// Until the first look was answered.
    package static let firstInterval = Duration.milliseconds(100)
    /// Expired ids stay in Redis this much longer, in seconds: another replica's clock may be behind.
    package static let keptPastExpiry: Int64 = 120

    package init(
        redis: RedisConfig?,
        on loop: EventLoop,
        list: Locked<RevocationList>,
        viewerLoops: [ViewerLoop],
        readiness: Readiness,
        log: Log,
        metrics: AccessMetrics
    ) {
        self.redis = redis.map { RedisClient($0, on: loop, observer: Distrust(list: list)) }
        self.list = list
        self.viewerLoops = viewerLoops
        self.readiness = readiness
        self.log = log
        self.metrics = metrics
    }

    private struct Distrust: RedisObserver {
        let list: Locked<RevocationList>
        func redisConnected() {}
        func redisLost(_ reason: RedisError) { list.withLock { $0.distrust() } }
    }

    /// Begins to connect.
    package func start() async { await redis?.start() }

    package func stop() async { await redis?.close() }

    package func run() async throws {
        await start()
        var said: RevocationList.Lack? = list.withLock { $0.lack(now: MonotonicClock.now()) }
        while !Task.isCancelled {
            await look()
            let lack = list.withLock { $0.lack(now: MonotonicClock.now()) }
            report(lack, after: said)
            said = lack
            let wait = lack == .neverRead ? Self.firstInterval : Self.interval
            do { try await Task.sleep(for: wait) } catch { break }
        }
        await stop()
    }

    private func report(_ lack: RevocationList.Lack?, after said: RevocationList.Lack?) {
        let words = lack.map(Self.words)
        // Later it is no reason to take every replica out: who has no session is served all the same.
        readiness.set("sessions", missing: lack == .neverRead ? words : nil)
        readiness.note("sessions", missing: lack == .neverRead ? nil : words)
        guard lack != said, lack != .neverRead, said != .neverRead else { return }
        if let words {
            log.error("sessions cannot be checked", [.reason: .string(words)])
        } else {
            log.notice("sessions can be checked again")
        }
    }

    private static func words(_ lack: RevocationList.Lack) -> String {
        switch lack {
        case .neverRead: "the revoked sessions were not read yet"
        case .stale: "Redis has been away: nobody knows which sessions were revoked"
        case .tooMany: "more than \(RevocationList.idsMax) sessions are revoked"
        }
    }

    // MARK: Looking

    /// One look: reads what is new, and ends its streams. False when it failed.
    @discardableResult package func look() async -> Bool {
        guard let redis else { return true }
        defer { metrics.revoked.set(Double(list.withLock { $0.count })) }
        do throws(RedisError) {
            let unixNow = Self.unixSeconds()
            let forgotten = unixNow - Self.keptPastExpiry
            let replies = try await redis.pipeline([
                ["ZREMRANGEBYSCORE", RedisKeys.revokedSessions, "-inf", String(forgotten)],
                ["ZCOUNT", RedisKeys.revokedSessions, "(\(unixNow)", "+inf"],
            ])
            guard let count = try replies[1].get().integer else { throw .unexpectedReply("ZCOUNT") }
            let look = list.withLock { $0.counted(Int(count), now: MonotonicClock.now(), unixNow: unixNow) }
            if look == .read { try await read(redis) }
            return true
        } catch {
            // While the connection is still being made nothing has failed yet.
            let isNew = list.withLock { $0.lack(now: MonotonicClock.now()) } == .neverRead
            if !isNew { metrics.failedLooks.increment() }
            return false
        }
    }

    private func read(_ redis: RedisClient) async throws(RedisError) {
        let unixNow = Self.unixSeconds()
        let reply = try await redis.send([
            "ZRANGEBYSCORE", RedisKeys.revokedSessions, "(\(unixNow)", "+inf", "WITHSCORES", "LIMIT", "0",
            String(RevocationList.idsMax + 1),
        ])
        let entries = try Self.entries(reply)
        let findings = list.withLock { $0.took(entries, now: MonotonicClock.now(), unixNow: unixNow) }
        end(findings.added)
        if !findings.lost.isEmpty { try await tell(findings.lost, to: redis) }
    }

    /// Revokes a session for every replica: here when this returns, there within their next look. Throws where Redis
    /// cannot be told: then it is revoked here alone.
    package func revoke(_ session: RevocationList.Entry) async throws(RedisError) {
        let added = list.withLock { $0.add([session], unixNow: Self.unixSeconds()) }
        end(added)
        if let redis { try await tell([session], to: redis) }
    }

    /// Their streams, wherever they are.
    private func end(_ sessions: Set<String>) {
        guard !sessions.isEmpty else { return }
        for viewerLoop in viewerLoops { viewerLoop.end(sessions: sessions) }
    }

    private func tell(_ entries: [RevocationList.Entry], to redis: RedisClient) async throws(RedisError) {
        var command: RedisCommand = ["ZADD", RedisKeys.revokedSessions]
        for entry in entries {
            command.append(entry.expires)
            command.append(entry.id)
        }
        _ = try await redis.send(command)
    }

    /// Scores are doubles; a fraction is cut, and one past all times is the last of them.
    private static func entries(_ reply: RedisReply) throws(RedisError) -> [RevocationList.Entry] {
        guard let parts = reply.array, parts.count.isMultiple(of: 2) else {
            throw .unexpectedReply("ZRANGEBYSCORE")
        }
        var entries: [RevocationList.Entry] = []
        entries.reserveCapacity(parts.count / 2)
        for index in stride(from: 0, to: parts.count, by: 2) {
            guard let id = parts[index].string, let score = parts[index + 1].string.flatMap(Double.init),
                !score.isNaN
            else { throw .unexpectedReply("ZRANGEBYSCORE") }
            let expires = Int64(min(max(score, 0), Double(Session.timeMax)))
            entries.append(RevocationList.Entry(id: id, expires: expires))
        }
        return entries
    }

    private static func unixSeconds() -> Int64 { WallClock.unixMilliseconds() / 1000 }
}
