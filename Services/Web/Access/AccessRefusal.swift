/// Why a request is not let in: by what it showed, a session's cookie or a key.
package enum AccessRefusal: Error, Sendable, Equatable {
    case session(SessionRefusal)
    case key(KeyRefusal)

    /// Shows nothing, and without that nobody may look.
    package static let missing = AccessRefusal.session(.missing)

    package var problem: Problem {
        switch self {
        case .session(let refusal): refusal.problem
        case .key(let refusal): refusal.problem
        }
    }
}
