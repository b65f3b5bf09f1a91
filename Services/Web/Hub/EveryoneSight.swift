package import Base
package import EventModels
import JSON

/// What the @everyone role sees of a guild's channels: the sight of `WEB_ACCESS=open`.
package struct EveryoneSight: Sendable, Equatable {
    package let channels: Set<Snowflake>
    /// Channels whose text may be read back.
    package let readable: Set<Snowflake>

    package static let nothing = EveryoneSight(channels: [], readable: [])

    private init(channels: Set<Snowflake>, readable: Set<Snowflake>) {
        self.channels = channels
        self.readable = readable
    }

    package init(of guild: GuildState) {
        channels = Set(guild.channels.keys.filter { guild.everyoneCanView($0) })
        readable = Set(guild.channels.keys.filter { guild.everyoneCanReadHistory(of: $0) })
    }
}

extension EventKind {
    /// Whether an event of the kind can change what anyone sees.
    var changesSight: Bool {
        switch self {
        case .guildSynced, .guildRemoved, .guildUpdated, .channelCreated, .channelUpdated, .channelDeleted,
            .channelPermissions, .threadMembers, .roleCreated, .roleUpdated, .roleDeleted:
            true
        case .voiceJoined, .voiceLeft, .voiceMoved, .voiceUpdated, .messageCreated, .messageUpdated,
            .messageDeleted, .reactionAdded, .reactionRemoved, .reactionCleared, .presenceUpdated,
            .memberJoined, .memberLeft, .memberUpdated, .roleGranted, .roleRevoked, .memberTimeout,
            .guildUnavailable, .logGap, .eventQuarantined:
            false
        }
    }
}

/// Decides what viewers with one sight see of an event: visible both before and after it, at its own place.
package enum Delivery {
    /// The envelope to show and the channels it speaks of, or nothing.
    package static func of(
        _ event: StreamEvent,
        before: EveryoneSight,
        after: EveryoneSight
    ) -> (envelope: [UInt8]?, channels: [Snowflake]) {
        guard let kind = event.kind else { return (nil, []) }
        switch kind.audience {
        case .internal:
            return (nil, [])
        case .guild(let permissions):
            // What needs more than membership is not for @everyone to see.
            return (permissions.isEmpty ? event.envelope : nil, [])
        case .channel, .voiceChannel:
            guard let payload = event.payload, let channel = payload["channelId"]?.snowflake else {
                return (nil, [])
            }
            let visible = isVisible(channel, kind, before, after)
            guard kind == .voiceMoved, let from = payload["fromChannelId"]?.snowflake else {
                return (visible ? event.envelope : nil, [channel])
            }
            return move(
                event,
                payload,
                from: isVisible(from, kind, before, after),
                to: visible,
                [from, channel]
            )
        }
    }

    private static func isVisible(
        _ channel: Snowflake,
        _ kind: EventKind,
        _ before: EveryoneSight,
        _ after: EveryoneSight
    ) -> Bool {
        switch kind {
        case .channelCreated: after.channels.contains(channel)
        case .channelDeleted: before.channels.contains(channel)
        default: before.channels.contains(channel) && after.channels.contains(channel)
        }
    }

    /// A move between a channel that is seen and one that is not looks like coming or going.
    private static func move(
        _ event: StreamEvent,
        _ payload: JSONValue,
        from: Bool,
        to: Bool,
        _ channels: [Snowflake]
    ) -> (envelope: [UInt8]?, channels: [Snowflake]) {
        switch (from, to) {
        case (true, true): return (event.envelope, channels)
        case (false, false): return (nil, [])
        case (false, true): return (rewritten(event, .voiceJoined, payload), [channels[1]])
        case (true, false): return (rewritten(event, .voiceLeft, payload), [channels[0]])
        }
    }

    private static func rewritten(_ event: StreamEvent, _ kind: EventKind, _ payload: JSONValue) -> [UInt8]? {
        guard let members = payload.object else { return nil }
        let leaves = kind == .voiceLeft
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in members where name != "fromChannelId" && name != "fromChannelName" {
            writer.key(text: name)
            switch name {
            case "channelId" where leaves: writer.raw(payload["fromChannelId"]?.raw ?? value.raw)
            case "channelName" where leaves: writer.raw(payload["fromChannelName"]?.raw ?? value.raw)
            default: writer.raw(value.raw)
            }
        }
        writer.endObject()
        return StreamEvent(
            id: event.id,
            kind: kind,
            guild: event.guild,
            ts: event.ts,
            payload: writer.takeBytes()
        )
        .envelope
    }
}
