package import Base
package import EventModels

/// What a viewer may have of one channel.
package struct SightBits: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The channel, who is in it, and what happens to it.
    package static let view = SightBits(rawValue: 1)
    /// What is written in it, as it happens.
    package static let text = SightBits(rawValue: 2)
    /// What was written in it.
    package static let history = SightBits(rawValue: 4)
    /// Its invitations.
    package static let manage = SightBits(rawValue: 8)

    /// From Discord's permissions: voice channels ask for CONNECT before they show what is written in them.
    package init(_ permissions: Permissions, isVoice: Bool) {
        guard permissions.contains(.viewChannel) else {
            self = []
            return
        }
        self = .view
        if permissions.contains(.manageChannels) { insert(.manage) }
        guard !isVoice || permissions.contains(.connect) else { return }
        insert(.text)
        if permissions.contains(.readMessageHistory) { insert(.history) }
    }
}

/// What a viewer may see of one guild: specs/sight.md.
package struct Sight: Sendable, Hashable {
    /// Whether there is a guild for the viewer at all: what is shown to every member is shown.
    package let isMember: Bool
    /// Channels with `view`.
    package private(set) var channels: [Snowflake: SightBits]
    /// Of `rightsMax`, what the viewer has in the guild as a whole.
    package let rights: Permissions

    package static let nothing = Sight(isMember: false, channels: [:])
    /// What kinds of audience *guild* may ask for; one that asks for more is shown to nobody.
    package static let rightsMax: Permissions = [.banMembers, .manageGuild, .viewAuditLog]

    package init(isMember: Bool, channels: [Snowflake: SightBits], rights: Permissions = []) {
        self.isMember = isMember
        self.channels = channels
        self.rights = rights.intersection(Self.rightsMax)
    }

    /// `now` in Unix milliseconds.
    package init(of guild: GuildState, for viewer: Viewer, at now: Int64) {
        var channels: [Snowflake: SightBits] = [:]
        for id in guild.channels.keys {
            let bits = guild.sightBits(of: viewer, in: id, at: now)
            if !bits.isEmpty { channels[id] = bits }
        }
        let rights = viewer.isStranger ? [] : guild.permissions(of: viewer, at: now)
        self.init(isMember: true, channels: channels, rights: rights)
    }

    package func has(_ bits: SightBits, in channel: Snowflake) -> Bool {
        channels[channel]?.isSuperset(of: bits) ?? false
    }

    /// Of these channels alone; rights in the guild as a whole stay.
    package func limited(to wanted: Set<Snowflake>) -> Sight {
        Sight(isMember: isMember, channels: channels.filter { wanted.contains($0.key) }, rights: rights)
    }

    package mutating func set(_ channel: Snowflake, _ bits: SightBits) {
        channels[channel] = bits.isEmpty ? nil : bits
    }

    /// The channels that have all of `bits`, of `wanted` or, where that is empty, of all.
    package func channels(with bits: SightBits, of wanted: Set<Snowflake>) -> Set<Snowflake> {
        var found: Set<Snowflake> = []
        for (id, has) in channels where has.isSuperset(of: bits) && (wanted.isEmpty || wanted.contains(id)) {
            found.insert(id)
        }
        return found
    }
}

extension GuildState {
    package func sightBits(of viewer: Viewer, in channel: Snowflake, at now: Int64) -> SightBits {
        let bits = SightBits(
            permissions(of: viewer, in: channel, at: now),
            isVoice: channels[channel]?.isVoice ?? false
        )
        return viewer.isStranger ? bits.subtracting(.manage) : bits
    }

    /// Whether a viewer who had `before` in `old`, and has `after` here, has to start over: their bits changed in a
    /// channel that was there and is there, or their rights.
    package func isChange(from old: GuildState, _ before: Sight, to after: Sight) -> Bool {
        if before.isMember != after.isMember || before.rights != after.rights { return true }
        if before.channels == after.channels { return false }
        let stayed = { (channel: Snowflake) in old.channels[channel] != nil && channels[channel] != nil }
        return before.channels.contains { stayed($0.key) && after.channels[$0.key] != $0.value }
            || after.channels.contains { stayed($0.key) && before.channels[$0.key] == nil }
    }
}
