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

    /// Whether a row is made of the event, whose table this is.
    package func keep(_ event: StreamEvent, _ table: EventTable) -> Bool {
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
