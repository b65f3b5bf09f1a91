import DiscordProtocol

/// `RESTAnswer` and `RESTLimiter`, told line by line what happens: who asks, who is cancelled, how much time passes, and what
/// Discord, or anything before it, answers to the oldest that is on its way.
///
///     q3                                              a request of the fourth route joins its line
///     x                                               the youngest that waits is cancelled
///     t25                                             2.5 s pass
///     f                                               no answer comes
///     429 x-ratelimit-scope=user;retry-after=2|{"retry_after":2.5}
func fuzzRESTLimiter(bytes: [UInt8]) throws(FuzzFailure) {
    var bench = LimiterBench()
    for line in lines(bytes).prefix(200) { try bench.take(line) }
    try bench.end()
}

private struct LimiterBench {
    private var limiter = RESTLimiter(budget: InvalidRequestBudget(limit: 30))
    private var now = Duration.zero
    private var waiting: [RESTLimiter.ID: RESTRoute] = [:]
    private var sent: [(id: RESTLimiter.ID, route: RESTRoute)] = []
    private var finished: Set<RESTLimiter.ID> = []
    private var asked: [RESTLimiter.ID: RESTRoute] = [:]

    private static let routes = [
        RESTRoute(.get, "/channels/{channel.id}/messages", ["1"]),
        RESTRoute(.post, "/channels/{channel.id}/messages", ["1"]),
        RESTRoute(.post, "/channels/{channel.id}/messages", ["2"]),
        RESTRoute(.patch, "/channels/{channel.id}/messages/{message.id}", ["1", "5"]),
        RESTRoute(.delete, "/channels/{channel.id}/messages/{message.id}", ["1", "6"]),
        RESTRoute(.get, "/users/{user.id}", ["7"]),
        RESTRoute(.post, "/webhooks/{webhook.id}/{webhook.token}", ["8", "t"], authority: .path),
        RESTRoute(.get, "/users/{user.id}", [".."]),
    ]

    private var moment: RESTLimiter.Moment {
        RESTLimiter.Moment(now: now, wall: Int64(now / .milliseconds(1)), random: 0.5)
    }

    mutating func take(_ line: ArraySlice<UInt8>) throws(FuzzFailure) {
        let rest = text(line.dropFirst())
        switch line.first {
        case UInt8(ascii: "q"):
            let route = Self.routes[Int(fingerprint(line.dropFirst()) % UInt64(Self.routes.count))]
            let (id, actions) = limiter.enqueue(RESTRequest(route, timeout: .seconds(60)), at: moment)
            (asked[id], waiting[id]) = (route, route)
            try perform(actions)
        case UInt8(ascii: "x"):
            if let id = asked.keys.max(), !finished.contains(id) {
                try perform(limiter.cancel(id, at: moment))
            }
        case UInt8(ascii: "t"):
            now += .milliseconds(100 * min(10_000, max(0, Int(rest) ?? 1)))
            try perform(limiter.tick(at: moment))
        case UInt8(ascii: "f"):
            guard !sent.isEmpty else { return }
            try perform(limiter.failed(sent.removeFirst().id, .unknown("f"), at: moment))
        default: try answer(line)
        }
    }

    private mutating func answer(_ line: ArraySlice<UInt8>) throws(FuzzFailure) {
        let parts = line.split(separator: UInt8(ascii: "|"), maxSplits: 1, omittingEmptySubsequences: false)
        let head = (parts.first ?? []).split(separator: UInt8(ascii: " "), maxSplits: 1)
        var headers: [String: String] = [:]
        for pair in (head.count > 1 ? head[1] : []).split(separator: UInt8(ascii: ";")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1)
            if sides.count == 2 { headers[text(sides[0])] = text(sides[1]) }
        }
        let status = head.first.flatMap { Int(text($0)) } ?? 200
        let body = parts.count > 1 ? Array(parts[1]) : []
        let answer = RESTAnswer(status: max(100, min(status, 999)), body: body) { headers[$0] }
        try hold(answer.retryAfter >= RESTAnswer.waitMin, "waits \(answer.retryAfter)")
        try hold(answer.retryAfter <= RESTAnswer.waitMax, "waits \(answer.retryAfter)")
        if let bucket = answer.bucket {
            try hold(bucket.limit > 0 && bucket.remaining >= 0, "\(bucket)")
            try hold(bucket.resetAfter >= .zero && bucket.resetAfter <= RESTAnswer.waitMax, "\(bucket)")
        }
        guard !sent.isEmpty else { return }
        try perform(limiter.answered(sent.removeFirst().id, answer, at: moment))
    }

    private mutating func perform(_ actions: [RESTLimiter.Action]) throws(FuzzFailure) {
        for action in actions {
            switch action {
            case .send(let id, let timeout):
                guard let route = waiting.removeValue(forKey: id) ?? asked[id] else {
                    throw FuzzFailure(description: "\(id) is sent, and nobody asked")
                }
                try hold(route.isValid && timeout > .zero && !finished.contains(id), "\(id) may not be sent")
                sent.append((id, route))
            case .finish(let id, _):
                try hold(finished.insert(id).inserted, "\(id) ends twice")
                waiting[id] = nil
            }
        }
        try hold(sent.count <= 16 && limiter.inFlightCount == sent.count, "\(sent.count) are on their way")
        for route in Self.routes where route.method != .get {
            try hold(sent.count { $0.route == route } <= 1, "two writes of \(route.template) at once")
        }
        try hold(limiter.waitingCount == 0 || limiter.deadline != nil, "some wait, and for nothing")
    }

    /// Everybody gets an outcome.
    mutating func end() throws(FuzzFailure) {
        var turns = 0
        while finished.count < asked.count || !sent.isEmpty {
            turns += 1
            try hold(turns < 5000, "\(asked.count - finished.count) never end")
            if !sent.isEmpty {
                try answer(Array("200".utf8)[...])
            } else {
                now = max(now, limiter.deadline ?? now)
                try perform(limiter.tick(at: moment))
            }
        }
    }
}
