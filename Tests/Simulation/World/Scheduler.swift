/// What is to happen, by simulated time and then by the order in which it was asked for.
struct Scheduler {
    private struct Entry {
        let at: Int64
        let order: UInt64
        let action: () -> Void
    }

    private var heap: [Entry] = []
    private var nextOrder: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var nextAt: Int64? { heap.first?.at }

    mutating func add(at: Int64, _ action: @escaping () -> Void) {
        heap.append(Entry(at: at, order: nextOrder, action: action))
        nextOrder += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isBefore(heap[child], heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func take() -> (at: Int64, action: () -> Void)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.at, first.action)
    }

    mutating func clear() { heap = [] }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, Self.isBefore(heap[left], heap[least]) { least = left }
            if left + 1 < heap.count, Self.isBefore(heap[left + 1], heap[least]) { least = left + 1 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private static func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.at != right.at ? left.at < right.at : left.order < right.order
    }
}
