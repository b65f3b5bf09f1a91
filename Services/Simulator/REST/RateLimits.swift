internal import Base

/// Buckets of the simulated API. Discord, "Rate Limits": per route and major parameter, and 50 a second over all, for each who
/// asks: the bot, a user's access token, an address without either.
///
/// Since 2022 most of Discord's buckets slide: a call comes back each `seconds / calls`, and the reset is when all have
/// (discord-api-docs, issue 7680). Some stayed fixed: all calls come back at once, `seconds` after the first.
///
/// Holds at most 10,000 buckets, and as many who ask; those that are full again go first.
package struct RateLimits: Sendable {
    package enum Window: Sendable { case sliding, fixed }

    package struct Limit: Sendable {
        package let calls: Int
        package let seconds: Int
        package var window = Window.sliding

        package init(_ calls: Int, in seconds: Int, _ window: Window = .sliding) {
            self.calls = calls
            self.seconds = seconds
            self.window = window
        }
    }

    /// What a bucket's headers say.
    package struct Bucket: Sendable, Equatable {
        package let limit: Int
        package let remaining: Int
        /// When it is full again: monotonic, and in milliseconds of Unix time. A fixed window's does not move.
        package let resetAt: Duration
        package let resetUnixMilliseconds: Int64
        /// When the next call is admitted, where none is left.
        package let nextAt: Duration
    }

    package enum Verdict: Sendable, Equatable {
        case admitted(Bucket)
        case exceeded(Bucket)
    }

    private struct State {
        var fullAt: Duration
        var fullUnixMilliseconds: Int64
        /// Of a fixed window.
        var remaining: Int
    }

    private var buckets: [String: State] = [:]
    private var seconds: [String: (endsAt: Duration, left: Int)] = [:]
    private let globalMax: Int

    package init(globalMax: Int = 50) { self.globalMax = globalMax }

    /// Over all routes: how long until one more is admitted; nil: it is, and was counted.
    package mutating func takeGlobally(of asker: String = "", now: Instant) -> Duration? {
        if seconds.count > 10_000 { seconds = seconds.filter { $0.value.endsAt > now.monotonic } }
        var second = seconds[asker] ?? (.zero, 0)
        if second.endsAt <= now.monotonic { second = (now.monotonic + .seconds(1), globalMax) }
        defer { seconds[asker] = second }
        guard second.left > 0 else { return second.endsAt - now.monotonic }
        second.left -= 1
        return nil
    }

    /// In its bucket alone.
    package mutating func take(_ key: String, _ limit: Limit, now: Instant) -> Verdict {
        if buckets.count > 10_000 { buckets = buckets.filter { $0.value.fullAt > now.monotonic } }
        let held = buckets[key].flatMap { $0.fullAt > now.monotonic ? $0 : nil }
        switch limit.window {
        case .sliding: return slide(key, held, limit, now)
        case .fixed: return count(key, held, limit, now)
        }
    }

    private mutating func slide(_ key: String, _ held: State?, _ limit: Limit, _ now: Instant) -> Verdict {
        let whole = Duration.seconds(limit.seconds)
        let each = whole / limit.calls
        let before = held?.fullAt ?? now.monotonic
        let isAdmitted = before + each - now.monotonic <= whole
        let fullAt = isAdmitted ? before + each : before
        let wait = fullAt - now.monotonic
        let unix = now.unixMilliseconds + Int64((wait / .milliseconds(1)).rounded())
        if isAdmitted { buckets[key] = State(fullAt: fullAt, fullUnixMilliseconds: unix, remaining: 0) }
        let bucket = Bucket(
            limit: limit.calls,
            remaining: isAdmitted ? Int(((whole - wait) / each).rounded(.down)) : 0,
            resetAt: fullAt,
            resetUnixMilliseconds: unix,
            nextAt: fullAt + each - whole
        )
        return isAdmitted ? .admitted(bucket) : .exceeded(bucket)
    }

    private mutating func count(_ key: String, _ held: State?, _ limit: Limit, _ now: Instant) -> Verdict {
        var state =
            held
            ?? State(
                fullAt: now.monotonic + .seconds(limit.seconds),
                fullUnixMilliseconds: now.unixMilliseconds + Int64(limit.seconds) * 1000,
                remaining: limit.calls
            )
        let isAdmitted = state.remaining > 0
        if isAdmitted { state.remaining -= 1 }
        buckets[key] = state
        let bucket = Bucket(
            limit: limit.calls,
            remaining: state.remaining,
            resetAt: state.fullAt,
            resetUnixMilliseconds: state.fullUnixMilliseconds,
            nextAt: state.fullAt
        )
        return isAdmitted ? .admitted(bucket) : .exceeded(bucket)
    }
}
