/// Discord's permission bits that something here asks about. Discord's documentation, "Permissions".
package struct Permissions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let createInstantInvite = Permissions(rawValue: 1 << 0)
    package static let kickMembers = Permissions(rawValue: 1 << 1)
    package static let banMembers = Permissions(rawValue: 1 << 2)
    package static let administrator = Permissions(rawValue: 1 << 3)
    package static let manageChannels = Permissions(rawValue: 1 << 4)
    package static let manageGuild = Permissions(rawValue: 1 << 5)
    package static let addReactions = Permissions(rawValue: 1 << 6)
    package static let viewAuditLog = Permissions(rawValue: 1 << 7)
    package static let prioritySpeaker = Permissions(rawValue: 1 << 8)
    package static let stream = Permissions(rawValue: 1 << 9)
    package static let viewChannel = Permissions(rawValue: 1 << 10)
    package static let sendMessages = Permissions(rawValue: 1 << 11)
    package static let sendTTSMessages = Permissions(rawValue: 1 << 12)
    package static let manageMessages = Permissions(rawValue: 1 << 13)
    package static let embedLinks = Permissions(rawValue: 1 << 14)
    package static let attachFiles = Permissions(rawValue: 1 << 15)
    package static let readMessageHistory = Permissions(rawValue: 1 << 16)
    package static let mentionEveryone = Permissions(rawValue: 1 << 17)
    package static let connect = Permissions(rawValue: 1 << 20)
    package static let speak = Permissions(rawValue: 1 << 21)
    package static let muteMembers = Permissions(rawValue: 1 << 22)
    package static let deafenMembers = Permissions(rawValue: 1 << 23)
    package static let moveMembers = Permissions(rawValue: 1 << 24)
    package static let useVAD = Permissions(rawValue: 1 << 25)
    package static let manageRoles = Permissions(rawValue: 1 << 28)
    package static let requestToSpeak = Permissions(rawValue: 1 << 32)
    package static let manageThreads = Permissions(rawValue: 1 << 34)
    package static let sendMessagesInThreads = Permissions(rawValue: 1 << 38)
    package static let useEmbeddedActivities = Permissions(rawValue: 1 << 39)
    package static let moderateMembers = Permissions(rawValue: 1 << 40)
    package static let useSoundboard = Permissions(rawValue: 1 << 42)
    package static let useExternalSounds = Permissions(rawValue: 1 << 45)
    package static let setVoiceChannelStatus = Permissions(rawValue: 1 << 48)

    /// Every documented bit: what owners and administrators have.
    package static let all = Permissions(rawValue: 0x1F_7FFF_FFFF_FFFF)
    /// All that is left to a member who is timed out.
    package static let timedOut: Permissions = [.viewChannel, .readMessageHistory]
    /// Moot without SEND_MESSAGES.
    package static let sending: Permissions = [.mentionEveryone, .sendTTSMessages, .attachFiles, .embedLinks]
    /// Moot without CONNECT.
    package static let voice: Permissions = [
        .prioritySpeaker, .stream, .speak, .muteMembers, .deafenMembers, .moveMembers, .useVAD,
        .requestToSpeak,
        .useEmbeddedActivities, .useSoundboard, .useExternalSounds, .setVoiceChannelStatus,
    ]
}
