package import Base

/// Discord's permission bits that matter here. See Discord's documentation, "Permissions".
package struct Permissions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let administrator = Permissions(rawValue: 1 << 3)
    package static let manageChannels = Permissions(rawValue: 1 << 4)
    package static let manageGuild = Permissions(rawValue: 1 << 5)
    package static let viewAuditLog = Permissions(rawValue: 1 << 7)
    package static let viewChannel = Permissions(rawValue: 1 << 10)
    package static let sendMessages = Permissions(rawValue: 1 << 11)
    package static let readMessageHistory = Permissions(rawValue: 1 << 16)
    package static let connect = Permissions(rawValue: 1 << 20)
    package static let manageThreads = Permissions(rawValue: 1 << 34)
    package static let moderateMembers = Permissions(rawValue: 1 << 40)

    /// Every documented bit: what owners and administrators have.
    package static let all = Permissions(rawValue: 0x1F_7FFF_FFFF_FFFF)
}

extension GuildState {
    /// What the @everyone role may do in a channel: role permissions, then the overwrite of the guild's id; threads as
    /// their parent. Nothing for a channel that is not known. Discord's documentation, "Permission Overwrites".
    package func everyonePermissions(in channelID: Snowflake) -> Permissions {
        guard let channel = channels[channelID], let everyone = roles[id] else { return [] }
        if everyone.permissions.contains(.administrator) { return .all }
        if channel.isThread {
            guard channel.type != Channel.privateThread, let parent = channel.parentID,
                let parentChannel = channels[parent], !parentChannel.isThread
            else { return [] }
            return everyonePermissions(in: parent)
        }
        guard let overwrite = overwrites[channelID]?.first(where: { $0.id == id }) else {
            return everyone.permissions
        }
        return everyone.permissions.subtracting(overwrite.deny).union(overwrite.allow)
    }

    package func everyoneCanView(_ channelID: Snowflake) -> Bool {
        everyonePermissions(in: channelID).contains(.viewChannel)
    }

    /// Whether @everyone may read what was written in the channel: voice channels also ask for CONNECT.
    package func everyoneCanReadHistory(of channelID: Snowflake) -> Bool {
        let permissions = everyonePermissions(in: channelID)
        guard permissions.isSuperset(of: [.viewChannel, .readMessageHistory]) else { return false }
        return permissions.contains(.connect) || channels[channelID]?.isVoice != true
    }
}
