/// What Discord is asked to send. Discord's documentation, "Gateway Intents".
package struct Intents: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let guilds = Intents(rawValue: 1 << 0)
    /// Privileged: "Server Members Intent" in the developer portal.
    package static let guildMembers = Intents(rawValue: 1 << 1)
    package static let guildModeration = Intents(rawValue: 1 << 2)
    package static let guildInvites = Intents(rawValue: 1 << 6)
    package static let guildVoiceStates = Intents(rawValue: 1 << 7)
    /// Privileged: "Presence Intent".
    package static let guildPresences = Intents(rawValue: 1 << 8)
    package static let guildMessages = Intents(rawValue: 1 << 9)
    package static let guildMessageReactions = Intents(rawValue: 1 << 10)
    package static let guildMessageTyping = Intents(rawValue: 1 << 11)
    /// Privileged: "Message Content Intent".
    package static let messageContent = Intents(rawValue: 1 << 15)
    package static let guildScheduledEvents = Intents(rawValue: 1 << 16)
    package static let autoModerationConfiguration = Intents(rawValue: 1 << 20)
    package static let autoModerationExecution = Intents(rawValue: 1 << 21)
    package static let guildMessagePolls = Intents(rawValue: 1 << 24)

    /// What the product turns into events; grows with it.
    package static let product: Intents = [
        .guilds, .guildMembers, .guildModeration, .guildInvites, .guildVoiceStates, .guildPresences,
        .guildMessages, .guildMessageReactions, .guildMessageTyping, .messageContent, .guildScheduledEvents,
        .autoModerationConfiguration, .autoModerationExecution, .guildMessagePolls,
    ]
}

extension Intents {
    /// Those that have to be switched on in the developer portal.
    package static let privileged: Intents = [.guildMembers, .guildPresences, .messageContent]

    /// Discord's names, in the order of their bits.
    package var names: [String] { Self.table.filter { contains($0.intent) }.map(\.name) }

    private static let table: [(intent: Intents, name: String)] = [
        (.guilds, "GUILDS"), (.guildMembers, "GUILD_MEMBERS"), (.guildModeration, "GUILD_MODERATION"),
        (.guildInvites, "GUILD_INVITES"), (.guildVoiceStates, "GUILD_VOICE_STATES"),
        (.guildPresences, "GUILD_PRESENCES"), (.guildMessages, "GUILD_MESSAGES"),
        (.guildMessageReactions, "GUILD_MESSAGE_REACTIONS"), (.guildMessageTyping, "GUILD_MESSAGE_TYPING"),
        (.messageContent, "MESSAGE_CONTENT"), (.guildScheduledEvents, "GUILD_SCHEDULED_EVENTS"),
        (.autoModerationConfiguration, "AUTO_MODERATION_CONFIGURATION"),
        (.autoModerationExecution, "AUTO_MODERATION_EXECUTION"), (.guildMessagePolls, "GUILD_MESSAGE_POLLS"),
    ]

    /// Privileged ones that an application's flags leave switched off. Each has two flags: one for bots in 100 guilds and more, and a
    /// limited one. Discord's documentation, "Application Flags".
    package static func off(flags: UInt64) -> Intents {
        var off: Intents = []
        if flags & (1 << 12 | 1 << 13) == 0 { off.insert(.guildPresences) }
        if flags & (1 << 14 | 1 << 15) == 0 { off.insert(.guildMembers) }
        if flags & (1 << 18 | 1 << 19) == 0 { off.insert(.messageContent) }
        return off
    }
}
