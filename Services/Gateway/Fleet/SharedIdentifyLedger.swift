package import Base
internal import EventLoop
package import EventModels
package import RedisClient

/// Counts in a Redis too, which the gateways of one token on several hosts share. While it does not answer they count on their
/// own hosts alone: two hosts may then ask at once, which Discord answers with op 9 to one of them, and it asks again.
package struct SharedIdentifyLedger: IdentifyLedger {
    private let local: any IdentifyLedger
    private let redis: RedisClient
    private let key: String
    private let interval: Duration
    /// Shards that are counted in Redis and not yet on this host, and when they were: monotonic.
    private let granted = Locked<[ShardName: Duration]>([:])
    /// Why Redis cannot be counted in; nil: it can.
    private let noted: @Sendable (String?) -> Void

    package init(
        local: any IdentifyLedger,
        redis: RedisClient,
        token: Secret,
        interval: Duration = IdentifyBudget.bucketInterval,
        noted: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.local = local
        self.redis = redis
        self.interval = interval
        self.noted = noted
        key = RedisKeys.identifies(IdentifyLog.hash(of: token))
    }

    /// Redis' clock, in Unix milliseconds, and the entries of the last 24 h by it.
    private static let read = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 86400000)
        return {string.format('%d', now), redis.call('ZRANGE', KEYS[1], 0, -1)}
        """
    )

    /// Adds an entry, if the newest is still the one that was read.
    private static let add = RedisScript(
        """
        local newest = redis.call('ZRANGE', KEYS[1], -1, -1)[1] or ''
        if newest ~= ARGV[1] then return 0 end
        redis.call('ZADD', KEYS[1], ARGV[2], ARGV[3])
        redis.call('PEXPIRE', KEYS[1], 90000000)
        return 1
        """
    )

    package func admit(_ shard: ShardName, maxConcurrency: Int) async throws -> IdentifyAdmission {
        let wait = try await local.budget()
            .admissionWait(shard, WallClock.unixMilliseconds(), maxConcurrency, interval)
        guard wait == .zero else { return .wait(wait) }
        if !isGranted(shard) {
            do throws(RedisError) {
                let wait = try await take(shard, maxConcurrency)
                noted(nil)
                guard wait == .zero else { return .wait(wait) }
                granted.withLock { $0[shard] = redis.loop.now }
            } catch {
                noted("\(error)")
            }
        }
        let admission = try await local.admit(shard, maxConcurrency: maxConcurrency)
        if admission == .granted { granted.withLock { $0[shard] = nil } }
        return admission
    }

    /// Whether it has its place in Redis from a call before, which this host's own count held up. It would stand in its own way
    /// there, and be counted twice. Past half the interval others may soon go, so that it asks again.
    private func isGranted(_ shard: ShardName) -> Bool {
        granted.withLock { granted in
            guard let at = granted[shard] else { return false }
            if redis.loop.now - at < interval / 2 { return true }
            granted[shard] = nil
            return false
        }
    }

    /// Zero: it is counted.
    private func take(_ shard: ShardName, _ maxConcurrency: Int) async throws(RedisError) -> Duration {
        let (wall, lines) = try await entries()
        let wait = Self.budget(lines).admissionWait(shard, wall, maxConcurrency, interval)
        guard wait == .zero else { return wait }
        let line = "\(wall) \(shard) \(RandomSource.hex(4))"
        let added = try await redis.evaluate(
            Self.add,
            keys: [key],
            arguments: [Array((lines.last ?? "").utf8), Array(String(wall).utf8), Array(line.utf8)]
        )
        // Somebody else was faster: look again.
        return added.integer == 1 ? .zero : .milliseconds(10)
    }

    private func entries() async throws(RedisError) -> (wall: Int64, lines: [String]) {
        let reply = try await redis.evaluate(Self.read, keys: [key], arguments: [])
        guard let parts = reply.array, parts.count == 2, let wall = parts[0].string.flatMap({ Int64($0) })
        else {
            throw .unexpectedReply("the script that reads IDENTIFYs answered something else")
        }
        return (wall, parts[1].array?.compactMap(\.string) ?? [])
    }

    private static func budget(_ lines: [String]) -> IdentifyBudget {
        IdentifyBudget(
            entries: lines.compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 3, let wall = Int64(parts[0]), let shard = ShardName(parts[1]) else {
                    return nil
                }
                return IdentifyBudget.Entry(wall: wall, shard: shard)
            }
        )
    }

    /// This host's and, where Redis answers, everybody's.
    package func budget() async throws -> IdentifyBudget {
        var budget = try await local.budget()
        do throws(RedisError) {
            let shared = Self.budget(try await entries().lines).entries
            if shared.count > budget.entries.count { budget.entries = shared }
        } catch {
            noted("\(error)")
        }
        return budget
    }
}
