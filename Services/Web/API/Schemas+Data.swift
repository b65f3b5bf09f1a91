/// What is told of guilds.
extension Schemas {
    static let data: [String: Schema] = [
        "GuildSummary": .object(guild),
        "Guild": .object(guild + [.init("roles", .array(.named("Role"), 0...1_000), "Highest first")]),
        "Role": .object([
            .init("id", .snowflake, "Its id; @everyone has the guild's"),
            .init("name", .string(0...200), "Its name"),
            .init("color", .integer(0...16_777_215), "Red, green and blue, eight bits each; 0: none"),
            .init("position", .integer(-1...100_000), "Higher stands above lower"),
        ]),
        "Channel": .object([
            .init("id", .snowflake, "Its id"),
            .init("name", .string(0...200), "Its name"),
            .init("type", .integer(0...1_000), "Discord's number: 0 text, 2 voice, 4 category, 11 thread, …"),
            .init("parent", .nullable(.snowflake), "The category or, of a thread, the channel it is in"),
            .init("position", .integer(-1...1_000_000), "Among its siblings"),
        ]),
        "VoiceChannel": .object([
            .init("id", .snowflake, "The channel's id"),
            .init("name", .string(0...200), "Its name"),
            .init("people", .array(.named("VoicePerson"), 0...100_000), "Who is in it"),
        ]),
        "VoicePerson": .object(
            person + [
                .init("mute", .boolean, "By the guild"),
                .init("deaf", .boolean, "By the guild"),
                .init("selfMute", .boolean, "By themselves"),
                .init("selfDeaf", .boolean, "By themselves"),
                .init("streaming", .boolean, "Their screen is shown"),
                .init("video", .boolean, "Their camera is on"),
                .init("suppress", .boolean, "In a stage's audience"),
                .init(
                    "since",
                    .nullable(Schema.time),
                    "When they came into the channel; null: nobody saw it"
                ),
            ]
        ),
        "Member": .object(
            person + [.init("roles", .array(.snowflake, 0...1_000), "Without @everyone")]
        ),
        "Message": .object([
            .init("id", .snowflake, "Its id"),
            .init("channel", .snowflake, "Where it is"),
            .init("author", .nullable(.snowflake), "Who wrote it"),
            .init("bot", .nullable(.boolean), "Whether a bot did"),
            .init("at", Schema.time, "When it was written"),
            .init("edited", .nullable(Schema.time), "When it was edited last"),
            .init("content", .string(0...10_000), "As it is now"),
            .init("replyTo", .nullable(.snowflake), "The message that it answers"),
            .init("attachments", .nullable(Schema.count), "How many; null where that is not stored"),
        ]),
        "PresencePoint": .object([
            .init("at", Schema.time, "The bucket's start"),
            .init("online", .nullable(Schema.count), "Most members online at once; null: not known"),
            .init("members", .nullable(Schema.count), "Members at its end; null: not known"),
        ]),
        "ActivityPoint": .object([
            .init("at", Schema.time, "The bucket's start"),
            .init("messages", Schema.count, "Written where you may read back"),
            .init("joins", Schema.count, "Who joined the guild"),
            .init("leaves", Schema.count, "Who left it"),
            .init("voiceSeconds", Schema.count, "Of all people together, in voice channels that you may see"),
        ]),
        "Event": .object([
            .init("id", .form(.eventID), "Its place in the order"),
            .init("event", .string(1...64), "Its kind"),
            .init("guild", .string(1...20), "The guild's id"),
            .init("ts", Schema.time, "When it was made"),
            .init("payload", .anyObject, "What happened; it depends on the kind"),
        ]),
    ]

    private static let guild: [Schema.Property] = [
        .init("id", .snowflake, "Its id"),
        .init("name", .string(0...200), "Its name"),
        .init("icon", .nullable(.string(1...2_048)), "Address of its picture"),
        .init("members", Schema.count, "How many members it has"),
        .init("online", Schema.count, "How many of them are online"),
        .init("isOwner", .boolean, "Whether it is yours; false for a key"),
        .init("canManage", .boolean, "Whether you may change its settings here; false for a key"),
    ]

    private static let person: [Schema.Property] = [
        .init("id", .snowflake, "The user's id"),
        .init("name", .string(0...200), "As the guild knows them"),
        .init("avatar", .string(0...2_048), "Address of their picture"),
        .init("bot", .boolean, "Whether it is a bot"),
    ]

    /// A page of a list: `{"<name>":[…],"next":…}`.
    static func page(_ name: StaticString, _ element: String, _ about: String, _ more: [Schema.Property] = [])
        -> Schema
    {
        .object(
            [
                .init(name, .array(.named(element), 0...100), about),
                .init("next", .nullable(Schema.cursor), "The cursor of the next page; null: there is none"),
            ] + more
        )
    }
}
