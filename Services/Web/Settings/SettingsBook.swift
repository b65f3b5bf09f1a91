package import Base
package import EventModels

/// Every guild's settings as this replica knows them: from the database when it begins, then from the log.
package final class SettingsBook: Sendable {
    /// Guilds that are kept; of one more the defaults count.
    package static let countMax = 100_000

    private let held = Locked<[Snowflake: NumberedSettings]>([:])

    package init() {}

    package func settings(of guild: Snowflake) -> GuildSettings {
        held.withLock { $0[guild]?.settings } ?? .standard
    }

    /// Whatever the order in which they come, the latest count.
    package func take(_ settings: NumberedSettings, of guild: Snowflake) {
        held.withLock { held in
            if let known = held[guild], known.version >= settings.version { return }
            if held[guild] == nil, held.count >= Self.countMax { return }
            held[guild] = settings
        }
    }

    /// What a log tells.
    package func take(_ events: [StreamEvent]) {
        for event in events where event.kind == .settingsUpdated {
            if let settings = NumberedSettings(event) { take(settings, of: event.guild) }
        }
    }
}
