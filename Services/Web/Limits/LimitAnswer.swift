package import HTTPWire

/// What the limits say to one request, and the headers that tell it.
package struct LimitAnswer: Sendable, Equatable {
    package let counters: [LimitCounter]
    package let verdict: LimitVerdict

    package init(_ counters: [LimitCounter], _ verdict: LimitVerdict) {
        self.counters = counters
        self.verdict = verdict
    }

    package var refused: LimitPolicy? { verdict.refused.map { counters[$0].policy } }

    /// Seconds until the window of a counter ends, rounded up.
    private func rest(_ index: Int) -> Int64 {
        (FixedWindow.rest(of: counters[index].policy, now: verdict.now) + 999) / 1000
    }

    /// Seconds until the counter that refused counts anew; 0 where none did.
    package var retryAfter: Int64 { verdict.refused.map(rest) ?? 0 }

    /// 429, where it is refused.
    package var problem: Problem? {
        guard let index = verdict.refused else { return nil }
        let policy = counters[index].policy
        let seconds = rest(index)
        return Problem(
            429,
            "Too many requests: \(policy.quota) in \(policy.window / 1000) s are answered (\(policy.name)). "
                + "Try again in \(seconds) s."
        )
        .with("Retry-After", String(seconds))
    }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). To who is refused only what refused them.
    package func add(to headers: inout HTTPHeaders) {
        guard !counters.isEmpty else { return }
        let policies = counters.map {
            "\"\($0.policy.name)\";q=\($0.policy.quota);w=\($0.policy.window / 1000)"
        }
        headers.replace("RateLimit-Policy", policies.joined(separator: ", "))
        let told = verdict.refused.map { $0..<($0 + 1) } ?? counters.indices
        let states = told.map { index in
            let left = max(0, counters[index].policy.quota - verdict.used[index])
            return "\"\(counters[index].policy.name)\";r=\(left);t=\(rest(index))"
        }
        headers.replace("RateLimit", states.joined(separator: ", "))
    }
}
