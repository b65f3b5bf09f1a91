import Analytics
import Configuration
import EventModels
import RedisClient
import Telemetry
import Testing

@Suite struct AnalyticsConfigTests {
    @Test func `settings have their defaults`() throws {
        let config = try AnalyticsConfig(environment: [
            "REDIS_URL": "redis://127.0.0.1:7000/1", "DATABASE_URL": "postgresql://a@127.0.0.1/b",
        ])
        #expect(config.port == 8081)
        #expect(config.retentionDays == 30)
        #expect(!config.storesContent)
        #expect(config.redis.port == 7000)
    }

    @Test func `every problem is reported, and no password`() {
        let environment = [
            "REDIS_URL": "http://:s3cret@x", "DATABASE_URL": "mysql://a:s3cret@x", "RETENTION_DAYS": "0",
            "STORE_MESSAGE_CONTENT": "perhaps",
        ]
        do throws(ConfigurationError) {
            _ = try AnalyticsConfig(environment: environment)
            Issue.record("accepted")
        } catch {
            let report = error.description
            for name in environment.keys where !report.contains(name) { Issue.record("\(name) is not named") }
            #expect(!report.contains("s3cret"))
        }
        #expect(throws: ConfigurationError.self) { try AnalyticsConfig(environment: [:]) }
    }

    @Test func `lag is the age of what was stored last while more waits`() {
        let metrics = ShardMetrics(Metrics(), .only)
        let (early, late) = (
            EventID(epoch: 1, sequence: 5, ordinal: 0), EventID(epoch: 1, sequence: 9, ordinal: 2)
        )
        metrics.noteLag(position: early, top: late, madeAt: 1000, now: 3500)
        #expect(metrics.lagSeconds.value == 2.5)
        #expect(metrics.lagDispatches.value == 4)
        metrics.noteLag(position: early, top: EventID(epoch: 2, number: 0), madeAt: nil, now: 4000)
        #expect(metrics.lagDispatches.value == -1)
        metrics.noteLag(position: late, top: late, madeAt: nil, now: 4000)
        #expect(metrics.lagSeconds.value == 0)
        #expect(metrics.lagDispatches.value == 0)
    }

    @Test func `how far shards are stored is told of those that this process reads`() throws {
        let metrics = AnalyticsMetrics(Metrics())
        let (one, two) = (try #require(ShardName("0/2")), try #require(ShardName("1/2")))
        let (first, second) = (metrics.shard(one), metrics.shard(two))
        #expect(metrics.stored == [], "nothing was read yet")
        let (early, late) = (
            EventID(epoch: 1, sequence: 5, ordinal: 0), EventID(epoch: 1, sequence: 9, ordinal: 2)
        )
        second.noteLag(position: late, top: late, madeAt: nil, now: 4000)
        first.noteLag(position: early, top: late, madeAt: 1000, now: 3500)
        #expect(
            metrics.stored == [
                .init(shard: one, events: 4, milliseconds: 2500),
                .init(shard: two, events: 0, milliseconds: 0),
            ]
        )
        first.noteLag(position: early, top: EventID(epoch: 2, number: 0), madeAt: nil, now: 9000)
        #expect(metrics.stored.first == .init(shard: one, events: nil, milliseconds: 2500))
        first.forgetLag()
        #expect(metrics.stored.map(\.shard) == [two], "another process reads it now")
    }
}
