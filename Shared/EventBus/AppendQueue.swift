internal import EventModels

/// The frames of one shard that wait for their turn: one call is under way, its leader takes along what waits.
struct AppendQueue {
    enum Turn {
        /// Send your own frame now.
        case lead
        /// Another's call carried it.
        case done(Result<AppendResult, BusError>)
    }

    struct Follower {
        let frame: EventFrame
        let turn: CheckedContinuation<Turn, Never>
    }

    enum Entry { case lead, wait, overflow }

    /// Frames that may wait; more are refused, and the sender keeps them.
    static let waitingMax = 1000
    /// Bytes of envelopes in one call, the first frame aside: longer calls would hold up everybody's Redis.
    static let callBytesMax = 1 << 20
    static let callFramesMax = 256

    private var busy = false
    private var waiting: [Follower] = []

    mutating func enter(_ frame: EventFrame) -> Entry {
        guard busy else {
            busy = true
            return .lead
        }
        return waiting.count < Self.waitingMax ? .wait : .overflow
    }

    mutating func wait(_ frame: EventFrame, _ turn: CheckedContinuation<Turn, Never>) {
        waiting.append(Follower(frame: frame, turn: turn))
    }

    mutating func takeFollowers(of leader: EventFrame) -> [Follower] {
        var bytes = leader.bytes
        var count = 0
        while count < min(waiting.count, Self.callFramesMax - 1) {
            bytes += waiting[count].frame.bytes
            guard bytes <= Self.callBytesMax else { break }
            count += 1
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }

    /// Who leads the next call; nobody waits when nil.
    mutating func handOver() -> CheckedContinuation<Turn, Never>? {
        guard !waiting.isEmpty else {
            busy = false
            return nil
        }
        return waiting.removeFirst().turn
    }
}
