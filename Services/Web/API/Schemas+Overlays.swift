import EventModels

/// Overlays as they are set up, and what they keep to.
extension Schemas {
    static let overlays: [String: Schema] = [
        "Preset": .object(
            [.init("id", .id, "The preset's")] + preset + [
                .init("version", .count, "Grows with each change; the ETag"),
                .init("changed", .time, "When it was made or changed last"),
            ]
        ),
        "NewPreset": .object(preset),
        "Presets": .object([.init("presets", .array(.named("Preset"), 0...PresetStore.countMax), "By name")]),
        "OverlayRules": .object([
            .init(
                "badWords",
                .array(.string(1...GuildSettings.badWordMax), 0...GuildSettings.badWordsMax),
                "Words that are not shown"
            ),
            .init("timeZone", .string(1...GuildSettings.timeZoneBytesMax), "IANA: Europe/Berlin, UTC"),
            .init(
                "milestones",
                .array(.integer(1...Int64(GuildSettings.milestoneMax)), 0...GuildSettings.milestonesMax),
                "Numbers of members that are told of; empty: the usual ones"
            ),
        ]),
        "OverlayTest": .object([
            .init("kind", .choice(OverlayDesk.Sample.allCases.map(\.rawValue)), "What of")
        ]),
    ]

    private static let preset: [Schema.Property] = [
        .init("name", .string(1...OverlayPreset.nameMax), "For people"),
        .init("overlay", .choice(OverlayPreset.overlays), "Which one"),
        .init(
            "query",
            .string(0...OverlayPreset.queryBytesMax),
            "What stands behind the question mark of its address, without a key"
        ),
    ]
}
