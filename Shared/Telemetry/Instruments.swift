internal import Synchronization

/// A count that only grows. Any thread.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    package func increment(by amount: Int = 1) {
        precondition(amount >= 0, "a counter never falls; use a gauge")
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    package var value: Int { count.load(ordering: .relaxed) }
}

/// A value that goes up and down. Any thread.
package final class Gauge: Sendable {
    private let number = AtomicDouble()

    init() {}

    package func set(_ value: Double) { number.store(value) }
    package func set(_ value: Int) { number.store(Double(value)) }
    package func add(_ amount: Double) { number.add(amount) }
    package func add(_ amount: Int) { number.add(Double(amount)) }

    package var value: Double { number.load() }
}

/// Counts of observations by size, for percentiles. Any thread.
package final class Histogram: Sendable {
    /// Seconds, from half a millisecond to ten.
    package static let latencyBuckets = [
        0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ]
    /// Bytes, from 64 to 16 MiB.
    package static let sizeBuckets: [Double] = [
        64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216,
    ]

    /// Upper bounds, rising; the bucket above the last is implied.
    let bounds: [Double]
    private let buckets: [Counter]
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        precondition(
            !bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 },
            "bounds must rise"
        )
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Counter() }
    }

    package func observe(_ value: Double) {
        buckets[bounds.firstIndex { value <= $0 } ?? bounds.count].increment()
        total.add(value)
    }

    /// A duration, in seconds.
    package func observe(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        observe(Double(seconds) + Double(attoseconds) / 1e18)
    }

    package var count: Int { buckets.reduce(0) { $0 + $1.value } }
    package var sum: Double { total.load() }

    /// How many observations were at most as large as each bound, and then all.
    var cumulativeCounts: [Int] {
        var running = 0
        return buckets.map { bucket in
            running += bucket.value
            return running
        }
    }
}

/// A floating-point number that threads share, kept as its bits.
private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: seen) + amount
            let outcome = bits.weakCompareExchange(
                expected: seen,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if outcome.exchanged { return }
            seen = outcome.original
        }
    }
}
