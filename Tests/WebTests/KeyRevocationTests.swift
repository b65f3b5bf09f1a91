import Base
import EventLoop
import EventModels
import JSON
import PostgresClient
import RedisClient
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
