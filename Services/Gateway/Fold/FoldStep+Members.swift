internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    mutating func applyMembers(
        _ kind: DispatchKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        switch kind {
        case .memberAdd: try memberAdd(guild, data)
        case .memberUpdate: try memberUpdate(guild, data)
        case .memberRemove: try memberRemove(guild, data)
        case .membersChunk: try membersChunk(guild, data)
        default: try presenceUpdate(guild, data)
        }
    }

    /// Also comes for members who are known: then it is an update.
    private mutating func memberAdd(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        guard var record = MemberRecord(user: try data.requiredObject("user")) else {
            throw NotUnderstood("user")
        }
        guard let held = state.guilds[guild] else { return }
        guard member(record.id, guild)?.isMember != true else { return try memberUpdate(guild, data) }
        record.takeMember(data)
        remember(record, guild)
        state.memory[guild]?.series?.seen.insert(record.id)
        emitJoined(record, guild, members: min(held.members, .max - 1) + 1)
    }

    /// `members`: the guild's count after it.
    mutating func emitJoined(_ record: MemberRecord, _ guild: Snowflake, members: Int) {
        let card = record.card(guild: guild, cdn: cdn)
        emit(.memberJoined, guild) { writer in
            card.write(into: &writer)
            writer.member("pending", record.pending)
            writer.member("members", members)
        }
        emitRoles(.roleGranted, record.roles, card, guild)
        emitTimeout(card, from: nil, to: record.timeoutUntil, guild)
    }

    /// Roles taken, roles given, each by role id; then what else changed. Of a member who was not known only what is now
    /// is learnt: the event carries no before.
    private mutating func memberUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let user = try data.requiredObject("user")
        let id = try user.requiredID("id")
        try data.checkArray("roles")
        guard state.guilds.holds(guild) else { return }
        guard let old = member(id, guild), old.isMember else { return learn(data, user: user, guild) }
        var new = old
        new.takeUser(user)
        new.takeMember(data)
        change(old, to: new, guild)
    }

    mutating func change(_ old: MemberRecord, to new: MemberRecord, _ guild: Snowflake) {
        guard new != old else { return }
        remember(new, guild)
        let (before, card) = (old.card(guild: guild, cdn: cdn), new.card(guild: guild, cdn: cdn))
        emitRoles(.roleRevoked, old.roles.filter { !new.roles.contains($0) }, card, guild)
        emitRoles(.roleGranted, new.roles.filter { !old.roles.contains($0) }, card, guild)
        if card != before || new.nick != old.nick || new.pending != old.pending {
            emit(.memberUpdated, guild) { writer in
                card.write(into: &writer)
                writer.member("nick", new.nick)
                writer.member("pending", new.pending)
            }
        }
        emitTimeout(card, from: old.timeoutUntil, to: new.timeoutUntil, guild)
    }

    private mutating func emitTimeout(
        _ card: UserCard,
        from old: String?,
        to new: String?,
        _ guild: Snowflake
    ) {
        guard old != new else { return }
        emit(.memberTimeout, guild) { writer in
            card.write(into: &writer)
            writer.member("timeoutUntil", new)
            writer.member("was", old)
        }
    }

    private mutating func emitRoles(
        _ kind: EventKind,
        _ roles: [Snowflake],
        _ card: UserCard,
        _ guild: Snowflake
    ) {
        for role in roles.sorted() {
            let name = state.guilds[guild]?.roles[role]?.name ?? ""
            emit(kind, guild) { writer in
                card.write(into: &writer)
                writer.member("roleId", role)
                writer.member("roleName", name)
            }
        }
    }

    /// Voice first, should Discord not have said it.
    private mutating func memberRemove(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let user = try data.requiredObject("user")
        let id = try user.requiredID("id")
        guard let held = state.guilds[guild] else { return }
        learn(nil, user: user, guild)
        if let voice = held.voice[id] { emitVoice(guild, from: voice, to: nil) }
        emitLeft(id, guild, members: max(1, held.members) - 1)
    }

    /// `members`: the guild's count after it.
    mutating func emitLeft(_ user: Snowflake, _ guild: Snowflake, members: Int) {
        let card = card(user, guild)
        state.memory[guild]?.members[user] = nil
        state.memory[guild]?.presences[user] = nil
        state.memory[guild]?.series?.forget(user)
        let online = state.memory[guild]?.presences.count ?? 0
        emit(.memberLeft, guild) { writer in
            card.write(into: &writer)
            writer.member("members", members)
            writer.member("online", online)
        }
    }

    private mutating func presenceUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let user = try data.requiredObject("user")
        let id = try user.requiredID("id")
        guard let presence = PresenceReading(data) else { throw NotUnderstood("status") }
        guard state.guilds.holds(guild) else { return }
        // Most name the user by id alone, and teach nothing.
        if user.object?.count != 1, isRemembered(id, guild) || user["username"] != nil {
            learn(nil, user: user, guild)
        }
        let online = onlineCount(guild, with: id, isOnline: presence.isOnline)
        // Discord repeats a presence for changes that are not shown here (a custom status): history counts those too.
        var written = 0..<0
        let event = made(.presenceUpdated, guild) { writer in
            writeCard(id, guild, into: &writer)
            written = presence.write(into: &writer)
            writer.member("online", online)
        }
        keep(event)
        if let record = presence.packed(activity: event.envelope[written]) {
            state.changeMemory(of: guild) { $0.presences.put(record, at: id) }
        } else {
            state.changeMemory(of: guild) { $0.presences[id] = nil }
        }
        state.guilds.applyPresence(online: online, of: guild)
    }

    /// How many are, once this one is or is not.
    private func onlineCount(_ guild: Snowflake, with user: Snowflake, isOnline: Bool) -> Int {
        guard let place = state.memory.index(forKey: guild) else { return isOnline ? 1 : 0 }
        let presences = state.memory.values[place].presences
        let others = presences.count - (presences.contains(user) ? 1 : 0)
        return others + (isOnline ? 1 : 0)
    }
}
