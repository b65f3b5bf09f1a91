internal import Base

/// Buckets of the simulated API. Discord, "Rate Limits": per route and major parameter, and 50 a second over all.
///
/// Holds at most 10,000 buckets; those whose window has ended go first.
package struct RateLimits: Sendable {
    package struct Bucket: Sendable, Equatable {
        package let limit: Int
        package var remaining: Int
        package let resetAt: Duration
    }

    package enum Verdict: Sendable, Equatable {
        case admitted(Bucket)
        case exceeded(Bucket)
        case globallyExceeded(retryAfter: Duration)
    }

    private var buckets: [String: Bucket] = [:]
    private var global = Bucket(limit: 50, remaining: 50, resetAt: .zero)
    private let globalMax: Int

    package init(globalMax: Int = 50) { self.globalMax = globalMax }

    package mutating func take(_ key: String, calls: Int, seconds: Int, now: Duration) -> Verdict {
        if global.resetAt <= now {
            global = Bucket(limit: globalMax, remaining: globalMax, resetAt: now + .seconds(1))
        }
        guard global.remaining > 0 else { return .globallyExceeded(retryAfter: global.resetAt - now) }
        global.remaining -= 1
        if buckets.count > 10_000 { buckets = buckets.filter { $0.value.resetAt > now } }
        var bucket = buckets[key] ?? Bucket(limit: calls, remaining: calls, resetAt: now + .seconds(seconds))
        if bucket.resetAt <= now {
            bucket = Bucket(limit: calls, remaining: calls, resetAt: now + .seconds(seconds))
        }
        defer { buckets[key] = bucket }
        guard bucket.remaining > 0 else { return .exceeded(bucket) }
        bucket.remaining -= 1
        return .admitted(bucket)
    }
}
