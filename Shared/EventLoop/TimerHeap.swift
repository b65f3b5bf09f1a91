/// Names one scheduled timer; never used again after it fired or was cancelled.
package struct TimerID: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
}

/// A binary heap of deadlines: O(log n) to add and take, cancelling leaves a mark that is dropped when reached.
///
/// Timers of equal deadline fire in the order they were added. What they do stands in a table beside the heap, so that a
/// timer that is set and cancelled for each request is looked up by its place.
struct TimerHeap<Body> {
    private struct Entry {
        let deadline: Int64
        let order: UInt64
        let id: TimerID
    }

    private struct Slot {
        var generation: UInt32 = 0
        var body: Body?
    }

    private var heap: [Entry] = []
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var nextOrder: UInt64 = 0

    /// Timers that will still fire.
    var count: Int { slots.count - freeSlots.count }

    mutating func add(deadline: Int64, _ body: Body) -> TimerID {
        nextOrder += 1
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(Slot()) }
        slots[slot].body = body
        let id = TimerID(slot: slot, generation: slots[slot].generation)
        heap.append(Entry(deadline: deadline, order: nextOrder, id: id))
        siftUp(from: heap.count - 1)
        return id
    }

    mutating func cancel(_ timer: TimerID) {
        guard isSet(timer) else { return }
        _ = take(timer)
        // Without this, a timer that is set and cancelled for each request would grow the heap until it fires.
        if heap.count > 64, heap.count > count * 2 { rebuild() }
    }

    private func isSet(_ timer: TimerID) -> Bool { slots[timer.slot].generation == timer.generation }

    private mutating func take(_ timer: TimerID) -> Body? {
        slots[timer.slot].generation &+= 1
        freeSlots.append(timer.slot)
        return slots[timer.slot].body.take()
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
        return take(first.id)
    }

    private mutating func dropCancelled() {
        while let first = heap.first, !isSet(first.id) { removeFirst() }
    }

    private mutating func rebuild() {
        let live = heap.filter { isSet($0.id) }
        heap.removeAll(keepingCapacity: true)
        for entry in live {
            heap.append(entry)
            siftUp(from: heap.count - 1)
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (heap[left], heap[right])
        return a.deadline < b.deadline || (a.deadline == b.deadline && a.order < b.order)
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
