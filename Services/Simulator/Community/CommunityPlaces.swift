internal import Base

/// Where things are said and who says them: mostly where everybody hears it, now and then where few do. Nobody speaks
/// where they may not.
extension CommunityMachine {
    /// A conversation stays where it is for a while; then another place has its turn.
    mutating func room(_ guild: Guild, _ now: Instant) -> Snowflake? {
        if let conversation, guild.owns(channel: conversation), Int.random(in: 0..<10, using: &random) < 6 {
            return conversation
        }
        let open = guild.textChannels.filter { isOpen(guild, $0, now) }
        let places =
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<66: open
            case 66..<82: guild.textChannels.filter { !open.contains($0) }
            case 82..<94: guild.threads.ids
            default: guild.voiceChannels
            }
        return pick(places) ?? pick(open)
    }

    /// Whether everybody may write there.
    private func isOpen(_ guild: Guild, _ channel: Snowflake, _ now: Instant) -> Bool {
        let permissions = guild.permissions(of: nil, in: channel, at: now.unixMilliseconds)
        return permissions.isSuperset(of: [.viewChannel, .sendMessages])
    }

    /// Somebody who may write there now, rather somebody who is online.
    mutating func speaker(_ guild: Guild, _ channel: Snowflake, _ bot: Snowflake, _ now: Instant)
        -> Snowflake?
    {
        let access = guild.access[channel]
        var needed: Permissions = [.viewChannel, .sendMessages]
        if access?.isThread == true { needed = [.viewChannel, .sendMessagesInThreads] }
        if access?.isVoice == true { needed.insert(.connect) }
        return somebody(guild, channel, needed, bot, now)
    }

    /// Tries a few who are online; then looks through at most 500 members from anywhere on, since a hidden room may
    /// be for very few.
    mutating func somebody(
        _ guild: Guild,
        _ channel: Snowflake,
        _ needed: Permissions,
        _ bot: Snowflake,
        _ now: Instant
    ) -> Snowflake? {
        func may(_ user: Snowflake) -> Bool {
            guild.permissions(of: user, in: channel, at: now.unixMilliseconds).isSuperset(of: needed)
        }
        for _ in 0..<6 {
            if let user = anyone(guild, bot, online: true), may(user) { return user }
        }
        let ids = guild.members.ids
        guard !ids.isEmpty else { return nil }
        let start = Int.random(in: 0..<ids.count, using: &random)
        return (0..<min(500, ids.count)).lazy.map { ids[(start + $0) % ids.count] }
            .first { $0 != bot && may($0) }
    }

    mutating func pick(_ list: [Snowflake]) -> Snowflake? {
        list.isEmpty ? nil : list[Int.random(in: 0..<list.count, using: &random)]
    }
}
