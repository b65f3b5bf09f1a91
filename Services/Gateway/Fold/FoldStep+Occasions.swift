internal import Base
internal import EventModels
internal import JSON

/// Scheduled events and stages. Nothing of them is held: each dispatch says the whole of what it is about.
extension FoldStep {
    mutating func applyOccasions(
        _ kind: DispatchKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        switch kind {
        case .scheduledEventCreate: try scheduledEvent(.scheduledEventCreated, guild, data)
        case .scheduledEventUpdate: try scheduledEvent(.scheduledEventUpdated, guild, data)
        case .scheduledEventDelete: try scheduledEvent(.scheduledEventDeleted, guild, data)
        case .scheduledEventUserAdd: try subscriber(.scheduledEventSubscribed, guild, data)
        case .scheduledEventUserRemove: try subscriber(.scheduledEventUnsubscribed, guild, data)
        case .stageCreate: try stage(.stageStarted, guild, data)
        case .stageUpdate: try stage(.stageUpdated, guild, data)
        default: try stage(.stageEnded, guild, data)
        }
    }

    /// Without a channel it is held elsewhere, and everybody is told of it.
    private mutating func scheduledEvent(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let (event, channel) = (try data.requiredID("id"), try data.nullableID("channel_id"))
        let (name, type) = (try data.requiredText("name"), try data.requiredInt("entity_type"))
        let (status, starts) = (
            try data.requiredInt("status"), try data.requiredText("scheduled_start_time")
        )
        guard state.guilds.holds(guild) else { return }
        let channelName = channel.map { self.channelName($0, guild) }
        emit(kind, guild) { writer in
            writer.member("eventId", event)
            writer.member("channelId", channel)
            writer.member("channelName", channelName)
            writer.member("name", name)
            writer.member("description", data["description"]?.string)
            writer.member("type", type)
            writer.member("status", status)
            writer.member("startsAt", starts)
            writer.member("endsAt", data["scheduled_end_time"]?.string)
            writer.member("location", data["entity_metadata"]?["location"]?.string)
            writer.member("creatorId", data["creator_id"]?.snowflake)
        }
    }

    private mutating func subscriber(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let event = try data.requiredID("guild_scheduled_event_id")
        let card = card(try data.requiredID("user_id"), guild)
        guard state.guilds.holds(guild) else { return }
        emit(kind, guild) { writer in
            card.write(into: &writer)
            writer.member("eventId", event)
        }
    }

    private mutating func stage(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let (stage, channel) = (try data.requiredID("id"), try data.requiredID("channel_id"))
        let topic = try data.requiredText("topic")
        emitInChannel(kind, guild, channel) { writer in
            writer.member("stageId", stage)
            writer.member("topic", topic)
            writer.member("eventId", data["guild_scheduled_event_id"]?.snowflake)
        }
    }
}
