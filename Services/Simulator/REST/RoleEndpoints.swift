internal import Base
internal import JSON

/// Roles. The bot makes and changes those below its own, with permissions that it has.
enum RoleEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/guilds/{guild}/roles") { core, call throws(RESTReply) in
            RESTReply(JSONText.array(try core.guild(call).roles.values.map { $0.encoded() }))
        },
        Endpoint("GET", "/guilds/{guild}/roles/member-counts") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            var counts: [Snowflake: Int] = [:]
            for member in guild.members.values { for role in member.roles { counts[role, default: 0] += 1 } }
            let held = counts
            return RESTReply(
                JSONText.object { writer in
                    for role in guild.roles.ids where role != guild.id {
                        writer.member(role.description, held[role] ?? 0)
                    }
                }
            )
        },
        Endpoint("GET", "/guilds/{guild}/roles/{role}") { core, call throws(RESTReply) in
            RESTReply(try role(call, try core.guild(call)).fields.encoded())
        },
        Endpoint("POST", "/guilds/{guild}/roles", perform: create),
        Endpoint("PATCH", "/guilds/{guild}/roles", perform: move),
        Endpoint("PATCH", "/guilds/{guild}/roles/{role}", perform: change),
        Endpoint("DELETE", "/guilds/{guild}/roles/{role}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let (id, fields) = try role(call, guild)
            try core.require(.manageRoles, guild)
            guard id != guild.id, fields.bool("managed") != true else { throw RESTReply.invalidRole }
            try core.requireAbove(role: id, in: guild)
            try core.tell("GUILD_ROLE_DELETE", in: guild.id, call.now) { $0.set("role_id", id) }
            try core.audit(guild.id, 32, target: id, call)
            return .noContent
        },
    ]

    private static func role(_ call: RESTCall, _ guild: Guild) throws(RESTReply) -> (
        id: Snowflake, fields: JSONFields
    ) {
        guard let id = call.id("role"), let fields = guild.roles[id] else { throw RESTReply.unknownRole }
        return (id, fields)
    }

    private static func checked(_ given: JSONFields, _ guild: Guild, _ core: GatewayCore) throws(RESTReply)
        -> JSONFields
    {
        guard (given.string("name")?.count ?? 0) <= 100 else { throw RESTReply.tooLong("name", 100) }
        var role = given.without("id", "position", "managed", "tags", "icon")
        if let text = given.string("permissions") ?? given.int("permissions").map(String.init) {
            let wanted = Permissions(text: text)
            let own = guild.trustsBot ? Permissions.all : guild.permissions(of: core.world.botID)
            guard own.isSuperset(of: wanted) else { throw RESTReply.missingPermissions }
            role.set("permissions", text)
        }
        if let color = given.int("color") {
            guard 0...0xFF_FFFF ~= color else { throw RESTReply.outOfRange("color", 0...0xFF_FFFF) }
            role["colors"] = JSONText.object { writer in
                writer.member("primary_color", color)
                writer.memberNull("secondary_color")
                writer.memberNull("tertiary_color")
            }
        }
        return role
    }

    private static func create(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        try core.require(.manageRoles, guild)
        guard guild.roles.count < 250 else {
            throw RESTReply.error(400, 30005, "Maximum number of guild roles reached (250)")
        }
        var role = try checked(try call.body(), guild, core)
        let id = core.world.newID(call.now)
        role.set("id", id)
        role.set("position", 1)
        let made = role
        try core.tell("GUILD_ROLE_CREATE", in: guild.id, call.now) { $0["role"] = made.encoded() }
        try core.audit(guild.id, 30, target: id, call)
        return RESTReply(core.world.guild(guild.id)?.roles[id]?.encoded() ?? made.encoded())
    }

    private static func change(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        let (id, _) = try role(call, guild)
        try core.require(.manageRoles, guild)
        try core.requireAbove(role: id, in: guild)
        var role = try checked(try call.body(), guild, core)
        role.set("id", id)
        let changed = role
        try core.tell("GUILD_ROLE_UPDATE", in: guild.id, call.now) { $0["role"] = changed.encoded() }
        try core.audit(guild.id, 31, target: id, call)
        return RESTReply(core.world.guild(guild.id)?.roles[id]?.encoded() ?? changed.encoded())
    }

    private static func move(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        try core.require(.manageRoles, guild)
        for change in try call.list() {
            guard let id = change.snowflake("id"), guild.roles.contains(id) else {
                throw RESTReply.unknownRole
            }
            try core.requireAbove(role: id, in: guild)
            guard let position = change.int("position") else { continue }
            try core.tell("GUILD_ROLE_UPDATE", in: guild.id, call.now) { fields in
                fields["role"] = JSONText.object { writer in
                    writer.member("id", id)
                    writer.member("position", position)
                }
            }
        }
        return RESTReply(JSONText.array(try core.guild(call).roles.values.map { $0.encoded() }))
    }
}
