internal import Base
internal import JSON

/// Who speaks: the bot, a webhook, or the bot by an interaction.
struct Speaker {
    /// The account in the message.
    let account: JSONFields
    /// Fields that tell how it came to be: `webhook_id`, `interaction_metadata`, …
    var more = JSONFields()
    /// What is parsed for mentions where the sender does not say.
    var mentions = ["users", "roles", "everyone"]

    static func bot(_ world: World) -> Speaker { Speaker(account: world.bot) }
}

extension GatewayCore {
    /// What a message holds in REST: no `guild_id`, no `member`, no `channel_type`, but its reactions.
    func restMessage(_ entry: MessageLog.Entry) -> [UInt8] {
        var message = entry.fields.without("guild_id", "member", "channel_type")
        if !entry.reactions.isEmpty {
            let list = entry.reactions.map { reaction in
                JSONText.object { writer in
                    writer.member("emoji", raw: reaction.emoji)
                    writer.member("count", reaction.users.count)
                    let details = JSONText.object { writer in
                        writer.member("burst", 0)
                        writer.member("normal", reaction.users.count)
                    }
                    writer.member("count_details", raw: details)
                    writer.member("me", reaction.users.contains(world.botID))
                    writer.member("me_burst", false)
                    writer.member("burst_colors", raw: JSONText.emptyArray)
                }
            }
            message["reactions"] = JSONText.array(list)
        }
        return message.encoded()
    }

    /// A message of a checked form. It is in the world and told afterwards; an ephemeral one only for who sees it.
    mutating func send(
        _ form: MessageForm,
        to place: Place,
        by speaker: Speaker,
        _ now: Instant
    ) throws(RESTReply) -> MessageLog.Entry {
        var message = form.fields.without(
            "allowed_mentions",
            "sticker_ids",
            "attachments",
            "message_reference"
        )
        let id = world.newID(now)
        message.set("id", id)
        if !place.isDirect { message.set("guild_id", place.guild.id) }
        message.set("channel_id", place.id)
        message["author"] = speaker.account.encoded()
        message.merge(speaker.more)
        message.set("flags", (message.int("flags") ?? 0) & ~64)
        message["attachments"] = attachments(form, place, now, kept: [])
        try refer(form, place, &message, now)
        let mayNameAll = may(.mentionEveryone, place, now)
        Mentions(
            in: form.fields.string("content") ?? "",
            allowed: form.fields.value("allowed_mentions"),
            standard: speaker.mentions,
            guild: place.guild,
            mayNameAll: mayNameAll
        ).write(into: &message, world, place.guild)
        try perform("MESSAGE_CREATE", message, now)
        return find(id, in: place)
            ?? MessageLog.Entry(id: id, channel: place.id, author: world.botID, fields: message)
    }

    /// Changes a message by a checked form; `null` and what is not named differ.
    mutating func edit(
        _ entry: MessageLog.Entry,
        in place: Place,
        by form: MessageForm,
        _ now: Instant
    ) throws(RESTReply) -> MessageLog.Entry {
        var change = form.fields.without(
            "allowed_mentions",
            "sticker_ids",
            "attachments",
            "message_reference",
            "nonce"
        )
        if form.fields.value("flags")?.int == 0 { change["flags"] = nil }
        // Whoever edits a deferred answer ends its loading.
        let flags = (entry.fields.int("flags") ?? 0) & ~128 | (change.int("flags") ?? 0)
        change.set("flags", flags)
        for name in ["content", "embeds", "components"] where change[name] == JSONText.null {
            change[name] = name == "content" ? JSONText.string("") : JSONText.emptyArray
        }
        if form.fields["attachments"] != nil || !form.files.isEmpty {
            let listed = form.fields.value("attachments")?.array?.compactMap { $0["id"]?.snowflake } ?? []
            let held = entry.fields.value("attachments")?.array.map(Array.init) ?? []
            let kept = held.filter { one in one["id"]?.snowflake.map { listed.contains($0) } ?? false }
            change["attachments"] = attachments(form, place, now, kept: kept.map { Array($0.raw) })
        }
        if let content = change.string("content") {
            Mentions(
                in: content,
                allowed: form.fields.value("allowed_mentions"),
                guild: place.guild,
                mayNameAll: may(.mentionEveryone, place, now)
            ).write(into: &change, world, place.guild)
        }
        change.set("id", entry.id)
        change.set("channel_id", entry.channel)
        try perform("MESSAGE_UPDATE", change, now)
        return find(entry.id, in: place) ?? entry
    }

    func find(_ message: Snowflake, in place: Place) -> MessageLog.Entry? {
        let guild = place.isDirect ? world.directs : world.guild(place.guild.id)
        return guild?.messages.find(message)
    }

    private mutating func attachments(_ form: MessageForm, _ place: Place, _ now: Instant, kept: [[UInt8]])
        -> [UInt8]
    {
        var list = kept
        for file in form.files {
            let id = world.newID(now)
            let path = "attachments/\(place.id)/\(id)/\(file.name)"
            list.append(
                JSONText.object { writer in
                    writer.member("id", id)
                    writer.member("filename", file.name)
                    writer.member("size", file.byteCount)
                    writer.member("content_type", file.type)
                    writer.member("url", "https://cdn.discordapp.com/" + path)
                    writer.member("proxy_url", "https://media.discordapp.net/" + path)
                }
            )
        }
        return JSONText.array(list)
    }

    /// A reply names a message of the channel. Discord, "Message Reference".
    private func refer(_ form: MessageForm, _ place: Place, _ message: inout JSONFields, _ now: Instant)
        throws(RESTReply)
    {
        guard let reference = form.fields.value("message_reference"),
            let id = reference["message_id"]?.snowflake
        else {
            return
        }
        guard may(.readMessageHistory, place, now) else { throw RESTReply.replyNeedsHistory }
        guard let earlier = place.guild.messages.find(id) else {
            if reference["fail_if_not_exists"]?.bool == false { return }
            throw RESTReply.invalidForm(
                "message_reference",
                "REPLIES_UNKNOWN_MESSAGE",
                "Unknown message"
            )
        }
        message.set("type", 19)
        message["message_reference"] = JSONText.object { writer in
            writer.member("type", 0)
            writer.member("message_id", id)
            writer.member("channel_id", place.id)
            if !place.isDirect { writer.member("guild_id", place.guild.id) }
        }
        message["referenced_message"] =
            earlier.fields.without("referenced_message", "member", "guild_id", "channel_type").encoded()
    }
}
