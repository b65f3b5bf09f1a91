/// The line before one of Discord's buckets, and what is known of the bucket.
struct RESTBucket: Sendable {
    typealias ID = RESTLimiter.ID

    enum Knowledge: Sendable, Equatable {
        /// No answer yet: one request at a time finds out.
        case none
        /// An answer without rate-limit headers: the route has no bucket.
        case unlimited
        /// `remaining` is what Discord would still take before `resetAt` if nothing were on its way.
        case limited(limit: Int, remaining: Int, resetAt: Duration)
    }

    /// Added to each end of a window: Discord's numbers have milliseconds, and may be rounded down.
    static let slack = Duration.milliseconds(20)

    /// Rising: who came first is first, also when lines become one.
    private(set) var queue: [ID] = []
    private(set) var inFlight: Set<ID> = []
    private(set) var isWriting = false
    private(set) var knowledge = Knowledge.none
    /// After a 429, or before another try: nothing goes.
    private(set) var blockedUntil = Duration.zero
    private var learnedAt = Duration.zero
    /// Routes with their major parameter that end here.
    var routes: Set<String> = []

    // What the limiter's heaps hold of this line.
    var readyHead: ID?
    var timerAt: Duration?
    var idleAt: Duration?

    var isIdle: Bool { queue.isEmpty && inFlight.isEmpty }

    /// When nothing that is known of it matters any more.
    var endsAt: Duration {
        guard case .limited(_, _, let resetAt) = knowledge else { return blockedUntil }
        return max(resetAt, blockedUntil)
    }

    mutating func enqueue(_ id: ID) {
        let at = place(id)
        queue.insert(id, at: at)
    }

    mutating func remove(_ id: ID) {
        let at = place(id)
        if at < queue.count, queue[at] == id { queue.remove(at: at) }
    }

    private func place(_ id: ID) -> Int {
        var (low, high) = (0, queue.count)
        while low < high {
            let middle = (low + high) / 2
            if queue[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func block(until: Duration) { blockedUntil = max(blockedUntil, until) }

    /// Before this nothing more goes, whatever comes back.
    func restsUntil(now: Duration) -> Duration {
        guard case .limited(_, 0, let resetAt) = knowledge, resetAt > now else { return blockedUntil }
        return max(resetAt, blockedUntil)
    }

    // MARK: Whose turn it is

    /// When the first in line may go: now, at a time, or (nil) not before something that is on its way comes back.
    ///
    /// A write goes alone, so that writes reach Discord in their order; reads go side by side.
    mutating func freeAt(isRead: Bool, now: Duration) -> Duration? {
        guard inFlight.isEmpty || isRead && !isWriting else { return nil }
        guard blockedUntil <= now else { return blockedUntil }
        switch knowledge {
        case .none: return inFlight.isEmpty ? now : nil
        case .unlimited: return now
        case .limited(let limit, let remaining, let resetAt):
            if resetAt > now { return remaining > inFlight.count ? now : resetAt }
            knowledge = .limited(limit: limit, remaining: limit, resetAt: resetAt)
            return limit > inFlight.count ? now : nil
        }
    }

    /// Nil: another request could go, if it were of this bucket.
    func spentUntil(now: Duration) -> Duration? {
        guard case .limited(_, let remaining, let resetAt) = knowledge, resetAt > now,
            remaining <= inFlight.count
        else { return nil }
        return resetAt
    }

    mutating func start(_ id: ID, isRead: Bool) {
        remove(id)
        inFlight.insert(id)
        isWriting = !isRead
    }

    /// One that is on its way is of another bucket now, or comes from one.
    mutating func adopt(_ id: ID, isRead: Bool) {
        inFlight.insert(id)
        if !isRead { isWriting = true }
    }

    mutating func ended(_ id: ID) {
        inFlight.remove(id)
        if inFlight.isEmpty { isWriting = false }
    }

    // MARK: What answers say

    /// Before `ended` for the same request.
    mutating func learned(_ bucket: RESTAnswer.Bucket, sentAt: Duration, now: Duration) {
        // The answer was on its way for some time, so the true end of the window is not behind this.
        let resetAt = now + bucket.resetAfter + Self.slack
        var (remaining, end) = (bucket.remaining, resetAt)
        if case .limited(_, let known, let knownEnd) = knowledge, sentAt < learnedAt, knownEnd > now {
            // Answers may overtake each other: of two that were on their way together the worse counts.
            (remaining, end) = (min(known, remaining), max(knownEnd, resetAt))
        }
        knowledge = .limited(limit: max(bucket.limit, remaining), remaining: remaining, resetAt: end)
        learnedAt = now
    }

    /// An answer without headers, or none: it may have been counted all the same.
    mutating func learnedNothing(wasAnswered: Bool, now: Duration) {
        switch knowledge {
        case .none: if wasAnswered { knowledge = .unlimited }
        case .unlimited: break
        case .limited(let limit, let remaining, let resetAt):
            if resetAt <= now {
                knowledge = .none
            } else {
                knowledge = .limited(limit: limit, remaining: max(0, remaining - 1), resetAt: resetAt)
            }
        }
    }
}
