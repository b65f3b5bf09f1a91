internal import Base
internal import EventModels
package import RedisClient

/// Which states were used, so that each counts once: in Redis for all replicas, else here. See specs/access.md, "Login".
package final class UsedStates: Sendable {
    /// Kept without Redis; past it the oldest is forgotten. Its browser has lost the cookie by then.
    package static let countMax = 10_000

    private let redis: RedisClient?
    private let own: Locked<Own>

    private struct Own {
        var until: [String: Int64] = [:]
        var order: [String] = []
    }

    package init(_ redis: RedisClient?) {
        self.redis = redis
        own = Locked(Own())
    }

    /// True the first time within a login's life. `now` is in Unix seconds.
    package func use(_ state: String, now: Int64) async throws(RedisError) -> Bool {
        if let redis {
            let reply = try await redis.send([
                "SET", RedisKeys.loginState(state), "1", "NX", "EX", String(Self.seconds),
            ])
            return reply != .null
        }
        return own.withLock { own in
            if let until = own.until[state], until > now { return false }
            if own.order.count >= Self.countMax {
                // Halved, so that it is seldom done.
                for state in own.order.prefix(Self.countMax / 2) { own.until[state] = nil }
                own.order.removeFirst(Self.countMax / 2)
            }
            if own.until.updateValue(now + Self.seconds, forKey: state) == nil { own.order.append(state) }
            return true
        }
    }

    /// Longer than a cookie counts, whosever clock says so.
    private static let seconds = LoginAttempt.lifetime + 2 * Session.skewMax
}
