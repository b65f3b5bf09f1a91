/// How many requests were refused of late. Discord shuts out an address, with every bot behind it, that gets 10,000 answers
/// 401, 403 or 429 (those of shared scope not counted) within 10 minutes; a process that asks wrong things stops before.
///
/// Counts are kept per 10 s, so that a flood costs no more to keep than a trickle.
package struct InvalidRequestBudget: Sendable, Equatable {
    /// Requests are held from here on. The other 1,000 are for what this process does not know yet: several processes of a host
    /// read of each other within some 3 s, in which each can be refused 135 times at 45 a second; and for other hosts behind
    /// the same address.
    package static let limitDefault = 9000
    package static let windowMilliseconds: Int64 = 600_000
    package static let slotMilliseconds: Int64 = 10_000

    package let limit: Int
    /// By number of the slot: of all processes, as read last.
    private var known: [Int64: Int] = [:]
    /// Our own that are not among those: on their way to the disk, and not yet.
    private var writing: [Int64: Int] = [:]
    private var unwritten: [Int64: Int] = [:]
    /// Our own that could not be written, and are counted here alone.
    private var kept: [Int64: Int] = [:]

    private var all: [[Int64: Int]] { [known, writing, unwritten, kept] }

    package init(limit: Int = Self.limitDefault) { self.limit = max(1, limit) }

    package static func slot(_ wall: Int64) -> Int64 { wall / slotMilliseconds }

    /// Slots that matter: of the last 10 minutes, the one that is still partly in them included. A clock that was set back makes
    /// slots of the future; they count as now, up to 10 minutes ahead.
    package static func slots(_ wall: Int64) -> ClosedRange<Int64> {
        slot(wall - windowMilliseconds)...slot(wall + windowMilliseconds)
    }

    /// A request was refused.
    package mutating func count(wall: Int64) {
        unwritten[Self.slot(wall), default: 0] += 1
        let slots = Self.slots(wall)
        if unwritten.count > slots.count { unwritten = unwritten.filter { slots.contains($0.key) } }
    }

    package func total(wall: Int64) -> Int {
        let slots = Self.slots(wall)
        return all.reduce(0) { sum, counts in
            counts.reduce(sum) { slots.contains($1.key) ? $0 + $1.value : $0 }
        }
    }

    /// How long until one more may be refused; zero: now.
    package func wait(wall: Int64) -> Duration {
        var total = total(wall: wall)
        guard total >= limit else { return .zero }
        let counts = all.reduce(into: [Int64: Int]()) { $0.merge($1, uniquingKeysWith: +) }
        let (slots, now) = (Self.slots(wall), Self.slot(wall))
        for (slot, count) in counts.sorted(by: { $0.key < $1.key }) where slots.contains(slot) {
            total -= count
            guard total < limit else { continue }
            let freed = (min(slot, now) + 1) * Self.slotMilliseconds + Self.windowMilliseconds
            return .milliseconds(max(1, freed - wall))
        }
        return .milliseconds(Self.windowMilliseconds)
    }

    // MARK: The file

    package var hasUnwritten: Bool { !unwritten.isEmpty }

    /// What is to be written now; until `wrote` or `writeFailed` it is not asked for again.
    package mutating func takeUnwritten() -> [Int64: Int] {
        writing.merge(unwritten, uniquingKeysWith: +)
        unwritten = [:]
        return writing
    }

    /// What was taken is on disk, and this is what stands there now.
    package mutating func wrote(_ counts: [Int64: Int]) {
        writing = [:]
        known = counts
    }

    /// Whether any of what was taken is on disk is not known. It is not written again: a disk that takes bytes and reports
    /// an error would let it grow with each try.
    package mutating func writeFailed(wall: Int64) {
        let slots = Self.slots(wall)
        kept = kept.merging(writing, uniquingKeysWith: +).filter { slots.contains($0.key) }
        writing = [:]
    }
}
