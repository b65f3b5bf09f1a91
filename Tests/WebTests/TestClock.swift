import Base

/// Time that stands until a test moves it, for who waits by `wait`.
final class TestClock: Sendable {
    private struct State {
        var now = Duration.zero
        var waiting: [Int: (until: Duration, turn: CheckedContinuation<Void, any Error>)] = [:]
        var count = 0
    }

    private let state = Locked(State())

    /// How long those who wait do so yet.
    var waits: [Duration] {
        state.withLock { state in state.waiting.values.map { $0.until - state.now }.sorted() }
    }

    /// Throws where the task is cancelled.
    @Sendable func wait(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { turn in
                // Whoever is cancelled from here on is found among those who wait.
                let isOver = state.withLock { state in
                    guard !Task.isCancelled else { return true }
                    state.waiting[number] = (state.now + duration, turn)
                    return false
                }
                if isOver { turn.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let one = state.withLock { $0.waiting.removeValue(forKey: number) }
            one?.turn.resume(throwing: CancellationError())
        }
    }

    func advance(by duration: Duration) {
        let turns = state.withLock { state in
            state.now += duration
            let over = state.waiting.filter { $0.value.until <= state.now }
            for number in over.keys { state.waiting[number] = nil }
            return over.values.map(\.turn)
        }
        for turn in turns { turn.resume() }
    }
}
