/// Whose turn it is to ask Discord: the lines before its buckets, and what each answer teaches about them.
///
/// Pure: it is told what happens and gives back what is to be done. `specs/rest.md` is its contract. A request is a number
/// here; its body is with the shell.
package struct RESTLimiter: Sendable {
    package typealias ID = UInt64

    package struct Limits: Sendable {
        /// Requests a second with the bot's token, of Discord's 50: the rest is room for others who use the token.
        package var perSecond = 45
        /// Requests on their way at once.
        package var inFlight = 16
        /// Of those, with the bot's token: the others are kept for answers to interactions, which have 3 s.
        package var botInFlight = 12
        /// Waiting before one bucket, and in all.
        package var waitingPerBucket = 1000
        package var waiting = 10_000
        /// Buckets remembered; beyond it idle ones are forgotten, those whose window ends first first.
        package var buckets = 10_000
        /// How often a repeatable request is sent where nobody knows what became of it.
        package var tries = 4
        /// How often a request is sent that is answered with 429.
        package var limitedTries = 8

        package init() {}
    }

    package struct Moment: Sendable {
        /// Monotonic.
        package let now: Duration
        /// Unix milliseconds.
        package let wall: Int64
        /// A number in 0..<1.
        package let random: Double

        package init(now: Duration, wall: Int64, random: Double) {
            self.now = now
            self.wall = wall
            self.random = random
        }
    }

    package enum Action: Sendable, Equatable {
        /// Send it and tell `answered` or `failed` within this time.
        case send(ID, timeout: Duration)
        case finish(ID, Result<RESTReply, RESTError>)
    }

    /// Why there is no answer.
    package enum Failure: Sendable, Equatable {
        /// It cannot have reached Discord.
        case notSent(String)
        case unknown(String)
    }

    struct Ticket: Sendable {
        let template: String
        let line: String
        let major: String
        let authority: RESTRoute.Authority
        let isRead: Bool
        /// What it says about a token or a webhook's existence is about that webhook alone.
        let isWebhook: Bool
        let names: TargetQuarantine.Names
        let isRepeatable: Bool
        let tryTimeout: Duration
        let deadline: Duration
        let enqueuedAt: Duration
        var bucket: String
        var sentAt: Duration?
        var tries = 0
        var limited = 0
        /// It was sent before, and nobody knows what became of it.
        var unknown: String?
        /// Nobody waits for it any more; what its answer teaches still counts.
        var isAbandoned = false

        /// What its caller is told of an error before Discord's answer to it.
        func known(_ error: RESTError) -> RESTError { unknown.map { .unknownOutcome($0) } ?? error }
    }

    package let limits: Limits
    var tickets: [ID: Ticket] = [:]
    var buckets: [String: RESTBucket] = [:]
    /// The bucket of a route with its major parameter.
    var places: [String: String] = [:]
    /// What a route's bucket was called last, whatever the major parameter: a guess for those not asked yet.
    var names: [String: String] = [:]
    var window: GlobalWindow
    var botInFlight = 0
    var inFlight = 0
    /// After a 429 of the global limit, and of Cloudflare.
    var globalBlockedUntil = Duration.zero
    var edgeBlockedUntil = Duration.zero

    var ready: [RESTRoute.Authority: MinHeap<ID, String>] = [.bot: MinHeap(), .path: MinHeap()]
    var timers = MinHeap<Duration, String>()
    var deadlines = MinHeap<Duration, ID>()
    var idle = MinHeap<Duration, String>()
    /// When a request that waits for the limits over all lines may go.
    var nextGlobal: Duration?
    private var lastID: ID = 0

    /// Discord refused the token: nothing is asked with it any more.
    package internal(set) var isTokenRefused = false
    package var budget: InvalidRequestBudget
    package internal(set) var quarantine = TargetQuarantine()
    /// Nothing is sent before it is known what was refused before a restart.
    package private(set) var isOpen: Bool
    /// Since the last `takeNotes`.
    var notes = Notes()

    package init(
        _ limits: Limits = Limits(),
        budget: InvalidRequestBudget = InvalidRequestBudget(),
        isOpen: Bool = true
    ) {
        self.limits = limits
        self.budget = budget
        self.isOpen = isOpen
        window = GlobalWindow(limit: limits.perSecond)
    }

    /// Some targets that are left alone may be allowed now.
    package mutating func changed(_ change: AccessChange, at moment: Moment) {
        notes.lifted += quarantine.lift(change, now: moment.now)
    }

    /// What the metrics want to hear.
    package struct Notes: Sendable, Equatable {
        /// 429s, by scope.
        package var limited: [RESTAnswer.Scope: Int] = [:]
        package var retries = 0
        /// Targets that were left alone and may be asked again, since what was the cause may be gone.
        package var lifted = 0
        package var bucketsForgotten = 0
        package var sent = 0
        /// How long each that was sent for the first time had stood in line.
        package var waits: [Duration] = []
    }

    package mutating func takeNotes() -> Notes {
        defer { notes = Notes() }
        return notes
    }

    package var waitingCount: Int { tickets.count - inFlight }
    package var inFlightCount: Int { inFlight }
    package var bucketCount: Int { buckets.count }

    // MARK: What happens

    /// A request joins its line. Its number, and what follows.
    package mutating func enqueue(_ request: RESTRequest, at moment: Moment) -> (ID, [Action]) {
        lastID += 1
        let id = lastID
        var actions: [Action] = []
        if let error = admit(request, id, at: moment) {
            actions.append(.finish(id, .failure(error)))
        } else {
            startTurns(at: moment, &actions)
        }
        return (id, actions)
    }

    private mutating func admit(_ request: RESTRequest, _ id: ID, at moment: Moment) -> RESTError? {
        let (route, now) = (request.route, moment.now)
        guard route.isValid else {
            return .refused(
                status: 0,
                code: 0,
                message: "a parameter of the route is empty or a path of its own"
            )
        }
        if isTokenRefused, route.authority == .bot { return .unauthorized }
        let names = TargetQuarantine.Names(route)
        if let error = holds(names, at: moment) { return error }
        guard waitingCount < limits.waiting else { return .overloaded }
        let template = "\(route.method.rawValue) \(route.template)"
        let line = "\(template) \(route.major)"
        let bucket = place(line, template: template, major: route.major)
        guard (buckets[bucket]?.queue.count ?? 0) < limits.waitingPerBucket else { return .overloaded }
        let deadline = now + max(.zero, request.timeout)
        let earliest = max(
            buckets[bucket]?.restsUntil(now: now) ?? .zero,
            edgeBlockedUntil,
            route.authority == .bot ? globalBlockedUntil : .zero
        )
        guard earliest < deadline else { return .timedOut }
        tickets[id] = Ticket(
            template: template,
            line: line,
            major: route.major,
            authority: route.authority,
            isRead: route.method == .get,
            isWebhook: route.isWebhook,
            names: names,
            isRepeatable: request.isRepeatable,
            tryTimeout: request.tryTimeout ?? Self.tryTimeout(isRepeatable: request.isRepeatable),
            deadline: deadline,
            enqueuedAt: now,
            bucket: bucket
        )
        places[line] = bucket
        if buckets[bucket] == nil { makeBucket(bucket, now: now) }
        buckets[bucket]?.routes.insert(line)
        buckets[bucket]?.enqueue(id)
        deadlines.push(deadline, id)
        reschedule(bucket, now: now)
        return nil
    }

    /// The caller does not wait for it any more: out of the line at once. One that is on its way stays so; its answer is
    /// only learned from.
    package mutating func cancel(_ id: ID, at moment: Moment) -> [Action] {
        guard let ticket = tickets[id], !ticket.isAbandoned else { return [] }
        var actions: [Action] = [.finish(id, .failure(.cancelled))]
        if ticket.sentAt != nil {
            tickets[id]?.isAbandoned = true
        } else {
            leave(id, now: moment.now)
        }
        startTurns(at: moment, &actions)
        return actions
    }

    /// The budget is what it is said to be.
    package mutating func open(at moment: Moment) -> [Action] {
        isOpen = true
        return tick(at: moment)
    }

    /// Time has come to `deadline`.
    package mutating func tick(at moment: Moment) -> [Action] {
        var actions: [Action] = []
        startTurns(at: moment, &actions)
        return actions
    }

    // MARK: Lines

    /// Where a route's requests wait: where they did last; before its bucket, as far as another major parameter told its
    /// name; otherwise in a line of their own.
    private func place(_ line: String, template: String, major: String) -> String {
        if let known = places[line] { return known }
        return names[template].map { Self.bucket($0, major) } ?? "route " + line
    }

    static func bucket(_ name: String, _ major: String) -> String { "bucket \(name) \(major)" }

    mutating func makeBucket(_ name: String, now: Duration) {
        buckets[name] = RESTBucket()
        while buckets.count > limits.buckets, let (_, oldest) = idle.popFirst() {
            if forgetIfIdle(oldest, by: .zero) { notes.bucketsForgotten += 1 }
        }
    }

    /// Its window is over: nothing known of it matters.
    mutating func forgetIdle(now: Duration) {
        while let (due, name) = idle.first, due <= now {
            _ = idle.popFirst()
            if !forgetIfIdle(name, by: due), let bucket = buckets[name], bucket.isIdle { noteIdle(name) }
        }
    }

    /// `due`: what the heap said; zero: whatever it said.
    private mutating func forgetIfIdle(_ name: String, by due: Duration) -> Bool {
        guard let bucket = buckets[name] else { return false }
        buckets[name]?.idleAt = nil
        guard bucket.isIdle, due == .zero || bucket.endsAt <= due else { return false }
        for line in bucket.routes { places[line] = nil }
        buckets[name] = nil
        return true
    }

    mutating func noteIdle(_ name: String) {
        guard let bucket = buckets[name], bucket.isIdle, bucket.idleAt == nil else { return }
        let at = bucket.endsAt
        buckets[name]?.idleAt = at
        idle.push(at, name)
    }

    /// Out of the line, for good.
    mutating func leave(_ id: ID, now: Duration) {
        guard let ticket = tickets.removeValue(forKey: id) else { return }
        buckets[ticket.bucket]?.remove(id)
        reschedule(ticket.bucket, now: now)
    }
}

extension RESTRoute {
    /// A 401 or 404 there speaks of the token in the path.
    var isWebhook: Bool { template.hasPrefix("/webhooks/") || template.hasPrefix("/interactions/") }
}
