internal import Telemetry

/// What logins come to.
struct LoginMetrics: Sendable {
    enum Outcome: String, CaseIterable {
        case begun
        case done
        case denied
        /// The state was not to be believed, or Discord did not take the code.
        case refused
        /// Discord said no, or something that is none of its answers.
        case failed
        case timedOut = "timed_out"
        /// Redis cannot be asked.
        case unavailable
        /// The user has logged in too often within the hour.
        case tooOften = "too_often"
    }

    enum Revocation: String, CaseIterable {
        case done, failed
        /// Too many were under way.
        case skipped
    }

    private let outcomes: [Outcome: Counter]
    private let revocations: [Revocation: Counter]

    init(_ metrics: Metrics) {
        outcomes = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let counter = metrics.counter(
                    "guildwire_web_logins_total",
                    help: "Logins by what they came to.",
                    labels: [("outcome", outcome.rawValue)]
                )
                return (outcome, counter)
            }
        )
        revocations = Dictionary(
            uniqueKeysWithValues: Revocation.allCases.map { outcome in
                let counter = metrics.counter(
                    "guildwire_web_oauth_revocations_total",
                    help: "Discord's tokens that were given back after a login.",
                    labels: [("outcome", outcome.rawValue)]
                )
                return (outcome, counter)
            }
        )
    }

    func count(_ outcome: Outcome) { outcomes[outcome]?.increment() }
    func count(revocation: Revocation) { revocations[revocation]?.increment() }
}
