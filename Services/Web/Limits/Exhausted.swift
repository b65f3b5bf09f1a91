/// Counters that Redis has said are used up, so that a flood that is refused costs it nothing.
package struct Exhausted: Sendable {
    /// Then Redis is asked again: figures may have been raised. Milliseconds.
    package static let believedMax: Int64 = 1000
    /// Some 1 MB. Past it nothing more is remembered, and Redis is asked.
    package static let countersMax = 10_000

    /// Until when, in Unix milliseconds.
    private var until: [String: Int64] = [:]

    package init() {}

    package var count: Int { until.count }

    package mutating func note(_ counter: LimitCounter, now: Int64) {
        if until.count >= Self.countersMax { until = until.filter { Self.holds($0.value, now) } }
        guard until.count < Self.countersMax else { return }
        until[counter.key] = now + min(Self.believedMax, FixedWindow.rest(of: counter.policy, now: now))
    }

    /// The first counter that is known to be used up.
    package func first(of counters: [LimitCounter], now: Int64) -> Int? {
        counters.firstIndex { until[$0.key].map { Self.holds($0, now) } ?? false }
    }

    /// A clock that was set back must not make it longer.
    private static func holds(_ until: Int64, _ now: Int64) -> Bool { 1...believedMax ~= until - now }
}
