/// Exponential back-off with full jitter: each wait is drawn evenly from half the ceiling up to the ceiling,
/// and the ceiling doubles from `base` to `limit`.
///
/// Half is kept so that a retry is never immediate; the other half is random so that many peers that lost
/// the same server do not come back in step.
package struct Backoff: Sendable, Equatable {
    package let base: Duration
    package let limit: Duration
    package private(set) var attempt = 0

    package init(base: Duration = .milliseconds(250), limit: Duration = .seconds(15)) {
        self.base = base
        self.limit = limit
    }

    /// The wait before the next attempt. `random` is a number in 0..<1.
    package mutating func next(random: Double) -> Duration {
        let ceiling = min(limit, base * Double(1 << min(attempt, 20)))
        attempt += 1
        return ceiling * (0.5 + 0.5 * random)
    }

    /// Call when the peer has been useful again.
    package mutating func reset() { attempt = 0 }
}
