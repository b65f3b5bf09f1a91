package import Base
internal import JSON

/// The texts in which a guild is told.
extension Guild {
    /// `d` of GUILD_CREATE as a session with these intents gets it. Discord, "Guild Create": without
    /// GUILD_PRESENCES, or with more than 75,000 members, only the bot and who is in voice; above `large_threshold` no offline members.
    package func createPayload(intents: Intents, largeThreshold: Int, bot: Snowflake) -> [UInt8] {
        let large = members.count > largeThreshold
        let seesPresences = intents.contains(.guildPresences) && members.count <= 75_000
        let shown = members.values.filter { member in
            if member.id == bot || voice.contains(member.id) { return true }
            return seesPresences && (!large || presences.contains(member.id))
        }
        var writer = JSONWriter(reserving: 1024 + shown.count * 700)
        writer.beginObject()
        fields.writeMembers(into: &writer)
        writer.member("joined_at", Timestamp.text(unixMilliseconds: WorldBuilder.botJoined))
        writer.member("large", large)
        writer.member("unavailable", false)
        writer.member("member_count", members.count)
        list("roles", roles.values.map { $0.encoded() }, into: &writer)
        list("channels", channels.values.map { $0.encoded() }, into: &writer)
        list("threads", threads.ids.compactMap { threadWithMember($0)?.encoded() }, into: &writer)
        list("members", shown.map(\.json), into: &writer)
        let heard = intents.contains(.guildVoiceStates) ? voice.values : []
        list("voice_states", heard.map { $0.encoded() }, into: &writer)
        let seen = seesPresences ? presences.values : []
        list("presences", seen.map { $0.encoded() }, into: &writer)
        for name in ["stage_instances", "guild_scheduled_events", "soundboard_sounds"]
        where fields[name] == nil {
            writer.member(name, raw: JSONText.emptyArray)
        }
        writer.endObject()
        return writer.takeBytes()
    }

    /// The guild object of REST; with counts where they were asked for.
    package func restPayload(withCounts: Bool) -> [UInt8] {
        var writer = JSONWriter(reserving: 4096)
        writer.beginObject()
        fields.writeMembers(into: &writer)
        list("roles", roles.values.map { $0.encoded() }, into: &writer)
        if withCounts {
            writer.member("approximate_member_count", members.count)
            writer.member("approximate_presence_count", presences.count)
        }
        writer.endObject()
        return writer.takeBytes()
    }

    private func list(_ name: String, _ values: [[UInt8]], into writer: inout JSONWriter) {
        writer.key(name)
        writer.beginArray()
        for value in values { writer.raw(value) }
        writer.endArray()
    }
}
