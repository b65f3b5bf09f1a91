/// Values by rising priority. Values of equal priority come in any order, so priorities that must decide are unique.
struct MinHeap<Priority: Comparable & Sendable, Value: Sendable>: Sendable {
    private var items: [(priority: Priority, value: Value)] = []

    var first: (priority: Priority, value: Value)? { items.first }
    var count: Int { items.count }

    mutating func push(_ priority: Priority, _ value: Value) {
        items.append((priority, value))
        var child = items.count - 1
        while child > 0, items[child].priority < items[(child - 1) / 2].priority {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popFirst() -> (priority: Priority, value: Value)? {
        guard let first = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return first }
        items[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count {
                if items[child].priority < items[least].priority { least = child }
            }
            if least == parent { return first }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
