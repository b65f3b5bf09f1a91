package import Configuration

/// How many requests a minute are answered: `RATE_LIMITS`, such as `address=1200,login=30`.
package struct LimitFigures: Sendable, Equatable {
    package var address: Int64 = 1200
    package var session: Int64 = 600
    /// Of one address, at the routes of logging in.
    package var login: Int64 = 30

    package static let range: ClosedRange<Int64> = 1...1_000_000

    package init() {}

    package init(_ reader: inout ConfigReader) {
        for text in reader.list("RATE_LIMITS") {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, let figure = Int64(parts[1]), Self.range ~= figure else {
                reader.fail("RATE_LIMITS", "holds “\(text.prefix(40))”, which is no name=requests per minute")
                continue
            }
            switch parts[0] {
            case "address": address = figure
            case "session": session = figure
            case "login": login = figure
            default:
                reader.fail(
                    "RATE_LIMITS",
                    "names “\(parts[0].prefix(40))”; there are address, session and login"
                )
            }
        }
    }

    var addressPolicy: LimitPolicy { LimitPolicy("address", address, perSeconds: 60) }
    var sessionPolicy: LimitPolicy { LimitPolicy("session", session, perSeconds: 60) }
    var loginPolicy: LimitPolicy { LimitPolicy("login", login, perSeconds: 60) }
    /// Logins of one of Discord's users.
    package static let userLoginPolicy = LimitPolicy("user-login", 20, perSeconds: 3600)
}

/// What a program's key may ask.
package struct KeyQuota: Sendable, Hashable {
    package let perMinute: Int64
    package let perDay: Int64

    package init(perMinute: Int64, perDay: Int64) {
        self.perMinute = perMinute
        self.perDay = perDay
    }

    var policies: (minute: LimitPolicy, day: LimitPolicy) {
        (
            LimitPolicy("key-minute", perMinute, perSeconds: 60),
            LimitPolicy("key-day", perDay, perSeconds: 86_400)
        )
    }

    func counters(_ id: String) -> [LimitCounter] {
        [LimitCounter("k:\(id):m", policies.minute), LimitCounter("k:\(id):d", policies.day)]
    }
}

/// Knows each key's figures. Asked at every request: what it says is at hand.
package protocol QuotaSource: Sendable {
    func quota(of key: KeyGrant) -> KeyQuota
}

/// Everybody's, where nobody knows better: the free tier's.
package struct FreeQuota: QuotaSource {
    package static let quota = KeyQuota(perMinute: 30, perDay: 1000)

    package init() {}

    package func quota(of key: KeyGrant) -> KeyQuota { Self.quota }
}
