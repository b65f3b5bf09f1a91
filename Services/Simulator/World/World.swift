package import Base
internal import JSON

/// Everything that is simulated: the guilds and the bot's own account. Changed by dispatches alone.
package struct World: Sendable {
    package internal(set) var guilds: [Guild] = []
    /// Where each guild is in `guilds`.
    private var places: [Snowflake: Int] = [:]
    /// The bot's direct messages: what they have in common with a guild's.
    package internal(set) var directs: Guild
    package private(set) var bot: JSONFields
    package let botID: Snowflake
    package let applicationID: Snowflake
    /// Numbers things that are made in the same millisecond.
    private var serial: UInt64 = 0

    package init(bot: JSONFields, botID: Snowflake, applicationID: Snowflake) {
        self.bot = bot
        directs = Guild(id: Snowflake(0), fields: JSONFields(), bot: bot, botID: botID)
        self.botID = botID
        self.applicationID = applicationID
    }

    package func index(of guild: Snowflake) -> Int? { places[guild] }

    /// Nil where there is none of this id.
    package func guild(_ id: Snowflake?) -> Guild? { id.flatMap { places[$0] }.map { guilds[$0] } }

    /// A walk over the guilds by index: as elements each would be copied.
    package func guild(owning channel: Snowflake) -> Int? {
        guilds.indices.first { guilds[$0].owns(channel: channel) }
    }

    package mutating func append(_ guild: Guild) {
        places[guild.id] = guilds.count
        guilds.append(guild)
    }

    private mutating func remove(at index: Int) {
        guilds.remove(at: index)
        places = [:]
        for index in guilds.indices { places[guilds[index].id] = index }
    }

    mutating func renameBot(_ name: String) { bot.set("username", name) }

    package mutating func newID(_ now: Instant) -> Snowflake {
        serial += 1
        return Snowflake(unixMilliseconds: now.unixMilliseconds, serial: serial)
    }

    /// Makes a dispatch happen: completes what Discord would have filled in, changes the guild, and answers
    /// what is to be sent: the consequences that Discord tells first, the dispatch itself last.
    package mutating func perform(
        _ name: String,
        _ given: JSONFields,
        now: Instant
    ) throws(WorldError) -> [Dispatch] {
        if name == "GUILD_CREATE" { return try createGuild(given, now: now) }
        if let channel = given.snowflake("channel_id"), directs.channels.contains(channel) {
            return [try performDirectly(name, given, now: now)]
        }
        guard let index = try place(name, given) else {
            var d = given
            DispatchDefaults.fill(&d, name, nil, self, fresh: newID(now), now: now)
            return [Dispatch(name, guild: nil, d: d.encoded())]
        }
        let guild = guilds[index].id
        var d = given
        if name == "GUILD_UPDATE" || name == "GUILD_DELETE" {
            d.set("id", guild)
        } else {
            d.set("guild_id", guild)
        }
        let fresh = newID(now)
        guilds[index].changeHolding(name, &d)
        DispatchDefaults.fill(&d, name, guilds[index], self, fresh: fresh, now: now)
        if !name.hasSuffix("DELETE") { guilds[index].changeHolding(name, &d) }
        guilds[index].changeList(name, d)
        switch name {
        case "VOICE_STATE_UPDATE": return [try guilds[index].changeVoice(d)]
        case "PRESENCE_UPDATE": return [try guilds[index].changePresence(d)]
        case "MESSAGE_CREATE": return [try guilds[index].createMessage(d, fresh: fresh, now: now)]
        case "MESSAGE_UPDATE": return [try guilds[index].updateMessage(d, now: now)]
        case "MESSAGE_DELETE", "MESSAGE_DELETE_BULK": guilds[index].deleteMessages(d)
        case "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE": guilds[index].react(name, &d)
        case "MESSAGE_REACTION_REMOVE_ALL", "MESSAGE_REACTION_REMOVE_EMOJI": guilds[index].clearReactions(d)
        case "TYPING_START": guilds[index].completeTyping(&d, now: now)
        case "GUILD_MEMBER_ADD": return [try guilds[index].addMember(d, now: now)]
        case "GUILD_MEMBER_UPDATE": return [try guilds[index].updateMember(d)]
        case "GUILD_MEMBER_REMOVE": return try guilds[index].removeMember(d)
        case "GUILD_BAN_ADD", "GUILD_BAN_REMOVE": guilds[index].changeBan(name, &d)
        case "CHANNEL_CREATE", "CHANNEL_UPDATE":
            return [try guilds[index].changeChannel(name, d, fresh: fresh)]
        case "CHANNEL_DELETE": return try guilds[index].deleteChannel(d)
        case "THREAD_CREATE", "THREAD_UPDATE":
            return [try guilds[index].changeThread(name, d, fresh: fresh, now: now)]
        case "THREAD_DELETE": return [try guilds[index].deleteThread(d)]
        case "THREAD_LIST_SYNC": guilds[index].syncThreads(d, now: now)
        case "THREAD_MEMBER_UPDATE": return [try guilds[index].changeOwnThreadMember(d, now: now)]
        case "THREAD_MEMBERS_UPDATE": return [try guilds[index].changeThreadMembers(d, now: now)]
        case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE":
            return [try guilds[index].changeRole(name, d, fresh: fresh)]
        case "GUILD_ROLE_DELETE": try guilds[index].deleteRole(d)
        case "GUILD_UPDATE": d = guilds[index].updateGuild(d)
        case "GUILD_DELETE": deleteGuild(index, d)
        default: break
        }
        return [Dispatch(name, guild: guild, d: d.encoded())]
    }

    /// `unavailable` in it: an outage, the data stay. Absent: the bot was removed.
    private mutating func deleteGuild(_ index: Int, _ given: JSONFields) {
        if given.bool("unavailable") == true {
            guilds[index].isUnavailable = true
        } else {
            remove(at: index)
        }
    }

    /// The guild that a dispatch is about; nil for those of no guild.
    private func place(_ name: String, _ given: JSONFields) throws(WorldError) -> Int? {
        let ownID = name == "GUILD_UPDATE" || name == "GUILD_DELETE"
        if let id = given.snowflake(ownID ? "id" : "guild_id") {
            guard let index = index(of: id) else { throw WorldError("no guild \(id) in this world") }
            return index
        }
        if let channel = given.snowflake("channel_id"), let index = guild(owning: channel) { return index }
        if name.hasPrefix("CHANNEL_") || name.hasPrefix("THREAD_"), let channel = given.snowflake("id"),
            let index = guild(owning: channel)
        {
            return index
        }
        if let parent = given.snowflake("parent_id"), let index = guild(owning: parent) { return index }
        guard DispatchDefaults.isOfGuild(name) else { return nil }
        guard guilds.count == 1 else { throw WorldError("\(name) needs guild_id") }
        return 0
    }
}
