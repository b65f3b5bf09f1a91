internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    mutating func messageCreate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let place = try MessagePlace(data, message: "id")
        let author = try author(guild, data)
        guard state.guilds.holds(guild) else { return }
        state.talk.authors.remember(place.message, of: author.remembered, at: ts)
        emitMessage(.messageCreated, guild, place) { step, writer in
            step.write(author, guild, into: &writer)
            writer.key("content")
            if let content = data["content"] { writer.string(content) } else { writer.string("") }
            writer.member("attachments", data["attachments"]?.array?.count ?? 0)
            writer.member("webhook", author.isWebhook)
            writer.member("type", data["type"]?.int ?? 0)
            writer.member("replyTo", data["message_reference"]?["message_id"]?.snowflake)
            if let poll = data["poll"], poll.kind == .object { Self.writePoll(poll, into: &writer) }
        }
    }

    /// Only a real edit: Discord also sends this when it has resolved a link or someone pinned the message, with the time of
    /// the last edit, if there was one.
    mutating func messageUpdate(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let place = try MessagePlace(data, message: "id")
        guard state.guilds.holds(guild), let edited = data["edited_timestamp"]?.string,
            let content = data["content"]?.string, data["author"]?.kind == .object
        else { return }
        guard isEdit(place.message, guild, edited) else { return }
        let author = try author(guild, data)
        state.talk.authors.remember(place.message, of: author.remembered, edited: edited, at: ts)
        emitMessage(.messageUpdated, guild, place) { step, writer in
            step.write(author, guild, into: &writer)
            writer.member("content", content)
            writer.member("editedAt", edited)
            writer.member("webhook", author.isWebhook)
        }
    }

    /// Whether this time of an edit is another than the last one's. Of a message that is not remembered nobody can tell:
    /// then an edit that is older than `MessageAuthors.editAgeMax` is taken for one that was told before.
    private func isEdit(_ message: Snowflake, _ guild: Snowflake, _ edited: String) -> Bool {
        if let held = state.talk.authors[message] { return held.edited != MessageAuthors.mark(edited) }
        if let held = state.guilds[guild]?.messages.last(where: { $0.id == message }) {
            do throws(JSONError) {
                return try JSONDocument(parsing: held.payload).root["editedAt"]?.string != edited
            } catch {
                return true
            }
        }
        guard let at = MemberFacts.timeoutEnd(edited) else { return true }
        return at > ts - MessageAuthors.editAgeMax
    }

    /// With its author, where that is still remembered.
    mutating func messageDelete(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        emitDeleted(try MessagePlace(data, message: "id"), guild)
    }

    /// One event each, by message id.
    mutating func messageDeleteBulk(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let channel = try data.requiredID("channel_id")
        for message in try data.requiredArray("ids").compactMap(\.snowflake).sorted() {
            emitDeleted(MessagePlace(message: message, channel: channel), guild)
        }
    }

    private mutating func emitDeleted(_ place: MessagePlace, _ guild: Snowflake) {
        let author = state.talk.authors[place.message]
        emitMessage(.messageDeleted, guild, place) { step, writer in
            guard let author else { return }
            step.writeCard(author.id, guild, into: &writer)
            writer.member("webhook", author.isWebhook)
        }
    }

    private static func writePoll(_ poll: JSONView, into writer: inout JSONWriter) {
        writer.key("poll")
        writer.beginObject()
        writer.member("question", poll["question"]?["text"]?.string ?? "")
        writer.key("answers")
        writer.beginArray()
        // Discord allows ten.
        for answer in poll.elements("answers").prefix(10) {
            writer.beginObject()
            writer.member("id", answer["answer_id"]?.int)
            writer.member("text", answer["poll_media"]?["text"]?.string ?? "")
            writer.endObject()
        }
        writer.endArray()
        writer.member("multiple", poll["allow_multiselect"]?.bool ?? false)
        writer.member("endsAt", poll["expiry"]?.string)
        writer.endObject()
    }

    mutating func emitMessage(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ place: MessagePlace,
        _ fill: (borrowing FoldStep, inout JSONWriter) -> Void
    ) {
        guard state.guilds.holds(guild) else { return }
        let event = made(kind, guild) { writer in
            writer.member("messageId", place.message)
            writer.member("channelId", place.channel)
            writer.member("channelName", channelName(place.channel, guild))
            fill(self, &writer)
        }
        keep(event)
        if kind == .messageCreated {
            state.guilds.applyMessage(event, message: place.message, channel: place.channel)
        } else {
            state.guilds.apply(event)
        }
    }

    /// Who wrote it. Webhooks have a name and an avatar for each message and are not remembered.
    private mutating func author(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) -> MessageAuthor
    {
        let author = try data.requiredObject("author")
        let id = try author.requiredID("id")
        let isWebhook = data["webhook_id"]?.snowflake != nil
        let isHeld = !isWebhook && isRemembered(id, guild)
        if !isWebhook, state.guilds.holds(guild), isHeld || data["member"] != nil {
            learn(data["member"], user: author, guild)
        }
        if isHeld || (!isWebhook && isRemembered(id, guild)) {
            return MessageAuthor(id: id, card: nil, isWebhook: false)
        }
        guard let card = MemberRecord(user: author)?.card(guild: guild, cdn: cdn) else {
            throw NotUnderstood("author")
        }
        return MessageAuthor(id: id, card: card, isWebhook: isWebhook)
    }

    private func write(_ author: MessageAuthor, _ guild: Snowflake, into writer: inout JSONWriter) {
        if let card = author.card {
            card.write(into: &writer)
        } else {
            writeCard(author.id, guild, into: &writer)
        }
    }
}

/// Which message, and where.
struct MessagePlace {
    let message: Snowflake
    let channel: Snowflake

    init(message: Snowflake, channel: Snowflake) {
        self.message = message
        self.channel = channel
    }

    /// `message`: the name of the member with its id.
    init(_ data: JSONView, message name: String) throws(NotUnderstood) {
        message = try data.requiredID(name)
        channel = try data.requiredID("channel_id")
    }
}

struct MessageAuthor {
    let id: Snowflake
    /// Nil: as the guild remembers them.
    let card: UserCard?
    let isWebhook: Bool

    var remembered: MessageAuthors.Author { MessageAuthors.Author(id: id, isWebhook: isWebhook) }
}
