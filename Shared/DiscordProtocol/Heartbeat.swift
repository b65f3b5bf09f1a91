/// The beat of one connection and what came back.
struct Heartbeat: Sendable, Equatable {
    let interval: Duration
    private(set) var due: Duration
    private(set) var latency: Duration?
    private var sentAt: Duration?
    /// Since the last beat anything came; true before the first.
    private var hasHeard = true

    init(interval: Duration, due: Duration) {
        self.interval = interval
        self.due = due
    }

    /// A beat is due and nothing at all came since the one before. An acknowledgement may be late, behind much else: who
    /// speaks is alive, and Discord itself ends a session whose beats do not arrive.
    var isZombie: Bool { !hasHeard }

    mutating func sent(now: Duration, isScheduled: Bool) {
        if isScheduled {
            due = now + interval
            hasHeard = false
        }
        sentAt = now
    }

    mutating func received() { hasHeard = true }

    mutating func acknowledged(now: Duration) {
        if let sentAt { latency = now - sentAt }
        sentAt = nil
    }
}
