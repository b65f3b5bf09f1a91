import EventModels

/// A guild's settings.
extension Schemas {
    static let settings: [String: Schema] = [
        "Settings": .object([
            .init(
                "trackedChannels",
                .array(.snowflake, 0...GuildSettings.trackedChannelsMax),
                "Of these messages and voice are stored; empty: of all"
            ),
            .init("history", .boolean, "Whether anything is stored"),
            .init(
                "retentionDays",
                .nullable(.integer(1...Int64(GuildSettings.daysMax))),
                "Days that is kept, where the instance's own bound is not shorter; null: for as long as that"
            ),
            .init(
                "badWords",
                .array(.string(1...GuildSettings.badWordMax), 0...GuildSettings.badWordsMax),
                "For those who filter what is shown"
            ),
            .init("timeZone", .string(1...GuildSettings.timeZoneBytesMax), "IANA: Europe/Berlin, UTC"),
            .init(
                "milestones",
                .array(.integer(1...Int64(GuildSettings.milestoneMax)), 0...GuildSettings.milestonesMax),
                "Numbers of members that are told of"
            ),
        ])
    ]
}
