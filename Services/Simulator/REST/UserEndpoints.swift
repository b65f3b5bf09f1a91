internal import Base
internal import JSON

/// Accounts, direct messages, and the bot's own application.
enum UserEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/users/@me") { core, call throws(RESTReply) in
            if let grant = call.grant {
                guard var user = core.world.account(grant.user)?.user else { throw RESTReply.unknownUser }
                if grant.scopes.contains("email") {
                    user.set("email", "user\(grant.user)@example.test")
                    user.set("verified", true)
                }
                user.set("mfa_enabled", false)
                user.set("locale", "en-US")
                user.set("flags", 0)
                return RESTReply(user.encoded())
            }
            return RESTReply(own(core.world.bot))
        }.open(to: "identify"),
        Endpoint("PATCH", "/users/@me") { core, call throws(RESTReply) in
            guard let name = try call.body().string("username") else { return RESTReply(own(core.world.bot)) }
            guard 2...32 ~= name.count else { throw RESTReply.badLength("username", 2...32) }
            core.world.renameBot(name)
            try core.perform("USER_UPDATE", core.world.bot, call.now)
            return RESTReply(own(core.world.bot))
        },
        Endpoint("GET", "/users/{user}") { core, call throws(RESTReply) in
            guard let id = call.id("user") else { throw RESTReply.unknownUser }
            if id == core.world.botID { return RESTReply(core.world.bot.encoded()) }
            guard let member = core.world.account(id) else { throw RESTReply.unknownUser }
            return RESTReply(member.userJSON)
        },
        Endpoint("POST", "/users/@me/channels") { core, call throws(RESTReply) in
            guard let user = try call.body().snowflake("recipient_id") else {
                throw RESTReply.required("recipient_id")
            }
            guard user != core.world.botID, let channel = core.world.openDirect(user, now: call.now) else {
                throw RESTReply.error(400, 50007, "Cannot send messages to this user")
            }
            return RESTReply(channel.encoded())
        },
        Endpoint("GET", "/users/@me/guilds", perform: listGuilds).open(to: "guilds"),
        Endpoint("GET", "/users/@me/guilds/{guild}/member") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            guard let member = guild.members[call.grant?.user ?? core.world.botID] else {
                throw RESTReply.unknownGuild
            }
            return RESTReply(member.json)
        }.open(to: "guilds.members.read").limited(to: 5, in: 2),
        Endpoint("DELETE", "/users/@me/guilds/{guild}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.tell("GUILD_DELETE", in: guild.id, call.now) { $0.set("id", guild.id) }
            return .noContent
        },
        Endpoint("GET", "/applications/@me") { core, _ in RESTReply(application(core)) },
        Endpoint("GET", "/oauth2/applications/@me") { core, _ in RESTReply(application(core)) },
        Endpoint("GET", "/applications/{application}/entitlements") { _, _ in RESTReply(JSONText.emptyArray)
        },
        Endpoint("GET", "/applications/{application}/skus") { _, _ in RESTReply(JSONText.emptyArray) },
        Endpoint("GET", "/applications/{application}/emojis") { _, _ in
            RESTReply(JSONText.object { $0.member("items", raw: JSONText.emptyArray) })
        },
    ]

    private static func own(_ bot: JSONFields) -> [UInt8] {
        var user = bot
        user.set("verified", true)
        user.set("mfa_enabled", true)
        user.set("flags", 0)
        return user.encoded()
    }

    /// `permissions` are those of the guild as a whole. Discord, "Get Current User Guilds".
    private static func listGuilds(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply
    {
        let limit = try call.limit(200, 1...200)
        let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
        let user = call.grant?.user ?? core.world.botID
        let own = core.world.guilds.filter { $0.id > after && $0.members.contains(user) }.sorted {
            $0.id < $1.id
        }
        let withCounts = call.flag("with_counts")
        let list = own.prefix(limit).map { guild in
            JSONText.object { writer in
                writer.member("id", guild.id)
                writer.member("name", guild.name)
                writer.member("icon", guild.fields.string("icon"))
                writer.member("banner", guild.fields.string("banner"))
                writer.member("owner", guild.ownerID == user)
                writer.member("permissions", guild.permissions(of: user).documentedText)
                writer.member("features", raw: guild.fields["features"] ?? JSONText.emptyArray)
                if withCounts {
                    writer.member("approximate_member_count", guild.members.count)
                    writer.member("approximate_presence_count", guild.presences.count)
                }
            }
        }
        return RESTReply(JSONText.array(list))
    }

    static func application(_ core: GatewayCore) -> [UInt8] {
        let owner = core.world.guilds.first?.members.values.first?.userJSON
        return JSONText.object { writer in
            writer.member("id", core.world.applicationID)
            writer.member("name", "Guildwire")
            writer.memberNull("icon")
            writer.member("description", "")
            writer.member("summary", "")
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
