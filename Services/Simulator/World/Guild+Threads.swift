internal import Base
internal import JSON

/// Threads and who joined them. Discord, "Threads".
extension Guild {
    /// A thread that appears or changes. An archived one is no longer in GUILD_CREATE; who joined it stays known.
    mutating func changeThread(
        _ name: String,
        _ given: JSONFields,
        fresh: Snowflake,
        now: Instant
    ) throws(WorldError) -> Dispatch {
        var d = given
        if d["id"] == nil, name == "THREAD_CREATE" { d.set("id", fresh) }
        guard let id = d.snowflake("id") else { throw WorldError("\(name) needs id") }
        let known = threads[id]
        if let known {
            var metadata = JSONFields(d.value("thread_metadata")) ?? JSONFields()
            metadata.complete(with: JSONFields(known.value("thread_metadata")) ?? JSONFields())
            d["thread_metadata"] = metadata.encoded()
            var whole = known
            whole.merge(d)
            d = whole
        }
        guard let parent = d.snowflake("parent_id"), channels.contains(parent) else {
            throw WorldError("\(name) needs parent_id, a channel of guild \(self.id)")
        }
        let type = d.int("type") ?? (access[parent]?.type == 5 ? 10 : 11)
        d.complete(with: Self.plainThread(type: type, owner: botID, now: now))
        if known == nil, name == "THREAD_CREATE", d["newly_created"] == nil { d.set("newly_created", true) }
        if d.bool("newly_created") == true, let owner = d.snowflake("owner_id"), members.contains(owner) {
            // Who makes a thread is in it; Discord says so once more by a THREAD_MEMBERS_UPDATE.
            join(owner, id, JSONFields(), now)
            d.set("member_count", threadMembers[id]?.count ?? 0)
        }
        let archived = d.value("thread_metadata")?["archived"]?.bool ?? false
        setThread(id, archived ? nil : d.without("newly_created", "member"))
        if let own = JSONFields(d.value("member")) { join(botID, id, own.without("id", "user_id"), now) }
        return Dispatch(name, guild: self.id, d: d.encoded())
    }

    static func plainThread(type: Int, owner: Snowflake, now: Instant) -> JSONFields {
        let time = Timestamp.text(unixMilliseconds: now.unixMilliseconds)
        var thread = JSONFields()
        thread.set("type", type)
        thread.set("name", "thread")
        thread.set("owner_id", owner)
        thread.setNull("last_message_id")
        thread.set("rate_limit_per_user", 0)
        for name in ["message_count", "member_count", "total_message_sent", "flags"] { thread.set(name, 0) }
        thread["thread_metadata"] = JSONText.object { writer in
            writer.member("archived", false)
            writer.member("auto_archive_duration", 4320)
            writer.member("archive_timestamp", time)
            writer.member("locked", false)
            if type == 12 { writer.member("invitable", true) }
            writer.member("create_timestamp", time)
        }
        return thread
    }

    mutating func deleteThread(_ given: JSONFields) throws(WorldError) -> Dispatch {
        guard let id = given.snowflake("id") else { throw WorldError("THREAD_DELETE needs id") }
        var d = JSONFields()
        for name in ["id", "guild_id", "parent_id", "type"] { d[name] = given[name] ?? threads[id]?[name] }
        forgetThread(id)
        return Dispatch("THREAD_DELETE", guild: self.id, d: d.encoded())
    }

    mutating func forgetThread(_ id: Snowflake) {
        setThread(id, nil)
        threadMembers[id] = nil
        messages.remove(channel: id)
    }

    /// Replaces the active threads of the channels named, or of all; `members` are the bot's own.
    mutating func syncThreads(_ given: JSONFields, now: Instant) {
        let parents = given.value("channel_ids")?.array.map { $0.compactMap(\.snowflake) }
        for thread in threads.ids {
            guard let parents else {
                setThread(thread, nil)
                continue
            }
            if let parent = access[thread]?.parent, parents.contains(parent) { setThread(thread, nil) }
        }
        for value in given.value("threads")?.array.map(Array.init) ?? [] {
            if let id = value["id"]?.snowflake { setThread(id, JSONFields(value)) }
        }
        for value in given.value("members")?.array.map(Array.init) ?? [] {
            guard let thread = value["id"]?.snowflake, threads.contains(thread), let own = JSONFields(value)
            else { continue }
            join(botID, thread, own.without("id", "user_id"), now)
        }
    }

    // MARK: Members

