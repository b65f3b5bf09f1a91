internal import Base
internal import JSON

/// What happens seldom; with `--mix everything` alone.
extension CommunityMachine {
    private static let rarities = [
        "MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE", "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_DELETE_BULK",
        "CHANNEL_PINS_UPDATE", "VOICE_CHANNEL_STATUS_UPDATE", "VOICE_CHANNEL_EFFECT_SEND", "INVITE_CREATE",
        "GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_UPDATE", "GUILD_SCHEDULED_EVENT_DELETE",
        "GUILD_SCHEDULED_EVENT_USER_ADD", "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_DELETE", "WEBHOOKS_UPDATE",
        "AUTO_MODERATION_ACTION_EXECUTION", "GUILD_EMOJIS_UPDATE", "GUILD_INTEGRATIONS_UPDATE",
        "GUILD_SOUNDBOARD_SOUND_CREATE", "GUILD_SOUNDBOARD_SOUND_DELETE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE",
    ]

    mutating func rarity(_ guild: Guild, _ bot: Snowflake, _ now: Instant) -> Proposal? {
        let name = Self.rarities[Int.random(in: 0..<Self.rarities.count, using: &random)]
        var fields = JSONFields()
        guard let user = anyone(guild, bot, online: true) else { return nil }
        switch name {
        case "MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE", "MESSAGE_REACTION_REMOVE_ALL":
            guard let message = guild.messages.entries.last else { return nil }
            fields.set("message_id", message.id)
            fields.set("channel_id", message.channel)
            if name.contains("POLL") { fields.set("user_id", user) }
        case "MESSAGE_DELETE_BULK":
            guard let last = guild.messages.entries.last else { return nil }
            let same = guild.messages.entries.suffix(10).filter { $0.channel == last.channel }.map(\.id)
            guard same.count > 1 else { return nil }
            fields.set("ids", same)
            fields.set("channel_id", last.channel)
        case "VOICE_CHANNEL_STATUS_UPDATE", "VOICE_CHANNEL_EFFECT_SEND":
            guard let room = pick(guild.voiceChannels) else { return nil }
            fields.set(name.hasSuffix("UPDATE") ? "id" : "channel_id", room)
            if name.hasSuffix("UPDATE") {
                fields.set("status", "in a good mood")
            } else {
                fields.set("user_id", user)
            }
        case "GUILD_SCHEDULED_EVENT_UPDATE", "GUILD_SCHEDULED_EVENT_DELETE", "GUILD_SCHEDULED_EVENT_USER_ADD",
            "STAGE_INSTANCE_DELETE", "GUILD_SOUNDBOARD_SOUND_DELETE":
            guard let (field, id) = held(guild, name) else { return nil }
            fields.set(field, id)
            if name.hasSuffix("USER_ADD") { fields.set("user_id", user) }
        case "GUILD_BAN_ADD", "GUILD_BAN_REMOVE":
            // Of those who are no members: a ban of one is a departure as well.
            let banned = name == "GUILD_BAN_ADD" ? Snowflake(random.next() >> 2) : guild.bans.ids.first
            guard let banned, guild.bans.count < 100 || name == "GUILD_BAN_REMOVE" else { return nil }
            fields["user"] = JSONText.object { $0.member("id", banned) }
        case "CHANNEL_PINS_UPDATE", "INVITE_CREATE", "WEBHOOKS_UPDATE":
            guard let channel = pick(guild.textChannels) else { return nil }
            fields.set("channel_id", channel)
        default: break
        }
        return Proposal(name: name, fields: scoped(fields))
    }

    /// The first of what the guild holds of this kind.
    private func held(_ guild: Guild, _ name: String) -> (field: String, id: Snowflake)? {
        let list =
            name.hasPrefix("STAGE")
            ? "stage_instances"
            : name.hasPrefix("GUILD_SOUND") ? "soundboard_sounds" : "guild_scheduled_events"
        let key = list == "soundboard_sounds" ? "sound_id" : "id"
        guard let id = guild.fields.value(list)?.array?.first?[key]?.snowflake else { return nil }
        return (name.hasSuffix("USER_ADD") ? "guild_scheduled_event_id" : key, id)
    }
}
