import Base
import EventLoop
import EventModels
import Lifecycle
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// The revoked sessions, in a real Redis.
@Suite struct RevocationKeeperTests {
    private struct Fixture {
        let redis: RedisServer
        let replica: Replica
        let client: RedisClient

        func status(_ cookie: String) async throws -> String {
            let viewer = replica.get("/api/stream", cookie)
            try await eventually("an answer") {
                viewer.events.count > 0 || viewer.text.contains("retry: ")
                    || viewer.text.contains("\r\n\r\n{")
            }
            if viewer.text.contains("retry: ") {
                try await eventually("the end") { !viewer.record.closed.isEmpty }
                return "\(viewer.text.dropFirst(9).prefix(3)), retry"
            }
            return String(viewer.text.dropFirst(9).prefix(3))
        }

        func send(_ words: String...) async throws -> RedisReply {
            try await client.send(RedisCommand(words))
        }

        /// Looks until a look was answered.
        func looked() async throws {
            try await eventually("Redis") { await replica.keeper.look() }
        }
    }

    private func withFixture(
        access: WebConfig.Access = .login,
        _ body: (Fixture) async throws -> Void
    ) async throws {
        let redis = try await RedisServer()
        var config = try RedisConfig(url: redis.url)
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        let replica = try await Replica(access: access, revocationsIn: config)
        try await replica.begin()
        let client = RedisClient(config, on: replica.loops[0])
        await client.start()
        await client.whenConnected()
        await replica.keeper.start()
        let outcome: (any Error)?
        do {
            try await body(Fixture(redis: redis, replica: replica, client: client))
            outcome = nil
        } catch { outcome = error }
        await replica.keeper.stop()
        await client.close()
        if let outcome { throw outcome }
    }

    private static func soon(_ seconds: Int64 = 3600) -> Int64 {
        WallClock.unixMilliseconds() / 1000 + seconds
    }

    @Test func `until Redis has been read nobody is let in, nor refused for good`() async throws {
        try await withFixture { fixture in
            let cookie = fixture.replica.cookie(of: 7)
            #expect(try await fixture.status(cookie) == "200, retry")
            #expect(fixture.replica.metric("guildwire_web_sessions_unchecked_total") == 1)
            // Who needs no Redis to be told is told.
            #expect(try await fixture.status("") == "401")
            try await fixture.looked()
            #expect(try await fixture.status(cookie) == "200")
        }
    }

