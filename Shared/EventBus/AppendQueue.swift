internal import EventModels

/// The frames of one shard that wait for their turn: one call is under way, the next takes along what waits.
struct AppendQueue {
    struct Waiting {
        let frame: EventFrame
        let completion: AppendCompletion
    }

    /// Frames that may wait; more are refused, and the sender keeps them.
    static let waitingMax = 1000
    /// Bytes of envelopes in one call, the first frame aside: longer calls would hold up everybody's Redis.
    static let callBytesMax = 1 << 20
    static let callFramesMax = 256

    private var isBusy = false
    private var waiting: [Waiting] = []

    /// False: too many wait already.
    mutating func add(_ frame: EventFrame, _ completion: @escaping AppendCompletion) -> Bool {
        guard waiting.count < Self.waitingMax else { return false }
        waiting.append(Waiting(frame: frame, completion: completion))
        return true
    }

    /// What the next call carries; nothing while one is under way. Say `ended` when it is over.
    mutating func nextCall() -> [Waiting] {
        guard !isBusy, let first = waiting.first else { return [] }
        isBusy = true
        var bytes = first.frame.bytes
        var count = 1
        while count < min(waiting.count, Self.callFramesMax) {
            bytes += waiting[count].frame.bytes
            guard bytes <= Self.callBytesMax else { break }
            count += 1
        }
        defer { waiting.removeFirst(count) }
        return Array(waiting[..<count])
    }

    mutating func ended() { isBusy = false }
}
