/// Every dispatch that Discord documents, and what becomes of it. Another name is counted and passed over.
///
/// A new one needs a case here, a line in `treatment` and one in `FoldStep.apply`, which the compiler asks for, and its place in
/// specs/events.md.
package enum DispatchKind: String, CaseIterable, Sendable {
    case ready = "READY"
    case resumed = "RESUMED"
    case rateLimited = "RATE_LIMITED"

    case guildCreate = "GUILD_CREATE"
    case guildUpdate = "GUILD_UPDATE"
    case guildDelete = "GUILD_DELETE"
    case auditLogEntryCreate = "GUILD_AUDIT_LOG_ENTRY_CREATE"
    case banAdd = "GUILD_BAN_ADD"
    case banRemove = "GUILD_BAN_REMOVE"
    case emojisUpdate = "GUILD_EMOJIS_UPDATE"
    case stickersUpdate = "GUILD_STICKERS_UPDATE"
    case soundCreate = "GUILD_SOUNDBOARD_SOUND_CREATE"
    case soundUpdate = "GUILD_SOUNDBOARD_SOUND_UPDATE"
    case soundDelete = "GUILD_SOUNDBOARD_SOUND_DELETE"
    case soundsUpdate = "GUILD_SOUNDBOARD_SOUNDS_UPDATE"
    case sounds = "SOUNDBOARD_SOUNDS"
    case integrationsUpdate = "GUILD_INTEGRATIONS_UPDATE"
    case integrationCreate = "INTEGRATION_CREATE"
    case integrationUpdate = "INTEGRATION_UPDATE"
    case integrationDelete = "INTEGRATION_DELETE"
    case webhooksUpdate = "WEBHOOKS_UPDATE"

    case roleCreate = "GUILD_ROLE_CREATE"
    case roleUpdate = "GUILD_ROLE_UPDATE"
    case roleDelete = "GUILD_ROLE_DELETE"
    case channelCreate = "CHANNEL_CREATE"
    case channelUpdate = "CHANNEL_UPDATE"
    case channelDelete = "CHANNEL_DELETE"
    case channelPinsUpdate = "CHANNEL_PINS_UPDATE"
    case channelInfo = "CHANNEL_INFO"
    case voiceChannelStatusUpdate = "VOICE_CHANNEL_STATUS_UPDATE"
    case voiceChannelStartTimeUpdate = "VOICE_CHANNEL_START_TIME_UPDATE"
    case voiceChannelEffectSend = "VOICE_CHANNEL_EFFECT_SEND"
    case threadCreate = "THREAD_CREATE"
    case threadUpdate = "THREAD_UPDATE"
    case threadDelete = "THREAD_DELETE"
    case threadListSync = "THREAD_LIST_SYNC"
    case threadMemberUpdate = "THREAD_MEMBER_UPDATE"
    case threadMembersUpdate = "THREAD_MEMBERS_UPDATE"

    case memberAdd = "GUILD_MEMBER_ADD"
    case memberUpdate = "GUILD_MEMBER_UPDATE"
    case memberRemove = "GUILD_MEMBER_REMOVE"
    case membersChunk = "GUILD_MEMBERS_CHUNK"
    case presenceUpdate = "PRESENCE_UPDATE"
    case userUpdate = "USER_UPDATE"
    case typingStart = "TYPING_START"
    case voiceStateUpdate = "VOICE_STATE_UPDATE"
    case voiceServerUpdate = "VOICE_SERVER_UPDATE"

    case messageCreate = "MESSAGE_CREATE"
    case messageUpdate = "MESSAGE_UPDATE"
    case messageDelete = "MESSAGE_DELETE"
    case messageDeleteBulk = "MESSAGE_DELETE_BULK"
    case reactionAdd = "MESSAGE_REACTION_ADD"
    case reactionRemove = "MESSAGE_REACTION_REMOVE"
    case reactionRemoveAll = "MESSAGE_REACTION_REMOVE_ALL"
    case reactionRemoveEmoji = "MESSAGE_REACTION_REMOVE_EMOJI"
    case pollVoteAdd = "MESSAGE_POLL_VOTE_ADD"
    case pollVoteRemove = "MESSAGE_POLL_VOTE_REMOVE"

    case inviteCreate = "INVITE_CREATE"
    case inviteDelete = "INVITE_DELETE"
    case scheduledEventCreate = "GUILD_SCHEDULED_EVENT_CREATE"
    case scheduledEventUpdate = "GUILD_SCHEDULED_EVENT_UPDATE"
    case scheduledEventDelete = "GUILD_SCHEDULED_EVENT_DELETE"
    case scheduledEventUserAdd = "GUILD_SCHEDULED_EVENT_USER_ADD"
    case scheduledEventUserRemove = "GUILD_SCHEDULED_EVENT_USER_REMOVE"
    case stageCreate = "STAGE_INSTANCE_CREATE"
    case stageUpdate = "STAGE_INSTANCE_UPDATE"
    case stageDelete = "STAGE_INSTANCE_DELETE"
    case autoModerationRuleCreate = "AUTO_MODERATION_RULE_CREATE"
    case autoModerationRuleUpdate = "AUTO_MODERATION_RULE_UPDATE"
    case autoModerationRuleDelete = "AUTO_MODERATION_RULE_DELETE"
    case autoModerationExecution = "AUTO_MODERATION_ACTION_EXECUTION"

    case interactionCreate = "INTERACTION_CREATE"
    case commandPermissionsUpdate = "APPLICATION_COMMAND_PERMISSIONS_UPDATE"
    case entitlementCreate = "ENTITLEMENT_CREATE"
    case entitlementUpdate = "ENTITLEMENT_UPDATE"
    case entitlementDelete = "ENTITLEMENT_DELETE"
    case subscriptionCreate = "SUBSCRIPTION_CREATE"
    case subscriptionUpdate = "SUBSCRIPTION_UPDATE"
    case subscriptionDelete = "SUBSCRIPTION_DELETE"

    /// At the `mark` of the name, or behind it where that is taken; most places are free.
    private static let byMark = {
        var places = [DispatchKind?](repeating: nil, count: 256)
        for kind in allCases {
            var place = mark(kind.rawValue)
            while places[place] != nil { place = (place + 1) & 255 }
            places[place] = kind
        }
        return places
    }()

    /// Every dispatch is told by its name, so that a hash for strangers' keys would be felt.
    private static func mark(_ name: String) -> Int {
        var hash: UInt32 = 2_166_136_261
        let utf8 = name.utf8.span
        for index in 0..<utf8.count { hash = (hash ^ UInt32(utf8[index])) &* 16_777_619 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 16) & 255)
    }

    /// Nil for a name that Discord did not document when this was written.
    package init?(name: String) {
        var place = Self.mark(name)
        while let kind = Self.byMark[place] {
            if kind.rawValue == name {
                self = kind
                return
            }
            place = (place + 1) & 255
        }
        return nil
    }
}

