/// How many sessions may begin: per bucket once in a few seconds, and so many a day.
/// Discord, "Session Start Limit Object" and "Rate Limiting".
package struct SessionStarts: Sendable {
    package private(set) var used = 0
    /// Since the simulator began.
    package private(set) var total = 0
    private var windowStart: Duration?
    private var lastInBucket: [Int: Duration] = [:]
    private let window: Duration = .seconds(86_400)

    package init() {}

    /// Those that came too soon or were too many; each was answered with op 9.
    package private(set) var refused = 0

    private mutating func refuse() -> Bool {
        refused += 1
        return false
    }

    package mutating func admit(shard: Int, rules: GatewayRules, now: Duration) -> Bool {
        if let start = windowStart, start + window <= now {
            windowStart = nil
            used = 0
        }
        let bucket = shard % max(1, rules.maxConcurrency)
        if let last = lastInBucket[bucket], last + rules.identifyInterval > now { return refuse() }
        guard used < rules.sessionStarts else { return refuse() }
        lastInBucket[bucket] = now
        windowStart = windowStart ?? now
        used += 1
        total += 1
        return true
    }

    package func resetAfter(now: Duration) -> Duration {
        windowStart.map { max(.zero, $0 + window - now) } ?? .zero
    }
}
