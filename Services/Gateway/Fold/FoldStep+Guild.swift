internal import Base
internal import DiscordProtocol
internal import EventModels
internal import JSON

extension FoldStep {
    /// A new session: guilds that are held but no longer named were left while nobody listened. Sorted by id.
    mutating func ready(_ data: JSONValue) {
        guard let list = data["guilds"]?.array else { return }
        let named = Set(list.compactMap { $0["id"]?.snowflake })
        for guild in state.guilds.ids where !named.contains(guild) { removeGuild(guild) }
    }

    /// The whole guild, at the start of a session, after an outage or on joining. First the difference in voice against
    /// what is held, by user id and marked `synthetic`; then everything in one `guild.synced`.
    mutating func guildCreate(_ guild: Snowflake, _ data: JSONValue) {
        if data["unavailable"]?.bool == true { return guildUnavailable(guild) }
        learnMembers(guild, data)
        let old = state.guilds[guild]
        var new = GuildState(
            id: guild,
            name: data["name"]?.string ?? "",
            icon: cdn.guildIcon(guild, hash: data["icon"]?.string),
            ownerID: data["owner_id"]?.snowflake
        )
        new.members = data["member_count"]?.int ?? state.memory[guild]?.members.count ?? 0
        new.online = state.memory[guild]?.presences.count ?? 0
        for value in data.elements("roles") {
            if let role = Role(discord: value) { new.roles[role.id] = role }
        }
        for value in data.elements("channels") + data.elements("threads") {
            guard let channel = Channel(discord: value) else { continue }
            new.channels[channel.id] = channel
            let overwrites = Overwrite.list(value["permission_overwrites"])
            if !overwrites.isEmpty { new.overwrites[channel.id] = overwrites }
        }
        for value in data.elements("voice_states") {
            guard let user = value["user_id"]?.snowflake, let channel = value["channel_id"]?.snowflake else {
                continue
            }
            learn(value["member"], user: nil, guild)
            new.voice[user] = VoiceState(
                user: card(user, guild),
                channelID: channel,
                flags: VoiceFlags(discord: value)
            )
        }
        new.messages = old?.messages.filter { new.channels[$0.channelID] != nil } ?? []
        voiceDifference(guild, from: old?.voice ?? [:], to: new)
        emit(.guildSynced, guild, payload: new.encoded())
    }

    private mutating func learnMembers(_ guild: Snowflake, _ data: JSONValue) {
        let members = data.elements("members")
        var memory = state.memory[guild] ?? GuildMemory()
        // A large guild arrives in part: who is not listed may still be a member.
        if members.count >= data["member_count"]?.int ?? 0 { memory.members = [:] }
        for value in members {
            guard let user = value["user"], var record = MemberRecord(user: user) else { continue }
            record.takeMember(value)
            memory.members[record.id] = record
        }
        memory.presences = [:]
        for value in data.elements("presences") {
            guard let user = value["user"]?["id"]?.snowflake, let presence = PresenceRecord(value) else {
                continue
            }
            memory.presences[user] = presence
        }
        state.memory[guild] = memory
    }

    private mutating func voiceDifference(
        _ guild: Snowflake,
        from old: [Snowflake: VoiceState],
        to new: GuildState
    ) {
        for user in Set(old.keys).union(new.voice.keys).sorted() {
            let (before, after) = (old[user], new.voice[user])
            let name = { (channel: Snowflake) in new.channels[channel]?.name ?? "" }
            emitVoice(guild, from: before, to: after, synthetic: true, newName: name)
        }
    }

    private mutating func guildUnavailable(_ guild: Snowflake) {
        guard let held = state.guilds[guild], !held.isUnavailable else { return }
        emit(.guildUnavailable, guild) { _ in }
    }

    private mutating func removeGuild(_ guild: Snowflake) {
        emit(.guildRemoved, guild) { _ in }
        state.memory[guild] = nil
    }

    /// `unavailable` set: an outage, what is held stays. Absent: the bot was removed.
    mutating func guildDelete(_ guild: Snowflake, _ data: JSONValue) {
        if data["unavailable"]?.bool == true { return guildUnavailable(guild) }
        if state.guilds[guild] != nil { removeGuild(guild) }
    }

    mutating func guildUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild] else { return }
        let name = data["name"]?.string ?? held.name
        let icon = cdn.guildIcon(guild, hash: data["icon"]?.string)
        let owner = data["owner_id"]?.snowflake ?? held.ownerID
        guard name != held.name || icon != held.icon || owner != held.ownerID else { return }
        emit(.guildUpdated, guild) { writer in
            writer.member("name", name)
            writer.member("icon", icon)
            writer.member("ownerId", owner)
        }
    }

    mutating func roleChanged(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild], let role = data["role"].flatMap({ Role(discord: $0) }),
            held.roles[role.id] != role
        else { return }
        emit(held.roles[role.id] == nil ? .roleCreated : .roleUpdated, guild) { role.write(into: &$0) }
    }

    /// Members who had the role lose it without an event each: `role.deleted` says it.
    mutating func roleDelete(_ guild: Snowflake, _ data: JSONValue) {
        guard let role = data["role_id"]?.snowflake, let held = state.guilds[guild]?.roles[role] else {
            return
        }
        emit(.roleDeleted, guild) { writer in
            writer.member("roleId", role)
            writer.member("name", held.name)
        }
        guard var memory = state.memory[guild] else { return }
        memory.members = memory.members.mapValues { member in
            var member = member
            member.roles.removeAll { $0 == role }
            return member
        }
        state.memory[guild] = memory
    }
}

extension JSONValue {
    func elements(_ name: String) -> [JSONValue] { self[name]?.array.map { Array($0) } ?? [] }
}

extension Role {
    init?(discord value: JSONValue) {
        guard let id = value["id"]?.snowflake else { return nil }
        self.init(
            id: id,
            name: value["name"]?.string ?? "",
            permissions: Permissions(rawValue: value["permissions"]?.snowflake?.rawValue ?? 0),
            position: value["position"]?.int ?? 0,
            color: value["colors"]?["primary_color"]?.int ?? value["color"]?.int ?? 0
        )
    }
}
