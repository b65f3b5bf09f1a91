internal import Base
internal import JSON

/// Guilds, their channels and what else is of a guild as a whole.
enum GuildEndpoints {
    static let all: [Endpoint] = [
        Endpoint("GET", "/guilds/{guild}") { core, call throws(RESTReply) in
            RESTReply(try core.guild(call).restPayload(withCounts: call.flag("with_counts")))
        },
        Endpoint("PATCH", "/guilds/{guild}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.manageGuild, guild)
            let given = try call.body()
            if let name = given.string("name"), !(2...100 ~= name.count) {
                throw RESTReply.badLength("name", 2...100)
            }
            try core.tell("GUILD_UPDATE", in: guild.id, call.now) {
                $0.merge(given.without("id", "owner_id", "roles"))
            }
            try core.audit(guild.id, 1, target: guild.id, call)
            return RESTReply(try core.guild(call).restPayload(withCounts: false))
        },
        Endpoint("GET", "/guilds/{guild}/channels") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            return RESTReply(JSONText.array(guild.channels.values.map { with(guild.id, $0) }))
        },
        Endpoint("POST", "/guilds/{guild}/channels", perform: createChannel),
        Endpoint("PATCH", "/guilds/{guild}/channels", perform: moveChannels),
        Endpoint("GET", "/guilds/{guild}/threads/active") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let own = guild.threads.ids.compactMap { guild.threadMember(guild.botID, in: $0)?.encoded() }
            return RESTReply(
                JSONText.object { writer in
                    writer.member("threads", raw: JSONText.array(guild.threads.values.map { $0.encoded() }))
                    writer.member("members", raw: JSONText.array(own))
                }
            )
        },
        Endpoint("GET", "/guilds/{guild}/voice-states/{user}") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            let user = call.text("user") == "@me" ? guild.botID : call.id("user")
            guard let user, var state = guild.voice[user] else { throw RESTReply.unknownVoiceState }
            state.set("guild_id", guild.id)
            return RESTReply(state.encoded())
        },
        Endpoint("GET", "/guilds/{guild}/audit-logs") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            try core.require(.viewAuditLog, guild)
            return RESTReply(core.audits.page(guild.id, call, limit: try call.limit(50, 1...100)))
        },
        Endpoint("GET", "/guilds/{guild}/onboarding") { core, call throws(RESTReply) in
            let guild = try core.guild(call)
            return RESTReply(
                JSONText.object { writer in
                    writer.member("guild_id", guild.id)
                    writer.member("prompts", raw: JSONText.emptyArray)
                    writer.member("default_channel_ids", raw: JSONText.emptyArray)
                    writer.member("enabled", false)
                    writer.member("mode", 0)
                }
            )
        },
        empty("/guilds/{guild}/emojis"), empty("/guilds/{guild}/stickers"),
        empty("/guilds/{guild}/scheduled-events"),
        empty("/guilds/{guild}/integrations"), empty("/guilds/{guild}/auto-moderation/rules"),
    ]

    /// Lists that a simulated guild does not hold.
    private static func empty(_ path: String) -> Endpoint {
        Endpoint("GET", path) { core, call throws(RESTReply) in
            _ = try core.guild(call)
            return RESTReply(JSONText.emptyArray)
        }
    }

    private static func with(_ guild: Snowflake, _ channel: JSONFields) -> [UInt8] {
        var fields = channel
        fields.set("guild_id", guild)
        return fields.encoded()
    }

    private static func createChannel(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply)
        -> RESTReply
    {
        let guild = try core.guild(call)
        try core.require(.manageChannels, guild)
        let given = try call.body()
        guard let name = given.string("name"), 1...100 ~= name.count else {
            throw RESTReply.badLength("name", 1...100)
        }
        guard guild.channels.count < 500 else {
            throw RESTReply.error(400, 30013, "Maximum number of guild channels reached (500)")
        }
        let id = core.world.newID(call.now)
        try core.tell("CHANNEL_CREATE", in: guild.id, call.now) { fields in
            fields.set("id", id)
            fields.merge(given.without("id", "guild_id"))
        }
        try core.audit(guild.id, 10, target: id, call)
        return RESTReply(ChannelEndpoints.shown(try core.place(id, call.now)), status: 201)
    }

    private static func moveChannels(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply)
        -> RESTReply
    {
        let guild = try core.guild(call)
        try core.require(.manageChannels, guild)
        for change in try call.list() {
            guard let id = change.snowflake("id"), guild.channels.contains(id) else {
                throw RESTReply.unknownChannel
            }
            try core.tell("CHANNEL_UPDATE", in: guild.id, call.now) { fields in
                fields.set("id", id)
                for name in ["position", "parent_id"] { fields[name] = change[name] }
            }
        }
        return .noContent
    }
}
