internal import Base
internal import JSON

/// Messages of the bot. Discord gives the deletion of messages a bucket of its own.
enum MessageEndpoints {
    static let all: [Endpoint] = [
        Endpoint("POST", "/channels/{channel}/messages", perform: create).limited(to: 5, in: 5),
        Endpoint("GET", "/channels/{channel}/messages", perform: list).limited(to: 5, in: 5),
        Endpoint("GET", one) { core, call throws(RESTReply) in
            RESTReply(core.restMessage(try core.message(call).entry))
        }.limited(to: 5, in: 5),
        Endpoint("PATCH", one, perform: edit).limited(to: 5, in: 5),
        Endpoint("DELETE", one, perform: delete).limited(to: 5, in: 1),
        Endpoint("POST", "/channels/{channel}/messages/bulk-delete", perform: deleteMany).limited(
            to: 1,
            in: 3,
            .fixed
        ),
        Endpoint("POST", one + "/crosspost", perform: crosspost).limited(to: 10, in: 60),
    ]

    static let one = "/channels/{channel}/messages/{message}"

    private static func create(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        try core.require(place.isThread ? .sendMessagesInThreads : .sendMessages, place, call.now)
        guard place.type != 4, place.type != 15 else { throw RESTReply.wrongChannelType }
        let form = try MessageForm(call.form())
        if !form.files.isEmpty { try core.require(.attachFiles, place, call.now) }
        if form.enforcesNonce, let nonce = form.nonce, let earlier = sent(nonce, place, core, call.now) {
            return RESTReply(core.restMessage(earlier))
        }
        let entry = try core.send(form, to: place, by: .bot(core.world), call.now)
        return RESTReply(core.restMessage(entry))
    }

    /// Discord holds nonces "for the past few minutes"; here five.
    private static func sent(_ nonce: String, _ place: Place, _ core: GatewayCore, _ now: Instant)
        -> MessageLog.Entry?
    {
        place.guild.messages.entries.last { entry in
            entry.channel == place.id && entry.author == core.world.botID
                && now.unixMilliseconds - Int64(entry.id.unixMilliseconds) < 300_000
                && (entry.fields.string("nonce") ?? entry.fields.int("nonce").map(String.init)) == nonce
        }
    }

    private static func list(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let place = try core.place(call)
        let limit = try call.limit(50, 1...100)
        guard core.may(.readMessageHistory, place, call.now) else { return RESTReply(JSONText.emptyArray) }
        let own = place.guild.messages.entries.filter { $0.channel == place.id }
        let shown: [MessageLog.Entry]
        if let around = call.query("around").flatMap({ Snowflake($0) }) {
            let before = Array(own.filter { $0.id <= around }.suffix(limit / 2 + 1))
            shown = before + own.filter { $0.id > around }.prefix(limit - before.count)
        } else if let after = call.query("after").flatMap({ Snowflake($0) }) {
            shown = Array(own.filter { $0.id > after }.prefix(limit))
        } else {
            let before = call.query("before").flatMap { Snowflake($0) } ?? Snowflake(.max)
            shown = Array(own.filter { $0.id < before }.suffix(limit))
        }
        return RESTReply(JSONText.array(shown.reversed().map { core.restMessage($0) }))
    }

    private static func edit(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let (place, entry) = try core.message(call)
        guard entry.author == core.world.botID else { throw RESTReply.notOwnMessage }
        let form = try MessageForm(call.form(), editing: true)
        return RESTReply(core.restMessage(try core.edit(entry, in: place, by: form, call.now)))
    }

    private static func delete(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply {
        let (place, entry) = try core.message(call)
        if entry.author != core.world.botID { try core.require(.manageMessages, place, call.now) }
        var fields = JSONFields()
        fields.set("id", entry.id)
        fields.set("channel_id", entry.channel)
        try core.perform("MESSAGE_DELETE", fields, call.now)
        return .noContent
    }

    private static func deleteMany(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply
    {
        let place = try core.place(call)
        try core.require(.manageMessages, place, call.now)
        let given = try call.body().value("messages")?.array?.map(\.snowflake) ?? []
        let ids = given.compactMap(\.self)
        guard 2...100 ~= given.count else { throw RESTReply.badLength("messages", 2...100) }
        guard ids.count == given.count, Set(ids).count == ids.count else {
            throw RESTReply.invalidForm(
                "messages",
                "SET_TYPE_ALREADY_CONTAINS_VALUE",
                "The set already contains this value."
            )
        }
        let oldest = call.now.unixMilliseconds - 14 * 86_400_000
        guard ids.allSatisfy({ Int64($0.unixMilliseconds) >= oldest }) else {
            throw RESTReply.tooOldToBulkDelete
        }
        var fields = JSONFields()
        fields.set("ids", ids)
        fields.set("channel_id", place.id)
        try core.perform("MESSAGE_DELETE_BULK", fields, call.now)
        return .noContent
    }

    private static func crosspost(_ core: inout GatewayCore, _ call: RESTCall) throws(RESTReply) -> RESTReply
    {
        let (place, entry) = try core.message(call)
        guard place.type == 5 else { throw RESTReply.wrongChannelType }
        var fields = JSONFields()
        fields.set("id", entry.id)
        fields.set("channel_id", entry.channel)
        fields.set("flags", (entry.fields.int("flags") ?? 0) | 1)
        try core.perform("MESSAGE_UPDATE", fields, call.now)
        return RESTReply(core.restMessage(core.find(entry.id, in: place) ?? entry))
    }
}
