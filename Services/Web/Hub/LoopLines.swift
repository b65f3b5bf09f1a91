/// What the hub knows of each viewers' loop: whether events are for it, and what it last said it has streams of. Pure.
///
/// A loop hears of events from the first stream that is opened there until it says that it has none. Only such a loop is
/// woken.
package struct LoopLines: Sendable {
    private struct Line {
        var hears = false
        /// The number of the last opening that was posted to it, and of the last that it had heard of when it reported.
        var posted = 0
        var heardOf: Int?
        var inUse: Set<Follower> = []
    }

    private var lines: [Line]

    package init(count: Int) { lines = Array(repeating: Line(), count: count) }

    /// The loops that events are for.
    package var hearing: [Int] { lines.indices.filter { lines[$0].hears } }

    package mutating func opened(_ number: Int, on loop: Int) {
        lines[loop].hears = true
        lines[loop].posted = number
    }

    /// Its streams have ended.
    package mutating func startedOver(_ loop: Int) { lines[loop].hears = false }

    /// What may be forgotten: all but `used`, if opened no later than `openedUpTo`.
    package struct Forgettable: Equatable, Sendable {
        package let used: Set<Follower>
        package let openedUpTo: Int

        package init(used: Set<Follower>, openedUpTo: Int) {
            self.used = used
            self.openedUpTo = openedUpTo
        }
    }

    /// A loop says who streams there and of which openings it had heard.
    package mutating func report(
        _ used: Set<Follower>,
        openedUpTo seen: Int,
        isIdle: Bool,
        from loop: Int
    ) {
        lines[loop].inUse = used
        lines[loop].heardOf = seen
        // What is on its way to it makes it busy again.
        if isIdle, lines[loop].posted <= seen { lines[loop].hears = false }
    }

    /// Nil until all loops have reported.
    package var forgettable: Forgettable? {
        var all: Set<Follower> = []
        var upTo = Int.max
        for line in lines {
            guard let heardOf = line.heardOf else { return nil }
            all.formUnion(line.inUse)
            // What is on its way to a loop, or came after its report, is not forgotten.
            if line.posted > heardOf { upTo = min(upTo, heardOf) }
        }
        return Forgettable(used: all, openedUpTo: upTo)
    }
}
