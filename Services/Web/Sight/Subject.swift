package import Base

/// Who looks, as an authorisation says.
package enum Subject: Sendable, Hashable {
    /// Nobody in particular: sees what @everyone sees, in every guild (`WEB_ACCESS=open`).
    case everyone
    /// Someone who has logged in: sees what Discord shows them, in the guilds that they are a member of.
    case user(Snowflake)

    package var user: Snowflake? { if case .user(let id) = self { id } else { nil } }
}

extension Subject: Comparable {
    /// Everyone first, then by id.
    package static func < (left: Subject, right: Subject) -> Bool {
        switch (left, right) {
        case (_, .everyone): false
        case (.everyone, .user): true
        case (.user(let left), .user(let right)): left < right
        }
    }
}
