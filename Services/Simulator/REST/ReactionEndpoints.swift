internal import Base
internal import JSON

/// Reactions and pins. Adding and removing a reaction share a bucket, and so do pinning and unpinning.
enum ReactionEndpoints {
    static let all: [Endpoint] =
        [
            reacting("PUT", "/@me", "MESSAGE_REACTION_ADD"),
            reacting("DELETE", "/@me", "MESSAGE_REACTION_REMOVE"),
            reacting("DELETE", "/{user}", "MESSAGE_REACTION_REMOVE"),
            Endpoint("GET", emoji, perform: list),
            Endpoint("DELETE", emoji) { core, call throws(RESTReply) in
                try clear(&core, call, "MESSAGE_REACTION_REMOVE_EMOJI")
            }.limited(to: 1, in: 1),
            Endpoint("DELETE", MessageEndpoints.one + "/reactions") { core, call throws(RESTReply) in
                try clear(&core, call, "MESSAGE_REACTION_REMOVE_ALL")
            }.limited(to: 1, in: 1),
        ]
        + ["/channels/{channel}/messages/pins", "/channels/{channel}/pins"].flatMap { path in
            [
                Endpoint("GET", path, perform: path.hasSuffix("messages/pins") ? listPins : listPinsOfOld),
                pinning("PUT", path + "/{message}"), pinning("DELETE", path + "/{message}"),
            ]
        }

    private static let emoji = MessageEndpoints.one + "/reactions/{emoji}"

    /// `name:id`, or the character itself.
    private static func emoji(_ call: RESTCall) throws(RESTReply) -> [UInt8] {
        let parts = (call.text("emoji") ?? "").split(separator: ":")
        let id = parts.count > 1 ? Snowflake(parts[1]) : nil
        guard let name = parts.first, parts.count == 1 ? !name.utf8.allSatisfy({ $0 < 0x80 }) : id != nil
        else {
            throw RESTReply.unknownEmoji
        }
        return JSONText.object { writer in
            writer.member("id", id)
            writer.member("name", String(name))
        }
    }

    private static func reacting(_ method: String, _ who: String, _ event: String) -> Endpoint {
        Endpoint(method, emoji + who) { core, call throws(RESTReply) in
            let (place, entry) = try core.message(call)
            let emoji = try emoji(call)
            let user = call.id("user") ?? core.world.botID
            if method == "PUT" { try core.require([.addReactions, .readMessageHistory], place, call.now) }
            if user != core.world.botID { try core.require(.manageMessages, place, call.now) }
            var fields = JSONFields()
            fields.set("user_id", user)
            fields.set("channel_id", entry.channel)
            fields.set("message_id", entry.id)
            fields["emoji"] = emoji
            try core.perform(event, fields, call.now)
            return .noContent
        }.limited(to: 1, in: 1).sharing("reactions")
    }

    private static func clear(_ core: inout GatewayCore, _ call: RESTCall, _ event: String) throws(RESTReply)
        -> RESTReply
    {
        let (place, entry) = try core.message(call)
        try core.require(.manageMessages, place, call.now)
        var fields = JSONFields()
        fields.set("channel_id", entry.channel)
        fields.set("message_id", entry.id)
        if event.hasSuffix("EMOJI") { fields["emoji"] = try emoji(call) }
        try core.perform(event, fields, call.now)
        return .noContent
    }

    private static func list(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let (place, entry) = try core.message(call)
        let limit = try call.limit(25, 1...100)
        let after = call.query("after").flatMap { Snowflake($0) } ?? Snowflake(0)
        let key = call.text("emoji")
        let users = entry.reactions.first { $0.key == key }?.users ?? []
        let page = users.filter { $0 > after }.sorted().prefix(limit)
        let world = core.world
        return RESTReply(
            JSONText.array(
                page.compactMap { user in
                    user == world.botID
                        ? world.bot.encoded() : (place.guild.members[user] ?? world.account(user))?.userJSON
                }
            )
        )
    }

    // MARK: Pins

    private static func pinned(_ core: GatewayCore, _ call: RESTCall) throws(RESTReply) -> [MessageLog.Entry]
    {
        let place = try core.place(call)
        return place.guild.messages.entries.filter {
            $0.channel == place.id && $0.fields.bool("pinned") == true
        }.reversed()
    }

    private static func listPins(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let held = core
        let items = try pinned(held, call).map { entry in
            JSONText.object { writer in
                writer.member(
                    "pinned_at",
                    entry.fields.string("edited_timestamp") ?? entry.fields.string("timestamp")
                )
                writer.member("message", raw: held.restMessage(entry))
            }
        }
        return RESTReply(
            JSONText.object { writer in
                writer.member("items", raw: JSONText.array(items))
                writer.member("has_more", false)
            }
        )
    }

    private static func listPinsOfOld(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply)
        -> RESTReply
    {
        let held = core
        return RESTReply(JSONText.array(try pinned(held, call).map { held.restMessage($0) }))
    }

    private static func pinning(_ method: String, _ path: String) -> Endpoint {
        Endpoint(method, path) { core, call throws(RESTReply) in
            let (place, entry) = try core.message(call)
            try core.require(.pinMessages, place, call.now)
            guard entry.fields.bool("pinned") != (method == "PUT") else { return .noContent }
            var change = JSONFields()
            change.set("id", entry.id)
            change.set("channel_id", place.id)
            change.set("pinned", method == "PUT")
            try core.perform("MESSAGE_UPDATE", change, call.now)
            var pins = JSONFields()
            pins.set("channel_id", place.id)
            pins.set("last_pin_timestamp", Timestamp.text(unixMilliseconds: call.now.unixMilliseconds))
            try core.perform("CHANNEL_PINS_UPDATE", pins, call.now)
            return .noContent
        }.sharing("pins")
    }
}
