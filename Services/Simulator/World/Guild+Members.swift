internal import Base
internal import JSON

/// Who is in the guild.
extension Guild {
    static func plainMember(joinedAt: Int64?) -> JSONFields {
        var fields = JSONFields()
        fields.setNull("nick")
        fields.setNull("avatar")
        fields.setNull("banner")
        fields["roles"] = JSONText.emptyArray
        fields.set("joined_at", joinedAt.map { Timestamp.text(unixMilliseconds: $0) })
        fields.setNull("premium_since")
        fields.set("deaf", false)
        fields.set("mute", false)
        fields.set("flags", 0)
        fields.set("pending", false)
        fields.setNull("communication_disabled_until")
        return fields
    }

    static func plainUser(_ id: Snowflake) -> JSONFields {
        var user = JSONFields()
        user.set("id", id)
        user.set("username", "user\(id.rawValue % 100_000)")
        user.set("discriminator", "0")
        user.setNull("global_name")
        user.setNull("avatar")
        return user
    }

    mutating func addMember(_ given: JSONFields, now: Instant) throws(WorldError) -> Dispatch {
        guard var user = JSONFields(given.value("user")), let id = user.snowflake("id") else {
            throw WorldError("GUILD_MEMBER_ADD needs user.id")
        }
        user.complete(with: members[id]?.user ?? Guild.plainUser(id))
        var fields = given
        fields.complete(with: Guild.plainMember(joinedAt: now.unixMilliseconds))
        let member = Member(id: id, user: user, fields: fields)
        members[id] = member
        return Dispatch("GUILD_MEMBER_ADD", guild: self.id, d: withGuild(member))
    }

    mutating func updateMember(_ given: JSONFields) throws(WorldError) -> Dispatch {
        guard let id = given.value("user")?["id"]?.snowflake ?? given.snowflake("user_id") else {
            throw WorldError("GUILD_MEMBER_UPDATE needs user.id")
        }
        guard var member = members[id] else { throw WorldError("no member \(id) in guild \(self.id)") }
        member.update(user: JSONFields(given.value("user")), fields: given.without("user_id"))
        members[id] = member
        return Dispatch(
            "GUILD_MEMBER_UPDATE",
            guild: self.id,
            d: withGuild(member),
            concernsBot: id == botID
        )
    }

    mutating func removeMember(_ given: JSONFields) throws(WorldError) -> [Dispatch] {
        guard let id = given.value("user")?["id"]?.snowflake ?? given.snowflake("user_id") else {
            throw WorldError("GUILD_MEMBER_REMOVE needs user.id")
        }
        var d = given.without("user_id")
        completeUser(&d, id)
        var first: [Dispatch] = []
        if voice.contains(id) { first.append(try disconnect(id)) }
        first += try leaveThreads(id)
        members[id] = nil
        presences[id] = nil
        return first + [Dispatch("GUILD_MEMBER_REMOVE", guild: self.id, d: d.encoded())]
    }

    /// The ban itself; whoever bans tells of the departure too.
    mutating func changeBan(_ name: String, _ d: inout JSONFields) {
        completeUser(&d)
        guard let user = d.value("user")?["id"]?.snowflake else { return }
        bans[user] = name == "GUILD_BAN_ADD" ? .some(d.string("reason")) : nil
        d = d.without("reason")
    }

    mutating func disconnect(_ user: Snowflake) throws(WorldError) -> Dispatch {
        var leave = JSONFields()
        leave.set("guild_id", self.id)
        leave.set("user_id", user)
        leave.setNull("channel_id")
        return try changeVoice(leave)
    }

    /// Fills in the account where the event names only its id.
    func completeUser(_ d: inout JSONFields, _ known: Snowflake? = nil) {
        var user = JSONFields(d.value("user")) ?? JSONFields()
        guard let id = known ?? user.snowflake("id") ?? d.snowflake("user_id") else { return }
        user.complete(with: members[id]?.user ?? Guild.plainUser(id))
        d["user"] = user.encoded()
    }

    private func withGuild(_ member: Member) -> [UInt8] {
        JSONText.object { writer in
            writer.member("guild_id", self.id)
            writer.member("user", raw: member.userJSON)
            member.fields.writeMembers(into: &writer)
        }
    }
}
