/// Who is due when: the earliest first, of equals the lowest number. Costs the logarithm of how many there are.
package struct Agenda: Sendable {
    private struct Entry: Sendable {
        let at: Duration
        let number: Int

        static func < (left: Self, right: Self) -> Bool {
            left.at == right.at ? left.number < right.number : left.at < right.at
        }
    }

    private var heap: [Entry] = []

    package init() {}

    package var nextAt: Duration? { heap.first?.at }

    /// Takes the first who is due by `now`.
    package mutating func take(dueBy now: Duration) -> Int? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.number
    }

    package mutating func add(_ number: Int, at: Duration) {
        heap.append(Entry(at: at, number: number))
        var place = heap.count - 1
        while place > 0, heap[place] < heap[(place - 1) / 2] {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child] < heap[least]
            {
                least = child
            }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
