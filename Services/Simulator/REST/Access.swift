internal import Base
internal import JSON

/// Where a call takes place.
struct Place {
    /// Of a direct message: `World.directs`.
    let guild: Guild
    let id: Snowflake
    let fields: JSONFields

    var type: Int { fields.int("type") ?? 0 }
    var isDirect: Bool { type == 1 }
    var isThread: Bool { (10...12).contains(type) }
}

/// What calls look up, and whether the bot may.
extension GatewayCore {
    func guild(_ call: RESTCall) throws(RESTReply) -> Guild {
        guard let guild = world.guild(call.id("guild")) else { throw RESTReply.unknownGuild }
        return guild
    }

    /// A channel or thread that the bot sees. Discord answers Missing Access where it does not.
    func place(_ call: RESTCall) throws(RESTReply) -> Place {
        guard let id = call.id("channel") else { throw RESTReply.unknownChannel }
        return try place(id, call.now)
    }

    func place(_ id: Snowflake, _ now: Instant) throws(RESTReply) -> Place {
        if let direct = world.directs.channels[id] {
            return Place(guild: world.directs, id: id, fields: direct)
        }
        guard let index = world.guild(owning: id) else { throw RESTReply.unknownChannel }
        let guild = world.guilds[index]
        guard let fields = guild.channels[id] ?? guild.threads[id] else { throw RESTReply.unknownChannel }
        let place = Place(guild: guild, id: id, fields: fields)
        guard may(.viewChannel, place, now) else { throw RESTReply.missingAccess }
        return place
    }

    func may(_ permission: Permissions, _ place: Place, _ now: Instant) -> Bool {
        if place.isDirect || place.guild.trustsBot { return true }
        let own = place.guild.permissions(of: world.botID, in: place.id, at: now.unixMilliseconds)
        return own.isSuperset(of: permission)
    }

    func require(_ permission: Permissions, _ place: Place, _ now: Instant) throws(RESTReply) {
        guard may(permission, place, now) else { throw RESTReply.missingPermissions }
    }

    func require(_ permission: Permissions, _ guild: Guild) throws(RESTReply) {
        guard guild.trustsBot || guild.permissions(of: world.botID).isSuperset(of: permission) else {
            throw RESTReply.missingPermissions
        }
    }

    func message(_ call: RESTCall) throws(RESTReply) -> (place: Place, entry: MessageLog.Entry) {
        let place = try place(call)
        guard let entry = call.id("message").flatMap({ place.guild.messages.find($0) }),
            entry.channel == place.id
        else { throw RESTReply.unknownMessage }
        return (place, entry)
    }

    func member(_ call: RESTCall, of guild: Guild) throws(RESTReply) -> Member {
        let id = call.text("user") == "@me" ? world.botID : call.id("user")
        guard let member = id.flatMap({ guild.members[$0] }) else { throw RESTReply.unknownMember }
        return member
    }

    /// The bot's highest role must be above. Discord, "Permission Hierarchy".
    func requireAbove(role: Snowflake, in guild: Guild) throws(RESTReply) {
        guard
            guild.trustsBot || guild.ownerID == world.botID
                || guild.rank(of: world.botID) > guild.rank(role: role)
        else { throw RESTReply.missingPermissions }
    }

    func requireAbove(member: Snowflake, in guild: Guild) throws(RESTReply) {
        if member == world.botID { return }
        guard member != guild.ownerID else { throw RESTReply.missingPermissions }
        guard
            guild.trustsBot || guild.ownerID == world.botID
                || guild.rank(of: world.botID) > guild.rank(of: member)
        else { throw RESTReply.missingPermissions }
    }

    /// Does what Discord would tell of, and answers what the world says then; an error where it cannot be.
    mutating func perform(_ name: String, _ fields: JSONFields, _ now: Instant) throws(RESTReply) {
        let dispatches: [Dispatch]
        do { dispatches = try world.perform(name, fields, now: now) } catch {
            throw RESTReply.invalidForm("_", "SIMULATOR", error.description)
        }
        for dispatch in dispatches { broadcast(dispatch, now: now) }
    }

    /// A dispatch whose fields `write` gives, `guild_id` first.
    mutating func tell(
        _ name: String,
        in guild: Snowflake,
        _ now: Instant,
        _ write: (inout JSONFields) -> Void
    ) throws(RESTReply) {
        var fields = JSONFields()
        fields.set(name == "GUILD_UPDATE" ? "id" : "guild_id", guild)
        write(&fields)
        try perform(name, fields, now)
    }
}

extension Guild {
    /// A role's place among the roles; who has none stands lowest.
    func rank(role: Snowflake) -> Int { roles[role]?.int("position") ?? 0 }

    func rank(of user: Snowflake) -> Int { members[user]?.roles.map { rank(role: $0) }.max() ?? 0 }
}
