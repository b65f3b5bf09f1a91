/// How the instance is, its first run, and the bot in a guild.
extension Schemas {
    static let system: [String: Schema] = [
        "System": .object([
            .init("now", Schema.time, "This replica's clock"),
            .init("version", .nullable(.string(1...100)), "This replica's"),
            .init("detailed", .boolean, "Whether you see all of it: ids, reasons, problems"),
            .init(
                "services",
                .array(.named("SystemService"), 0...1_000),
                "Those that there are, or should be"
            ),
            .init(
                "shards",
                .array(.named("SystemShard"), 0...10_000),
                "Of the gateways that answer, by name"
            ),
            .init("hops", .array(.named("SystemHop"), 3...3), "gateway, log, delivery"),
            .init(
                "problems",
                .array(.named("SystemProblem"), 0...50),
                "Bad ones first; none without details"
            ),
        ]),
        "SystemService": .object([
            .init("name", .choice(["gateway", "web", "analytics", "redis", "postgres"]), "What it is"),
            .init("id", .string(1...200), "Which of them; a number without details"),
            .init("state", .choice(SystemPicture.State.allCases.map(\.rawValue)), "unknown: nobody can say"),
            .init("version", .nullable(.string(0...100)), "Its version"),
            .init("since", .nullable(Schema.time), "When it began"),
            .init("seen", .nullable(Schema.time), "When it was heard of last"),
            .init("detail", .nullable(.string(0...1_000)), "How it is, in words"),
            .init("advice", .nullable(.string(0...1_000)), "What to do"),
        ]),
        "SystemShard": .object([
            .init("shard", .string(3...11), "index/count"),
            .init("state", .choice(["up", "connecting", "down"]), "Its connection to Discord"),
            .init(
                "latency",
                .nullable(Schema.count),
                "Its last heartbeat's way to Discord and back, in milliseconds"
            ),
            .init("guilds", .nullable(Schema.count), "That it has"),
            .init("publisher", .boolean, "Whether a replica puts its events on the bus"),
            .init("lag", .named("SystemLag"), "What the gateway made and no bus has confirmed"),
            .init(
                "stored",
                .nullable(.named("SystemLag")),
                "How far PostgreSQL is behind the log; null: nobody can say"
            ),
            .init("detail", .nullable(.string(0...300)), "Why it is not up"),
        ]),
        "SystemLag": .object([
            .init("events", .nullable(Schema.count), "Dispatches; null: not known"),
            .init("milliseconds", .nullable(Schema.count), "How old the oldest of them is; null: not known"),
        ]),
        "SystemHop": .object([
            .init(
                "name",
                .choice(["gateway", "log", "delivery"]),
                "gateway: heartbeats of the shards to Discord and back, the last of each; log: from the gateway hearing of an "
                    + "event to this replica reading it off the log; delivery: from there to the viewers' sockets. The last two in "
                    + "the last minute"
            ),
            .init("p50", .nullable(.number), "Milliseconds; null: nothing was measured"),
            .init("p95", .nullable(.number), "Milliseconds"),
            .init("p99", .nullable(.number), "Milliseconds"),
            .init("count", Schema.count, "Measurements"),
        ]),
        "SystemProblem": .object([
            .init("what", .string(1...1_000), "What is wrong"),
            .init("advice", .string(1...1_000), "What to do"),
            .init("severity", .choice(SystemProblem.Severity.allCases.map(\.rawValue)), "How bad"),
        ]),
        "Setup": .object([
            .init("application", .nullable(.named("NamedID")), "The bot's; null until the gateway knows it"),
            .init("invite", .nullable(.string(1...2_048)), "Where the bot is let into a guild"),
            .init("steps", .array(.named("SetupStep"), 9...9), "In their order"),
        ]),
        "SetupStep": .object([
            .init("id", .choice(SetupStep.Name.allCases.map(\.rawValue)), "Which"),
            .init(
                "state",
                .choice(SetupStep.State.allCases.map(\.rawValue)),
                "unknown: an earlier one must be done first"
            ),
            .init("title", .string(1...100), "What it is"),
            .init("detail", .nullable(.string(1...1_000)), "How it stands"),
            .init("advice", .nullable(.string(1...1_000)), "What to do"),
        ]),
        "NamedID": .object([
            .init("id", .snowflake, "Its id"),
            .init("name", .string(0...100), "Its name; empty while not known"),
        ]),
        "BotInGuild": .object([
            .init("user", .nullable(.named("NamedID")), "The bot; null while no gateway says who it is"),
            .init("administrator", .boolean, "Whether it may do everything"),
            .init("missing", .array(.named("BotNeed"), 0...50), "What it lacks in the guild as a whole"),
            .init("channels", .array(.named("BotChannel"), 0...100_000), "Channels that lack something"),
        ]),
        "BotNeed": .object([
            .init("permission", .string(1...100), "Discord's name"),
            .init("for", .string(1...200), "What needs it"),
        ]),
        "BotChannel": .object([
            .init("id", .snowflake, "Its id"),
            .init("name", .string(0...200), "Its name"),
            .init("type", .integer(0...1_000), "Discord's number"),
            .init(
                "missing",
                .array(.string(1...100), 1...50),
                "Discord's names; VIEW_CHANNEL alone where it cannot be seen"
            ),
        ]),
    ]
}
