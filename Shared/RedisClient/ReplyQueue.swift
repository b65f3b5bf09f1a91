/// Who waits for the replies of one connection, in the order the commands went out.
///
/// Pure: time is handed in. Generic over the waiter so that tests use numbers.
package struct ReplyQueue<Waiter> {
    private var waiting: [(waiter: Waiter, since: Duration)?] = []
    private var head = 0
    private let countMax: Int

    package init(countMax: Int) { self.countMax = countMax }

    package var count: Int { waiting.count - head }

    /// False when the queue is full: the command must not be sent.
    package mutating func add(_ waiter: Waiter, now: Duration) -> Bool {
        guard count < countMax else { return false }
        waiting.append((waiter, now))
        return true
    }

    /// Whose reply came; nil when nobody waits, which breaks the protocol.
    package mutating func next() -> Waiter? {
        guard head < waiting.count, let first = waiting[head] else { return nil }
        waiting[head] = nil
        head += 1
        if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head > waiting.count / 2 {
            waiting.removeSubrange(0..<head)
            head = 0
        }
        return first.waiter
    }

    /// How long the oldest has waited.
    package func oldestAge(now: Duration) -> Duration? {
        guard head < waiting.count, let first = waiting[head] else { return nil }
        return now - first.since
    }

    /// Everybody who waits, in order; the queue is empty afterwards.
    package mutating func takeAll() -> [Waiter] {
        let all = waiting[head...].compactMap { $0?.waiter }
        waiting.removeAll()
        head = 0
        return all
    }
}
