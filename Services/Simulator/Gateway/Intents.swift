/// What a session asked to hear. Discord, "Gateway Intents".
package struct Intents: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let guilds = Intents(rawValue: 1 << 0)
    package static let guildMembers = Intents(rawValue: 1 << 1)
    package static let guildModeration = Intents(rawValue: 1 << 2)
    package static let guildExpressions = Intents(rawValue: 1 << 3)
    package static let guildIntegrations = Intents(rawValue: 1 << 4)
    package static let guildWebhooks = Intents(rawValue: 1 << 5)
    package static let guildInvites = Intents(rawValue: 1 << 6)
    package static let guildVoiceStates = Intents(rawValue: 1 << 7)
    package static let guildPresences = Intents(rawValue: 1 << 8)
    package static let guildMessages = Intents(rawValue: 1 << 9)
    package static let guildMessageReactions = Intents(rawValue: 1 << 10)
    package static let guildMessageTyping = Intents(rawValue: 1 << 11)
    package static let directMessages = Intents(rawValue: 1 << 12)
    package static let directMessageReactions = Intents(rawValue: 1 << 13)
    package static let directMessageTyping = Intents(rawValue: 1 << 14)
    package static let directMessagePolls = Intents(rawValue: 1 << 25)
    package static let messageContent = Intents(rawValue: 1 << 15)
    package static let guildScheduledEvents = Intents(rawValue: 1 << 16)
    package static let autoModerationConfiguration = Intents(rawValue: 1 << 20)
    package static let autoModerationExecution = Intents(rawValue: 1 << 21)
    package static let guildMessagePolls = Intents(rawValue: 1 << 24)

    /// Every bit that Discord knows; any other is answered with close code 4013.
    package static let all = Intents(rawValue: 53_608_447)

    /// Any one of these lets a dispatch of this name through; nil: everybody gets it.
    package static func needed(for dispatch: String) -> Intents? {
        switch dispatch {
        case "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE",
            "GUILD_ROLE_DELETE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_PINS_UPDATE",
            "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBER_UPDATE",
            "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_UPDATE", "STAGE_INSTANCE_DELETE",
            "VOICE_CHANNEL_STATUS_UPDATE",
            "VOICE_CHANNEL_START_TIME_UPDATE":
            .guilds
        case "THREAD_MEMBERS_UPDATE": [.guilds, .guildMembers]
        case "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE": .guildMembers
        case "GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE": .guildModeration
        case "GUILD_EMOJIS_UPDATE", "GUILD_STICKERS_UPDATE", "GUILD_SOUNDBOARD_SOUND_CREATE",
            "GUILD_SOUNDBOARD_SOUND_UPDATE", "GUILD_SOUNDBOARD_SOUND_DELETE",
            "GUILD_SOUNDBOARD_SOUNDS_UPDATE":
            .guildExpressions
        case "GUILD_INTEGRATIONS_UPDATE", "INTEGRATION_CREATE", "INTEGRATION_UPDATE", "INTEGRATION_DELETE":
            .guildIntegrations
        case "WEBHOOKS_UPDATE": .guildWebhooks
        case "INVITE_CREATE", "INVITE_DELETE": .guildInvites
        case "VOICE_STATE_UPDATE", "VOICE_CHANNEL_EFFECT_SEND": .guildVoiceStates
        case "PRESENCE_UPDATE": .guildPresences
        case "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK": .guildMessages
        case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_ALL",
            "MESSAGE_REACTION_REMOVE_EMOJI":
            .guildMessageReactions
        case "TYPING_START": .guildMessageTyping
        case "GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_UPDATE", "GUILD_SCHEDULED_EVENT_DELETE",
            "GUILD_SCHEDULED_EVENT_USER_ADD", "GUILD_SCHEDULED_EVENT_USER_REMOVE":
            .guildScheduledEvents
        case "AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE":
            .autoModerationConfiguration
        case "AUTO_MODERATION_ACTION_EXECUTION": .autoModerationExecution
        case "MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE": .guildMessagePolls
        default: nil
        }
    }

    /// Any one of these must be the bot's in the guild; nil: none.
    static func permissions(for dispatch: String) -> Permissions? {
        switch dispatch {
        case "GUILD_AUDIT_LOG_ENTRY_CREATE": .viewAuditLog
        case "GUILD_BAN_ADD", "GUILD_BAN_REMOVE": [.banMembers, .viewAuditLog]
        case "INVITE_CREATE", "INVITE_DELETE": .manageChannels
        case "AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE",
            "AUTO_MODERATION_ACTION_EXECUTION":
            .manageGuild
        default: nil
        }
    }

    /// What stands for it where a dispatch is of no guild; of others, none is needed.
    private static func direct(_ intents: Intents) -> Intents {
        switch intents {
        case .guildMessages: .directMessages
        case .guildMessageReactions: .directMessageReactions
        case .guildMessageTyping: .directMessageTyping
        case .guildMessagePolls: .directMessagePolls
        default: .all
        }
    }

    /// Whether a session with these intents hears of it.
    package func admits(_ dispatch: Dispatch) -> Bool {
        if dispatch.name == "GUILD_MEMBER_UPDATE", dispatch.concernsBot { return true }
        if dispatch.name == "THREAD_MEMBERS_UPDATE", !contains(.guildMembers) {
            return contains(.guilds) && dispatch.concernsBot
        }
        guard let needed = Self.needed(for: dispatch.name) else { return true }
        return !isDisjoint(with: dispatch.guild == nil ? Self.direct(needed) : needed)
    }

    /// Whether the session gets less of it: of a thread's members only the bot, or no presences.
    package func narrows(_ dispatch: Dispatch) -> Bool {
        dispatch.name == "THREAD_MEMBERS_UPDATE" && !isSuperset(of: [.guildMembers, .guildPresences])
    }

    /// Whether the session gets this message without what people wrote.
    package func strips(_ dispatch: Dispatch) -> Bool {
        guard dispatch.name == "MESSAGE_CREATE" || dispatch.name == "MESSAGE_UPDATE" else { return false }
        return dispatch.guild != nil && !contains(.messageContent) && !dispatch.concernsBot
    }
}
