import Base
import DiscordProtocol

/// Discord's limits as its documentation tells them, apart from the code under test: fixed windows per bucket and major
/// parameter that begin with their first request, and fixed seconds over everything asked with the bot's token.
struct ModelDiscord {
    struct Rule {
        /// Nil: no bucket, no headers.
        var bucket: String?
        var limit = 5
        var window = Duration.seconds(5)
        /// Each call comes back after `window / limit`, and the reset is when all have (discord-api-docs, issue 7680).
        var isSliding = false
    }

    private struct Window {
        var used = 0
        var endsAt: Duration
    }

    /// By method and template.
    var rules: [String: Rule]
    var globalLimit = 50
    private var windows: [String: Window] = [:]
    private var second = Window(endsAt: .zero)
    /// 429s that it had to give.
    private(set) var limited = 0
    /// When requests that count globally came in.
    private(set) var arrivals: [Duration] = []

    init(rules: [String: Rule]) { self.rules = rules }

    mutating func answer(_ route: RESTRoute, now: Duration) -> RESTAnswer {
        if route.authority == .bot {
            if second.endsAt <= now { second = Window(endsAt: now + .seconds(1)) }
            arrivals.append(now)
            guard second.used < globalLimit else {
                return tooMany(second.endsAt - now, ["x-ratelimit-scope": "global"])
            }
            second.used += 1
        }
        let rule = rules["\(route.method.rawValue) \(route.template)"] ?? Rule()
        guard let bucket = rule.bucket else { return reply(200, [:]) }
        let key = bucket + " " + route.major
        if rule.isSliding { return slide(key, bucket, rule, now) }
        var window = windows[key] ?? Window(endsAt: .zero)
        if window.endsAt <= now { window = Window(endsAt: now + rule.window) }
        let isFull = window.used >= rule.limit
        if !isFull { window.used += 1 }
        windows[key] = window
        let headers = [
            "x-ratelimit-bucket": bucket, "x-ratelimit-limit": "\(rule.limit)",
            "x-ratelimit-remaining": "\(rule.limit - window.used)",
            "x-ratelimit-reset-after": Self.seconds(window.endsAt - now),
        ]
        guard !isFull else {
            return tooMany(window.endsAt - now, headers.merging(["x-ratelimit-scope": "user"]) { $1 })
        }
        return reply(200, headers)
    }

    private mutating func slide(_ key: String, _ bucket: String, _ rule: Rule, _ now: Duration) -> RESTAnswer
    {
        let each = rule.window / rule.limit
        let before = max(now, windows[key]?.endsAt ?? .zero)
        let isFull = before + each - now > rule.window
        let fullAt = isFull ? before : before + each
        windows[key] = Window(endsAt: fullAt)
        let headers = [
            "x-ratelimit-bucket": bucket, "x-ratelimit-limit": "\(rule.limit)",
            "x-ratelimit-remaining": "\(isFull ? 0 : Int((rule.window - (fullAt - now)) / each))",
            "x-ratelimit-reset-after": Self.seconds(fullAt - now),
        ]
        guard isFull else { return reply(200, headers) }
        let wait = fullAt + each - now - rule.window
        return tooMany(wait, headers.merging(["x-ratelimit-scope": "user"]) { $1 })
    }

    private mutating func tooMany(_ wait: Duration, _ headers: [String: String]) -> RESTAnswer {
        limited += 1
        return reply(429, headers.merging(["retry-after": Self.seconds(wait)]) { $1 })
    }

    private func reply(_ status: Int, _ headers: [String: String]) -> RESTAnswer {
        RESTAnswer(status: status, body: []) { headers[$0] }
    }

    /// Rounded down to milliseconds, the worst that Discord may do.
    private static func seconds(_ time: Duration) -> String {
        let milliseconds = Int(time / .milliseconds(1))
        return "\(milliseconds / 1000).\(String(1000 + milliseconds % 1000).dropFirst())"
    }
}

/// A limiter before a model of Discord, in time that the test drives: each request travels for a random time both ways.
struct LimiterRun {
    enum Event {
        case ask(Int)
        case arrive(RESTLimiter.ID)
        case answer(RESTLimiter.ID, RESTAnswer)
        case tick
    }

    var limiter: RESTLimiter
    var discord: ModelDiscord
    private(set) var now = Duration.zero
    private var random: SeededRandom
    private let travel: ClosedRange<Int>
    private var events: [(at: Duration, order: Int, event: Event)] = []
    private var order = 0
    private var tickAt: Duration?
    private var requests: [RESTRequest] = []
    private var routes: [RESTLimiter.ID: RESTRoute] = [:]

    private(set) var results: [RESTLimiter.ID: Result<RESTReply, RESTError>] = [:]
    private(set) var finishedAt = Duration.zero
    /// In the order in which Discord got them.
    private(set) var arrived: [RESTLimiter.ID] = []
    private(set) var onTheirWay = 0
    private(set) var onTheirWayMax = 0

    init(
        _ discord: ModelDiscord,
        limits: RESTLimiter.Limits = .init(),
        seed: UInt64,
        travel: ClosedRange<Int> = 1...300
    ) {
        self.discord = discord
        limiter = RESTLimiter(limits)
        random = SeededRandom(seed: seed)
        self.travel = travel
    }

    mutating func ask(_ request: RESTRequest, at time: Duration) {
        requests.append(request)
        schedule(.ask(requests.count - 1), at: time)
    }

    /// Until nothing happens any more.
    mutating func run() {
        while let (at, _, event) = events.popLast() {
            now = max(now, at)
            take(event)
        }
    }

    private var moment: RESTLimiter.Moment {
        RESTLimiter.Moment(now: now, wall: 2_000_000_000_000 + Int64(now / .milliseconds(1)), random: 0.5)
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .ask(let number):
            let (id, actions) = limiter.enqueue(requests[number], at: moment)
            routes[id] = requests[number].route
            perform(actions)
        case .arrive(let id):
            guard let route = routes[id] else { return }
            arrived.append(id)
            let answer = discord.answer(route, now: now)
            schedule(.answer(id, answer), at: now + time())
        case .answer(let id, let answer):
            onTheirWay -= 1
            perform(limiter.answered(id, answer, at: moment))
        case .tick:
            tickAt = nil
            perform(limiter.tick(at: moment))
        }
    }

    private mutating func perform(_ actions: [RESTLimiter.Action]) {
        for action in actions {
            switch action {
            case .send(let id, _):
                onTheirWay += 1
                onTheirWayMax = max(onTheirWayMax, onTheirWay)
                schedule(.arrive(id), at: now + time())
            case .finish(let id, let result):
                results[id] = result
                finishedAt = now
            }
        }
        guard let deadline = limiter.deadline else { return }
        let due = max(now, deadline)
        if tickAt.map({ due < $0 }) ?? true {
            tickAt = due
            schedule(.tick, at: due)
        }
    }

    private mutating func time() -> Duration { .milliseconds(Int.random(in: travel, using: &random)) }

    /// Last is next; of equal times the first that was scheduled.
    private mutating func schedule(_ event: Event, at time: Duration) {
        order += 1
        var (low, high) = (0, events.count)
        while low < high {
            let middle = (low + high) / 2
            if events[middle].at > time { low = middle + 1 } else { high = middle }
        }
        events.insert((time, order, event), at: low)
    }
}
