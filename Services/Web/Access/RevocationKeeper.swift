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
        await withTaskGroup(of: Void.self) { group in
            // PostgreSQL may take 30 s for an answer, and Redis is looked at meanwhile.
            group.addTask { await keepKeys() }
            group.addTask { await keepSessions() }
        }
        await stop()
    }

    private func keepKeys() async {
        guard keys != nil else { return }
        while !Task.isCancelled {
            let wait = await lookAtKeys() ? Self.keysInterval : Self.interval
            do { try await Task.sleep(for: wait) } catch { break }
        }
    }

    private func keepSessions() async {
        var said: RevocationList.Lack? = list.withLock { $0.lack(now: MonotonicClock.now()) }
        let began = MonotonicClock.now()
        while !Task.isCancelled {
            if MonotonicClock.now() - began >= Self.keysFirstMax { list.withLock { $0.keysAreLate() } }
            await endDue(now: WallClock.unixMilliseconds())
            await look()
            let lack = list.withLock { $0.lack(now: MonotonicClock.now()) }
            report(lack, after: said)
            said = lack
            let wait = Self.isFirst(lack) ? Self.firstInterval : Self.interval
            do { try await Task.sleep(for: wait) } catch { break }
        }
    }

    /// What is to be read when a replica starts.
    private static func isFirst(_ lack: RevocationList.Lack?) -> Bool {
        lack == .neverRead || lack == .keysNotRead
    }

    private func report(_ lack: RevocationList.Lack?, after said: RevocationList.Lack?) {
        let words = lack.map(Self.words)
        // Later it is no reason to take every replica out: who has no session is served all the same.
        readiness.set("sessions", missing: Self.isFirst(lack) ? words : nil)
        readiness.note("sessions", missing: Self.isFirst(lack) ? nil : words)
        guard lack != said, !Self.isFirst(lack), !Self.isFirst(said) else { return }
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
        case .keysNotRead: "the revoked keys were not read yet"
        }
    }

    // MARK: Looking

    /// One look: reads what is new, and ends its streams. False when it failed.
    @discardableResult package func look() async -> Bool {
        defer { metrics.revoked.set(Double(list.withLock { $0.count })) }
        guard let redis else {
            // What has expired makes room.
            _ = list.withLock { $0.add([], unixNow: Self.unixSeconds()) }
            return true
        }
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

    /// Revokes sessions, `retoldMax` at most, for every replica: here at once, there within their next look. Throws where Redis
    /// cannot be told: then they are revoked here alone, and Redis is told when it is read.
    package func revoke(_ sessions: [RevocationList.Entry]) async throws(RedisError) {
        guard !sessions.isEmpty else { return }
        end(list.withLock { $0.add(sessions, unixNow: Self.unixSeconds()) }.added)
        guard let redis else { return }
        do throws(RedisError) { try await tell(sessions, to: redis) } catch {
            list.withLock { $0.distrust() }
            throw error
        }
    }

    package func revoke(_ session: RevocationList.Entry) async throws(RedisError) {
        try await revoke([session])
    }

    // MARK: Keys

    /// One look at PostgreSQL. False when it failed, or there is none.
    @discardableResult package func lookAtKeys() async -> Bool {
        guard let keys else { return false }
        do throws(PostgresError) {
            let now = WallClock.unixMilliseconds()
            let read = try await keys.read()
            endings.withLock { endings in for one in read where one.at > now { endings.add(one) } }
            let ended = read.filter { $0.at <= now }.map(\.entry)
            await tell(list.withLock { $0.tookKeys(ended, unixNow: now / 1000) }, of: ended)
            return true
        } catch {
            if keys.hasBeenRead { metrics.failedKeyReadings.increment() }
            return false
        }
    }

    /// A key ends now or at its time, for every replica. Redis is told if it can be; others find it in PostgreSQL. One that ends
    /// now waits for no room among those to come, and behind none of them.
    package func end(key ending: KeyEnding) async {
        guard ending.at > WallClock.unixMilliseconds() else { return await revoke(keys: [ending.entry]) }
        endings.withLock { $0.add(ending) }
    }

    /// Revokes the keys whose time has come. `now` in Unix milliseconds.
    package func endDue(now: Int64) async {
        await revoke(keys: endings.withLock { $0.takeDue(now: now) })
    }

    private func revoke(keys entries: [RevocationList.Entry]) async {
        guard !entries.isEmpty else { return }
        await tell(list.withLock { $0.add(keys: entries, unixNow: Self.unixSeconds()) }, of: entries)
    }

    /// Ends the streams of what was added, and tells Redis all that is new, also that for which there was no room here. What Redis
    /// cannot be told now it is told when it is read, or when PostgreSQL is.
    private func tell(_ additions: RevocationList.Additions, of entries: [RevocationList.Entry]) async {
        end(additions.added)
        if !additions.dropped.isEmpty { keys?.readAllAnew() }
        guard let redis else { return }
        let new = entries.filter { additions.added.contains($0.id) } + additions.dropped
        for start in stride(from: 0, to: new.count, by: RevocationList.retoldMax) {
            do throws(RedisError) {
                try await tell(
                    Array(new[start..<min(start + RevocationList.retoldMax, new.count)]),
                    to: redis
                )
            } catch {
                list.withLock { list in
                    list.distrust()
                    if !additions.dropped.isEmpty { list.keysWereLost() }
                }
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
