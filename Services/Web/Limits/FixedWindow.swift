/// So many requests in each window of time; windows begin at whole multiples of their length since 1970.
package struct LimitPolicy: Sendable, Hashable {
    /// As `RateLimit-Policy` names it.
    package let name: String
    package let quota: Int64
    /// Milliseconds.
    package let window: Int64

    package init(_ name: String, _ quota: Int64, perSeconds seconds: Int64) {
        self.name = name
        self.quota = quota
        window = seconds * 1000
    }
}

/// One subject's requests under one policy.
package struct LimitCounter: Sendable, Hashable {
    /// Among all subjects and policies.
    package let key: String
    package let policy: LimitPolicy

    package init(_ key: String, _ policy: LimitPolicy) {
        self.key = key
        self.policy = policy
    }
}

/// What became of a request that several counters count.
package struct LimitVerdict: Sendable, Equatable {
    /// The first counter that is used up. Then none has counted the request.
    package let refused: Int?
    /// Of each counter, in its present window, this request included.
    package let used: [Int64]
    /// Unix milliseconds, of the clock that was asked.
    package let now: Int64

    package init(refused: Int?, used: [Int64], now: Int64) {
        self.refused = refused
        self.used = used
        self.now = now
    }
}

/// The one definition of what a limit is; `LimitScript` says the same in Lua, and a test holds them together.
package enum FixedWindow {
    /// What is kept of a counter.
    package struct Count: Sendable, Equatable {
        /// Number of the window since 1970.
        package var window: Int64
        package var used: Int64

        package init(window: Int64, used: Int64) {
            self.window = window
            self.used = used
        }
    }

    /// Counts one request in all counters, or in none where one is used up. `now` in Unix milliseconds.
    package static func take(_ policies: [LimitPolicy], _ counts: inout [Count?], now: Int64) -> LimitVerdict
    {
        precondition(policies.count == counts.count, "each policy has its count")
        var used = zip(policies, counts).map { policy, count in
            count.flatMap { $0.window == now / policy.window ? $0.used : nil } ?? 0
        }
        let refused = zip(policies, used).enumerated().first { $0.element.1 >= $0.element.0.quota }?.offset
        guard refused == nil else { return LimitVerdict(refused: refused, used: used, now: now) }
        for index in used.indices {
            used[index] += 1
            counts[index] = Count(window: now / policies[index].window, used: used[index])
        }
        return LimitVerdict(refused: nil, used: used, now: now)
    }

    /// Milliseconds until the present window ends.
    package static func rest(of policy: LimitPolicy, now: Int64) -> Int64 {
        policy.window - now % policy.window
    }
}