    /// The thread member object as REST and dispatches give it.
    func threadMember(_ user: Snowflake, in thread: Snowflake) -> JSONFields? {
        guard let held = threadMembers[thread]?[user] else { return nil }
        var fields = JSONFields()
        fields.set("id", thread)
        fields.set("user_id", user)
        fields.merge(held)
        return fields
    }

    /// The thread with the bot's own membership in it, where there is one.
    func threadWithMember(_ id: Snowflake) -> JSONFields? {
        guard var fields = threads[id] else { return nil }
        if let own = threadMember(botID, in: id) { fields["member"] = own.encoded() }
        return fields
    }

    /// The bot's own membership.
    mutating func changeOwnThreadMember(_ given: JSONFields, now: Instant) throws(WorldError) -> Dispatch {
        guard let thread = given.snowflake("id"), threads.contains(thread) else {
            throw WorldError("THREAD_MEMBER_UPDATE needs id, an active thread")
        }
        join(botID, thread, given.without("id", "user_id", "guild_id"), now)
        var d = given
        d.complete(with: threadMember(botID, in: thread) ?? JSONFields())
        return Dispatch("THREAD_MEMBER_UPDATE", guild: self.id, d: d.encoded())
    }

    /// `added_members` need no more than `user_id`.
    mutating func changeThreadMembers(_ given: JSONFields, now: Instant) throws(WorldError) -> Dispatch {
        guard let thread = given.snowflake("id"), threads.contains(thread) else {
            throw WorldError("THREAD_MEMBERS_UPDATE needs id, an active thread")
        }
        let removed = given.value("removed_member_ids")?.array?.compactMap(\.snowflake) ?? []
        let added = given.value("added_members")?.array?.compactMap { JSONFields($0) } ?? []
        var users: [Snowflake] = []
        for one in added {
            guard let user = one.snowflake("user_id"), members.contains(user) else {
                throw WorldError("THREAD_MEMBERS_UPDATE: added_members need user_id, a member")
            }
            users.append(user)
        }
        for (user, fields) in zip(users, added) {
            join(user, thread, fields.without("id", "user_id", "member", "presence"), now)
        }
        for user in removed { threadMembers[thread]?[user] = nil }
        var d = given.without("added_members")
        d.set("member_count", recount(thread))
        if !users.isEmpty { d["added_members"] = JSONText.array(users.compactMap { joined($0, thread) }) }
        return Dispatch(
            "THREAD_MEMBERS_UPDATE",
            guild: self.id,
            d: d.encoded(),
            concernsBot: users.contains(botID) || removed.contains(botID)
        )
    }

    /// Who leaves the guild leaves its threads. Discord does not say whether it tells; here it does, before the
    /// departure, so that every change of permissions is among the dispatches.
    mutating func leaveThreads(_ user: Snowflake) throws(WorldError) -> [Dispatch] {
        var told: [Dispatch] = []
        for thread in threads.ids where threadMembers[thread]?.contains(user) == true {
            var d = JSONFields()
            d.set("id", thread)
            d.set("guild_id", self.id)
            threadMembers[thread]?[user] = nil
            d.set("member_count", recount(thread))
            d.set("removed_member_ids", [user])
            told.append(Dispatch("THREAD_MEMBERS_UPDATE", guild: self.id, d: d.encoded()))
        }
        // Those of archived threads, of which no active one is told.
        for thread in threadMembers.keys.sorted() { threadMembers[thread]?[user] = nil }
        return told
    }

    private mutating func join(_ user: Snowflake, _ thread: Snowflake, _ given: JSONFields, _ now: Instant) {
        var fields = given
        var defaults = threadMembers[thread]?[user] ?? JSONFields()
        var plain = JSONFields()
        plain.set("join_timestamp", Timestamp.text(unixMilliseconds: now.unixMilliseconds))
        plain.set("flags", 0)
        defaults.complete(with: plain)
        fields.complete(with: defaults)
        threadMembers[thread, default: Table()][user] = fields
        _ = recount(thread)
    }

    /// Discord stops counting at 50.
    private mutating func recount(_ thread: Snowflake) -> Int {
        let count = min(50, threadMembers[thread]?.count ?? 0)
        guard var fields = threads[thread] else { return count }
        fields.set("member_count", count)
        setThread(thread, fields)
        return count
    }

    private func joined(_ user: Snowflake, _ thread: Snowflake) -> [UInt8]? {
        guard var fields = threadMember(user, in: thread) else { return nil }
        fields["member"] = members[user]?.json
        fields["presence"] = presences[user]?.encoded() ?? JSONText.null
        return fields.encoded()
    }
}
