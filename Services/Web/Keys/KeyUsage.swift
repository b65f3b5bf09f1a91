import Base

/// What keys ask for, added up in memory until it is written: specs/access.md, "Keys". Any thread.
///
/// What was counted and not written yet is lost when the process dies: no more than `KeyKeeper.usageInterval` of it. Counts are
/// for people to look at; limits are enforced elsewhere.
package final class KeyUsage: Sendable {
    /// Keys and minutes that are counted at a time; past it nothing is counted, and that is counted.
    package static let placesMax = 20_000

    package struct Place: Sendable, Hashable {
        package let key: String
        /// Minutes since 1970.
        package let minute: Int64

        package init(key: String, minute: Int64) {
            self.key = key
            self.minute = minute
        }
    }

    package struct Count: Sendable, Equatable {
        package var requests: Int64
        /// Unix seconds.
        package var last: Int64

        package init(requests: Int64, last: Int64) {
            self.requests = requests
            self.last = last
        }
    }

    private let counts = Locked<[Place: Count]>([:])
    private let lost = Locked(0)

    package init() {}

    package func count(_ key: String, unixSeconds now: Int64) {
        let place = Place(key: key, minute: now / 60)
        let isCounted = counts.withLock { counts in
            guard counts.count < Self.placesMax || counts[place] != nil else { return false }
            counts[place, default: Count(requests: 0, last: now)].requests += 1
            counts[place]?.last = now
            return true
        }
        if !isCounted { lost.withLock { $0 += 1 } }
    }

    /// What was counted since the last time.
    package func take() -> [Place: Count] {
        counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }

    /// What could not be written, to be written later. What no longer fits is lost.
    package func putBack(_ taken: [Place: Count]) {
        for (place, count) in taken {
            let fits = counts.withLock { counts in
                guard counts.count < Self.placesMax || counts[place] != nil else { return false }
                let held = counts[place] ?? Count(requests: 0, last: 0)
                counts[place] = Count(
                    requests: held.requests + count.requests,
                    last: max(held.last, count.last)
                )
                return true
            }
            if !fits { lost.withLock { $0 += Int(count.requests) } }
        }
    }

    /// Of one key, since this minute (since 1970) began or since this day did.
    package func waiting(of key: String, minutes: ClosedRange<Int64>) -> Int64 {
        counts.withLock { counts in
            counts.reduce(0) {
                $1.key.key == key && minutes.contains($1.key.minute) ? $0 + $1.value.requests : $0
            }
        }
    }

    /// Requests that were not counted, since the start.
    package var lostCount: Int { lost.withLock { $0 } }
}
