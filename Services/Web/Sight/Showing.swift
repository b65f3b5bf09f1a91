package import Base
package import EventModels
import JSON

/// Who may be shown an event, as the table of kinds and its payload say.
package enum Showing: Sendable, Equatable {
    /// Nobody.
    case nobody
    /// Every member of the guild.
    case members
    /// Members who have these rights in the guild, before the event and after it.
    case entitled(Permissions)
    /// Who has the bits in the channel, at the given side of the event.
    case channel(Snowflake, SightBits, Side)
    /// A move between two channels: who sees one of them sees somebody come or go.
    case move(from: Snowflake, to: Snowflake)

    /// Where the bits must be there.
    package enum Side: Sendable { case both, before, after }

    package init(_ event: StreamEvent) {
        guard let kind = event.kind else {
            self = .nobody
            return
        }
        switch kind.audience {
        case .internal: self = .nobody
        case .guild([]): self = .members
        // What needs a right that no sight knows is shown to nobody.
        case .guild(let permissions):
            self = Sight.rightsMax.isSuperset(of: permissions) ? .entitled(permissions) : .nobody
        case .channel(let permissions) where !permissions.isSubset(of: [.viewChannel, .manageChannels]):
            self = .nobody
        case .channelIfAny where event.payload?["channelId"]?.isNull == true: self = .members
        case .channel, .voiceChannel, .channelIfAny:
            guard let payload = event.payload, let channel = payload["channelId"]?.snowflake else {
                self = .nobody
                return
            }
            if kind == .voiceMoved, let from = payload["fromChannelId"]?.snowflake {
                self = .move(from: from, to: channel)
            } else {
                self = .channel(channel, kind.bits, kind.side)
            }
        }
    }

    package var channels: [Snowflake] {
        switch self {
        case .nobody, .members, .entitled: []
        case .channel(let channel, _, _): [channel]
        case .move(let from, let to): [from, to]
        }
    }
}

extension EventKind {
    /// Of kinds with a channel.
    fileprivate var bits: SightBits {
        switch self {
        case .messageCreated, .messageUpdated, .messageDeleted, .reactionAdded, .reactionRemoved,
            .reactionCleared, .pollVoted, .pollUnvoted, .typingStarted, .channelPins:
            [.view, .text]
        case .inviteCreated, .inviteDeleted: [.view, .manage]
        default: .view
        }
    }

    fileprivate var side: Showing.Side {
        switch self {
        case .channelCreated: .after
        case .channelDeleted: .before
        default: .both
        }
    }
}

/// A move as those see it who see only one of its channels.
package struct MoveViews: Sendable {
    package let joined: [UInt8]
    package let left: [UInt8]

    /// Nil for what is no object.
    package init?(_ event: StreamEvent) {
        guard let payload = event.payload, let joined = Self.rewritten(event, .voiceJoined, payload),
            let left = Self.rewritten(event, .voiceLeft, payload)
        else { return nil }
        self.joined = joined
        self.left = left
    }

    /// What a move tells of the channel that it leads out of.
    private static let ofOrigin: Set<String> = ["fromChannelId", "fromChannelName", "fromSince"]

    private static func rewritten(_ event: StreamEvent, _ kind: EventKind, _ payload: JSONValue) -> [UInt8]? {
        guard let members = payload.object else { return nil }
        let leaves = kind == .voiceLeft
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in members where !ofOrigin.contains(name) {
            writer.key(text: name)
            switch name {
            case "channelId" where leaves: writer.raw(payload["fromChannelId"]?.raw ?? value.raw)
            case "channelName" where leaves: writer.raw(payload["fromChannelName"]?.raw ?? value.raw)
            case "since" where leaves:
                if let since = payload["fromSince"] { writer.raw(since.raw) } else { writer.null() }
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
