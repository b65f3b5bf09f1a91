import Base
import EventLoop
import Lifecycle
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// Counting for all replicas, in a real Redis.
@Suite struct LimitsTests {
    private struct Fixture {
        let server: RedisServer
        let redis: RedisClient
        let loop: EventLoop
        let lines = Locked<[String]>([])

        func limits(_ metrics: Metrics = Metrics(), _ readiness: Readiness = Readiness()) -> Limits {
            let lines = lines
            let log = Log(
                service: "web",
                sink: { line in
                    lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
                }
            )
            return Limits(
                figures: LimitFigures(),
                redis: redis,
                metrics: metrics,
                readiness: readiness,
                log: log
            )
        }

        /// Commands of a name that Redis has carried out.
        func calls(_ command: String) async throws -> Int {
            let text = try await redis.send(["INFO", "commandstats"]).string ?? ""
            guard let start = text.firstRange(of: "cmdstat_\(command):calls=") else { return 0 }
            return Int(text[start.upperBound...].prefix { $0 != "," }) ?? 0
        }
    }

    private func withFixture(_ body: (Fixture) async throws -> Void) async throws {
        let server = try await RedisServer()
        try await withEventLoop { loop in
            var config = try RedisConfig(url: server.url)
            config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
            let redis = RedisClient(config, on: loop)
            await redis.start()
            await redis.whenConnected()
            try await body(Fixture(server: server, redis: redis, loop: loop))
            await redis.close()
        }
    }

    private static let day = LimitPolicy("key-day", 3, perSeconds: 86_400)
    private static let counters = [
        LimitCounter("a", LimitPolicy("address", 100, perSeconds: 86_400)), LimitCounter("k", day),
    ]

    /// Once Redis has answered: under load a first answer may take longer than a request waits.
    private func counting(_ limits: Limits, _ readiness: Readiness) async throws {
        try await eventually("Redis to count") {
            _ = await limits.take([])
            if readiness.notes.isEmpty { return true }
            await limits.look()
            return false
        }
    }

    @Test func `replicas count together, with one command for all counters of a request`() async throws {
        try await withFixture { fixture in
            let readiness = Readiness()
            let (first, second) = (fixture.limits(Metrics(), readiness), fixture.limits(Metrics(), readiness))
            try await counting(first, readiness)
            try await counting(second, readiness)
            let before = try await fixture.calls("evalsha")
            #expect(await first.take(Self.counters).verdict.used == [1, 1])
            #expect(await second.take(Self.counters).verdict.used == [2, 2])
            #expect(await first.take(Self.counters).verdict.used == [3, 3])
            #expect(try await fixture.calls("evalsha") == before + 3)
            #expect(await second.take(Self.counters).refused == Self.day)
            // What is known to be used up is refused without Redis: a flood costs it nothing.
            for _ in 1...20 { #expect(await second.take(Self.counters).refused == Self.day) }
            #expect(try await fixture.calls("evalsha") <= before + 6)
        }
    }

    @Test func `while Redis is silent each replica counts by itself, says so, and lets nobody through`()
        async throws
    {
        try await withFixture { fixture in
            let (metrics, readiness) = (Metrics(), Readiness())
            let limits = fixture.limits(metrics, readiness)
            try await counting(limits, readiness)
            let lines = fixture.lines.withLock { $0.count }
            fixture.server.pause()
            for used: Int64 in 1...3 {
                #expect(await limits.take(Self.counters).verdict.used == [used, used])
            }
            for _ in 1...3 { #expect(await limits.take(Self.counters).refused == Self.day) }
            #expect(readiness.notes.map(\.name) == ["limits"] && readiness.isReady)
            #expect(metric(metrics, "guildwire_web_limits_local") == 1)
            #expect(metric(metrics, "guildwire_web_limits_locally_counted_total") >= 6)
            let said = fixture.lines.withLock { $0[lines...].count { $0.contains("by this replica alone") } }
            #expect(said == 1)
            fixture.server.resume()
            try await eventually("Redis to count again") {
                await limits.look()
                return readiness.notes.isEmpty
            }
            #expect(metric(metrics, "guildwire_web_limits_local") == 0)
            #expect(metric(metrics, "guildwire_web_limit_counters") == 0)
        }
    }

    @Test func `without Redis one replica's counters are all there are, and nothing is amiss`() async {
        let (metrics, readiness) = (Metrics(), Readiness())
        let limits = Limits(
            figures: LimitFigures(),
            redis: nil,
            metrics: metrics,
            readiness: readiness,
            log: .silent
        )
        for _ in 1...3 { #expect(await limits.take(Self.counters).refused == nil) }
        #expect(await limits.take(Self.counters).refused == Self.day)
        #expect(readiness.notes.isEmpty)
    }

    @Test func `a Redis that answers nonsense is as good as none`() async throws {
        try await withFixture { fixture in
            let readiness = Readiness()
            let limits = fixture.limits(Metrics(), readiness)
            try await counting(limits, readiness)
            _ = try await fixture.redis.send(["SET", "guildwire:limit:k", "text"])
            #expect(await limits.take(Self.counters).verdict.used == [1, 1])
            #expect(readiness.notes.map(\.name) == ["limits"])
        }
    }

    private func metric(_ metrics: Metrics, _ name: String) -> Double {
        let lines = String(decoding: metrics.render(), as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) } ?? .nan
    }
}
