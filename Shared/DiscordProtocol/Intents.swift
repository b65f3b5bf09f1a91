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
