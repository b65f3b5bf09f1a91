package import EventModels

/// How often new sessions may be asked for. Discord allows 1,000 a day to a bot, then ends all its sessions and resets
/// its token; a process that crashes, or loses its session, again and again must stop long before.
package struct IdentifyBudget: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        /// Unix milliseconds.
        package let wall: Int64
        package let shard: ShardName

        package init(wall: Int64, shard: ShardName) {
            self.wall = wall
            self.shard = shard
        }
    }

    /// Of all shards together, in 24 h.
    package static let perDay = 900
    /// New sessions in a row that are free; then each waits twice as long as the one before.
    package static let freeInRow = 4
    /// A session that lived so long ends the row.
    package static let livedMilliseconds: Int64 = 30 * 60_000
    package static let waitMin = Duration.seconds(60)
    package static let waitMax = Duration.seconds(15 * 60)

    /// Between two new sessions of one bucket: Discord's 5 s, and what may lie between a message's leaving and its arrival.
    package static let bucketInterval = Duration.milliseconds(5100)

    private static let day: Int64 = 24 * 3600 * 1000

    /// In any order; what is older than a day does not count.
    package var entries: [Entry]

    package init(entries: [Entry] = []) { self.entries = entries }

    /// Those within a day of now.
    package func counted(wall: Int64) -> [Entry] {
        entries.filter { $0.wall > wall - Self.day && $0.wall < wall + Self.day }
    }

    /// How long before this shard may ask; zero: now. A clock that was set back makes entries of the future: they count
    /// as of now, up to a day ahead.
    package func wait(shard: ShardName, wall: Int64) -> Duration {
        let counted = counted(wall: wall)
        var wait = Duration.zero
        if counted.count >= Self.perDay {
            let freed = counted.map { min($0.wall, wall) }.sorted()[counted.count - Self.perDay] + Self.day
            wait = .milliseconds(freed - wall)
        }
        var (inRow, before) = (0, wall)
        let own = counted.filter { $0.shard == shard }.map { min($0.wall, wall) }.sorted(by: >)
        for at in own {
            guard before - at < Self.livedMilliseconds else { break }
            (inRow, before) = (inRow + 1, at)
        }
        guard inRow >= Self.freeInRow, let last = own.first else { return wait }
        let doubled = Self.waitMin * (1 << min(10, inRow - Self.freeInRow))
        return max(wait, min(doubled, Self.waitMax) - .milliseconds(wall - last))
    }
}

extension IdentifyBudget {
    /// How long before this shard's bucket is free again, with so many buckets: Discord's `max_concurrency`; a shard's is its
    /// number modulo that. Zero: now. What another clock says is of the future counts as of now.
    package func waitForBucket(
        shard: ShardName,
        wall: Int64,
        maxConcurrency: Int,
        interval: Duration = bucketInterval
    ) -> Duration {
        let buckets = max(1, maxConcurrency)
        let last = counted(wall: wall)
            .filter { $0.shard.index % buckets == shard.index % buckets }
            .map { min($0.wall, wall) }.max()
        guard let last else { return .zero }
        return max(.zero, interval - .milliseconds(wall - last))
    }
}

/// This bot has asked for new sessions too often.
struct IdentifyBudgetSpent: Error, CustomStringConvertible {
    let wait: Duration
    let count: Int
    var description: String {
        "\(count) new sessions were asked for in 24 h, waiting \(wait.components.seconds) s before the next"
    }
}
