/// How long one step of an event's way took lately: a histogram over a window that slides in slots. Bounded: `slots` times
/// `buckets` counts, whatever comes. Pure; times are monotonic.
package struct HopWindow: Sendable {
    package struct Figures: Sendable, Equatable {
        /// In milliseconds, to 19 %; nil where nothing was measured.
        package let p50: Double?
        package let p95: Double?
        package let p99: Double?
        package let count: Int

        package init(p50: Double?, p95: Double?, p99: Double?, count: Int) {
            self.p50 = p50
            self.p95 = p95
            self.p99 = p99
            self.count = count
        }
    }

    package static let slots = 12
    /// The window is `slots` of it: the last minute, less what of the oldest slot has passed.
    package static let slotLength = Duration.seconds(5)
    /// Upper bounds grow by 2^(1/4) from 10 µs: the last is above 60 s.
    package static let buckets = 92

    private var counts = [Int](repeating: 0, count: slots * buckets)
    /// The slot that is written, counted since the clock began.
    private var newest = 0

    package init() {}

    /// Microseconds.
    private static let bounds: [Double] = {
        var bounds: [Double] = []
        var bound = 10.0
        for _ in 0..<buckets {
            bounds.append(bound)
            bound *= 1.189_207_115_002_721
        }
        return bounds
    }()

    package mutating func observe(microseconds: Int64, now: Duration) {
        turn(to: now)
        counts[newest % Self.slots * Self.buckets + Self.bucket(of: Double(max(0, microseconds)))] += 1
    }

    private static func bucket(of microseconds: Double) -> Int {
        var (low, high) = (0, buckets - 1)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < microseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Forgets the slots that have passed since.
    private mutating func turn(to now: Duration) {
        let slot = Int(now / Self.slotLength)
        guard slot > newest else { return }
        for passed in max(newest + 1, slot - Self.slots + 1)...slot {
            let start = passed % Self.slots * Self.buckets
            for index in start..<(start + Self.buckets) { counts[index] = 0 }
        }
        newest = slot
    }

    package mutating func figures(now: Duration) -> Figures {
        turn(to: now)
        var sums = [Int](repeating: 0, count: Self.buckets)
        for (index, count) in counts.enumerated() where count > 0 { sums[index % Self.buckets] += count }
        let total = sums.reduce(0, +)
        func quantile(_ share: Double) -> Double? {
            guard total > 0 else { return nil }
            var left = max(1, Int((Double(total) * share).rounded(.up)))
            for (index, count) in sums.enumerated() {
                left -= count
                if left <= 0 { return Self.bounds[index] / 1000 }
            }
            return nil
        }
        return Figures(p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), count: total)
    }
}
