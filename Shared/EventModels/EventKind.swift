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
    case pollVoted = "poll.voted"
    case pollUnvoted = "poll.unvoted"
    case typingStarted = "typing.started"

    case presenceUpdated = "presence.updated"
    case memberJoined = "member.joined"
    case memberLeft = "member.left"
    case memberUpdated = "member.updated"
    case roleGranted = "role.granted"
    case roleRevoked = "role.revoked"

    case channelCreated = "channel.created"
    case channelUpdated = "channel.updated"
    case channelDeleted = "channel.deleted"
    case channelPins = "channel.pins"
    case channelStatus = "channel.status"
    case channelCall = "channel.call"

    case stageStarted = "stage.started"
    case stageUpdated = "stage.updated"
    case stageEnded = "stage.ended"
    case scheduledEventCreated = "scheduled_event.created"
    case scheduledEventUpdated = "scheduled_event.updated"
    case scheduledEventDeleted = "scheduled_event.deleted"
    case scheduledEventSubscribed = "scheduled_event.subscribed"
    case scheduledEventUnsubscribed = "scheduled_event.unsubscribed"

    case memberBanned = "member.banned"
    case memberUnbanned = "member.unbanned"
    case inviteCreated = "invite.created"
    case inviteDeleted = "invite.deleted"
    case automodExecuted = "automod.executed"
    case automodRuleCreated = "automod.rule_created"
    case automodRuleUpdated = "automod.rule_updated"
    case automodRuleDeleted = "automod.rule_deleted"
    case auditLogged = "audit.logged"

    case milestoneReached = "milestone.reached"
    case interactionReceived = "interaction.received"
    case settingsUpdated = "settings.updated"
    case overlayTested = "overlay.tested"
    case overlayUpdated = "overlay.updated"

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
    /// As `channel(.viewChannel)`; where `payload.channelId` is null, every member.
    case channelIfAny
    /// Who has these permissions in the guild; an empty set: every member.
    case guild(Permissions)
    /// Nobody outside the services.
    case `internal`
}

extension EventKind {
    /// The one table of what a viewer needs; without a line here nothing is delivered. What needs a permission that sights do
    /// not know is delivered to nobody.
    package var audience: Audience {
        switch self {
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated: .voiceChannel
        case .messageCreated, .messageUpdated, .messageDeleted: .channel(.viewChannel)
        case .reactionAdded, .reactionRemoved, .reactionCleared: .channel(.viewChannel)
        case .pollVoted, .pollUnvoted, .typingStarted: .channel(.viewChannel)
        case .presenceUpdated, .memberJoined, .memberLeft, .memberUpdated: .guild([])
        case .roleGranted, .roleRevoked: .guild([])
        case .channelCreated, .channelUpdated, .channelDeleted: .channel(.viewChannel)
        case .channelPins, .channelStatus, .channelCall: .channel(.viewChannel)
        case .stageStarted, .stageUpdated, .stageEnded: .channel(.viewChannel)
        case .scheduledEventCreated, .scheduledEventUpdated, .scheduledEventDeleted: .channelIfAny
        // Who may see them is who sees the event's channel, which Discord does not name here.
        case .scheduledEventSubscribed, .scheduledEventUnsubscribed: .internal
        case .memberBanned, .memberUnbanned: .guild(.banMembers)
        case .inviteCreated, .inviteDeleted: .channel([.viewChannel, .manageChannels])
        case .automodExecuted, .automodRuleCreated, .automodRuleUpdated, .automodRuleDeleted:
            .guild(.manageGuild)
        case .auditLogged: .guild(.viewAuditLog)
        case .milestoneReached, .overlayTested, .overlayUpdated: .guild([])
        case .interactionReceived, .settingsUpdated: .internal
        case .memberTimeout, .channelPermissions, .threadMembers: .internal
        case .roleCreated, .roleUpdated, .roleDeleted: .internal
        case .guildSynced, .guildUpdated, .guildUnavailable, .guildRemoved: .internal
        case .logGap, .eventQuarantined: .internal
        }
    }

    /// Whether `GuildState` holds what events of the kind say.
    package var changesGuild: Bool {
        switch self {
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated, .messageCreated, .messageUpdated,
            .messageDeleted, .presenceUpdated, .memberJoined, .memberLeft, .memberUpdated, .channelCreated,
            .channelUpdated, .channelDeleted, .channelPermissions, .threadMembers, .roleCreated, .roleUpdated,
            .roleDeleted, .guildSynced, .guildUpdated, .guildUnavailable, .guildRemoved:
            true
        case .reactionAdded, .reactionRemoved, .reactionCleared, .roleGranted, .roleRevoked, .memberTimeout,
            .pollVoted, .pollUnvoted, .typingStarted, .channelPins, .channelStatus, .channelCall,
            .stageStarted,
            .stageUpdated, .stageEnded, .scheduledEventCreated, .scheduledEventUpdated,
            .scheduledEventDeleted, .scheduledEventSubscribed, .scheduledEventUnsubscribed, .memberBanned,
            .memberUnbanned, .inviteCreated, .inviteDeleted, .automodExecuted, .automodRuleCreated,
            .automodRuleUpdated, .automodRuleDeleted, .auditLogged, .milestoneReached, .interactionReceived,
            .settingsUpdated, .overlayTested, .overlayUpdated, .logGap, .eventQuarantined:
            false
        }
    }

    /// Whether it has no value behind its moment: no replay is made of it.
    package var isOfTheMoment: Bool { self == .typingStarted || self == .overlayTested }
}

extension EventKind {
    /// Whether a worker may have the gateway make one (the command `emit`): what no dispatch says, and changes no state.
    package var isEmittable: Bool {
        [.milestoneReached, .settingsUpdated, .overlayTested, .overlayUpdated].contains(self)
    }
}
