import Base
import EventLoop
import EventModels
import JSON
import Lifecycle
import PostgresClient
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// Revoked keys across replicas, and while a database is away.
@Suite struct KeyRevocationTests {
    private static func config(_ redis: RedisServer) throws -> RedisConfig {
        var config = try RedisConfig(url: redis.url)
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        return config
    }

    private func looked(_ stage: KeyStage) async throws {
        try await eventually("Redis") { await stage.keeper.look() }
    }

    @Test func `a key revoked at one replica ends its streams at the others with their next look`()
        async throws
    {
        let (postgres, redis) = (try await PostgresServer(), try await RedisServer())
        let first = try await KeyStage(postgres, redis: try Self.config(redis))
        let second = try await KeyStage(postgres, redis: try Self.config(redis), isNew: false)
        for stage in [first, second] { try await looked(stage) }
        let (key, other) = (try await first.make(), try await first.make())
        let viewer = try await second.stream(key.token)
        let stays = try await second.stream(other.token)
        #expect(viewer.events == ["snapshot 5-1"] && stays.events == ["snapshot 5-1"])
        #expect(try await first.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 204)
        try await looked(second)
        try await eventually("the end") { !viewer.record.closed.isEmpty }
        #expect(try await second.stream(key.token).text.hasPrefix("HTTP/1.1 401 "))
        #expect(stays.record.closed.isEmpty)
        for stage in [first, second] { await stage.close() }
    }

    @Test func `a Redis that forgot everything brings no revoked key back, at a replica that is new either`()
        async throws
    {
        let (postgres, redis) = (try await PostgresServer(), try await RedisServer())
        let first = try await KeyStage(postgres, redis: try Self.config(redis))
        try await looked(first)
        let (revoked, rotated) = (try await first.make(), try await first.make())
        #expect(try await first.send("DELETE", "\(KeyStage.path)/\(revoked.id)").status == 204)
        let rotation = try await first.send(
            "POST",
            "\(KeyStage.path)/\(rotated.id)/rotate",
            #"{"graceSeconds":3600}"#
        )
        #expect(rotation.status == 201)
        await first.close()
        try await redis.loseEverything()
        try await redis.start()
        let second = try await KeyStage(postgres, redis: try Self.config(redis), isNew: false)
        try await looked(second)
        #expect(await second.keeper.lookAtKeys())
        #expect(try await second.stream(revoked.token).text.hasPrefix("HTTP/1.1 401 "))
        // What goes on for a while is known with its end, which no database is asked for any more.
        let viewer = try await second.stream(rotated.token)
        #expect(viewer.events == ["snapshot 5-1"])
        try await postgres.stop()
        await second.keeper.endDue(now: WallClock.unixMilliseconds() + 3_600_000)
        try await eventually("the end") { !viewer.record.closed.isEmpty }
        // And Redis has been told again.
        let third = try await KeyStage(nil, redis: try Self.config(redis))
        try await looked(third)
        for token in [revoked.token, rotated.token] {
            #expect(try await third.stream(token).text.hasPrefix("HTTP/1.1 401 "))
        }
        for stage in [second, third] { await stage.close() }
    }

    @Test func `without Redis a restart brings no revoked key back`() async throws {
        let postgres = try await PostgresServer()
        let first = try await KeyStage(postgres)
        let key = try await first.make()
        #expect(try await first.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 204)
        await first.close()
        let second = try await KeyStage(postgres, isNew: false)
        #expect(await second.keeper.lookAtKeys())
        #expect(try await second.stream(key.token).text.hasPrefix("HTTP/1.1 401 "))
        await second.close()
    }

