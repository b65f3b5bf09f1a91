package import Base

/// Who calls, found to be so.
package enum Caller: Sendable, Hashable {
    /// Shows nothing.
    case nobody
    case session(Session)
    case key(KeyGrant)

    /// Whose rights count: of a key its maker's.
    package var user: Snowflake? {
        switch self {
        case .nobody: nil
        case .session(let session): session.user
        case .key(let key): key.maker
        }
    }

    package var session: Session? {
        if case .session(let session) = self { session } else { nil }
    }

    package var key: KeyGrant? {
        if case .key(let key) = self { key } else { nil }
    }
}
