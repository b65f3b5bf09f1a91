internal import Base
internal import EventModels
internal import JSON

extension FoldStep {
    /// First `channel.permissions`, so that nobody sees the channel before it is known who may; then the channel itself.
    /// An archived thread is gone, as it is from GUILD_CREATE.
    mutating func channelChanged(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        guard let channel = Channel(discord: data) else { throw NotUnderstood("id") }
        guard let held = state.guilds[guild] else { return }
        if data.isArchivedThread { return removeChannel(channel.id, guild) }
        if let list = data["permission_overwrites"], !list.isNull {
            let overwrites = Overwrite.list(list.kept)
            if overwrites != held.overwrites[channel.id] ?? [] {
                emit(.channelPermissions, guild) { writer in
                    writer.member("channelId", channel.id)
                    writer.key("overwrites")
                    writer.beginArray()
                    for overwrite in overwrites { overwrite.write(into: &writer) }
                    writer.endArray()
                }
            }
        }
        guard held.channels[channel.id] != channel else { return }
        let kind: EventKind = held.channels[channel.id] == nil ? .channelCreated : .channelUpdated
        emit(kind, guild) { channel.write(into: &$0) }
    }

    /// Who is still in voice there leaves first, by user id.
    mutating func channelDelete(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        removeChannel(try data.requiredID("id"), guild)
    }

    mutating func removeChannel(_ id: Snowflake, _ guild: Snowflake) {
        guard let held = state.guilds[guild], let channel = held.channels[id] else { return }
        for state in held.voice.values.sorted(by: { $0.user.id < $1.user.id }) where state.channelID == id {
            emitVoice(guild, from: state, to: nil)
        }
        emit(.channelDeleted, guild) { channel.write(into: &$0) }
    }
}

extension Channel {
    init?(discord value: JSONView) {
        guard let id = value["id"]?.snowflake else { return nil }
        self.init(
            id: id,
            name: value["name"]?.string ?? "",
            type: value["type"]?.int ?? 0,
            parentID: value["parent_id"]?.snowflake,
            position: value["position"]?.int ?? 0,
            topic: value["topic"]?.string
        )
    }
}
