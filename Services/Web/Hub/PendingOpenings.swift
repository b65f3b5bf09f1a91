/// Streams whose viewers are being asked for. Each waits for 5 s at most; there are no more than viewers.
struct PendingOpenings {
    struct Waiting {
        let number: Int
        let key: OpeningKey
        let recentBytesMax: Int
        let viewerLoop: ViewerLoop
    }

    private var waiting: [Int: Waiting] = [:]
    private var last = 0

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ key: OpeningKey, _ recentBytesMax: Int, _ viewerLoop: ViewerLoop) -> Int {
        last += 1
        waiting[last] = Waiting(
            number: last,
            key: key,
            recentBytesMax: recentBytesMax,
            viewerLoop: viewerLoop
        )
        return last
    }

    mutating func putBack(_ one: Waiting) { waiting[one.number] = one }

    mutating func remove(_ number: Int) -> Waiting? { waiting.removeValue(forKey: number) }

    mutating func removeAll(of viewerLoop: ViewerLoop) {
        waiting = waiting.filter { $0.value.viewerLoop !== viewerLoop }
    }

    /// Oldest first.
    mutating func takeAll() -> [Waiting] {
        let all = waiting.values.sorted { $0.number < $1.number }
        waiting = [:]
        return all
    }
}
