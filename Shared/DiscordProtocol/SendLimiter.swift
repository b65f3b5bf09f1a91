/// A log of what was sent in the last minute: Discord closes with 4008 above 120 payloads in any 60 seconds.
///
/// A token bucket would be smaller but allows 240 around a boundary. Heartbeats always go; everything else stops
/// `heartbeatsReserved` below the limit.
package struct SendLimiter: Sendable {
    package static let payloadsMax = 120
    package static let window = Duration.seconds(60)
    package static let heartbeatsReserved = 10

    private var sent: [Duration] = []

    package init() {}

    /// How long to wait before one payload may go; zero: now, and it counts.
    package mutating func admit(now: Duration) -> Duration {
        forget(now)
        guard sent.count >= Self.payloadsMax - Self.heartbeatsReserved else {
            sent.append(now)
            return .zero
        }
        return sent[sent.count - (Self.payloadsMax - Self.heartbeatsReserved)] + Self.window - now
    }

    package mutating func heartbeat(now: Duration) {
        forget(now)
        sent.append(now)
    }

    private mutating func forget(_ now: Duration) { sent.removeAll { now - $0 >= Self.window } }
}
