/// Shapes of the audit log.
extension Schemas {
    static let audit: [String: Schema] = [
        "AuditPage": .object([
            .init("entries", .array(.named("AuditEntry"), 0...100), "The newest first"),
            .init("next", .nullable(.cursor), "Goes back as cursor; null at the end"),
        ]),
        "AuditEntry": .object([
            .init("id", .string(1...19), "Rises with time"),
            .init("at", .time, "When; of refusals that were counted together, the first"),
            .init("actor", .nullable(.snowflake), "Who, as Discord's id"),
            .init("key", .nullable(.id), "The key that was used"),
            .init("target", .nullable(.string(0...200)), "What it was done to"),
            .init("action", .string(1...100), "The operation's name"),
            .init("detail", .anyObject, "More about it, for people"),
            .init("outcome", .choice(["changed", "refused"]), "What became of it"),
            .init("count", .count, "How often within a minute"),
        ]),
    ]
}
