import Base

/// The room that the viewers' loops of a replica have together, and what is taken of it. Any thread.
///
/// Each loop tells what it has when that changes, so the sum may be behind by what one turn of a loop brings.
package final class StreamRoom: Sendable {
    /// Viewers of a replica; the next is told to come again. Below the 20,000 descriptors a process may have.
    package static let streamsMax = 15_000
    /// Groups that rings are kept for, one on several loops counted at each; a stream that would need one more is told to
    /// come again.
    package static let groupsMax = 4_000
    /// What a group's ring may grow to at least, and what all rings together may before new groups get less.
    package static let ringBytesMin = 256 << 10
    package static let ringsBytesMax = 512 << 20

    /// What one loop has, or all of them.
    package struct Use: Sendable, Equatable {
        package var streams = 0
        package var groups = 0
        package var ringBytes = 0

        package init(streams: Int = 0, groups: Int = 0, ringBytes: Int = 0) {
            self.streams = streams
            self.groups = groups
            self.ringBytes = ringBytes
        }
    }

    /// Loops that share it.
    package let loops: Int
    private let taken = Locked(Use())

    package init(loops: Int) { self.loops = loops }

    /// A loop that had `old` has `new`.
    package func change(from old: Use, to new: Use) {
        taken.withLock {
            $0.streams += new.streams - old.streams
            $0.groups += new.groups - old.groups
            $0.ringBytes += new.ringBytes - old.ringBytes
        }
    }

    package var isFull: Bool { taken.withLock { $0.streams } >= Self.streamsMax }
    package var isCrowded: Bool { taken.withLock { $0.groups } >= Self.groupsMax }

    /// What the ring of a new group may grow to: `bytesMax` for the first eight or so, then ever less.
    package func forRing(bytesMax: Int) -> Int {
        let share = max(0, Self.ringsBytesMax - taken.withLock { $0.ringBytes }) / 8
        return min(bytesMax, max(Self.ringBytesMin, share))
    }
}
