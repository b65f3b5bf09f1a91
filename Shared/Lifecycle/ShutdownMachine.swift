/// Decides when a process stops by request, and when it stops being patient. Pure: time and signals come in.
package struct ShutdownMachine: Equatable {
    private enum State: Equatable {
        /// Leaves to `.stopping` (first signal, or a service ended).
        case running
        /// Draining. The process ends when the work does, at the deadline, or with the next signal.
        case stopping(deadline: Duration)
    }

    private var state = State.running
    private let grace: Duration

    package init(grace: Duration) { self.grace = grace }

    package enum SignalAction: Equatable {
        case stop
        /// Somebody is in a hurry: 128 plus the signal's number, as a shell says it.
        case exit(code: Int32)
    }

    package mutating func signalReceived(_ number: Int32, now: Duration) -> SignalAction {
        switch state {
        case .running:
            state = .stopping(deadline: now + grace)
            return .stop
        case .stopping:
            return .exit(code: 128 + number)
        }
    }

    /// A service ended by itself: the others have the grace period too.
    package mutating func stoppingBegan(now: Duration) {
        guard case .running = state else { return }
        state = .stopping(deadline: now + grace)
    }

    /// How long to wait at most; nil without limit, zero when patience has ended.
    package func patience(now: Duration) -> Duration? {
        switch state {
        case .running: nil
        case .stopping(let deadline): max(.zero, deadline - now)
        }
    }
}
