internal import Base
internal import JSON

/// Accounts, and the bot's own application.
enum UserEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/users/@me") { core, _ in
            var user = core.world.bot
            user.set("verified", true)
            user.set("mfa_enabled", true)
            user.set("flags", 0)
            return RESTReply(user.encoded())
        },
        Endpoint("GET", "/users/{user}") { core, call in
            guard let id = call.id("user") else { return .unknownUser }
            if id == core.world.botID { return RESTReply(core.world.bot.encoded()) }
            for guild in core.world.guilds {
                if let member = guild.members[id] { return RESTReply(member.userJSON) }
            }
            return .unknownUser
        },
        Endpoint("GET", "/users/@me/guilds") { core, _ in
            let guilds = core.world.guilds.map { guild in
                JSONText.object { writer in
                    writer.member("id", guild.id)
                    writer.member("name", guild.name)
                    writer.member("icon", guild.fields.string("icon"))
                    writer.member("owner", false)
                    writer.member("permissions", "8")
                    writer.member("features", raw: JSONText.emptyArray)
                }
            }
            return RESTReply(JSONText.array(guilds))
        },
        Endpoint("GET", "/applications/@me") { core, _ in RESTReply(application(core)) },
        Endpoint("GET", "/oauth2/applications/@me") { core, _ in RESTReply(application(core)) },
    ]

    private static func application(_ core: GatewayCore) -> [UInt8] {
        let owner = core.world.guilds.first?.members.values.first?.userJSON
        return JSONText.object { writer in
            writer.member("id", core.world.applicationID)
            writer.member("name", "Guildwire")
            writer.memberNull("icon")
            writer.member("description", "")
            writer.member("bot_public", true)
            writer.member("bot_require_code_grant", false)
            writer.member("bot", raw: core.world.bot.encoded())
            writer.member("owner", raw: owner ?? core.world.bot.encoded())
            writer.memberNull("team")
            writer.member("verify_key", String(repeating: "0", count: 64))
            writer.member("flags", 8_953_856)
            writer.member("approximate_guild_count", core.world.guilds.count)
        }
    }
}
