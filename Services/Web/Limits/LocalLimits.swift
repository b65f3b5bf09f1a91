/// A replica's own counters, for as long as Redis cannot be asked; bounded.
///
/// Where the table is full of counters whose windows still run, newcomers of a policy share one counter: an attacker with
/// many addresses makes newcomers wait, and is never let through uncounted.
package struct LocalLimits: Sendable {
    private struct Entry {
        var count: FixedWindow.Count
        /// Unix milliseconds.
        var ends: Int64
    }

    /// Some 10 MB.
    package static let countersMax = 50_000
    /// Between two searches for counters whose windows have ended, in milliseconds.
    private static let sweepRest: Int64 = 1000

    private let countersMax: Int
    private var entries: [String: Entry] = [:]
    private var nextSweep: Int64 = 0
    /// Requests that were counted in a shared counter.
    package private(set) var shared = 0

    package init(countersMax: Int = LocalLimits.countersMax) { self.countersMax = countersMax }

    package var count: Int { entries.count }

    /// `now` in Unix milliseconds.
    package mutating func take(_ counters: [LimitCounter], now: Int64) -> LimitVerdict {
        sweep(now: now, room: counters.count)
        var fresh = 0
        let keys = counters.map { counter -> String in
            if entries[counter.key] != nil { return counter.key }
            guard entries.count + fresh < countersMax else { return Self.sharedKey(counter.policy) }
            fresh += 1
            return counter.key
        }
        if keys != counters.map(\.key) { shared += 1 }
        var counts = keys.map { entries[$0]?.count }
        let policies = counters.map(\.policy)
        let verdict = FixedWindow.take(policies, &counts, now: now)
        guard verdict.refused == nil else { return verdict }
        for (index, key) in keys.enumerated() {
            guard let count = counts[index] else { continue }
            let ends = now + FixedWindow.rest(of: policies[index], now: now)
            entries[key] = Entry(count: count, ends: ends)
        }
        return verdict
    }

    package mutating func forgetAll() { entries = [:] }

    /// One for each policy, beside the bound.
    private static func sharedKey(_ policy: LimitPolicy) -> String { "shared:\(policy.name)" }

    private mutating func sweep(now: Int64, room: Int) {
        guard entries.count + room > countersMax, now >= nextSweep else { return }
        nextSweep = now + Self.sweepRest
        entries = entries.filter { $0.value.ends > now }
    }
}
