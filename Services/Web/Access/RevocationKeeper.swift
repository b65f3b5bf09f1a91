package import Base
package import EventLoop
import EventModels
package import Lifecycle
import PostgresClient
package import RedisClient
package import Telemetry

/// Keeps the list of revoked sessions and keys current, and ends the streams of those that are revoked.
///
/// Looks at Redis every `interval` over a connection and a loop of its own: a list of 100,000 must hold up nobody's events.
/// Without Redis the list is this process' own. Keys are looked for in PostgreSQL too, where there is one.
package struct RevocationKeeper: Service {
    private let redis: RedisClient?
    private let keys: RevokedKeys?
    private let endings = Locked(KeyEndings())
    private let list: Locked<RevocationList>
    private let viewerLoops: [ViewerLoop]
    private let readiness: Readiness
    private let log: Log
    private let metrics: AccessMetrics

    /// What is revoked ends everywhere within a second, two looks included.
    package static let interval = Duration.milliseconds(400)
    /// Between two readings of PostgreSQL.
    package static let keysInterval = Duration.seconds(5)
    /// So long a replica that starts waits for PostgreSQL; then Redis is believed alone.
    package static let keysFirstMax = Duration.seconds(5)
    /// Until the first look was answered.
    package static let firstInterval = Duration.milliseconds(100)
    /// Expired ids stay in Redis this much longer, in seconds: another replica's clock may be behind.
    package static let keptPastExpiry: Int64 = 120

    package init(
        redis: RedisConfig?,
        keys: RevokedKeys? = nil,
        on loop: EventLoop,
        list: Locked<RevocationList>,
        viewerLoops: [ViewerLoop],
        readiness: Readiness,
        log: Log,
        metrics: AccessMetrics
    ) {
        self.redis = redis.map { RedisClient($0, on: loop, observer: Distrust(list: list, keys: keys)) }
        self.keys = keys
        self.list = list
        self.viewerLoops = viewerLoops
        self.readiness = readiness
        self.log = log
        self.metrics = metrics
    }

    private struct Distrust: RedisObserver {
        let list: Locked<RevocationList>
        let keys: RevokedKeys?
        func redisConnected() {}
        func redisLost(_ reason: RedisError) {
            list.withLock { $0.distrust() }
            keys?.readAllAnew()
        }
    }

    /// Begins to connect.
    package func start() async {
        await redis?.start()
        await keys?.start()
    }

    package func stop() async {
        await redis?.close()
        await keys?.stop()
    }

    package func run() async throws {
        await start()
        var said: RevocationList.Lack? = list.withLock { $0.lack(now: MonotonicClock.now()) }
        var keysRead: Duration?
        let began = MonotonicClock.now()
        while !Task.isCancelled {
            let now = MonotonicClock.now()
            if keysRead.map({ now - $0 >= Self.keysInterval }) ?? true, await lookAtKeys() { keysRead = now }
            await endDue(now: WallClock.unixMilliseconds())
            // Nobody is let in before this look, and so before what PostgreSQL has, if it answers.
            if keys == nil || keysRead != nil || now - began >= Self.keysFirstMax { await look() }
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

    // MARK: Keys

    /// One look at PostgreSQL. False when it failed, or there is none.
    @discardableResult package func lookAtKeys() async -> Bool {
        guard let keys else { return false }
        do throws(PostgresError) {
            let now = WallClock.unixMilliseconds()
            let read = try await keys.read()
            endings.withLock { endings in for one in read where one.at > now { endings.add(one) } }
            await revoke(read.filter { $0.at <= now }.map(\.entry))
            return true
        } catch {
            if keys.hasBeenRead { metrics.failedKeyReadings.increment() }
            return false
        }
    }

    /// A key ends now or at its time, for every replica. Redis is told if it can be; others find it in PostgreSQL.
    package func end(key ending: KeyEnding) async {
        endings.withLock { $0.add(ending) }
        await endDue(now: WallClock.unixMilliseconds())
    }

    /// Revokes the keys whose time has come. `now` in Unix milliseconds.
    package func endDue(now: Int64) async {
        await revoke(endings.withLock { $0.takeDue(now: now) })
    }

    /// What Redis cannot be told now it is told when it is read.
    private func revoke(_ keys: [RevocationList.Entry]) async {
        guard !keys.isEmpty else { return }
        let added = list.withLock { $0.add(keys, unixNow: Self.unixSeconds()) }
        end(added)
        let new = keys.filter { added.contains($0.id) }
        guard let redis, !new.isEmpty else { return }
        for start in stride(from: 0, to: new.count, by: RevocationList.retoldMax) {
            do throws(RedisError) {
                try await tell(
                    Array(new[start..<min(start + RevocationList.retoldMax, new.count)]),
                    to: redis
                )
            } catch {
                list.withLock { $0.distrust() }
                return
            }
        }
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