extension DispatchKind {
    /// What becomes of a dispatch.
    package enum Treatment: Sendable, Equatable {
        /// The fold takes it in: it makes events, or shows in those that come later.
        case folded
        /// The session's machine acts on it; of READY the fold takes the rest.
        case session
        /// The commands' side answers it.
        case interaction
        /// Nothing, for this reason.
        case dropped(String)
    }

    package var treatment: Treatment {
        switch self {
        case .ready, .resumed, .rateLimited: .session
        case .interactionCreate: .interaction
        case .guildCreate, .guildUpdate, .guildDelete, .auditLogEntryCreate, .banAdd, .banRemove, .roleCreate,
            .roleUpdate, .roleDelete, .channelCreate, .channelUpdate, .channelDelete, .channelPinsUpdate,
            .voiceChannelStatusUpdate, .voiceChannelStartTimeUpdate, .threadCreate, .threadUpdate,
            .threadDelete, .threadListSync, .threadMemberUpdate, .threadMembersUpdate, .memberAdd,
            .memberUpdate, .memberRemove, .membersChunk, .presenceUpdate, .typingStart, .voiceStateUpdate,
            .messageCreate, .messageUpdate, .messageDelete, .messageDeleteBulk, .reactionAdd, .reactionRemove,
            .reactionRemoveAll, .reactionRemoveEmoji, .pollVoteAdd, .pollVoteRemove, .inviteCreate,
            .inviteDelete, .scheduledEventCreate, .scheduledEventUpdate, .scheduledEventDelete,
            .scheduledEventUserAdd, .scheduledEventUserRemove, .stageCreate, .stageUpdate, .stageDelete,
            .autoModerationRuleCreate, .autoModerationRuleUpdate, .autoModerationRuleDelete,
            .autoModerationExecution:
            .folded
        case .emojisUpdate, .stickersUpdate, .soundCreate, .soundUpdate, .soundDelete, .soundsUpdate:
            .dropped("nothing shows a guild's lists of these; a message or reaction names what it uses")
        case .integrationsUpdate, .integrationCreate, .integrationUpdate, .integrationDelete, .webhooksUpdate:
            .dropped("the audit log's entry says what was changed, and by whom")
        case .sounds, .channelInfo:
            .dropped("answers a request that the gateway never sends")
        case .voiceServerUpdate, .voiceChannelEffectSend:
            .dropped("comes only to a bot that is in a voice channel, and this one joins none")
        case .userUpdate:
            .dropped("the bot's own user; each guild's GUILD_MEMBER_UPDATE says the same")
        case .commandPermissionsUpdate:
            .dropped("Discord enforces them before an interaction comes")
        case .entitlementCreate, .entitlementUpdate, .entitlementDelete, .subscriptionCreate,
            .subscriptionUpdate, .subscriptionDelete:
            .dropped("nothing is sold through Discord")
        }
    }

    /// Where a dispatch names its guild.
    enum GuildPlace {
        /// In `id`: it is the guild itself.
        case itself
        /// In `guild_id`, always.
        case named
        /// In `guild_id`; without it, it is of a conversation outside the guilds.
        case optional
    }

    var guildPlace: GuildPlace {
        switch self {
        case .guildCreate, .guildUpdate, .guildDelete: .itself
        case .channelCreate, .channelUpdate, .channelDelete, .channelPinsUpdate, .typingStart, .messageCreate,
            .messageUpdate, .messageDelete, .messageDeleteBulk, .reactionAdd, .reactionRemove,
            .reactionRemoveAll, .reactionRemoveEmoji, .pollVoteAdd, .pollVoteRemove, .inviteCreate,
            .inviteDelete, .voiceStateUpdate, .interactionCreate:
            .optional
        default: .named
        }
    }
}
