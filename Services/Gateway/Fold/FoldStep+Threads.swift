internal import Base
internal import EventModels
internal import JSON

/// Threads, and who is in the private ones: nobody but those of whom Discord said so since the guild came.
extension FoldStep {
    /// Who makes a private thread is in it; `member` is the bot itself. Told before the thread, so that its members see it
    /// from its first moment.
    mutating func threadChanged(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild], let thread = Channel(discord: data) else { return }
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
        channelChanged(guild, data)
    }

    /// The bot gained sight of channels, or of all where none are named: what is not listed there is no longer active, and
    /// what was known of members is out of date. First threads that are gone, then those that are there, each by id.
    mutating func threadListSync(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild], let list = data["threads"]?.array else { return }
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
            threadChanged(guild, value)
        }
    }

    /// Others and the bot came or went.
    mutating func threadMembersUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard let thread = privateThread(data["id"], guild) else { return }
        let added = Set(data.elements("added_members").compactMap { $0["user_id"]?.snowflake })
        let removed = data.snowflakes("removed_member_ids")
        changeThread(thread, guild, added: added.subtracting(removed), removed: removed)
    }

    /// The bot's own membership: it is in.
    mutating func threadMemberUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard let thread = privateThread(data["id"], guild), let bot = threadMember(data) else { return }
        changeThread(thread, guild, added: [bot])
    }

    /// Who is in the private threads that a GUILD_CREATE lists, as far as it says: the bot.
    func threadMembers(guildCreate data: JSONValue) -> [Snowflake: Set<Snowflake>] {
        var members: [Snowflake: Set<Snowflake>] = [:]
        for value in data.elements("threads") where value["type"]?.int == Channel.privateThread {
            guard let thread = value["id"]?.snowflake, let bot = threadMember(value["member"]) else {
                continue
            }
            members[thread] = [bot]
        }
        return members
    }

    private func privateThread(_ id: JSONValue?, _ guild: Snowflake) -> Snowflake? {
        guard let id = id?.snowflake, let held = state.guilds[guild]?.channels[id],
            held.type == Channel.privateThread
        else { return nil }
        return id
    }

    /// Whom a ThreadMember object is about that is only sent of the bot; the user's id may be left out.
    private func threadMember(_ value: JSONValue?) -> Snowflake? {
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

extension JSONValue {
    /// Of a Channel object.
    var isArchivedThread: Bool { self["thread_metadata"]?["archived"]?.bool == true }
}
