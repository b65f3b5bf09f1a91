/// Decides when a silent peer is pinged and when it is given up. Time comes in, a decision goes out.
package struct IdleWatch: Sendable {
    package enum Decision: Equatable {
        /// Look again after this time.
        case wait(Duration)
        /// Send a ping, and look again after this time.
        case ping(thenWait: Duration)
        case dead
    }

    private let pingInterval: Duration
    private let pongTimeout: Duration
    private var heardAt: Duration
    private var pingedAt: Duration?

    package init(pingInterval: Duration, pongTimeout: Duration, now: Duration) {
        self.pingInterval = pingInterval
        self.pongTimeout = pongTimeout
        heardAt = now
    }

    /// Something came from the peer; whatever it was, it is alive.
    package mutating func heard(now: Duration) {
        heardAt = now
        pingedAt = nil
    }

    package mutating func tick(now: Duration) -> Decision {
        if let pingedAt {
            let left = pingedAt + pongTimeout - now
            return left <= .zero ? .dead : .wait(min(left, pingInterval))
        }
        let left = heardAt + pingInterval - now
        if left > .zero { return .wait(left) }
        pingedAt = now
        return .ping(thenWait: min(pongTimeout, pingInterval))
    }
}
