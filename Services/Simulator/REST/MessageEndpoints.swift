internal import Base
internal import HTTPServer
internal import JSON

/// Messages and reactions of the bot.
enum MessageEndpoints {
    static let all: [Endpoint] = [
        Endpoint("POST", "/channels/{channel}/messages", perform: create).limited(to: 5, in: 5),
        Endpoint("GET", "/channels/{channel}/messages") { core, call in
            guard let (guild, _) = ChannelEndpoints.find(core, call), let channel = call.id("channel") else {
                return .unknownChannel
            }
            guard let limit = call.number("limit", default: 50, in: 1...100) else {
                return .invalidForm("limit", "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
            }
            let before = call.query("before").flatMap { Snowflake($0) } ?? Snowflake(.max)
            let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
            let found = guild.messages.entries.filter {
                $0.channel == channel && $0.id < before && $0.id > after
            }
            return RESTReply(JSONText.array(found.suffix(limit).reversed().map { withoutScope($0.fields) }))
        },
        Endpoint("GET", "/channels/{channel}/messages/{message}") { core, call in
            guard let (guild, _) = ChannelEndpoints.find(core, call) else { return .unknownChannel }
            guard let entry = call.id("message").flatMap({ guild.messages.find($0) }) else {
                return .unknownMessage
            }
            return RESTReply(withoutScope(entry.fields))
        },
        Endpoint("PATCH", "/channels/{channel}/messages/{message}", perform: edit).limited(to: 5, in: 5),
        Endpoint("DELETE", "/channels/{channel}/messages/{message}", perform: delete).limited(to: 5, in: 1),
        reacting("PUT", "MESSAGE_REACTION_ADD"), reacting("DELETE", "MESSAGE_REACTION_REMOVE"),
    ]

    /// What a message holds in REST: no `guild_id`, no `member`, no `channel_type`.
    private static func withoutScope(_ message: JSONFields) -> [UInt8] {
        message.without("guild_id", "member", "channel_type").encoded()
    }

    private static let contents = ["embeds", "components", "sticker_ids", "poll", "attachments"]

    @Sendable private static func create(_ core: inout GatewayCore, _ call: RESTCall) -> RESTReply {
        guard let (guild, _) = ChannelEndpoints.find(core, call), let channel = call.id("channel") else {
            return .unknownChannel
        }
        guard let given = call.body else {
            return .error(400, 50109, "The request body contains invalid JSON.")
        }
        let content = given.string("content") ?? ""
        let hasMore = contents.contains {
            given.value($0)?.array?.isEmpty == false || given.value($0)?.object != nil
        }
        guard !content.isEmpty || hasMore else { return .emptyMessage }
        guard content.count <= 2000 else {
            return .invalidForm("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
        }
        let nonce = given.string("nonce") ?? given.int("nonce").map(String.init)
        guard (nonce?.count ?? 0) <= 25 else {
            return .invalidForm("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        }
        if let nonce, given.bool("enforce_nonce") == true,
            let earlier = guild.messages.entries.last(where: {
                $0.channel == channel && $0.author == core.world.botID && isRecent($0.id, call.now)
                    && ($0.fields.string("nonce") ?? $0.fields.int("nonce").map(String.init)) == nonce
            })
        {
            return RESTReply(withoutScope(earlier.fields))
        }
        var message = given.without("allowed_mentions", "enforce_nonce", "tts", "sticker_ids", "attachments")
        let id = core.world.newID(call.now)
        message.set("id", id)
        message.set("guild_id", guild.id)
        message.set("channel_id", channel)
        message["author"] = core.world.bot.encoded()
        if given.value("message_reference")?["message_id"]?.snowflake != nil { message.set("type", 19) }
        core.happen("MESSAGE_CREATE", message, call.now)
        let sent = core.world.guild(guild.id)?.messages.find(id)
        return RESTReply(withoutScope(sent?.fields ?? message))
    }

    /// Discord holds nonces "for the past few minutes"; here five.
    private static func isRecent(_ id: Snowflake, _ now: Instant) -> Bool {
        now.unixMilliseconds - Int64(id.unixMilliseconds) < 300_000
    }

    @Sendable private static func edit(_ core: inout GatewayCore, _ call: RESTCall) -> RESTReply {
        guard let (guild, _) = ChannelEndpoints.find(core, call) else { return .unknownChannel }
        guard let entry = call.id("message").flatMap({ guild.messages.find($0) }) else {
            return .unknownMessage
        }
        guard entry.author == core.world.botID else { return .notOwnMessage }
        guard var given = call.body else {
            return .error(400, 50109, "The request body contains invalid JSON.")
        }
        given.set("id", entry.id)
        given.set("channel_id", entry.channel)
        core.happen("MESSAGE_UPDATE", given.without("allowed_mentions"), call.now)
        let edited = core.world.guild(guild.id)?.messages.find(entry.id)
        return RESTReply(withoutScope(edited?.fields ?? entry.fields))
    }

    @Sendable private static func delete(_ core: inout GatewayCore, _ call: RESTCall) -> RESTReply {
        guard let (guild, _) = ChannelEndpoints.find(core, call) else { return .unknownChannel }
        guard let entry = call.id("message").flatMap({ guild.messages.find($0) }) else {
            return .unknownMessage
        }
        var fields = JSONFields()
        fields.set("id", entry.id)
        fields.set("channel_id", entry.channel)
        core.happen("MESSAGE_DELETE", fields, call.now)
        return .noContent
    }

    private static func reacting(_ method: String, _ event: String) -> Endpoint {
        Endpoint(method, "/channels/{channel}/messages/{message}/reactions/{emoji}/@me") { core, call in
            guard let (guild, _) = ChannelEndpoints.find(core, call) else { return .unknownChannel }
            guard let entry = call.id("message").flatMap({ guild.messages.find($0) }) else {
                return .unknownMessage
            }
            let parts = (call.parameters["emoji"] ?? "").split(separator: ":")
            var fields = JSONFields()
            fields.set("user_id", core.world.botID)
            fields.set("channel_id", entry.channel)
            fields.set("message_id", entry.id)
            fields["emoji"] = JSONText.object { writer in
                writer.member("id", parts.count > 1 ? parts.last.flatMap { Snowflake($0) } : nil)
                writer.member("name", parts.first.map(String.init))
            }
            core.happen(event, fields, call.now)
            return .noContent
        }.limited(to: 1, in: 1)
    }
}
