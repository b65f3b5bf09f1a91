extension RESTLimiter {
    /// When `tick` has something to do; nil: not before something else happens.
    package var deadline: Duration? {
        var times = [timers.first?.priority, deadlines.first?.priority].compactMap { $0 }
        if let nextGlobal { times.append(nextGlobal) }
        return times.min()
    }

    /// Puts a line where its first request belongs: among those that may go, or behind a timer, or nowhere while an answer
    /// is waited for.
    mutating func reschedule(_ name: String, now: Duration) {
        guard let bucket = buckets[name] else { return }
        guard let head = bucket.queue.first, let ticket = tickets[head] else { return noteIdle(name) }
        guard let at = freeAt(name, ticket, now: now) else { return }
        if at <= now {
            guard bucket.readyHead != head else { return }
            buckets[name]?.readyHead = head
            ready[ticket.authority]?.push(head, name)
        } else if bucket.timerAt.map({ at < $0 }) ?? true {
            buckets[name]?.timerAt = at
            timers.push(at, name)
        }
    }

    /// When the first of a line may go, as far as its bucket says. Where that is not known, another method of the same path
    /// may share it, as giving and taking away do: one that is spent is waited for, so that the first request is no 429.
    private mutating func freeAt(_ name: String, _ ticket: Ticket, now: Duration) -> Duration? {
        guard let at = buckets[name]?.freeAt(isRead: ticket.isRead, now: now) else { return nil }
        guard buckets[name]?.knowledge == RESTBucket.Knowledge.none else { return at }
        let path = ticket.line.drop { $0 != " " }
        return RESTRoute.Method.allCases.reduce(at) { latest, method in
            guard let other = places[method.rawValue + path], other != name else { return latest }
            return max(latest, buckets[other]?.spentUntil(now: now) ?? .zero)
        }
    }

    /// Ends those whose time is over, then lets go who may, first come first.
    mutating func startTurns(at moment: Moment, _ actions: inout [Action]) {
        let now = moment.now
        expire(now: now, &actions)
        while let (at, name) = timers.first, at <= now {
            _ = timers.popFirst()
            if buckets[name]?.timerAt == at { buckets[name]?.timerAt = nil }
            reschedule(name, now: now)
        }
        nextGlobal = nil
        for authority in [RESTRoute.Authority.path, .bot] {
            while mayStart(authority, at: moment), let (head, name) = ready[authority]?.popFirst() {
                start(head, name, at: moment, &actions)
            }
        }
        forgetIdle(now: now)
    }

    private mutating func expire(now: Duration, _ actions: inout [Action]) {
        while let (at, id) = deadlines.first, at <= now || tickets[id] == nil {
            _ = deadlines.popFirst()
            guard let ticket = tickets[id], ticket.sentAt == nil else { continue }
            actions.append(.finish(id, .failure(ticket.known(.timedOut))))
            leave(id, now: now)
        }
    }

    /// Over all lines. Notes when to look again, if somebody waits for that alone.
    private mutating func mayStart(_ authority: RESTRoute.Authority, at moment: Moment) -> Bool {
        let now = moment.now
        guard isOpen, ready[authority]?.first != nil, inFlight < limits.inFlight else { return false }
        // All that are on their way may be refused. Where nothing is left without them, the next is told so in its turn.
        let refused = budget.total(wall: moment.wall)
        guard refused >= budget.limit || refused + inFlight < budget.limit else { return false }
        var free: Duration? = edgeBlockedUntil
        if authority == .bot {
            guard botInFlight < limits.botInFlight else { return false }
            free = window.freeAt(now: now).map { max($0, globalBlockedUntil, edgeBlockedUntil) }
        }
        guard let free else { return false }
        if free <= now { return true }
        nextGlobal = min(nextGlobal ?? free, free)
        return false
    }

    private mutating func start(_ head: ID, _ name: String, at moment: Moment, _ actions: inout [Action]) {
        let now = moment.now
        guard let bucket = buckets[name], bucket.readyHead == head else { return }
        buckets[name]?.readyHead = nil
        guard bucket.queue.first == head, var ticket = tickets[head],
            let at = freeAt(name, ticket, now: now), at <= now
        else { return reschedule(name, now: now) }
        let isRefused = isTokenRefused && ticket.authority == .bot
        if let error = isRefused ? .unauthorized : holds(ticket.names, at: moment) {
            actions.append(.finish(head, .failure(ticket.known(error))))
            return leave(head, now: now)
        }
        notes.sent += 1
        if ticket.tries + ticket.limited == 0 { notes.waits.append(now - ticket.enqueuedAt) }
        ticket.sentAt = now
        ticket.tries += 1
        tickets[head] = ticket
        buckets[name]?.start(head, isRead: ticket.isRead)
        inFlight += 1
        if ticket.authority == .bot {
            botInFlight += 1
            window.sent()
        }
        actions.append(.send(head, timeout: min(ticket.deadline - now, ticket.tryTimeout)))
        reschedule(name, now: now)
    }

    /// Why it may not be sent, whoever's turn it is.
    func holds(_ names: TargetQuarantine.Names, at moment: Moment) -> RESTError? {
        let wait = budget.wait(wall: moment.wall)
        if wait > .zero { return .invalidRequestBudgetSpent(wait: wait) }
        return quarantine.verdict(names, now: moment.now).map {
            .quarantined(status: $0.status, wait: $0.wait)
        }
    }

    /// Of one try: one that may be sent again leaves time for that.
    static func tryTimeout(isRepeatable: Bool) -> Duration { .seconds(isRepeatable ? 15 : 30) }
}
