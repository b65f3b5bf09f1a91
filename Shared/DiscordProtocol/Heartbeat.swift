/// The beat of one connection and what came back.
struct Heartbeat: Sendable, Equatable {
    let interval: Duration
    private(set) var due: Duration
    private(set) var latency: Duration?
    private var sentAt: Duration?
    /// Beats in a row without an acknowledgement.
    private var unanswered = 0
    private var hasHeard = false

    init(interval: Duration, due: Duration) {
        self.interval = interval
        self.due = due
    }

    /// A beat is due and the one before was not acknowledged. Where other payloads came since, the acknowledgement may
    /// only be late, behind them: then one more beat is granted.
    var isZombie: Bool { unanswered >= (hasHeard ? 2 : 1) }

    mutating func sent(now: Duration, isScheduled: Bool) {
        if isScheduled {
            due = now + interval
            unanswered += 1
            hasHeard = false
        }
        sentAt = now
    }

    mutating func received() { hasHeard = true }

    mutating func acknowledged(now: Duration) {
        unanswered = 0
        if let sentAt { latency = now - sentAt }
        sentAt = nil
    }
}
