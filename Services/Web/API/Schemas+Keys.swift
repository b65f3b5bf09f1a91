/// Keys, what they may ask and what they did.
extension Schemas {
    static let keys: [String: Schema] = [
        "Key": key,
        "Keys": .object([.init("keys", .array(.named("Key"), 0...KeyStore.listMax), "Newest first")]),
        "NewKey": newKey, "MadeKey": madeKey, "Rotation": rotation, "KeyUsage": usage, "KeyTier": tier,
        "KeyTierName": .object([.init("tier", tierName, "One that there is")]),
        "KeyFigures": .object([
            .init("perMinute", .integer(1...1_000_000), "Requests in a minute"),
            .init("perDay", .integer(1...1_000_000_000), "Requests in a day of UTC's"),
        ]),
        "KeyTiers": .object([.init("tiers", .array(.named("KeyTier"), 0...100), "The least first")]),
    ]

    static let tierName = Schema.string(1...32)
    private static let name = Schema.string(1...64)
    private static let scopes = Schema.array(
        .choice(Scope.allCases.map(\.rawValue)),
        0...Scope.allCases.count
    )
    private static let channels = Schema.array(.snowflake, 0...KeyGrant.channelsMax)
    private static let events = Schema.array(.form(.kind), 0...KeyGrant.eventsMax)
    private static let kind = Schema.choice(KeyGrant.Kind.allCases.map(\.rawValue))

    private static let key = Schema.object([
        .init("id", .id, "Of the key, which is no secret"),
        .init("kind", kind, "overlay: for streams in an address; api: for programs"),
        .init("name", name, "For people"),
        .init("maker", .snowflake, "Whose sight it has"),
        .init("scopes", scopes, "What it may do"),
        .init("channels", channels, "Empty: all that the maker may see"),
        .init("events", events, "Kinds like voice.joined or voice.*; empty: all"),
        .init("tier", tierName, "Whose figures are its limits"),
        .init("created", .time, "When it was made"),
        .init("expires", .time, "When it ends by itself"),
        .init("lastUsed", .nullable(.time), "To some seconds; null: never"),
        .init(
            "revoked",
            .nullable(.time),
            "From then on it counts no more; in the future while it is rotated"
        ),
    ])

    private static let newKey = Schema.object([
        .init("kind", kind, "overlay: for streams in an address; api: for programs"),
        .init("name", name, "For people"),
        .optional(
            "scopes",
            scopes,
            "What it may do; stream where it is left out, and never more for an overlay"
        ),
        .optional("channels", channels, "These alone, which you must see; empty: all that you may see"),
        .optional("events", events, "These kinds alone, like voice.joined or voice.*; empty: all"),
        .optional("expires", .time, "In two years at the latest; in one where it is left out"),
    ])

    private static let madeKey = Schema.object([
        .init("key", .named("Key"), "What is stored of it"),
        .init("token", .string(1...4_096), "The key itself, this once: nobody can tell it again"),
    ])

    private static let rotation = Schema.object([
        .init("graceSeconds", .integer(0...604_800), "The old key goes on for so long")
    ])

    private static let tier = Schema.object([
        .init("name", tierName, "free, pro or enterprise"),
        .init("perMinute", .count, "Requests in a minute"),
        .init("perDay", .count, "Requests in a day of UTC's"),
    ])

    private static let used = Schema.object([
        .init("used", .count, "Requests, to some seconds"),
        .init("limit", .count, "Requests that are answered"),
    ])

    private static let usage = Schema.object([
        .init("minute", used, "The present minute"),
        .init("day", used, "The present day of UTC's"),
        .init(
            "days",
            .array(
                .object([
                    .init("day", .string(10...10), "As 2026-11-22, UTC's"),
                    .init("requests", .count, "In that day"),
                ]),
                0...32
            ),
            "Days with requests, newest first"
        ),
    ])
}
