/// The shared log of one group of viewers: each event's SSE bytes once, at absolute 64-bit positions.
///
/// A viewer is a position in it. Records are whole SSE blocks; a position handed out is always a record's end, so a
/// viewer can be given any record or a fresh snapshot next. When full, the storage doubles up to `bytesMax`; then the
/// oldest records go, and a viewer behind `start` has to be reset.
///
/// Generic over the cursor so that tests count with integers.
package struct EventRing<Cursor: Sendable> {
    /// The end of a record, and what a viewer that has got it has seen.
    private struct Mark {
        let end: Int64
        let cursor: Cursor
    }

    package let bytesMax: Int
    private(set) var storage: [UInt8]
    /// Positions held: `start..<end`.
    package private(set) var start: Int64 = 0
    package private(set) var end: Int64 = 0
    private var marks: [Mark] = []
    private var firstMark = 0
    /// What a viewer at `start` has seen.
    private var startCursor: Cursor
    /// What a viewer must have seen at least to go on here; others are served that are behind it already.
    private var floorCursor: Cursor

    /// `cursor` is what a viewer has seen to whom the first record will be new.
    package init(startingAfter cursor: Cursor, bytesMin: Int = 1 << 16, bytesMax: Int = 4 << 20) {
        self.bytesMax = bytesMax
        startCursor = cursor
        floorCursor = cursor
        storage = [UInt8](repeating: 0, count: bytesMin)
    }

    /// Records held.
    package var count: Int { marks.count - firstMark }

    /// Adds a record; drops the oldest ones when there is no room. A record larger than `bytesMax` grows the storage
    /// for good, because one event is always admitted.
    package mutating func append(_ record: [UInt8], cursor: Cursor) {
        makeRoom(for: record.count)
        var offset = index(of: end)
        let untilWrap = min(record.count, storage.count - offset)
        storage.replaceSubrange(offset..<offset + untilWrap, with: record[..<untilWrap])
        if untilWrap < record.count {
            offset = record.count - untilWrap
            storage.replaceSubrange(0..<offset, with: record[untilWrap...])
        }
        end += Int64(record.count)
        marks.append(Mark(end: end, cursor: cursor))
    }

    private func index(of position: Int64) -> Int { Int(position % Int64(storage.count)) }

    private mutating func makeRoom(for count: Int) {
        let needed = Int(end - start) + count
        guard needed > storage.count else { return }
        if storage.count < bytesMax || count > storage.count {
            var capacity = storage.count
            while capacity < needed, capacity < bytesMax { capacity *= 2 }
            grow(to: max(min(capacity, bytesMax), count))
        }
        while Int(end - start) + count > storage.count { dropOldest() }
    }

    private mutating func grow(to capacity: Int) {
        guard capacity > storage.count else { return }
        while Int(end - start) > capacity { dropOldest() }
        var larger = [UInt8](repeating: 0, count: capacity)
        var position = start
        while position < end {
            let from = index(of: position)
            let to = Int(position % Int64(capacity))
            let piece = min(Int(end - position), storage.count - from, capacity - to)
            larger.replaceSubrange(to..<to + piece, with: storage[from..<from + piece])
            position += Int64(piece)
        }
        storage = larger
    }

    private mutating func dropOldest() {
        let mark = marks[firstMark]
        start = mark.end
        startCursor = mark.cursor
        firstMark += 1
        if firstMark > 1024, firstMark > marks.count / 2 {
            marks.removeSubrange(0..<firstMark)
            firstMark = 0
        }
    }

    /// Forgets every record: nobody goes on across this place. Positions stay valid only at the end.
    package mutating func cut(at cursor: Cursor) {
        start = end
        startCursor = cursor
        floorCursor = cursor
        marks = []
        firstMark = 0
    }

    /// What is before `cursor` was shown under another sight: nobody who comes goes on from there.
    package mutating func refuse(before cursor: Cursor) { floorCursor = cursor }

    /// Where a viewer goes on that has seen `cursor`: behind the last record that is not `isBehind` it. Nil when that
    /// place is no longer held, or there is none: a cursor of several shards may have been made where their events
    /// came in another order. `isBehind(a, b)`: a viewer at `a` has not seen all that one at `b` has.
    package func position(after cursor: Cursor, isBehind: (Cursor, Cursor) -> Bool) -> Int64? {
        guard !isBehind(cursor, startCursor), !isBehind(cursor, floorCursor) else { return nil }
        // The first mark that the viewer has not seen; marks ascend.
        var low = firstMark
        var high = marks.count
        while low < high {
            let middle = (low + high) / 2
            if isBehind(cursor, marks[middle].cursor) { high = middle } else { low = middle + 1 }
        }
        // Behind the place, nothing may have been seen already in any shard.
        if low < marks.count, isBehind(marks[low].cursor, cursor) { return nil }
        return low == firstMark ? start : marks[low - 1].end
    }

    /// The storage's ranges that hold the bytes from `position`, at most `limit` of them: two where they wrap around.
    package func ranges(from position: Int64, limit: Int) -> (first: Range<Int>, second: Range<Int>) {
        precondition(
            position >= start && position <= end,
            "a position is held or handled before it is sent from"
        )
        let count = min(Int(end - position), limit)
        let from = index(of: position)
        let untilWrap = min(count, storage.count - from)
        return (from..<from + untilWrap, 0..<count - untilWrap)
    }

    /// The end of the record that holds the byte at `position`; `position` itself when that is a record's end.
    package func recordEnd(at position: Int64) -> Int64 {
        guard position > start else { return position }
        var low = firstMark
        var high = marks.count
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].end >= position { high = middle } else { low = middle + 1 }
        }
        return marks[low].end
    }

    /// The bytes between two positions, copied.
    package func copy(_ range: Range<Int64>) -> [UInt8] {
        let (first, second) = ranges(from: range.lowerBound, limit: Int(range.upperBound - range.lowerBound))
        return Array(storage[first]) + Array(storage[second])
    }

    /// The ring as it is now. To be let go of before anything is appended: two would share the storage, and it be copied.
    package var window: RingWindow { RingWindow(storage: storage, start: start, end: end) }
}

/// A ring while a flush goes through its group's viewers.
package struct RingWindow {
    package private(set) var storage: [UInt8] = []
    package private(set) var start: Int64 = 0
    package private(set) var end: Int64 = 0
    private var position: Int64 = -1
    /// The storage's ranges that hold the bytes from the place looked at to the end: two where they wrap around.
    package private(set) var first = 0..<0
    package private(set) var second = 0..<0

    package init() {}

    fileprivate init(storage: [UInt8], start: Int64, end: Int64) {
        self.storage = storage
        self.start = start
        self.end = end
    }

    /// From a position that is held. Of most viewers it is the same one, and there is nothing to compute.
    package mutating func look(from position: Int64) {
        guard position != self.position else { return }
        precondition(position >= start && position <= end, "a position is held where it is looked at")
        self.position = position
        let count = Int(end - position)
        let from = Int(position % Int64(storage.count))
        let untilWrap = min(count, storage.count - from)
        first = from..<from + untilWrap
        second = 0..<count - untilWrap
    }
}
