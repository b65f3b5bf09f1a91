internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    /// Also comes for members who are known: then it is an update.
    mutating func memberAdd(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild], let user = data["user"], var record = MemberRecord(user: user)
        else {
            return
        }
        guard member(record.id, guild) == nil else { return memberUpdate(guild, data) }
        record.takeMember(data)
        remember(record, guild)
        let card = record.card(guild: guild, cdn: cdn)
        emit(.memberJoined, guild) { writer in
            card.write(into: &writer)
            writer.member("pending", record.pending)
            writer.member("members", min(held.members, .max - 1) + 1)
        }
        emitRoles(.roleGranted, record.roles, card, guild)
    }

    /// Roles taken, roles given, each by role id; then what else changed. Of a member who was not known only what is now
    /// is learnt: the event carries no before.
    mutating func memberUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard state.guilds[guild] != nil, let user = data["user"], let id = user["id"]?.snowflake else {
            return
        }
        guard let old = member(id, guild) else { return learn(data, user: user, guild) }
        var new = old
        new.takeUser(user)
        new.takeMember(data)
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
        if new.timeoutUntil != old.timeoutUntil {
            emit(.memberTimeout, guild) { writer in
                card.write(into: &writer)
                writer.member("timeoutUntil", new.timeoutUntil)
            }
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
    mutating func memberRemove(_ guild: Snowflake, _ data: JSONValue) {
        guard let held = state.guilds[guild], let user = data["user"], let id = user["id"]?.snowflake else {
            return
        }
        learn(nil, user: user, guild)
        let card = card(id, guild)
        if let voice = held.voice[id] { emitVoice(guild, from: voice, to: nil) }
        state.memory[guild]?.members[id] = nil
        state.memory[guild]?.presences[id] = nil
        let online = state.memory[guild]?.presences.count ?? 0
        emit(.memberLeft, guild) { writer in
            card.write(into: &writer)
            writer.member("members", max(1, held.members) - 1)
            writer.member("online", online)
        }
    }

    /// Members of a guild that arrived in part. Who was shown as unknown in a voice channel gets a name, by user id.
    mutating func membersChunk(_ guild: Snowflake, _ data: JSONValue) {
        guard state.guilds[guild] != nil else { return }
        var users: [Snowflake] = []
        for value in data.elements("members") {
            guard let user = value["user"], let id = user["id"]?.snowflake else { continue }
            learn(value, user: user, guild)
            users.append(id)
        }
        for user in users.sorted() {
            guard let before = state.guilds[guild]?.voice[user] else { continue }
            var after = before
            after.user = card(user, guild)
            emitVoice(guild, from: before, to: after)
        }
    }

    mutating func presenceUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard state.guilds[guild] != nil, let user = data["user"], let id = user["id"]?.snowflake else {
            return
        }
        if member(id, guild) != nil || user["username"] != nil { learn(nil, user: user, guild) }
        // Discord repeats a presence for changes that are not shown here (a custom status): history counts those too.
        let presence = PresenceRecord(data)
        state.memory[guild, default: GuildMemory()].presences[id] = presence
        let online = state.memory[guild]?.presences.count ?? 0
        let card = card(id, guild)
        emit(.presenceUpdated, guild) { writer in
            card.write(into: &writer)
            if let presence {
                presence.write(into: &writer)
            } else {
                writer.member("status", "offline")
                writer.member("clients", raw: Array("[]".utf8))
                writer.memberNull("activity")
            }
            writer.member("online", online)
        }
    }
}
