package import Base
package import EventModels
import JSON

/// How much of a guild an event may change in anyone's sight.
package enum SightEffect: Sendable, Equatable {
    case nothing
    /// The bits in these channels, for all.
    case channels([Snowflake])
    /// Anything, for all.
    case everything
    /// What one member is and has.
    case member(Snowflake, MemberChange)
}

/// What an event says of a member's facts.
package enum MemberChange: Sendable, Equatable {
    case joined
    case left
    case granted(Snowflake)
    case revoked(Snowflake)
    /// Unix milliseconds; nil: over. `was` is what it was before.
    case timedOut(until: Int64?, was: Int64?)

    /// Facts after the change; nil: no member.
    package func applied(to facts: MemberFacts?) -> MemberFacts? {
        switch self {
        case .joined: return MemberFacts()
        case .left: return nil
        case .granted(let role):
            guard var facts else { return nil }
            facts.roles.insert(role)
            return facts
        case .revoked(let role):
            guard var facts else { return nil }
            facts.roles.remove(role)
            return facts
        case .timedOut(let until, _):
            guard var facts else { return nil }
            facts.timedOutUntil = until
            return facts
        }
    }

    /// Facts before the change; nil where that cannot be told: they were no member, or of what roles is not said.
    package func undone(from facts: MemberFacts?) -> MemberFacts? {
        guard var facts else { return nil }
        switch self {
        case .joined, .left: return nil
        case .granted(let role): facts.roles.remove(role)
        case .revoked(let role): facts.roles.insert(role)
        case .timedOut(_, let was): facts.timedOutUntil = was
        }
        return facts
    }
}

extension SightEffect {
    /// Of an event, with the guild as it was before and is after it; both are asked for only where `mayChangeGuild`.
    package init(_ event: StreamEvent, before: GuildState?, after: GuildState?) {
        switch event.kind {
        case .channelCreated, .channelUpdated, .channelDeleted, .channelPermissions, .threadMembers:
            self = Self.ofChannel(event.payload, before, after)
        case .roleCreated, .roleUpdated, .roleDeleted:
            let role = event.payload?["roleId"]?.snowflake
            let isMoot = role.map { before?.roles[$0]?.permissions == after?.roles[$0]?.permissions } ?? true
            self = isMoot ? .nothing : .everything
        case .guildSynced, .guildUpdated, .guildRemoved:
            self = .everything
        case .memberJoined, .memberLeft, .roleGranted, .roleRevoked, .memberTimeout:
            self = Self.ofMember(event)
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated, .messageCreated, .messageUpdated,
            .messageDeleted, .reactionAdded, .reactionRemoved, .reactionCleared, .presenceUpdated,
            .memberUpdated, .guildUnavailable, .logGap, .eventQuarantined,
            .pollVoted, .pollUnvoted, .typingStarted, .channelPins, .channelStatus, .channelCall,
            .stageStarted,
            .stageUpdated, .stageEnded, .scheduledEventCreated, .scheduledEventUpdated,
            .scheduledEventDeleted, .scheduledEventSubscribed, .scheduledEventUnsubscribed, .memberBanned,
            .memberUnbanned, .inviteCreated, .inviteDeleted, .automodExecuted, .automodRuleCreated,
            .automodRuleUpdated, .automodRuleDeleted, .auditLogged, .milestoneReached,
            .interactionReceived, .settingsUpdated, .overlayTested, .overlayUpdated, nil:
            self = .nothing
        }
    }

    /// Threads have what their parent has.
    private static func ofChannel(
        _ payload: JSONValue?,
        _ before: GuildState?,
        _ after: GuildState?
    ) -> SightEffect {
        guard let id = (payload?["channelId"] ?? payload?["threadId"])?.snowflake else { return .everything }
        var touched: Set<Snowflake> = [id]
        for state in [before, after] {
            guard let channels = state?.channels else { continue }
            for channel in channels.values where channel.isThread && channel.parentID == id {
                touched.insert(channel.id)
            }
        }
        return .channels(touched.sorted())
    }

    private static func ofMember(_ event: StreamEvent) -> SightEffect {
        guard let payload = event.payload, let user = payload["userId"]?.snowflake else { return .nothing }
        let role = payload["roleId"]?.snowflake
        switch (event.kind, role) {
        case (.memberJoined, _): return .member(user, .joined)
        case (.memberLeft, _): return .member(user, .left)
        case (.memberTimeout, _):
            let (until, was) = (payload["timeoutUntil"]?.string, payload["was"]?.string)
            return .member(
                user,
                .timedOut(until: MemberFacts.timeoutEnd(until), was: MemberFacts.timeoutEnd(was))
            )
        case (.roleGranted, let role?): return .member(user, .granted(role))
        case (.roleRevoked, let role?): return .member(user, .revoked(role))
        default: return .nothing
        }
    }
}

extension EventKind {
    /// Whether an event of the kind can change a guild in what sights depend on; members' facts are not in it.
    package var mayChangeGuild: Bool {
        switch self {
        case .guildSynced, .guildRemoved, .guildUpdated, .channelCreated, .channelUpdated, .channelDeleted,
            .channelPermissions, .threadMembers, .roleCreated, .roleUpdated, .roleDeleted:
            true
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated, .messageCreated, .messageUpdated,
            .messageDeleted, .reactionAdded, .reactionRemoved, .reactionCleared, .presenceUpdated,
            .memberJoined, .memberLeft, .memberUpdated, .roleGranted, .roleRevoked, .memberTimeout,
            .guildUnavailable, .logGap, .eventQuarantined,
            .pollVoted, .pollUnvoted, .typingStarted, .channelPins, .channelStatus, .channelCall,
            .stageStarted,
            .stageUpdated, .stageEnded, .scheduledEventCreated, .scheduledEventUpdated,
            .scheduledEventDeleted, .scheduledEventSubscribed, .scheduledEventUnsubscribed, .memberBanned,
            .memberUnbanned, .inviteCreated, .inviteDeleted, .automodExecuted, .automodRuleCreated,
            .automodRuleUpdated, .automodRuleDeleted, .auditLogged, .milestoneReached,
            .interactionReceived, .settingsUpdated, .overlayTested, .overlayUpdated:
            false
        }
    }
}
