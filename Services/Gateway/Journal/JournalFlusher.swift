internal import Base
internal import EventLoop

/// Puts the groups of all shards of a process on disk in turns, one thread for all.
///
/// A turn writes what has gathered since the last one began. Between the beginnings of two turns lies `interval` at least, so
/// that many shards with little to write share a thread's waking and their loops are woken together; whoever comes to an idle
/// flusher is written at once. Each shard has one group on its way at a time, so a turn is as long as there are shards.
final class JournalFlusher: Sendable {
    struct Request: Sendable {
        let store: ShardStore
        let group: JournalGroup
        /// Number of the group's first record.
        let first: UInt64
        let isNewSegment: Bool
        /// Told on the flusher's thread, behind the turn; how long the group's own write took.
        let done: @Sendable (Result<Duration, any Error>) -> Void
    }

    private struct State {
        var requests: [Request] = []
        var isRunning = false
        /// When the last turn began.
        var began = Duration.zero
    }

    static let interval = Duration.milliseconds(1)

    private let state = Locked(State())

    func add(_ request: Request) {
        let mustStart = state.withLock { state in
            state.requests.append(request)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { BlockingPool.turns.submit { self.run() } }
    }

    /// Turn after turn, until one finds nothing.
    private func run() {
        while true {
            let now = MonotonicClock.now()
            let rest = state.withLock { $0.began } + Self.interval - now
            if rest > .zero { BlockingPool.pause(min(rest, Self.interval)) }
            let requests = state.withLock { state in
                defer {
                    state.isRunning = !state.requests.isEmpty
                    state.requests = []
                    state.began = MonotonicClock.now()
                }
                return state.requests
            }
            if requests.isEmpty { return }
            write(requests)
        }
    }

    private func write(_ requests: [Request]) {
        let results = requests.map { request in
            let began = MonotonicClock.now()
            return Result {
                try request.store.append(
                    request.group.bytes,
                    first: request.first,
                    epoch: request.group.epoch,
                    isNewSegment: request.isNewSegment
                )
                return MonotonicClock.now() - began
            }
        }
        for (request, result) in zip(requests, results) { request.done(result) }
    }
}
