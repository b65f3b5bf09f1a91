internal import RedisClient

extension LoginDesk {
    /// Why a login did not come to its end, and what its page says.
    enum Stop: Error {
        case refused(LoginRefusal)
        case denied(LoginAttempt?)
        case failed(LoginAttempt?, error: String)
        case discord(DiscordOAuth.Failure)
        case noStore(RedisError)
        /// Seconds.
        case tooOften(retryAfter: Int64)

        /// Of what does not lead to an exchange.
        init(_ outcome: LoginFlow.Outcome) {
            switch outcome {
            case .denied(let attempt): self = .denied(attempt)
            case .failed(let attempt, let error): self = .failed(attempt, error: error)
            case .refused(let refusal): self = .refused(refusal)
            case .exchange: self = .refused(.malformed)
            }
        }

        /// Whose cookie is of no more use.
        var attempt: LoginAttempt? {
            switch self {
            case .denied(let attempt), .failed(let attempt, _): attempt
            case .refused, .discord, .noStore, .tooOften: nil
            }
        }

        var outcome: LoginMetrics.Outcome {
            switch self {
            case .refused, .discord(.codeRefused): .refused
            case .denied: .denied
            case .failed: .failed
            case .discord(.timedOut): .timedOut
            case .discord: .failed
            case .noStore: .unavailable
            case .tooOften: .tooOften
            }
        }

        var status: Int {
            switch self {
            case .refused, .discord(.codeRefused): 400
            case .denied: 403
            case .failed: 502
            case .discord(.timedOut): 504
            case .discord(.limited): 503
            case .discord: 502
            case .noStore: 503
            case .tooOften: 429
            }
        }

        /// Seconds; nil where waiting alone helps nobody.
        var retryAfter: Int64? {
            if case .tooOften(let seconds) = self { return seconds }
            return status == 503 ? 5 : nil
        }

        var title: String {
            switch self {
            case .refused, .discord(.codeRefused): "That login does not count"
            case .denied: "You did not log in"
            case .failed, .discord: "Discord did not log you in"
            case .noStore, .tooOften: "You cannot be logged in now"
            }
        }

        var text: String {
            switch self {
            case .refused(let refusal): "\(refusal.detail) Begin again from here."
            case .discord(.codeRefused):
                "Discord does not take the code: it was used, or is too old. Begin again from here."
            case .denied:
                "Discord was told not to let Guildwire know who you are, so there is nothing to show. Log in again and press "
                    + "Authorize to change that. Guildwire learns your name, picture and servers, and may write nothing."
            case .failed(_, let error):
                "Discord says “\(error.prefix(80))”. If that stays so, tell whoever runs this site."
            case .discord(.timedOut): "Discord did not answer within ten seconds. Try again in a moment."
            case .discord(.limited): "Discord is asked too often. Try again in a moment."
            case .discord(.unreachable): "Discord cannot be reached. Try again in a moment."
            case .discord(.clientRefused):
                "Discord does not know this site. Whoever runs it has to look at DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET."
            case .discord(.unexpected(let status)):
                "Discord answered with status \(status), which helps nobody. Try again in a moment."
            case .noStore: "Sessions cannot be written down now. Try again in a moment."
            case .tooOften(let seconds):
                "You have logged in \(LimitFigures.userLoginPolicy.quota) times within the hour. Wait "
                    + "\((seconds + 59) / 60) minutes, then log in again."
            }
        }

        /// For who runs the site; nil where a browser alone is to blame.
        var logged: String? {
            switch self {
            case .refused, .denied, .discord(.codeRefused), .tooOften: nil
            case .failed(_, let error): "Discord sent a browser back with \(error.prefix(80))"
            case .discord(let failure): "Discord: \(failure)"
            case .noStore(let error): "\(error)"
            }
        }
    }
}
