internal import Base
internal import JSON

/// A guild that appears: a new one, or one that comes back after an outage.
extension World {
    /// The answer holds no `d`: what a GUILD_CREATE says depends on the session it goes to.
    mutating func createGuild(_ given: JSONFields, now: Instant) throws(WorldError) -> [Dispatch] {
        guard let id = given.snowflake("id") else { throw WorldError("GUILD_CREATE needs id") }
        let known = index(of: id)
        if let known, given["channels"] == nil, given["members"] == nil {
            guilds[known].fields.merge(given.without("unavailable"))
            guilds[known].isUnavailable = false
        } else {
            let guild = importGuild(id, given, now: now)
            if let known { guilds[known] = guild } else { append(guild) }
        }
        return [Dispatch("GUILD_CREATE", guild: id, d: [])]
    }

    private static let lists: [String] = [
        "roles", "channels", "threads", "members", "voice_states", "presences", "unavailable", "large",
        "member_count",
        "joined_at",
    ]

    private func importGuild(_ id: Snowflake, _ given: JSONFields, now: Instant) -> Guild {
        var fields = given
        for name in Self.lists { fields[name] = nil }
        fields.complete(with: WorldBuilder.guildDefaults(id: id, name: "Guild \(id)", owner: botID))
        var guild = Guild(id: id, fields: fields, bot: bot, botID: botID)
        for role in objects(given, "roles") { guild.setRole(role.id, role.fields) }
        if !guild.roles.contains(id) {
            var everyone = Guild.plainRole(position: 0)
            everyone.set("id", id)
            everyone.set("name", "@everyone")
            everyone.set("permissions", WorldBuilder.everyonePermissions)
            guild.setRole(id, everyone)
        }
        for channel in objects(given, "channels") {
            var fields = channel.fields
            fields.complete(with: Guild.plainChannel(position: guild.channels.count))
            guild.setChannel(channel.id, fields)
        }
        for thread in objects(given, "threads") { guild.setThread(thread.id, thread.fields) }
        for value in given.value("members")?.array.map(Array.init) ?? [] {
            guard let user = value["user"]?["id"]?.snowflake else { continue }
            guild.adopt(value, user)
        }
        if !guild.members.contains(botID) {
            let fields = Guild.plainMember(joinedAt: now.unixMilliseconds)
            guild.members[botID] = Member(id: botID, user: bot, fields: fields)
            guild.trustsBot = true
        }
        for state in objects(given, "voice_states", key: "user_id") { guild.voice[state.id] = state.fields }
        for value in given.value("presences")?.array.map(Array.init) ?? [] {
            guard let user = value["user"]?["id"]?.snowflake, let fields = JSONFields(value) else { continue }
            guild.presences[user] = fields
        }
        guild.chooseWatched()
        return guild
    }

    private func objects(
        _ given: JSONFields,
        _ name: String,
        key: String = "id"
    ) -> [(id: Snowflake, fields: JSONFields)] {
        guard let array = given.value(name)?.array else { return [] }
        return array.compactMap { value in
            guard let id = value[key]?.snowflake, let fields = JSONFields(value) else { return nil }
            return (id, fields)
        }
    }
}
