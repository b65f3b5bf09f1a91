import Base
import EventModels
import JSON

/// What somebody is shown of one event, by specs/sight.md and the table in specs/events.md.
enum Showing: Equatable {
    case nothing
    /// As it is, and the channels that it speaks of.
    case whole([UInt64])
    /// A move out of a channel that they do not see.
    case joined(UInt64)
    /// A move into one.
    case left(UInt64)

    init(_ event: StreamEvent, before: TrueSight, after: TrueSight, isReplayed: Bool) {
        let channel = event.payload?["channelId"]?.snowflake?.rawValue
        switch event.name {
        case "presence.updated", "member.joined", "member.left", "member.updated", "role.granted",
            "role.revoked":
            self = before.isMember && after.isMember ? .whole([]) : .nothing
        case "channel.created": self.init(channel, after.view, after.view)
        case "channel.deleted": self.init(channel, before.view, before.view)
        case "channel.updated", "voice.joined", "voice.left", "voice.updated":
            self.init(channel, before.view, after.view)
        case "voice.moved":
            let from = event.payload?["fromChannelId"]?.snowflake?.rawValue
            self.init(from: Self(from, before.view, after.view), to: Self(channel, before.view, after.view))
        case "message.created", "message.updated", "message.deleted", "reaction.added", "reaction.removed",
            "reaction.cleared":
            if isReplayed {
                self.init(channel, before.history, after.history)
            } else {
                self.init(channel, before.text, after.text)
            }
        default: self = .nothing
        }
    }

    private init(_ channel: UInt64?, _ before: Set<UInt64>, _ after: Set<UInt64>) {
        guard let channel, before.contains(channel), after.contains(channel) else {
            self = .nothing
            return
        }
        self = .whole([channel])
    }

    private init(from: Showing, to: Showing) {
        switch (from, to) {
        case (.whole(let from), .whole(let to)): self = .whole(from + to)
        case (.whole(let from), _): self = .left(from[0])
        case (_, .whole(let to)): self = .joined(to[0])
        default: self = .nothing
        }
    }

    /// Under which name an event of this name is shown.
    func name(of event: StreamEvent) -> String {
        switch self {
        case .nothing, .whole: event.name
        case .joined: "voice.joined"
        case .left: "voice.left"
        }
    }

    var channels: [UInt64] {
        switch self {
        case .nothing: []
        case .whole(let channels): channels
        case .joined(let channel), .left(let channel): [channel]
        }
    }

    /// What is wrong with what was shown; nil: nothing.
    func fault(_ shown: [UInt8], of event: StreamEvent) -> String? {
        switch self {
        case .nothing: return "was shown and may not be"
        case .whole: return shown == event.envelope ? nil : "reads otherwise than it should"
        case .joined(let channel), .left(let channel):
            do throws(EnvelopeError) {
                let rewritten = try StreamEvent(parsing: shown)
                return fault(rewritten, of: event, in: channel)
            } catch { return "cannot be read" }
        }
    }

    /// A move that is shown as coming or going tells nothing of the other channel, and everything else as it was.
    private func fault(_ shown: StreamEvent, of event: StreamEvent, in channel: UInt64) -> String? {
        guard shown.id == event.id, shown.guild == event.guild, shown.ts == event.ts else {
            return "is shown as another event"
        }
        guard shown.name == name(of: event) else { return "is shown as \(shown.name)" }
        guard shown.payload?["channelId"]?.snowflake?.rawValue == channel else {
            return "names the other channel"
        }
        let here = shown.payload?["channelId"]?.snowflake == event.payload?["channelId"]?.snowflake
        guard let shownName = shown.payload?["channelName"]?.string,
            shownName == event.payload?[here ? "channelName" : "fromChannelName"]?.string
        else { return "does not name its channel" }
        let members = shown.payload?.object.map { $0.map(\.key) } ?? []
        let all = event.payload?.object.map { $0.map(\.key) } ?? []
        guard members == all.filter({ !$0.hasPrefix("from") }) else { return "tells \(members)" }
        for name in members where name != "channelId" && name != "channelName" {
            let other = name == "since" && !here ? "fromSince" : name
            guard shown.payload?[name]?.raw == event.payload?[other]?.raw else {
                return "has another \(name)"
            }
        }
        return nil
    }
}
