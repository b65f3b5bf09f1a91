internal import Base
internal import JSON

/// Messages, reactions, typing.
extension Guild {
    mutating func createMessage(
        _ given: JSONFields,
        fresh: Snowflake,
        now: Instant
    ) throws(WorldError) -> Dispatch {
        let id = given.snowflake("id") ?? fresh
        guard let channel = given.snowflake("channel_id") else {
            throw WorldError("MESSAGE_CREATE needs channel_id")
        }
        var author = JSONFields(given.value("author")) ?? JSONFields()
        let user = author.snowflake("id") ?? members.ids.first { $0 != botID } ?? botID
        author.complete(with: members[user]?.user ?? (user == botID ? bot : Guild.plainUser(user)))
        var d = given
        d.set("id", id)
        d.set("channel_id", channel)
        d["author"] = author.encoded()
        if d["webhook_id"] == nil, d["member"] == nil, let member = members[user] {
            d["member"] = member.partialJSON
        }
        d.complete(with: Self.emptyMessage(unixMilliseconds: now.unixMilliseconds))
        if d["channel_type"] == nil, let type = (channels[channel] ?? threads[channel])?["type"] {
            d["channel_type"] = type
        }
        messages.append(MessageLog.Entry(id: id, channel: channel, author: user, fields: d))
        return Dispatch("MESSAGE_CREATE", guild: self.id, d: d.encoded(), concernsBot: concernsBot(d, user))
    }

    private static func emptyMessage(unixMilliseconds: Int64) -> JSONFields {
        var fields = JSONFields()
        fields.set("content", "")
        fields.set("timestamp", Timestamp.text(unixMilliseconds: unixMilliseconds))
        fields.setNull("edited_timestamp")
        fields.set("tts", false)
        fields.set("mention_everyone", false)
        for name in ["mentions", "mention_roles", "attachments", "embeds", "components"] {
            fields[name] = JSONText.emptyArray
        }
        fields.set("pinned", false)
        fields.set("type", 0)
        fields.set("flags", 0)
        return fields
    }

    mutating func updateMessage(_ given: JSONFields, now: Instant) throws(WorldError) -> Dispatch {
        guard let id = given.snowflake("id") else { throw WorldError("MESSAGE_UPDATE needs id") }
        var d = given
        if d["content"] != nil, d["edited_timestamp"] == nil {
            d.set("edited_timestamp", Timestamp.text(unixMilliseconds: now.unixMilliseconds))
        }
        if let known = messages.find(id) {
            var whole = known.fields
            whole.merge(d)
            d = whole
            messages.update(id, whole)
        }
        let author = d.value("author")?["id"]?.snowflake
        return Dispatch("MESSAGE_UPDATE", guild: self.id, d: d.encoded(), concernsBot: concernsBot(d, author))
    }

    private func concernsBot(_ message: JSONFields, _ author: Snowflake?) -> Bool {
        author == botID
            || message.value("mentions")?.array?.contains { $0["id"]?.snowflake == botID } == true
    }

    mutating func deleteMessages(_ given: JSONFields) {
        let one = given.snowflake("id").map { [$0] } ?? []
        let many = given.value("ids")?.array?.compactMap(\.snowflake) ?? []
        for id in one + many { messages.remove(id) }
    }

    mutating func react(_ name: String, _ d: inout JSONFields) {
        completeReaction(name, &d)
        guard let message = d.snowflake("message_id"), let user = d.snowflake("user_id"),
            let emoji = d.value("emoji")
        else { return }
        messages.react(message, emoji, user, adds: name == "MESSAGE_REACTION_ADD")
    }

    mutating func clearReactions(_ d: JSONFields) {
        if let message = d.snowflake("message_id") { messages.clearReactions(message, d.value("emoji")) }
    }

    func completeReaction(_ name: String, _ d: inout JSONFields) {
        var defaults = JSONFields()
        if name == "MESSAGE_REACTION_ADD" {
            if let user = d.snowflake("user_id"), let member = members[user] {
                defaults["member"] = member.json
            }
            if let author = d.snowflake("message_id").flatMap({ messages.find($0)?.author }) {
                defaults.set("message_author_id", author)
            }
        }
        defaults["emoji"] = JSONText.object { writer in
            writer.memberNull("id")
            writer.member("name", "👍")
        }
        defaults.set("burst", false)
        defaults.set("type", 0)
        d.complete(with: defaults)
    }

    func completeTyping(_ d: inout JSONFields, now: Instant) {
        if d["timestamp"] == nil { d.set("timestamp", Int(now.unixMilliseconds / 1000)) }
        if d["member"] == nil, let user = d.snowflake("user_id"), let member = members[user] {
            d["member"] = member.json
        }
    }
}
