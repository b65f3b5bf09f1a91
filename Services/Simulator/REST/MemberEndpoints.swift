internal import Base
internal import JSON

/// Members, their roles, and who is sent away.
enum MemberEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/guilds/{guild}/members") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let limit = try call.limit(1, 1...1000)
            let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
            let page = guild.members.values.filter { $0.id > after }.sorted { $0.id < $1.id }.prefix(limit)
            return RESTReply(JSONText.array(page.map(\.json)))
        }.limited(to: 10, in: 10),
        Endpoint("GET", "/guilds/{guild}/members/search") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let limit = try call.limit(1, 1...1000)
            guard let query = call.query("query"), !query.isEmpty else { throw RESTReply.required("query") }
            let prefix = query.lowercased()
            let found = guild.members.values.filter {
                $0.username.lowercased().hasPrefix(prefix) || $0.displayName.lowercased().hasPrefix(prefix)
            }
            return RESTReply(JSONText.array(found.prefix(limit).map(\.json)))
        }.limited(to: 10, in: 10),
        Endpoint("GET", one) { core, call throws(RESTReply) in
            RESTReply(try core.member(call, of: try core.guild(call)).json)
        }.limited(to: 5, in: 1),
        Endpoint("PATCH", one, perform: change).limited(to: 10, in: 10),
        Endpoint("DELETE", one) { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let member = try core.member(call, of: guild)
            try core.require(.kickMembers, guild)
            try core.requireAbove(member: member.id, in: guild)
            try core.audit(guild.id, 20, target: member.id, call)
            try core.tell("GUILD_MEMBER_REMOVE", in: guild.id, call.now) { $0["user"] = member.userJSON }
            return .noContent
        },
        changingRole("PUT"), changingRole("DELETE"),
        Endpoint("GET", "/guilds/{guild}/bans", perform: listBans),
        Endpoint("GET", "/guilds/{guild}/bans/{user}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.banMembers, guild)
            guard let user = call.id("user"), let reason = guild.bans[user] else {
                throw RESTReply.unknownBan
            }
            return RESTReply(shown(user, reason, core))
        },
        Endpoint("PUT", "/guilds/{guild}/bans/{user}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.banMembers, guild)
            guard let user = call.id("user") else { throw RESTReply.unknownUser }
            try ban(user, guild, &core, call)
            return .noContent
        }.sharing("bans"),
        Endpoint("DELETE", "/guilds/{guild}/bans/{user}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.banMembers, guild)
            guard let user = call.id("user"), guild.bans.contains(user) else { throw RESTReply.unknownBan }
            try core.audit(guild.id, 23, target: user, call)
            try core.tell("GUILD_BAN_REMOVE", in: guild.id, call.now) { fields in
                fields["user"] = JSONText.object { $0.member("id", user) }
            }
            return .noContent
        }.sharing("bans"),
        Endpoint("POST", "/guilds/{guild}/bulk-ban", perform: banMany),
    ]

    private static let one = "/guilds/{guild}/members/{user}"

    private static func changingRole(_ method: String) -> Endpoint {
        Endpoint(method, one + "/roles/{role}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let member = try core.member(call, of: guild)
            guard let role = call.id("role"), guild.roles.contains(role) else { throw RESTReply.unknownRole }
            try core.require(.manageRoles, guild)
            guard role != guild.id, guild.roles[role]?.bool("managed") != true else {
                throw RESTReply.invalidRole
            }
            try core.requireAbove(role: role, in: guild)
            let rest = member.roles.filter { $0 != role }
            let roles = method == "PUT" ? (rest + [role]).sorted() : rest
            guard roles != member.roles else { return .noContent }
            try core.tell("GUILD_MEMBER_UPDATE", in: guild.id, call.now) { fields in
                fields["user"] = JSONText.object { $0.member("id", member.id) }
                fields.set("roles", roles)
            }
            try core.audit(guild.id, 25, target: member.id, call)
            return .noContent
        }.limited(to: 10, in: 10, .fixed).sharing("member roles")
    }

    private static func change(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        let member = try core.member(call, of: guild)
        let given = try call.body()
        let needed: [(String, Permissions)] = [
            ("nick", member.id == core.world.botID ? .changeNickname : .manageNicknames),
            ("roles", .manageRoles),
            ("mute", .muteMembers), ("deaf", .deafenMembers), ("channel_id", .moveMembers),
            ("communication_disabled_until", .moderateMembers), ("flags", .manageGuild),
        ]
        for (name, permission) in needed where given[name] != nil { try core.require(permission, guild) }
        try core.requireAbove(member: member.id, in: guild)
        for role in given.value("roles")?.array?.compactMap(\.snowflake) ?? [] {
            guard guild.roles.contains(role) else { throw RESTReply.unknownRole }
            if !member.roles.contains(role) { try core.requireAbove(role: role, in: guild) }
        }
        guard (given.string("nick")?.count ?? 0) <= 32 else { throw RESTReply.tooLong("nick", 32) }
        if let text = given.string("communication_disabled_until") {
            let furthest = call.now.unixMilliseconds + 28 * 86_400_000
            guard let until = Timestamp.unixMilliseconds(text), until <= furthest else {
                throw RESTReply.invalidForm(
                    "communication_disabled_until",
                    "INVALID_TIMESTAMP",
                    "At most 28 days ahead."
                )
            }
        }
        let ofMember = ["nick", "roles", "communication_disabled_until", "flags", "mute", "deaf"]
        let ofVoice = ["mute", "deaf", "channel_id"]
        if ofVoice.contains(where: { given[$0] != nil }) {
            guard guild.voice.contains(member.id) else {
                throw RESTReply.error(400, 40032, "Target user is not connected to voice.")
            }
            try core.tell("VOICE_STATE_UPDATE", in: guild.id, call.now) { fields in
                fields.set("user_id", member.id)
                for name in ofVoice { fields[name] = given[name] }
            }
        }
        if ofMember.contains(where: { given[$0] != nil }) {
            try core.tell("GUILD_MEMBER_UPDATE", in: guild.id, call.now) { fields in
                fields["user"] = JSONText.object { $0.member("id", member.id) }
                for name in ofMember { fields[name] = given[name] }
            }
            try core.audit(guild.id, 24, target: member.id, call)
        }
        return RESTReply(try core.member(call, of: try core.guild(call)).json)
    }

    // MARK: Bans

    private static func shown(_ user: Snowflake, _ reason: String?, _ core: GatewayCore) -> [UInt8] {
        JSONText.object { writer in
            writer.member("reason", reason)
            writer.member("user", raw: core.world.account(user)?.userJSON ?? Guild.plainUser(user).encoded())
        }
    }

    private static func listBans(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        try core.require(.banMembers, guild)
        let limit = try call.limit(1000, 1...1000)
        let before = call.query("before").flatMap { Snowflake($0) } ?? Snowflake(.max)
        let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
        let ids = guild.bans.ids.filter { $0 < before && $0 > after }.sorted().prefix(limit)
        let held = core
        return RESTReply(JSONText.array(ids.map { shown($0, guild.bans[$0] ?? nil, held) }))
    }

    /// Who is a member leaves with it.
    private static func ban(_ user: Snowflake, _ guild: Guild, _ core: inout GatewayCore, _ call: RESTCall)
        throws(RESTReply)
    {
        guard guild.bans.count < 10_000 else {
            throw RESTReply.error(400, 30035, "Maximum number of bans reached")
        }
        let account = guild.members[user]?.userJSON
        if account != nil { try core.requireAbove(member: user, in: guild) }
        let seconds = try call.body().int("delete_message_seconds") ?? 0
        guard 0...604_800 ~= seconds else {
            throw RESTReply.outOfRange("delete_message_seconds", 0...604_800)
        }
        try core.audit(guild.id, 22, target: user, call)
        try core.tell("GUILD_BAN_ADD", in: guild.id, call.now) { fields in
            fields["user"] = account ?? JSONText.object { $0.member("id", user) }
            if let reason = call.auditReason { fields.set("reason", reason) }
        }
        guard let account else { return }
        try core.tell("GUILD_MEMBER_REMOVE", in: guild.id, call.now) { $0["user"] = account }
    }

    private static func banMany(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let guild = try core.guild(call)
        try core.require([.banMembers, .manageGuild], guild)
        let users = try call.body().value("user_ids")?.array?.compactMap(\.snowflake) ?? []
        guard 1...200 ~= users.count else { throw RESTReply.badLength("user_ids", 1...200) }
        var (banned, failed): ([Snowflake], [Snowflake]) = ([], [])
        for user in users {
            do {
                try ban(user, guild, &core, call)
                banned.append(user)
            } catch { failed.append(user) }
        }
        guard !banned.isEmpty else { throw RESTReply.error(400, 500_000, "Failed to ban users") }
        return RESTReply(
            JSONText.object { writer in
                writer.member("banned_users", raw: JSONText.ids(banned))
                writer.member("failed_users", raw: JSONText.ids(failed))
            }
        )
    }
}
