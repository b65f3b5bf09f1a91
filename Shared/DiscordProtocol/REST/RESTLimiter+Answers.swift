internal import Base

extension RESTLimiter {
    static let backoffBase = Duration.milliseconds(500)
    static let backoffMax = Duration.seconds(8)

    package mutating func answered(_ id: ID, _ answer: RESTAnswer, at moment: Moment) -> [Action] {
        guard let ticket = tickets[id], let sentAt = ticket.sentAt else { return [] }
        learn(id, ticket, answer, sentAt: sentAt, now: moment.now)
        count(ticket, answer, at: moment)
        return landed(id, at: moment) { limiter, ticket, actions in
            limiter.judge(id, ticket, answer, at: moment, &actions)
        }
    }

    /// No answer came.
    package mutating func failed(_ id: ID, _ failure: Failure, at moment: Moment) -> [Action] {
        guard let ticket = tickets[id], ticket.sentAt != nil else { return [] }
        buckets[ticket.bucket]?.learnedNothing(wasAnswered: false, now: moment.now)
        return landed(id, at: moment) { limiter, ticket, actions in
            switch failure {
            case .notSent(let reason):
                let error = RESTError.refused(status: 0, code: 0, message: reason)
                limiter.finish(id, .failure(ticket.known(error)), now: moment.now, &actions)
            case .unknown(let reason): limiter.outcomeUnknown(id, ticket, reason, at: moment, &actions)
            }
        }
    }

    /// It is not on its way any more. `then` finishes it or leaves it in line for another turn.
    private mutating func landed(
        _ id: ID,
        at moment: Moment,
        _ then: (inout RESTLimiter, Ticket, inout [Action]) -> Void
    ) -> [Action] {
        var actions: [Action] = []
        tickets[id]?.sentAt = nil
        guard let ticket = tickets[id] else { return [] }
        inFlight -= 1
        if ticket.authority == .bot {
            botInFlight -= 1
            window.answered(now: moment.now)
        }
        buckets[ticket.bucket]?.ended(id)
        if ticket.isAbandoned {
            tickets[id] = nil
        } else {
            then(&self, ticket, &actions)
        }
        if isTokenRefused { refuseToken(now: moment.now, &actions) }
        reschedule(ticket.bucket, now: moment.now)
        startTurns(at: moment, &actions)
        return actions
    }

    // MARK: What an answer teaches

    private mutating func learn(
        _ id: ID,
        _ ticket: Ticket,
        _ answer: RESTAnswer,
        sentAt: Duration,
        now: Duration
    ) {
        if let bucket = answer.bucket {
            move(ticket, to: Self.bucket(bucket.id, ticket.major), now: now)
            remember(bucket.id, of: ticket.template)
            if let place = tickets[id]?.bucket {
                buckets[place]?.learned(bucket, sentAt: sentAt, now: now)
            }
        } else {
            buckets[ticket.bucket]?.learnedNothing(wasAnswered: answer.status < 400, now: now)
        }
        guard answer.status == 429 else { return }
        notes.limited[answer.scope, default: 0] += 1
        let until = now + answer.retryAfter + RESTBucket.slack
        switch answer.scope {
        case .user, .shared:
            if let place = tickets[id]?.bucket { buckets[place]?.block(until: until) }
        case .global: globalBlockedUntil = max(globalBlockedUntil, until)
        case .edge: edgeBlockedUntil = max(edgeBlockedUntil, until)
        }
    }

    /// What a refusal costs, and what it is about.
    private mutating func count(_ ticket: Ticket, _ answer: RESTAnswer, at moment: Moment) {
        let (status, now) = (answer.status, moment.now)
        switch status {
        case 401, 403: budget.count(wall: moment.wall)
        case 429 where answer.scope != .shared: budget.count(wall: moment.wall)
        default: break
        }
        switch status {
        case 200..<300: quarantine.succeeded(ticket.names)
        case 401 where ticket.authority == .bot && !ticket.isWebhook: isTokenRefused = true
        case 401, 403, 404: quarantine.refused(ticket.names, status: status, code: answer.code, now: now)
        default: break
        }
    }

    private static let namesMax = 1000

