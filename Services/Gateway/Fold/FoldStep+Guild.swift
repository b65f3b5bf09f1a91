internal import Base
internal import DiscordProtocol
internal import EventModels
internal import JSON

extension FoldStep {
    /// A new session: guilds that are held but no longer named were left while nobody listened. Sorted by id.
    mutating func ready(_ data: JSONView) throws(NotUnderstood) {
        let list = try data.requiredArray("guilds")
        if let bot = data["user"]?["id"]?.snowflake { state.bot = bot }
        if let application = data["application"]?["id"]?.snowflake { state.application = application }
        let named = Set(list.compactMap { $0["id"]?.snowflake })
        for guild in state.guilds.ids where !named.contains(guild) { removeGuild(guild) }
        state.awaited = Set(state.guilds.ids)
    }

    /// The whole guild, at the start of a session, after an outage or on joining. First everything in one `guild.synced`, so
    /// that sight changes in one step; then what is different from what was held, marked `synthetic`: roles, channels,
    /// voice, and members where all are listed. Presences are taken over without an event.
    mutating func guildCreate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        if data["unavailable"]?.bool == true { return guildUnavailable(guild) }
        // What cannot be read as a list would be taken for empty, and all that is held for gone.
        for name in ["roles", "channels", "threads", "members", "voice_states", "presences"] {
            try data.checkArray(name)
        }
        state.awaited.remove(guild)
        takePresences(guild, data)
        let old = state.guilds[guild]
        var new = newState(guild, data)
        new.members = data["member_count"]?.int ?? state.memory[guild]?.members.count ?? 0
        new.online = state.memory[guild]?.presences.count ?? 0
        new.messages = old?.messages.filter { new.channels[$0.channelID] != nil } ?? []
        let list = MemberList(guildCreate: data)
        for value in data.elements("voice_states") {
            guard let user = value["user_id"]?.snowflake, let channel = value["channel_id"]?.snowflake else {
                continue
            }
            let card = list.records[user]?.card(guild: guild, cdn: cdn) ?? card(user, guild)
            // Who is where they were is taken to have stayed; nobody saw the others come.
            let stayed = old?.voice[user].flatMap { $0.channelID == channel ? $0.since : nil }
            new.voice[user] = VoiceState(
                user: card,
                channelID: channel,
                flags: VoiceFlags(discord: value),
                since: stayed
            )
        }
        emit(.guildSynced, guild, payload: new.encoded())
        isSynthetic = true
        if let old {
            roleDifference(guild, from: old.roles, to: new.roles)
            channelDifference(guild, from: old.channels, to: new.channels)
        }
        voiceDifference(guild, from: old, to: new)
        takeMembers(guild, list)
        isSynthetic = false
    }

    private func newState(_ guild: Snowflake, _ data: JSONView) -> GuildState {
        var new = GuildState(
            id: guild,
            name: data["name"]?.string ?? "",
            icon: cdn.guildIcon(guild, hash: data["icon"]?.string),
            ownerID: data["owner_id"]?.snowflake
        )
        for value in data.elements("roles") {
            if let role = Role(discord: value) { new.roles[role.id] = role }
        }
        for value in data.elements("channels") + data.elements("threads") {
            guard let channel = Channel(discord: value) else { continue }
            new.channels[channel.id] = channel
            let overwrites = Overwrite.list(value["permission_overwrites"]?.kept)
            if !overwrites.isEmpty { new.overwrites[channel.id] = overwrites }
        }
        new.threadMembers = threadMembers(guildCreate: data)
        return new
    }

    private mutating func takePresences(_ guild: Snowflake, _ data: JSONView) {
        var presences = PackedTable<PresenceRecord>()
        for value in data.elements("presences") {
            guard let user = value["user"]?["id"]?.snowflake, let presence = PresenceRecord(value) else {
                continue
            }
            presences[user] = presence
        }
        state.memory[guild, default: GuildMemory()].presences = presences
    }

    /// By role id.
    private mutating func roleDifference(
        _ guild: Snowflake,
        from old: [Snowflake: Role],
        to new: [Snowflake: Role]
    ) {
        for id in Set(old.keys).union(new.keys).sorted() {
            switch (old[id], new[id]) {
            case (let before?, nil): roleDeleted(guild, before)
            case (nil, let after?): emit(.roleCreated, guild) { after.write(into: &$0) }
            case (let before?, let after?) where before != after:
                emit(.roleUpdated, guild) { after.write(into: &$0) }
            default: break
            }
        }
    }

    /// By channel id.
    private mutating func channelDifference(
        _ guild: Snowflake,
        from old: [Snowflake: Channel],
        to new: [Snowflake: Channel]
    ) {
        for id in Set(old.keys).union(new.keys).sorted() {
            switch (old[id], new[id]) {
            case (let before?, nil): emit(.channelDeleted, guild) { before.write(into: &$0) }
            case (nil, let after?): emit(.channelCreated, guild) { after.write(into: &$0) }
            case (let before?, let after?) where before != after:
                emit(.channelUpdated, guild) { after.write(into: &$0) }
            default: break
            }
        }
    }

    /// By user id. A channel that is gone is named as it was.
    private mutating func voiceDifference(_ guild: Snowflake, from old: GuildState?, to new: GuildState) {
        let before = old?.voice ?? [:]
        for user in Set(before.keys).union(new.voice.keys).sorted() {
            emitVoice(guild, from: before[user], to: new.voice[user]) { channel in
                (new.channels[channel] ?? old?.channels[channel])?.name ?? ""
            }
        }
    }

    private mutating func guildUnavailable(_ guild: Snowflake) {
        guard let held = state.guilds[guild], !held.isUnavailable else { return }
        emit(.guildUnavailable, guild) { _ in }
    }

    private mutating func removeGuild(_ guild: Snowflake) {
        emit(.guildRemoved, guild) { _ in }
        state.memory[guild] = nil
        state.awaited.remove(guild)
    }

    /// `unavailable` set: an outage, what is held stays. Absent: the bot was removed.
    mutating func guildDelete(_ guild: Snowflake, _ data: JSONView) {
        if data["unavailable"]?.bool == true { return guildUnavailable(guild) }
        if state.guilds.holds(guild) { removeGuild(guild) }
    }

    mutating func guildUpdate(_ guild: Snowflake, _ data: JSONView) {
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

    mutating func roleChanged(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        guard let role = data["role"].flatMap({ Role(discord: $0) }) else { throw NotUnderstood("role") }
        guard let held = state.guilds[guild], held.roles[role.id] != role else { return }
        emit(held.roles[role.id] == nil ? .roleCreated : .roleUpdated, guild) { role.write(into: &$0) }
    }

    /// Members who had the role lose it without an event each: `role.deleted` says it.
    mutating func roleDelete(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let role = try data.requiredID("role_id")
        guard let held = state.guilds[guild]?.roles[role] else { return }
        roleDeleted(guild, held)
    }

    private mutating func roleDeleted(_ guild: Snowflake, _ role: Role) {
        emit(.roleDeleted, guild) { writer in
            writer.member("roleId", role.id)
            writer.member("name", role.name)
        }
        state.memory[guild]?.members.updateEach { member in
            guard member.roles.contains(role.id) else { return false }
            member.roles.removeAll { $0 == role.id }
            return true
        }
    }
}

extension Role {
    init?(discord value: JSONView) {
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
