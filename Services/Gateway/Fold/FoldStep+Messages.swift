internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    mutating func messageCreate(_ guild: Snowflake, _ data: JSONValue) {
        guard let message = data["id"]?.snowflake, let author = author(guild, data) else { return }
        emitMessage(.messageCreated, guild, data, message) { writer in
            author.write(into: &writer)
            writer.member("content", data["content"]?.string ?? "")
            writer.member("attachments", data["attachments"]?.array?.count ?? 0)
            writer.member("webhook", data["webhook_id"]?.snowflake != nil)
            writer.member("type", data["type"]?.int ?? 0)
            writer.member("replyTo", data["message_reference"]?["message_id"]?.snowflake)
        }
    }

    /// Only a real edit: Discord also sends this when it has resolved a link or someone pinned the message.
    mutating func messageUpdate(_ guild: Snowflake, _ data: JSONValue) {
        guard let message = data["id"]?.snowflake, let edited = data["edited_timestamp"]?.string,
            let content = data["content"]?.string, !isKnownEdit(message, guild, edited),
            let author = author(guild, data)
        else { return }
        emitMessage(.messageUpdated, guild, data, message) { writer in
            author.write(into: &writer)
            writer.member("content", content)
            writer.member("editedAt", edited)
        }
    }

    private func isKnownEdit(_ message: Snowflake, _ guild: Snowflake, _ edited: String) -> Bool {
        guard let held = state.guilds[guild]?.messages.last(where: { $0.id == message }) else { return false }
        do throws(JSONError) {
            return try JSONDocument(parsing: held.payload).root["editedAt"]?.string == edited
        } catch {
            return false
        }
    }

    mutating func messageDelete(_ guild: Snowflake, _ data: JSONValue) {
        guard let message = data["id"]?.snowflake else { return }
        emitMessage(.messageDeleted, guild, data, message) { _ in }
    }

    /// One event each, by message id.
    mutating func messageDeleteBulk(_ guild: Snowflake, _ data: JSONValue) {
        for message in data.elements("ids").compactMap(\.snowflake).sorted() {
            emitMessage(.messageDeleted, guild, data, message) { _ in }
        }
    }

    mutating func reaction(_ kind: EventKind, _ guild: Snowflake, _ data: JSONValue) {
        guard let message = data["message_id"]?.snowflake, let user = data["user_id"]?.snowflake else {
            return
        }
        learn(data["member"], user: nil, guild)
        let card = card(user, guild)
        emitMessage(kind, guild, data, message) { writer in
            card.write(into: &writer)
            Self.writeEmoji(data["emoji"], into: &writer)
        }
    }

    /// All reactions of a message, or all of one emoji.
    mutating func reactionCleared(_ guild: Snowflake, _ data: JSONValue) {
        guard let message = data["message_id"]?.snowflake else { return }
        emitMessage(.reactionCleared, guild, data, message) { Self.writeEmoji(data["emoji"], into: &$0) }
    }

    private static func writeEmoji(_ emoji: JSONValue?, into writer: inout JSONWriter) {
        writer.key("emoji")
        guard let emoji, !emoji.isNull else { return writer.null() }
        writer.beginObject()
        writer.member("id", emoji["id"]?.snowflake)
        writer.member("name", emoji["name"]?.string)
        writer.endObject()
    }

    private mutating func emitMessage(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONValue,
        _ message: Snowflake,
        _ fill: (inout JSONWriter) -> Void
    ) {
        guard state.guilds[guild] != nil, let channel = data["channel_id"]?.snowflake else { return }
        let name = channelName(channel, guild)
        emit(kind, guild) { writer in
            writer.member("messageId", message)
            writer.member("channelId", channel)
            writer.member("channelName", name)
            fill(&writer)
        }
    }

    /// Who wrote it. Webhooks have a name and an avatar for each message and are not remembered.
    private mutating func author(_ guild: Snowflake, _ data: JSONValue) -> UserCard? {
        guard let author = data["author"], let id = author["id"]?.snowflake else { return nil }
        guard data["webhook_id"]?.snowflake == nil else {
            return MemberRecord(user: author)?.card(guild: guild, cdn: cdn)
        }
        if member(id, guild) != nil || data["member"] != nil { learn(data["member"], user: author, guild) }
        return member(id, guild)?.card(guild: guild, cdn: cdn)
            ?? MemberRecord(user: author)?.card(guild: guild, cdn: cdn)
    }
}