    private mutating func remember(_ name: String, of template: String) {
        if names[template] == nil, names.count >= Self.namesMax { names = [:] }
        names[template] = name
    }

    /// A route's bucket has become known, or is another now: all that wait or are on their way with it go along.
    private mutating func move(_ ticket: Ticket, to name: String, now: Duration) {
        let old = ticket.bucket
        guard old != name else { return }
        if buckets[name] == nil { makeBucket(name, now: now) }
        guard let source = buckets[old] else { return }
        for id in source.queue + source.inFlight {
            guard let other = tickets[id], other.line == ticket.line else { continue }
            tickets[id]?.bucket = name
            if other.sentAt == nil {
                buckets[old]?.remove(id)
                buckets[name]?.enqueue(id)
            } else {
                buckets[old]?.ended(id)
                buckets[name]?.adopt(id, isRead: other.isRead)
            }
        }
        buckets[old]?.routes.remove(ticket.line)
        buckets[name]?.routes.insert(ticket.line)
        places[ticket.line] = name
        reschedule(old, now: now)
        reschedule(name, now: now)
    }

    // MARK: What becomes of the request

    private mutating func judge(
        _ id: ID,
        _ ticket: Ticket,
        _ answer: RESTAnswer,
        at moment: Moment,
        _ actions: inout [Action]
    ) {
        let now = moment.now
        switch answer.status {
        case 200..<300:
            let reply = RESTReply(
                status: answer.status,
                body: answer.body,
                isResent: ticket.unknown != nil
            )
            finish(id, .success(reply), now: now, &actions)
        case 401 where ticket.authority == .bot && !ticket.isWebhook:
            finish(id, .failure(ticket.known(.unauthorized)), now: now, &actions)
        case 429:
            // It was not carried out, so it is no try.
            tickets[id]?.tries -= 1
            tickets[id]?.limited += 1
            let isLate = now + answer.retryAfter >= ticket.deadline
            if isLate || ticket.limited + 1 >= limits.limitedTries {
                let error = isLate ? RESTError.timedOut : answer.refusal(isResent: false)
                finish(id, .failure(ticket.known(error)), now: now, &actions)
            } else {
                backInLine(id, ticket)
            }
        case 500...: outcomeUnknown(id, ticket, "Discord answered \(answer.status)", at: moment, &actions)
        default:
            let error = answer.refusal(isResent: ticket.unknown != nil)
            finish(id, .failure(error), now: now, &actions)
        }
    }

    /// Sent again where that does no harm, a few times and later each time; its line waits with it.
    private mutating func outcomeUnknown(
        _ id: ID,
        _ ticket: Ticket,
        _ reason: String,
        at moment: Moment,
        _ actions: inout [Action]
    ) {
        var backoff = Backoff(base: Self.backoffBase, limit: Self.backoffMax)
        for _ in 1..<max(1, ticket.tries) { _ = backoff.next(random: 0) }
        let until = moment.now + backoff.next(random: moment.random)
        guard ticket.isRepeatable, ticket.tries < limits.tries, until < ticket.deadline else {
            return finish(id, .failure(.unknownOutcome(reason)), now: moment.now, &actions)
        }
        tickets[id]?.unknown = reason
        buckets[ticket.bucket]?.block(until: until)
        backInLine(id, ticket)
    }

    /// Where it was: nobody who came later has gone before it.
    private mutating func backInLine(_ id: ID, _ ticket: Ticket) {
        notes.retries += 1
        buckets[ticket.bucket]?.enqueue(id)
        deadlines.push(ticket.deadline, id)
    }

    private mutating func finish(
        _ id: ID,
        _ result: Result<RESTReply, RESTError>,
        now: Duration,
        _ actions: inout [Action]
    ) {
        actions.append(.finish(id, result))
        leave(id, now: now)
    }

    /// Those that wait are not shown to Discord, also where nobody waits for the one that was refused.
    private mutating func refuseToken(now: Duration, _ actions: inout [Action]) {
        for id in tickets.keys.sorted() {
            guard let ticket = tickets[id], ticket.authority == .bot, ticket.sentAt == nil else { continue }
            finish(id, .failure(ticket.known(.unauthorized)), now: now, &actions)
        }
    }
}
