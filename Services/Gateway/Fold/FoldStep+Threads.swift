internal import Base
internal import EventModels
internal import JSON

/// Threads, and who is in the private ones: nobody but those of whom Discord said so since the guild came.
extension FoldStep {
    mutating func applyThreads(
        _ kind: DispatchKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        switch kind {
        case .threadListSync: try threadListSync(guild, data)
        case .threadMemberUpdate: try threadMemberUpdate(guild, data)
        case .threadMembersUpdate: try threadMembersUpdate(guild, data)
        default: try threadChanged(guild, data)
        }
    }

    /// Who makes a private thread is in it; `member` is the bot itself. Told before the thread, so that its members see it
    /// from its first moment.
    private mutating func threadChanged(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        guard let thread = Channel(discord: data) else { throw NotUnderstood("id") }
        guard let held = state.guilds[guild] else { return }
        if thread.type == Channel.privateThread, !data.isArchivedThread {
            var added: Set<Snowflake> = []
            if data["newly_created"]?.bool == true, held.channels[thread.id] == nil,
                let owner = data["owner_id"]?.snowflake
            {
                added.insert(owner)
            }
            if let bot = threadMember(data["member"]) { added.insert(bot) }
            changeThread(thread.id, guild, added: added)
        }
        try channelChanged(guild, data)
    }

    /// The bot gained sight of channels, or of all where none are named: what is not listed there is no longer active, and
    /// what was known of members is out of date. First threads that are gone, then those that are there, each by id.
    private mutating func threadListSync(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let list = try data.requiredArray("threads")
        guard let held = state.guilds[guild] else { return }
        let threads = list.compactMap { value in value["id"]?.snowflake.map { ($0, value) } }
        let listed = Set(threads.map(\.0))
        let parents = data["channel_ids"].flatMap { $0.isNull ? nil : data.snowflakes("channel_ids") }
        let covered = held.channels.values.filter { channel in
            guard channel.isThread, let parents else { return channel.isThread }
            return channel.parentID.map { parents.contains($0) } ?? false
        }
        for thread in covered.map(\.id).sorted() where !listed.contains(thread) {
            removeChannel(thread, guild)
        }
        var bots: [Snowflake: Set<Snowflake>] = [:]
        for value in data.elements("members") {
            guard let thread = value["id"]?.snowflake, let bot = threadMember(value) else { continue }
            bots[thread, default: []].insert(bot)
        }
        for (id, value) in threads.sorted(by: { $0.0 < $1.0 }) {
            if value["type"]?.int == Channel.privateThread, !value.isArchivedThread {
                let told = bots[id] ?? []
                changeThread(
                    id,
                    guild,
                    added: told,
                    removed: (held.threadMembers[id] ?? []).subtracting(told)
                )
            }
            try threadChanged(guild, value)
        }
    }

    /// Others and the bot came or went.
    private mutating func threadMembersUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let thread = try data.requiredID("id")
        guard isPrivateThread(thread, guild) else { return }
        let added = Set(data.elements("added_members").compactMap { $0["user_id"]?.snowflake })
        let removed = data.snowflakes("removed_member_ids")
        changeThread(thread, guild, added: added.subtracting(removed), removed: removed)
    }

    /// The bot's own membership: it is in.
    private mutating func threadMemberUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let thread = try data.requiredID("id")
        guard isPrivateThread(thread, guild), let bot = threadMember(data) else { return }
        changeThread(thread, guild, added: [bot])
    }

    /// Who is in the private threads that a GUILD_CREATE lists, as far as it says: the bot.
    func threadMembers(guildCreate data: JSONView) -> [Snowflake: Set<Snowflake>] {
        var members: [Snowflake: Set<Snowflake>] = [:]
        for value in data.elements("threads") where value["type"]?.int == Channel.privateThread {
            guard let thread = value["id"]?.snowflake, let bot = threadMember(value["member"]) else {
                continue
            }
            members[thread] = [bot]
        }
        return members
    }

    private func isPrivateThread(_ id: Snowflake, _ guild: Snowflake) -> Bool {
        state.guilds[guild]?.channels[id]?.type == Channel.privateThread
    }

    /// Whom a ThreadMember object is about that is only sent of the bot; the user's id may be left out.
    private func threadMember(_ value: JSONView?) -> Snowflake? {
        guard let value, value.object != nil else { return nil }
        return value["user_id"]?.snowflake ?? state.bot
    }

    /// Only what is new.
    private mutating func changeThread(
        _ thread: Snowflake,
        _ guild: Snowflake,
        added: Set<Snowflake>,
        removed: Set<Snowflake> = []
    ) {
        let held = state.guilds[guild]?.threadMembers[thread] ?? []
        let (added, removed) = (added.subtracting(held), removed.intersection(held))
        guard !added.isEmpty || !removed.isEmpty else { return }
        emit(.threadMembers, guild) { writer in
            writer.member("threadId", thread)
            writer.snowflakes("added", added)
            writer.snowflakes("removed", removed)
        }
    }
}

extension JSONView {
    /// Of a Channel object.
    var isArchivedThread: Bool { self["thread_metadata"]?["archived"]?.bool == true }
}
