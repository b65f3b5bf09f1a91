/// Names one scheduled timer; never used again after it fired or was cancelled.
package struct TimerID: Hashable, Sendable {
    let rawValue: UInt64
}

/// A binary heap of deadlines: O(log n) to add and take, cancelling leaves a mark that is dropped when reached.
///
/// Timers of equal deadline fire in the order they were added.
struct TimerHeap<Body> {
    private struct Entry {
        let deadline: Int64
        let id: UInt64
    }

    private var heap: [Entry] = []
    private var bodies: [UInt64: Body] = [:]
    private var nextID: UInt64 = 0

    /// Timers that will still fire.
    var count: Int { bodies.count }

    mutating func add(deadline: Int64, _ body: Body) -> TimerID {
        nextID += 1
        bodies[nextID] = body
        heap.append(Entry(deadline: deadline, id: nextID))
        siftUp(from: heap.count - 1)
        return TimerID(rawValue: nextID)
    }

    mutating func cancel(_ timer: TimerID) {
        bodies[timer.rawValue] = nil
        // Without this, a timer that is set and cancelled for each request would grow the heap until it fires.
        if heap.count > 64, heap.count > bodies.count * 2 { rebuild() }
    }

    /// The earliest deadline, in the unit of `add`.
    mutating func earliest() -> Int64? {
        dropCancelled()
        return heap.first?.deadline
    }

    /// Takes the earliest timer whose deadline is not after `now`.
    mutating func takeDue(now: Int64) -> Body? {
        dropCancelled()
        guard let first = heap.first, first.deadline <= now else { return nil }
        removeFirst()
        return bodies.removeValue(forKey: first.id)
    }

    private mutating func dropCancelled() {
        while let first = heap.first, bodies[first.id] == nil { removeFirst() }
    }

    private mutating func rebuild() {
        let live = heap.filter { bodies[$0.id] != nil }
        heap.removeAll(keepingCapacity: true)
        for entry in live {
            heap.append(entry)
            siftUp(from: heap.count - 1)
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (heap[left], heap[right])
        return a.deadline < b.deadline || (a.deadline == b.deadline && a.id < b.id)
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < heap.count else { return }
            let child = left + 1 < heap.count && isBefore(left + 1, left) ? left + 1 : left
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }
}
