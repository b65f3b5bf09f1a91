/// What a key may do. The raw value is written in keys and in the API's document.
package enum Scope: String, Sendable, CaseIterable, Comparable {
    /// `/api/stream` and `/api/ws`; the only one of an overlay's key.
    case stream
    /// The guild, its channels, who is in voice.
    case guildRead = "guild:read"
    case membersRead = "members:read"
    case messagesRead = "messages:read"
    /// Presence and activity over time.
    case activityRead = "activity:read"
    case settingsRead = "settings:read"

    package static func < (left: Scope, right: Scope) -> Bool { left.rawValue < right.rawValue }
}
