package import Base
package import EventModels
internal import JSON

/// What of each guild's events is stored, as its managers have set it: from the database when a shard's reader begins, then from the
/// log, each change at its own place. Of a guild without settings everything is. Pure.
package struct StoringRules: Sendable, Equatable {
    private var held: [Snowflake: NumberedSettings] = [:]

    package init() {}

    /// Whatever the order in which they come, the latest count.
    package mutating func take(_ settings: NumberedSettings, of guild: Snowflake) {
        if let known = held[guild], known.version >= settings.version { return }
        held[guild] = settings
    }

    package mutating func take(_ event: StreamEvent) {
        if let settings = NumberedSettings(event) { take(settings, of: event.guild) }
    }

    /// Of each guild the latest of both.
    package mutating func take(_ others: StoringRules) {
        for (guild, settings) in others.held { take(settings, of: guild) }
    }

    /// What of an event is stored.
    package enum Share: Sendable, Equatable {
        case whole
        /// The row without what was written.
        case withoutText
        case nothing
    }

    /// What becomes of the event, whose table this is. That a message was deleted or edited is always stored, for what was stored of
    /// it before must not be read as if it still stood.
    package func share(of event: StreamEvent, _ table: EventTable) -> Share {
        guard !covers(event, table) else { return .whole }
        switch event.kind {
        case .messageDeleted: return .whole
        case .messageUpdated: return .withoutText
        default: return .nothing
        }
    }

    private func covers(_ event: StreamEvent, _ table: EventTable) -> Bool {
        guard let settings = held[event.guild]?.settings else { return true }
        guard settings.history else { return false }
        guard !settings.trackedChannels.isEmpty else { return true }
        switch table {
        case .presence, .member, .role: return true
        case .message, .voice:
            let payload = event.payload
            return ["channelId", "fromChannelId"].contains { name in
                payload?[key: name]?.snowflake.map(settings.trackedChannels.contains) == true
            }
        }
    }
}
