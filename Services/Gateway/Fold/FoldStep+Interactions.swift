internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    /// What somebody asked of the application, for the worker that answers; never the token, which the gateway keeps.
    mutating func interactionCreate(_ guild: Snowflake, _ data: JSONView) {
        guard let interaction = Interaction(data.kept, received: ts),
            let user = data["member"]?["user"] ?? data["user"], let author = user["id"]?.snowflake
        else { return }
        if guild.rawValue != 0 { learn(data["member"], user: user, guild) }
        let card =
            guild.rawValue == 0 ? MemberRecord(user: user)?.card(guild: guild, cdn: cdn) : card(author, guild)
        guard let card else { return }
        emit(.interactionReceived, guild) { writer in
            writer.member("interactionId", interaction.id)
            writer.member("applicationId", interaction.application)
            writer.member("type", Int(interaction.kind.rawValue))
            card.write(into: &writer)
            writer.member("channelId", data["channel_id"]?.snowflake)
            writer.member("messageId", data["message"]?["id"]?.snowflake)
            writer.member("permissions", data["member"]?["permissions"]?.string)
            writer.member("locale", data["locale"]?.string)
            writer.key("data")
            if let value = data["data"] { value.kept.write(into: &writer) } else { writer.null() }
        }
    }
}
