package import Base

/// Who may link: `Authorization: Bearer <token>` with any of the configured tokens.
package struct LinkAuthentication: Sendable {
    private let tokens: [Secret]

    /// Several tokens are all accepted, so that one can be rotated out.
    package init(tokens: [Secret]) { self.tokens = tokens }

    /// Looks at every token whatever the outcome; the time depends on the candidate's length alone.
    package func accepts(authorization: String?) -> Bool {
        let header = Array((authorization ?? "").utf8)
        let scheme = Array("bearer ".utf8)
        var isBearer = header.count > scheme.count
        for (byte, wanted) in zip(header, scheme) where byte | 0x20 != wanted { isBearer = false }
        let candidate = header.dropFirst(scheme.count)
        var isKnown = false
        for token in tokens where !token.isEmpty {
            let same = token.matches(candidate)
            isKnown = isKnown || same
        }
        return isBearer && isKnown
    }
}

/// Slows down who guesses tokens: each failure of an address doubles the wait before its next answer.
///
/// Remembers at most `addressesMax` addresses; past that the one that failed longest ago is forgotten.
package struct FailureLimiter: Sendable {
    private struct Failures { var count: Int, last: Duration }

    private var failures: [String: Failures] = [:]
    package let addressesMax: Int
    package static let waitMax = Duration.seconds(5)
    /// After this long without a failure an address is as new.
    package static let memory = Duration.seconds(300)

    package init(addressesMax: Int = 1024) { self.addressesMax = addressesMax }

    /// Notes a failure; the answer is to be held back for what is returned, 100 ms to 5 s.
    package mutating func failed(_ address: String, now: Duration) -> Duration {
        var entry = failures[address] ?? Failures(count: 0, last: now)
        if now - entry.last > Self.memory { entry.count = 0 }
        entry.count += 1
        entry.last = now
        if failures[address] == nil, failures.count >= addressesMax,
            let oldest = failures.min(by: { ($0.value.last, $0.key) < ($1.value.last, $1.key) })
        {
            failures[oldest.key] = nil
        }
        failures[address] = entry
        return min(Self.waitMax, .milliseconds(100 << min(entry.count - 1, 10)))
    }

    package mutating func succeeded(_ address: String) { failures[address] = nil }
}
