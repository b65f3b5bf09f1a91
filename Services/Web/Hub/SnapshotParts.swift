package import Base
package import EventModels

/// The channels of a guild that a snapshot shows, and those whose people and messages it shows.
///
/// A strict filter gets no more than the kinds of events that it is for would have told: people by `voice.joined`, messages by
/// `message.created`, channels by `channel.created`, or those of them that hold such people or messages.
package struct SnapshotParts: Sendable, Equatable {
    package let channels: Set<Snowflake>
    package let voice: Set<Snowflake>
    package let messages: Set<Snowflake>

    package init(_ state: GuildState, _ sight: Sight, _ filter: StreamFilter) {
        let visible = sight.channels(with: .view, of: filter.channels)
        let readable = sight.channels(with: .history, of: filter.channels)
        guard filter.isStrict else {
            channels = visible
            voice = visible
            messages = readable
            return
        }
        let wants = { (kind: EventKind) in filter.wants(kind: kind.rawValue) }
        voice = wants(.voiceJoined) ? visible.filter { state.channels[$0]?.isVoice ?? false } : []
        messages = wants(.messageCreated) ? readable : []
        channels = wants(.channelCreated) ? visible : voice.union(messages)
    }
}
