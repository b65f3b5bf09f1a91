internal import Base
internal import EventModels
internal import JSON

/// The members that a GUILD_CREATE or a chunk lists.
struct MemberList {
    private(set) var records: [Snowflake: MemberRecord] = [:]
    /// Whether these are all; a large guild arrives in part.
    private(set) var isComplete = false

    /// Who is in voice comes with a Member object too, also where the guild arrives in part.
    init(guildCreate data: JSONView) {
        for value in data.elements("voice_states") { if let member = value["member"] { take(member) } }
        for value in data.elements("members") { take(value) }
        isComplete = data.elements("members").count >= data["member_count"]?.int ?? 0
    }

    init(chunk data: JSONView) { for value in data.elements("members") { take(value) } }

    private mutating func take(_ member: JSONView) {
        guard let user = member["user"], var record = MemberRecord(user: user) else { return }
        record.takeMember(member)
        records[record.id] = record
    }

    /// By user id.
    var sorted: [MemberRecord] { records.values.sorted { $0.id < $1.id } }
}

/// Lists of members: all at once in GUILD_CREATE, or in part there and the others in chunks.
extension FoldStep {
    /// What became of the members while nobody listened: at once where all are listed; otherwise only what changed about
    /// those who are, and a series begins that chunks are to complete.
    mutating func takeMembers(_ guild: Snowflake, _ list: MemberList) {
        var memory = state.memory[guild] ?? GuildMemory()
        let knewAll = memory.hasAllMembers
        memory.hasAllMembers = false
        memory.series = MemberSeries(tellsJoined: knewAll, after: memory.series)
        state.memory[guild] = memory
        for record in list.sorted { see(record, guild) }
        if list.isComplete { endSeries(guild) }
    }

    /// Members of a guild that arrived in part. Who was shown as unknown in a voice channel gets a name, by user id.
    mutating func membersChunk(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        _ = try data.requiredArray("members")
        guard state.guilds.holds(guild) else { return }
        isSynthetic = state.memory[guild]?.series != nil
        let records = MemberList(chunk: data).sorted
        for record in records {
            if isSynthetic {
                see(record, guild)
            } else if member(record.id, guild) == nil {
                var record = record
                record.isMember = state.memory[guild]?.hasAllMembers != true
                remember(record, guild)
            }
        }
        takePresences(ofChunk: data, guild)
        if state.memory[guild]?.series?.completes(with: data) == true { endSeries(guild) }
        isSynthetic = false
        for record in records {
            guard let before = state.guilds[guild]?.voice[record.id] else { continue }
            var after = before
            after.user = card(record.id, guild)
            emitVoice(guild, from: before, to: after)
        }
    }

    /// Where they were asked for: of a guild so large that GUILD_CREATE names hardly any. Without events, as there.
    private mutating func takePresences(ofChunk data: JSONView, _ guild: Snowflake) {
        for value in data.elements("presences") {
            guard let user = value["user"]?["id"]?.snowflake, let presence = PresenceRecord(value) else {
                continue
            }
            state.memory[guild]?.presences[user] = presence
        }
    }

    private mutating func see(_ record: MemberRecord, _ guild: Snowflake) {
        let held = member(record.id, guild).flatMap { $0.isMember ? $0 : nil }
        state.memory[guild]?.series?.see(record.id, isNew: held == nil)
        if let held { change(held, to: record, guild) } else { remember(record, guild) }
    }

    /// All were listed. Who was not has left, by user id; then who is new has joined, by user id. Who came and went while
    /// nobody told is no news.
    private mutating func endSeries(_ guild: Snowflake) {
        guard let memory = state.memory[guild], let series = memory.series else { return }
        let count = state.guilds[guild]?.members ?? 0
        for user in memory.members.keys.sorted() where !series.seen.contains(user) {
            if memory.members[user]?.isMember == true, !series.new.contains(user) {
                emitLeft(user, guild, members: count)
            } else {
                state.memory[guild]?.members[user] = nil
            }
        }
        for user in series.new.sorted() where series.seen.contains(user) {
            if let record = member(user, guild) { emitJoined(record, guild, members: count) }
        }
        state.memory[guild]?.series = nil
        state.memory[guild]?.hasAllMembers = true
    }
}
