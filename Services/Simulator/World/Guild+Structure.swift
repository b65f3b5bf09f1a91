internal import Base
internal import JSON

/// Channels, roles and the guild itself.
extension Guild {
    mutating func changeChannel(
        _ name: String,
        _ given: JSONFields,
        fresh: Snowflake
    ) throws(WorldError) -> Dispatch {
        var d = given
        if d["id"] == nil, name == "CHANNEL_CREATE" { d.set("id", fresh) }
        guard let id = d.snowflake("id") else { throw WorldError("\(name) needs id") }
        if let known = channels[id] {
            var whole = known
            whole.merge(d)
            d = whole
        }
        d.complete(with: Guild.plainChannel(position: channels.count))
        setChannel(id, d)
        return Dispatch(name, guild: self.id, d: d.encoded())
    }

    static func plainChannel(position: Int) -> JSONFields {
        var channel = JSONFields()
        channel.set("type", 0)
        channel.set("name", "channel")
        channel.set("position", position)
        channel["permission_overwrites"] = JSONText.emptyArray
        channel.setNull("parent_id")
        channel.setNull("topic")
        channel.set("nsfw", false)
        channel.set("rate_limit_per_user", 0)
        channel.setNull("last_message_id")
        channel.set("flags", 0)
        return channel
    }

    mutating func deleteChannel(_ given: JSONFields) throws(WorldError) -> [Dispatch] {
        guard let id = given.snowflake("id") else { throw WorldError("CHANNEL_DELETE needs id") }
        var d = given
        if let known = channels[id] { d.complete(with: known) }
        var first: [Dispatch] = []
        let present = zip(voice.ids, voice.values).filter { $0.1.snowflake("channel_id") == id }
        for (user, _) in present { first.append(try disconnect(user)) }
        // Its threads go with it, and nobody is told of each.
        for thread in threads.ids where access[thread]?.parent == id { forgetThread(thread) }
        setChannel(id, nil)
        messages.remove(channel: id)
        return first + [Dispatch("CHANNEL_DELETE", guild: self.id, d: d.encoded())]
    }

    mutating func changeRole(
        _ name: String,
        _ given: JSONFields,
        fresh: Snowflake
    ) throws(WorldError) -> Dispatch {
        guard var role = JSONFields(given.value("role")) else { throw WorldError("\(name) needs role") }
        if role["id"] == nil, name == "GUILD_ROLE_CREATE" { role.set("id", fresh) }
        guard let id = role.snowflake("id") else { throw WorldError("\(name) needs role.id") }
        if let known = roles[id] { role.complete(with: known) }
        role.complete(with: Guild.plainRole(position: roles.count))
        setRole(id, role)
        var d = given
        d["role"] = role.encoded()
        return Dispatch(name, guild: self.id, d: d.encoded())
    }

    static func plainRole(position: Int) -> JSONFields {
        var role = JSONFields()
        role.set("name", "new role")
        role.set("color", 0)
        role["colors"] = JSONText.object { writer in
            writer.member("primary_color", 0)
            writer.memberNull("secondary_color")
            writer.memberNull("tertiary_color")
        }
        role.set("hoist", false)
        role.setNull("icon")
        role.setNull("unicode_emoji")
        role.set("position", position)
        role.set("permissions", "0")
        role.set("managed", false)
        role.set("mentionable", false)
        role.set("flags", 0)
        return role
    }

    mutating func deleteRole(_ given: JSONFields) throws(WorldError) {
        guard let id = given.snowflake("role_id") else { throw WorldError("GUILD_ROLE_DELETE needs role_id") }
        setRole(id, nil)
        members.updateAll { $0.removeRole(id) }
    }

    mutating func updateGuild(_ given: JSONFields) -> JSONFields {
        fields.merge(given.without("roles", "emojis", "stickers"))
        var d = fields
        d["roles"] = JSONText.array(roles.values.map { $0.encoded() })
        d.merge(given)
        return d
    }
}
