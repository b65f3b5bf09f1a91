/// Every kind of event that has a meaning here. A name that is not in the list is internal: see `Audience`.
///
/// A new kind needs a case here, a line in `audience` and one in specs/events.md; the compiler asks for the second.
package enum EventKind: String, CaseIterable, Sendable {
    case voiceJoined = "voice.joined"
    case voiceLeft = "voice.left"
    case voiceMoved = "voice.moved"
    case voiceUpdated = "voice.updated"

    case messageCreated = "message.created"
    case messageUpdated = "message.updated"
    case messageDeleted = "message.deleted"
    case reactionAdded = "reaction.added"
    case reactionRemoved = "reaction.removed"
    case reactionCleared = "reaction.cleared"

    case presenceUpdated = "presence.updated"
    case memberJoined = "member.joined"
    case memberLeft = "member.left"
    case memberUpdated = "member.updated"
    case roleGranted = "role.granted"
    case roleRevoked = "role.revoked"

    case channelCreated = "channel.created"
    case channelUpdated = "channel.updated"
    case channelDeleted = "channel.deleted"

    case memberTimeout = "member.timeout"
    case channelPermissions = "channel.permissions"
    case threadMembers = "thread.members"
    case roleCreated = "role.created"
    case roleUpdated = "role.updated"
    case roleDeleted = "role.deleted"
    case guildSynced = "guild.synced"
    case guildUpdated = "guild.updated"
    case guildUnavailable = "guild.unavailable"
    case guildRemoved = "guild.removed"
    case logGap = "log.gap"
    case eventQuarantined = "event.quarantined"

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// Nil for names of other versions, and of no version.
    package init?(name: String) {
        guard let kind = Self.byName[name] else { return nil }
        self = kind
    }
}

/// Who may see events of a kind.
package enum Audience: Sendable, Equatable {
    /// Who has these permissions in the channel `payload.channelId`.
    case channel(Permissions)
    /// As `channel(.viewChannel)`; a move also names `payload.fromChannelId`, and for a viewer who sees only one of
    /// the two channels it becomes `voice.joined` or `voice.left`.
    case voiceChannel
    /// Who has these permissions in the guild; an empty set: every member.
    case guild(Permissions)
    /// Nobody outside the services.
    case `internal`
}

extension EventKind {
    /// The one table of what a viewer needs; without a line here nothing is delivered.
    package var audience: Audience {
        switch self {
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated: .voiceChannel
        case .messageCreated, .messageUpdated, .messageDeleted: .channel(.viewChannel)
        case .reactionAdded, .reactionRemoved, .reactionCleared: .channel(.viewChannel)
        case .presenceUpdated, .memberJoined, .memberLeft, .memberUpdated: .guild([])
        case .roleGranted, .roleRevoked: .guild([])
        case .channelCreated, .channelUpdated, .channelDeleted: .channel(.viewChannel)
        case .memberTimeout, .channelPermissions, .threadMembers: .internal
        case .roleCreated, .roleUpdated, .roleDeleted: .internal
        case .guildSynced, .guildUpdated, .guildUnavailable, .guildRemoved: .internal
        case .logGap, .eventQuarantined: .internal
        }
    }
}