    @Test func `a session revoked by whomever is refused after the next look, and others are not`()
        async throws
    {
        try await withFixture { fixture in
            let ids = (0..<3).map { _ in RandomSource.hex(16) }
            let cookies = ids.map { fixture.replica.cookie(of: 7, id: $0) }
            try await fixture.looked()
            for cookie in cookies { #expect(try await fixture.status(cookie) == "200") }
            _ = try await fixture.send("ZADD", RedisKeys.revokedSessions, "\(Self.soon())", ids[0])
            try await fixture.looked()
            #expect(try await fixture.status(cookies[0]) == "401")
            #expect(try await fixture.status(cookies[1]) == "200")
            // Another in the place of one that somebody took out: the same number.
            _ = try await fixture.send("ZREM", RedisKeys.revokedSessions, ids[0])
            try await fixture.looked()
            _ = try await fixture.send("ZADD", RedisKeys.revokedSessions, "+inf", ids[2])
            try await fixture.looked()
            #expect(try await fixture.status(cookies[2]) == "401")
            #expect(try await fixture.status(cookies[0]) == "401")
            #expect(fixture.replica.metric("guildwire_web_sessions_revoked") == 2)
        }
    }

    @Test func `the open streams of a revoked session end with the look, all others stay`() async throws {
        try await withFixture(access: .open) { fixture in
            let replica = fixture.replica
            try await fixture.looked()
            let id = RandomSource.hex(16)
            let cookie = replica.cookie(of: 7, id: id)
            let targets = ["/api/stream", "/api/stream?events=voice.*"]
            let ending = targets.map { replica.get($0, cookie) }
            let staying = [replica.get("/api/stream", replica.cookie(of: 7)), replica.get("/api/stream")]
            for viewer in ending + staying {
                try await eventually("a snapshot") { viewer.events == ["snapshot 5-1"] }
            }
            _ = try await fixture.send("ZADD", RedisKeys.revokedSessions, "\(Self.soon())", id)
            try await fixture.looked()
            for viewer in ending { try await eventually("the end") { !viewer.record.closed.isEmpty } }
            try await replica.say(2)
            for viewer in staying {
                try await eventually("what follows") { viewer.events.last == "message.created 5-2" }
                #expect(viewer.record.closed.isEmpty)
            }
            for viewer in ending { #expect(viewer.events == ["snapshot 5-1"]) }
        }
    }

    @Test func `one that a replica revokes is refused by the others after their next look`() async throws {
        try await withFixture { fixture in
            let other = try await Replica(
                access: .login,
                revocationsIn: RedisConfig(url: fixture.redis.url)
            )
            await other.keeper.start()
            try await fixture.looked()
            let id = RandomSource.hex(16)
            let cookie = fixture.replica.cookie(of: 7, id: id)
            let session = RevocationList.Entry(id: id, expires: Self.soon())
            try await eventually("the other's connection") {
                do { try await other.keeper.revoke(session) } catch { return false }
                return true
            }
            #expect(try await fixture.status(cookie) == "200")
            try await fixture.looked()
            #expect(try await fixture.status(cookie) == "401")
            await other.keeper.stop()
        }
    }

    @Test func `several are revoked here though Redis is away, and Redis is told when it is back`()
        async throws
    {
        try await withFixture { fixture in
            try await fixture.looked()
            let ids = (0..<3).map { _ in RandomSource.hex(16) }
            let cookies = ids.map { fixture.replica.cookie(of: 7, id: $0) }
            try await fixture.redis.loseEverything()
            await #expect(throws: RedisError.self) {
                try await fixture.replica.keeper.revoke(
                    ids.map { RevocationList.Entry(id: $0, expires: Self.soon()) }
                )
            }
            for cookie in cookies { #expect(try await fixture.status(cookie) == "401") }
            try await fixture.redis.start()
            try await fixture.looked()
            await fixture.client.whenConnected()
            let there = try await fixture.send("ZRANGE", RedisKeys.revokedSessions, "0", "-1").array
            #expect(there?.compactMap(\.string).sorted() == ids.sorted())
        }
    }

    @Test func `what has expired is removed, a while after`() async throws {
        try await withFixture { fixture in
            let key = RedisKeys.revokedSessions
            let past = Self.soon(-RevocationKeeper.keptPastExpiry - 5)
            for (expires, id) in [(past, "old"), (Self.soon(-5), "recent"), (Self.soon(), "new")] {
                _ = try await fixture.send("ZADD", key, "\(expires)", id)
            }
            try await fixture.looked()
            let left = try await fixture.send("ZRANGE", key, "0", "-1").array?.compactMap(\.string)
            #expect(left == ["recent", "new"])
            #expect(fixture.replica.metric("guildwire_web_sessions_revoked") == 1)
        }
    }

    @Test func `a Redis that lost everything is told again, and lets nobody back in`() async throws {
        try await withFixture { fixture in
            let id = RandomSource.hex(16)
            let cookie = fixture.replica.cookie(of: 7, id: id)
            let expires = Self.soon()
            _ = try await fixture.send("ZADD", RedisKeys.revokedSessions, "\(expires)", id)
            try await fixture.looked()
            #expect(try await fixture.status(cookie) == "401")
            try await fixture.redis.loseEverything()
            #expect(await fixture.replica.keeper.look() == false)
            #expect(fixture.replica.metric("guildwire_web_revocation_looks_failed_total") > 0)
            #expect(try await fixture.status(cookie) == "401")
            #expect(try await fixture.status(fixture.replica.cookie(of: 8)) == "200")
            try await fixture.redis.start()
            try await fixture.looked()
            await fixture.client.whenConnected()
            let score = try await fixture.send("ZSCORE", RedisKeys.revokedSessions, id).string
            #expect(score == "\(expires)")
        }
    }

    @Test func `more than the list holds: no session is let in until there are fewer`() async throws {
        try await withFixture { fixture in
            try await fixture.looked()
            let cookie = fixture.replica.cookie(of: 7)
            let fill = "for i = 1, ARGV[1] do redis.call('ZADD', KEYS[1], ARGV[2] + i, i) end"
            let count = RevocationList.idsMax + 1
            let key = RedisKeys.revokedSessions
            _ = try await fixture.send("EVAL", fill, "1", key, "\(count)", "\(Self.soon())")
            try await fixture.looked()
            #expect(try await fixture.status(cookie) == "200, retry")
            _ = try await fixture.send("ZREMRANGEBYRANK", key, "2", "-1")
            try await fixture.looked()
            #expect(try await fixture.status(cookie) == "200")
            #expect(fixture.replica.metric("guildwire_web_sessions_revoked") == 2)
        }
    }

    @Test func `the service looks by itself, and says when it cannot`() async throws {
        try await withFixture(access: .open) { fixture in
            let readiness = Readiness(waitingFor: ["sessions"])
            let list = Locked(RevocationList(isShared: true))
            let keeper = RevocationKeeper(
                redis: try RedisConfig(url: fixture.redis.url),
                on: fixture.replica.loops[0],
                list: list,
                viewerLoops: fixture.replica.viewerLoops,
                readiness: readiness,
                log: .silent,
                metrics: AccessMetrics(Metrics())
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keeper.run() }
                try await eventually("the first look") {
                    list.withLock { $0.lack(now: MonotonicClock.now()) } == nil
                }
                try await eventually("readiness") { readiness.isReady && readiness.notes.isEmpty }
                _ = try await fixture.send("ZADD", RedisKeys.revokedSessions, "\(Self.soon())", "x")
                try await eventually("the second") {
                    list.withLock { $0.standing(of: "x", now: MonotonicClock.now()) } == .revoked
                }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }
}
