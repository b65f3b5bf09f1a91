import Base
import EventModels
import Gateway
import Testing

@Suite struct IdentifyBudgetTests {
    private static let minute: Int64 = 60_000
    private static let now: Int64 = 2_000_000_000_000

    private static func budget(_ ages: [Int64]) -> IdentifyBudget {
        IdentifyBudget(entries: ages.map { .init(wall: now - $0, shard: .only) })
    }

    private static func wait(_ ages: [Int64]) -> Duration { budget(ages).wait(shard: .only, wall: now) }

    @Test func `a few in a row are free, then each waits longer, up to the bound`() {
        #expect(Self.wait([]) == .zero && Self.wait([1, 2, 3]) == .zero)
        #expect(Self.wait([0, 1, 2, 3]) == .seconds(60))
        #expect(Self.wait([50_000, 50_001, 50_002, 50_003]) == .seconds(10))
        #expect(Self.wait([0, 1, 2, 3, 4]) == .seconds(120))
        #expect(Self.wait(Array(0..<12)) == IdentifyBudget.waitMax)
    }

    @Test func `a session that lived ends the row`() {
        #expect(
            Self.wait([31 * Self.minute, 31 * Self.minute + 1, 31 * Self.minute + 2, 31 * Self.minute + 3])
                == .zero
        )
        #expect(Self.wait([0, 31 * Self.minute, 32 * Self.minute, 33 * Self.minute]) == .zero)
    }

    @Test func `a process that crashes for ever stays far below what Discord allows`() {
        var (budget, wall, count) = (IdentifyBudget(), Self.now, 0)
        while wall < Self.now + 24 * 60 * Self.minute {
            let wait = budget.wait(shard: .only, wall: wall)
            guard wait == .zero else {
                wall += wait.components.seconds * 1000 + 1000
                continue
            }
            count += 1
            budget.entries.append(.init(wall: wall, shard: .only))
            wall += 2000
        }
        #expect(count < 120)
    }

    @Test func `all shards together stop at the day's limit until the oldest is a day old`() throws {
        let shards = try (0..<16).map { try #require(ShardName(index: $0, count: 16)) }
        let hour = 60 * Self.minute
        let entries = (0..<IdentifyBudget.perDay).map { number in
            IdentifyBudget.Entry(wall: Self.now - 23 * hour, shard: shards[number % 16])
        }
        let full = IdentifyBudget(entries: entries)
        #expect(full.wait(shard: shards[0], wall: Self.now) == .seconds(3600))
        #expect(full.wait(shard: shards[0], wall: Self.now + hour) == .zero)
        #expect(full.counted(wall: Self.now).count == 900 && full.counted(wall: Self.now + hour).isEmpty)
        #expect(
            IdentifyBudget(entries: Array(entries.dropLast())).wait(shard: shards[0], wall: Self.now) == .zero
        )
    }

    @Test func `a clock set back does not forget what was asked for`() {
        #expect(Self.wait([-Self.minute, -Self.minute, -Self.minute, -Self.minute]) == .seconds(60))
        #expect(Self.wait(Array(repeating: -48 * 60 * Self.minute, count: 1000)) == .zero)
    }

    @Test func `a bucket is free five seconds after its last, whichever shard that was`() throws {
        let shard = { (index: Int) in try #require(ShardName(index: index, count: 16)) }
        let budget = IdentifyBudget(entries: [
            .init(wall: Self.now - 1000, shard: try shard(0)),
            .init(wall: Self.now - 3000, shard: try shard(1)),
            .init(wall: Self.now + 9000, shard: try shard(3)),
        ])
        // Shard, buckets, milliseconds to wait.
        let table = [
            (0, 1, 5100), (7, 1, 5100), (0, 4, 4100), (8, 4, 4100), (5, 4, 2100), (2, 4, 0), (3, 4, 5100),
            (4, 16, 0),
            (5, 0, 5100),
        ]
        for (index, buckets, wait) in table {
            let found = budget.waitForBucket(shard: try shard(index), wall: Self.now, maxConcurrency: buckets)
            #expect(found == .milliseconds(wait), "shard \(index) of \(buckets) buckets")
        }
    }
}
