/// Answers of 401, 403 and 429 by address, without the 429 of scope `shared`: Discord bans an address that gets 10,000 of them
/// in 10 minutes, and then Cloudflare answers. At most 1,000 addresses; those silent for longest give way.
package struct InvalidRequests: Sendable {
    private struct Account: Sendable {
        /// By second: how many.
        var seconds: [(second: Int, count: Int)] = []
        var bannedUntil: Duration?
        /// Calls during the ban.
        var turnedAway = 0
        var last = Duration.zero

        func count(since second: Int) -> Int {
            seconds.reduce(0) { $0 + ($1.second > second ? $1.count : 0) }
        }
    }

    private var accounts: [String: Account] = [:]
    private let limit: Int
    private let ban: Duration
    private static let window = 600

    package init(limit: Int = 10_000, ban: Duration = .seconds(600)) {
        self.limit = limit
        self.ban = ban
    }

    private static func second(_ now: Duration) -> Int { Int(now / .seconds(1)) }

    /// How long yet; nil: not banned.
    package mutating func banned(_ address: String, now: Duration) -> Duration? {
        guard let until = accounts[address]?.bannedUntil else { return nil }
        if until > now { return until - now }
        accounts[address] = nil
        return nil
    }

    /// It came during the ban. It counts for itself: the ban ends when it was said to.
    package mutating func turnAway(_ address: String) { accounts[address]?.turnedAway += 1 }

    package mutating func note(_ address: String, now: Duration) {
        if accounts[address] == nil, accounts.count >= 1000,
            let oldest = accounts.min(by: { $0.value.last < $1.value.last })?.key
        {
            accounts[oldest] = nil
        }
        var account = accounts[address] ?? Account()
        let second = Self.second(now)
        account.seconds.removeAll { $0.second <= second - Self.window }
        if account.seconds.last?.second == second {
            account.seconds[account.seconds.count - 1].count += 1
        } else {
            account.seconds.append((second, 1))
        }
        account.last = now
        if account.count(since: second - Self.window) >= limit { account.bannedUntil = now + ban }
        accounts[address] = account
    }

    /// In the last ten minutes, by address.
    package func counts(now: Duration) -> [(address: String, count: Int, isBanned: Bool, turnedAway: Int)] {
        accounts.sorted { $0.key < $1.key }.map { address, account in
            let isBanned = account.bannedUntil.map { $0 > now } ?? false
            let count = account.count(since: Self.second(now) - Self.window)
            return (address, count, isBanned, account.turnedAway)
        }
    }
}
