/// Who one is, and one's own sessions.
extension Schemas {
    static let login: [String: Schema] = ["Me": me, "Session": session, "Sessions": sessions]

    private static let me = Schema.object([
        .init("access", .choice(["login", "open"]), "open: anyone sees what everyone sees"),
        .init("canLogIn", .boolean, "Whether login is set up"),
        .init(
            "user",
            .nullable(
                .object([
                    .init("id", .snowflake, "Discord's id"),
                    .init(
                        "name",
                        .nullable(.string(1...100)),
                        "As Discord shows it; null where it is not known"
                    ),
                    .init("avatar", .nullable(.string(1...2_000)), "The picture's address"),
                ])
            ),
            "Null where nobody has logged in"
        ),
        .init(
            "session",
            .nullable(
                .object([
                    .init("id", .id, "Of this session"),
                    .init("began", .time, "When they logged in"),
                    .init(
                        "expires",
                        .time,
                        "When this cookie ends; it is given anew until 30 days after began"
                    ),
                ])
            ),
            "Null where nobody has logged in"
        ),
        .init("isInstanceOwner", .boolean, "Whether they may change tiers"),
    ])

    private static let session = Schema.object([
        .init("id", .id, "The session's"),
        .init("began", .time, "When they logged in"),
        .init("seen", .time, "When a page of theirs was opened last, to a minute"),
        .init("expires", .time, "When it ends unless it is used"),
        .init("agent", .string(0...200), "The browser as it names itself"),
        .init("isCurrent", .boolean, "Whether it is this one"),
    ])

    private static let sessions = Schema.object([
        .init("sessions", .array(.named("Session"), 0...50), "Seen last comes first")
    ])
}
