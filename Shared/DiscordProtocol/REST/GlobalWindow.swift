/// The bot's requests of the last second, over all routes: 50 are allowed in any one.
///
/// When Discord counts a request lies between its sending and its answer. So one takes its place from the sending until
/// a second behind the answer: then no second of Discord's clock can hold more than `limit`, however long requests travel.
struct GlobalWindow: Sendable {
    static let window = Duration.seconds(1)

    let limit: Int
    private var inFlight = 0
    /// When answers came; rising.
    private var answered: [Duration] = []

    init(limit: Int) { self.limit = max(1, limit) }

    mutating func sent() { inFlight += 1 }

    mutating func answered(now: Duration) {
        inFlight -= 1
        answered.append(now)
    }

    /// When one more may go: at once, at a time, or (nil) not before an answer comes.
    mutating func freeAt(now: Duration) -> Duration? {
        answered.removeAll { now - $0 >= Self.window }
        let excess = inFlight + answered.count - limit
        if excess < 0 { return now }
        return excess < answered.count ? answered[excess] + Self.window : nil
    }
}
