package import EventModels

/// Who waits until a shard's log has come to a place: answers of the gateway are ahead of the log by a moment.
package struct PositionWaiters {
    private struct Waiter {
        let shard: ShardName
        let id: EventID
        let turn: CheckedContinuation<Bool, Never>
    }

    private var waiters: [Int: Waiter] = [:]
    private var last = 0

    /// More are not let in.
    package static let countMax = 1_000

    package init() {}

    package var count: Int { waiters.count }

    /// Nil: too many wait already; its turn is the caller's then.
    package mutating func add(_ shard: ShardName, _ id: EventID, _ turn: CheckedContinuation<Bool, Never>)
        -> Int?
    {
        guard waiters.count < Self.countMax else { return nil }
        last += 1
        waiters[last] = Waiter(shard: shard, id: id, turn: turn)
        return last
    }

    /// The log has come to `position`.
    package mutating func release(_ shard: ShardName, upTo position: EventID) {
        for (number, waiter) in waiters where waiter.shard == shard && waiter.id <= position {
            waiters[number] = nil
            waiter.turn.resume(returning: true)
        }
    }

    /// They have waited long enough.
    package mutating func giveUp(_ number: Int) {
        waiters.removeValue(forKey: number)?.turn.resume(returning: false)
    }
}