    @Test func `what another replica revokes is found by the next reading, and once`() async throws {
        let postgres = try await PostgresServer()
        let (first, second) = (try await KeyStage(postgres), try await KeyStage(postgres, isNew: false))
        for stage in [first, second] { #expect(await stage.keeper.lookAtKeys()) }
        let key = try await first.make()
        let viewer = try await second.stream(key.token)
        #expect(try await first.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 204)
        #expect(viewer.record.closed.isEmpty)
        #expect(await second.keeper.lookAtKeys())
        try await eventually("the end") { !viewer.record.closed.isEmpty }
        for stage in [first, second] { await stage.close() }
    }

    @Test func `a key that ends now ends, however many are to end later`() async throws {
        let stage = try await KeyStage(try await PostgresServer())
        let key = try await stage.make()
        let viewer = try await stage.stream(key.token)
        let later = WallClock.unixMilliseconds() + 3_600_000
        for number in 0..<KeyEndings.countMax {
            let entry = RevocationList.Entry(id: "\(number)", expires: later / 1000 + 60)
            await stage.keeper.end(key: KeyEnding(entry: entry, at: later))
        }
        #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 204)
        try await eventually("the end") { !viewer.record.closed.isEmpty }
        #expect(try await stage.stream(key.token).text.hasPrefix("HTTP/1.1 401 "))
        await stage.close()
    }

    @Test func `a PostgreSQL that does not answer holds up no look at Redis`() async throws {
        let (postgres, redis) = (try await PostgresServer(), try await RedisServer())
        let stage = try await KeyStage(postgres, redis: try Self.config(redis))
        let client = RedisClient(try Self.config(redis), on: stage.replica.loops[0])
        await client.start()
        await client.whenConnected()
        let holder = try await Self.holder(postgres, stage)
        try await holder.query("BEGIN")
        try await holder.query("LOCK TABLE access_keys IN ACCESS EXCLUSIVE MODE")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await stage.keeper.run() }
            try await Self.somebodyWaits(holder)
            let id = RandomSource.hex(16)
            let expires = WallClock.unixMilliseconds() / 1000 + 3_600
            _ = try await client.send(["ZADD", RedisKeys.revokedSessions, String(expires), id])
            // PostgreSQL would be given up after 30 s.
            try await eventually("a look", within: .seconds(20)) {
                stage.replica.revocations.withLock { $0.standing(of: id, now: MonotonicClock.now()) }
                    == .revoked
            }
            group.cancelAll()
            try await holder.query("ROLLBACK")
            try await group.waitForAll()
        }
        await client.close()
        await holder.close()
        await stage.close()
    }

    @Test func `until PostgreSQL was read a replica without Redis lets nobody in`() async throws {
        let postgres = try await PostgresServer()
        let stage = try await KeyStage(postgres)
        let key = try await stage.make()
        #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 204)
        let list = Locked(RevocationList(isShared: false, waitsForKeys: true))
        let keeper = RevocationKeeper(
            redis: nil,
            keys: stage.database.map { RevokedKeys($0) },
            on: stage.replica.loops[0],
            list: list,
            viewerLoops: [],
            readiness: Readiness(),
            log: .silent,
            metrics: AccessMetrics(Metrics())
        )
        func standing(_ id: String) -> RevocationList.Standing {
            list.withLock { $0.standing(of: id, now: MonotonicClock.now()) }
        }
        await keeper.look()
        #expect(standing(key.id) == .unknown)
        #expect(await keeper.lookAtKeys())
        #expect(standing(key.id) == .revoked && standing("another") == .valid)
        await stage.close()
    }

    @Test func `a key is revoked when its row is, however long its request waited for that`() async throws {
        let postgres = try await PostgresServer()
        let stage = try await KeyStage(postgres)
        let key = try await stage.make()
        let holder = try await Self.holder(postgres, stage)
        try await holder.query("BEGIN")
        try await holder.query("SELECT id FROM access_keys FOR UPDATE")
        async let reply = stage.send("DELETE", "\(KeyStage.path)/\(key.id)")
        try await Self.somebodyWaits(holder)
        let clock =
            "SELECT (extract(epoch FROM date_trunc('milliseconds', clock_timestamp())) * 1000)::bigint AS now"
        let released = try #require(try await holder.query(clock).first?.int64("now"))
        try await holder.query("ROLLBACK")
        #expect(try await reply.status == 204)
        let record = try await stage.send("GET", "\(KeyStage.path)/\(key.id)").json
        #expect(try #require(record?["revoked"]?.int64) >= released)
        await holder.close()
        await stage.close()
    }

    /// Somebody else at the database.
    private static func holder(_ postgres: PostgresServer, _ stage: KeyStage) async throws -> PostgresClient {
        let config = try PostgresConfig(url: Secret(postgres.url))
        let client = PostgresClient(config, on: stage.replica.loops[0])
        await client.start()
        await client.whenConnected()
        return client
    }

    private static func somebodyWaits(_ holder: PostgresClient) async throws {
        try await eventually("somebody who waits") {
            try await holder.query("SELECT 1 FROM pg_locks WHERE NOT granted").count > 0
        }
    }

    @Test func `overlays go on while PostgreSQL is away, and what needs it says so`() async throws {
        let postgres = try await PostgresServer()
        let stage = try await KeyStage(postgres)
        let key = try await stage.make()
        let grant = try stage.keys.signer.grant(
            Array(key.token.utf8),
            now: WallClock.unixMilliseconds() / 1000
        )
        try await postgres.stop()
        try await eventually("the loss") { await stage.keeper.lookAtKeys() == false }
        #expect(try await stage.stream(key.token).events == ["snapshot 5-1"])
        #expect(stage.keys.tiers.quota(of: grant) == KeyQuota(perMinute: 30, perDay: 1_000))
        for path in [KeyStage.path, "/api/tiers"] {
            let reply = try await stage.send("GET", path)
            #expect(reply.status == 503 && reply["retry-after"] == "5", "\(path)")
        }
        #expect(try await stage.send("DELETE", "\(KeyStage.path)/\(key.id)").status == 503)
        // What was counted meanwhile is written when it is back.
        #expect(await stage.keys.writer.write() == false)
        try await postgres.start()
        try await eventually("PostgreSQL") { await stage.keys.writer.write() }
        let usage = try await stage.send("GET", "\(KeyStage.path)/\(key.id)/usage").json
        #expect(usage?["day"]?["used"]?.int64 == 1)
        await stage.close()
    }

    @Test func `without a database, or without its tables, keys say what to do`() async throws {
        let none = try await KeyStage(nil)
        let reply = try await none.get()
        #expect(reply.status == 503 && reply.body.contains("DATABASE_URL"))
        await none.close()
        let empty = try await KeyStage(try await PostgresServer(), isNew: false)
        let post = try await empty.post(#"{"kind":"overlay","name":"x"}"#)
        #expect(post.status == 503 && post.body.contains("start analytics"))
        #expect(await empty.keeper.lookAtKeys() == false)
        await empty.close()
    }

    @Test func `an end that is known comes in its time, the earlier one counts, and there are so many`() {
        func ending(_ id: String, _ at: Int64) -> KeyEnding {
            KeyEnding(entry: RevocationList.Entry(id: id, expires: 9_000), at: at)
        }
        var endings = KeyEndings()
        endings.add(ending("a", 20))
        endings.add(ending("b", 10))
        endings.add(ending("a", 30))
        #expect(endings.takeDue(now: 9).isEmpty)
        #expect(endings.takeDue(now: 10).map(\.id) == ["b"])
        endings.add(ending("a", 15))
        #expect(endings.takeDue(now: 15).map(\.id) == ["a"])
        #expect(endings.count == 0 && endings.takeDue(now: .max).isEmpty)
        for number in 0...KeyEndings.countMax { endings.add(ending("\(number)", 5)) }
        #expect(endings.count == KeyEndings.countMax)
        endings.add(ending("0", 4))
        #expect(endings.takeDue(now: 4).map(\.id) == ["0"])
    }
}
