internal import Base
internal import HTTPServer
internal import JSON

/// Guilds, their members and roles.
enum GuildEndpoints {
    static let all: [Endpoint] = [
        of("/guilds/{guild}") { guild, call in
            RESTReply(guild.restPayload(withCounts: call.flag("with_counts")))
        },
        of("/guilds/{guild}/channels") { guild, _ in
            RESTReply(JSONText.array(guild.channels.values.map { $0.encoded() }))
        },
        of("/guilds/{guild}/roles") { guild, _ in
            RESTReply(JSONText.array(guild.roles.values.map { $0.encoded() }))
        },
        of("/guilds/{guild}/roles/{role}") { guild, call in
            call.id("role").flatMap { guild.roles[$0] }.map { RESTReply($0.encoded()) } ?? .unknownRole
        },
        of("/guilds/{guild}/threads/active") { guild, _ in
            let own = guild.threads.ids.compactMap { guild.threadMember(guild.botID, in: $0)?.encoded() }
            return RESTReply(
                JSONText.object { writer in
                    writer.member("threads", raw: JSONText.array(guild.threads.values.map { $0.encoded() }))
                    writer.member("members", raw: JSONText.array(own))
                }
            )
        },
        of("/guilds/{guild}/members") { guild, call in
            guard let limit = call.number("limit", default: 1, in: 1...1000) else {
                return .invalidForm("limit", "NUMBER_TYPE_RANGE", "int value should be between 1 and 1000.")
            }
            let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
            let page = guild.members.values.filter { $0.id > after }.sorted { $0.id < $1.id }.prefix(limit)
            return RESTReply(JSONText.array(page.map(\.json)))
        },
        of("/guilds/{guild}/members/search") { guild, call in
            guard let limit = call.number("limit", default: 1, in: 1...1000) else {
                return .invalidForm("limit", "NUMBER_TYPE_RANGE", "int value should be between 1 and 1000.")
            }
            let prefix = (call.query("query") ?? "").lowercased()
            let found = guild.members.values.filter {
                $0.username.lowercased().hasPrefix(prefix) || $0.displayName.lowercased().hasPrefix(prefix)
            }
            return RESTReply(JSONText.array(found.prefix(limit).map(\.json)))
        },
        of("/guilds/{guild}/members/{user}") { guild, call in
            call.id("user").flatMap { guild.members[$0] }.map { RESTReply($0.json) } ?? .unknownMember
        },
        of("/guilds/{guild}/voice-states/{user}") { guild, call in
            let user = call.parameters["user"] == "@me" ? guild.botID : call.id("user")
            guard let user, var state = guild.voice[user] else { return .unknownVoiceState }
            state.set("guild_id", guild.id)
            return RESTReply(state.encoded())
        },
        changingRole("PUT"), changingRole("DELETE"),
    ]

    private static func of(_ path: String, _ answer: @escaping @Sendable (Guild, RESTCall) -> RESTReply)
        -> Endpoint
    {
        Endpoint("GET", path) { core, call in
            guard let guild = core.world.guild(call.id("guild")) else {
                return .unknownGuild
            }
            return answer(guild, call)
        }
    }

    private static func changingRole(_ method: String) -> Endpoint {
        Endpoint(method, "/guilds/{guild}/members/{user}/roles/{role}") { core, call in
            guard let guild = core.world.guild(call.id("guild")) else {
                return .unknownGuild
            }
            guard let user = call.id("user"), let member = guild.members[user] else { return .unknownMember }
            guard let role = call.id("role"), guild.roles.contains(role) else { return .unknownRole }
            let rest = member.roles.filter { $0 != role }
            let roles = method == "PUT" ? (rest + [role]).sorted() : rest
            guard roles != member.roles else { return .noContent }
            var fields = JSONFields()
            fields.set("guild_id", guild.id)
            fields["user"] = JSONText.object { $0.member("id", user) }
            fields.set("roles", roles)
            core.happen("GUILD_MEMBER_UPDATE", fields, call.now)
            return .noContent
        }.limited(to: 10, in: 10, .fixed)
    }
}
