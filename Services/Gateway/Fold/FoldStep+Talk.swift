internal import Base
internal import EventModels
internal import JSON

/// What people do in text channels: messages, reactions, votes, typing, pins.
extension FoldStep {
    mutating func applyTalk(
        _ kind: DispatchKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        switch kind {
        case .messageCreate: try messageCreate(guild, data)
        case .messageUpdate: try messageUpdate(guild, data)
        case .messageDelete: try messageDelete(guild, data)
        case .messageDeleteBulk: try messageDeleteBulk(guild, data)
        case .reactionAdd: try reaction(.reactionAdded, guild, data)
        case .reactionRemove: try reaction(.reactionRemoved, guild, data)
        case .pollVoteAdd: try vote(.pollVoted, guild, data)
        case .pollVoteRemove: try vote(.pollUnvoted, guild, data)
        case .typingStart: try typingStart(guild, data)
        case .channelPinsUpdate: try channelPins(guild, data)
        default: try reactionCleared(guild, data)
        }
    }

    private mutating func reaction(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let place = try MessagePlace(data, message: "message_id")
        let user = try data.requiredID("user_id")
        let emoji = try data.requiredObject("emoji")
        guard state.guilds.holds(guild) else { return }
        learn(data["member"], user: nil, guild)
        emitMessage(kind, guild, place) { step, writer in
            step.writeCard(user, guild, into: &writer)
            Self.writeEmoji(emoji, into: &writer)
        }
    }

    /// All reactions of a message, or all of one emoji.
    private mutating func reactionCleared(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let place = try MessagePlace(data, message: "message_id")
        emitMessage(.reactionCleared, guild, place) { Self.writeEmoji(data["emoji"], into: &$1) }
    }

    private static func writeEmoji(_ emoji: JSONView?, into writer: inout JSONWriter) {
        writer.key("emoji")
        guard let emoji, !emoji.isNull else { return writer.null() }
        writer.beginObject()
        writer.member("id", emoji["id"]?.snowflake)
        writer.member("name", emoji["name"]?.string)
        writer.endObject()
    }

    private mutating func vote(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ data: JSONView
    ) throws(NotUnderstood) {
        let place = try MessagePlace(data, message: "message_id")
        let user = try data.requiredID("user_id")
        let answer = try data.requiredInt("answer_id")
        emitMessage(kind, guild, place) { step, writer in
            step.writeCard(user, guild, into: &writer)
            writer.member("answerId", answer)
        }
    }

    /// Of the moment only: no more of them than `TypingWindow` admits.
    private mutating func typingStart(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let channel = try data.requiredID("channel_id")
        let user = try data.requiredID("user_id")
        let second = try data.requiredInt("timestamp")
        guard state.guilds.holds(guild) else { return }
        learn(data["member"], user: nil, guild)
        guard state.talk.typing.admits(second: second) else { return }
        let card = card(user, guild)
        emitInChannel(.typingStarted, guild, channel) { card.write(into: &$0) }
    }

    private mutating func channelPins(_ guild: Snowflake, _ data: JSONView) throws(NotUnderstood) {
        let channel = try data.requiredID("channel_id")
        emitInChannel(.channelPins, guild, channel) {
            $0.member("lastPinAt", data["last_pin_timestamp"]?.string)
        }
    }

    /// An event of a guild that is held, with the channel's id and name first.
    mutating func emitInChannel(
        _ kind: EventKind,
        _ guild: Snowflake,
        _ channel: Snowflake,
        _ fill: (inout JSONWriter) -> Void
    ) {
        guard state.guilds.holds(guild) else { return }
        let name = channelName(channel, guild)
        emit(kind, guild) { writer in
            writer.member("channelId", channel)
            writer.member("channelName", name)
            fill(&writer)
        }
    }
}
