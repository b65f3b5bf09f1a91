/// Discord's permission bits, as far as they decide what happens in a simulated guild. Discord, "Permissions".
package struct Permissions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let createInvite = Permissions(rawValue: 1 << 0)
    package static let kickMembers = Permissions(rawValue: 1 << 1)
    package static let banMembers = Permissions(rawValue: 1 << 2)
    package static let administrator = Permissions(rawValue: 1 << 3)
    package static let manageChannels = Permissions(rawValue: 1 << 4)
    package static let manageGuild = Permissions(rawValue: 1 << 5)
    package static let addReactions = Permissions(rawValue: 1 << 6)
    package static let viewAuditLog = Permissions(rawValue: 1 << 7)
    package static let viewChannel = Permissions(rawValue: 1 << 10)
    package static let sendMessages = Permissions(rawValue: 1 << 11)
    package static let manageMessages = Permissions(rawValue: 1 << 13)
    package static let attachFiles = Permissions(rawValue: 1 << 15)
    package static let readMessageHistory = Permissions(rawValue: 1 << 16)
    package static let mentionEveryone = Permissions(rawValue: 1 << 17)
    package static let connect = Permissions(rawValue: 1 << 20)
    package static let muteMembers = Permissions(rawValue: 1 << 22)
    package static let deafenMembers = Permissions(rawValue: 1 << 23)
    package static let moveMembers = Permissions(rawValue: 1 << 24)
    package static let changeNickname = Permissions(rawValue: 1 << 26)
    package static let manageNicknames = Permissions(rawValue: 1 << 27)
    package static let manageRoles = Permissions(rawValue: 1 << 28)
    package static let manageWebhooks = Permissions(rawValue: 1 << 29)
    package static let manageThreads = Permissions(rawValue: 1 << 34)
    package static let createPublicThreads = Permissions(rawValue: 1 << 35)
    package static let createPrivateThreads = Permissions(rawValue: 1 << 36)
    package static let sendMessagesInThreads = Permissions(rawValue: 1 << 38)
    package static let moderateMembers = Permissions(rawValue: 1 << 40)
    package static let setVoiceStatus = Permissions(rawValue: 1 << 48)
    package static let pinMessages = Permissions(rawValue: 1 << 51)

    package static let all = Permissions(rawValue: .max)
    /// Every bit that Discord documents: what an administrator has, as text.
    package static let documented = Permissions(rawValue: 8_866_461_766_385_663)
    /// What a time-out leaves.
    package static let timedOut: Permissions = [.viewChannel, .readMessageHistory]

    /// Decimal text, as Discord writes it; what is no such number is nothing.
    package init(text: String?) { self.init(rawValue: text.flatMap { UInt64($0) } ?? 0) }

    package var text: String { String(rawValue) }
    /// As Discord tells it of a member: documented bits alone.
    package var documentedText: String { intersection(.documented).text }
}
