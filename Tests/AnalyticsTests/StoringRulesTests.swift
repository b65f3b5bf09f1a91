import Analytics
import Base
import EventModels
import Lifecycle
import PostgresClient
import Telemetry
import TestSupport
import Testing

/// What guilds' managers have set, kept to where rows are made and removed.
@Suite struct StoringRulesTests {
    private static let guild = Snowflake(197_038_439_483_310_086)

    private static func settings(
        channels: [UInt64] = [],
        history: Bool = true,
        days: Int? = nil
    ) -> GuildSettings {
        GuildSettings(
            trackedChannels: channels.map { Snowflake($0) },
            history: history,
            retentionDays: days,
            badWords: [],
            timeZone: "UTC",
            milestones: []
        )
    }

    private static func told(_ number: UInt64, _ version: Int64, _ settings: GuildSettings) -> StreamEvent {
        let payload = NumberedSettings(version: version, settings: settings).payload(by: Snowflake(7))
        return event(number, .settingsUpdated, String(decoding: payload, as: UTF8.self))
    }

    private static func voice(_ number: UInt64, from: String, to: String) -> StreamEvent {
        event(number, .voiceMoved, "{\(user),\"channelId\":\"\(to)\",\"fromChannelId\":\"\(from)\"}")
    }

    @Test func `a change counts from its place in the log on`() throws {
        let rows = try #require(
            batch(
                [
                    message(1), Self.told(2, 1, Self.settings(history: false)), message(3),
                    event(4, .memberLeft, "{\(user),\"members\":3}"), Self.told(5, 2, Self.settings()),
                    // Came late: what is newer stays.
                    Self.told(6, 1, Self.settings(history: false)), message(7),
                ],
                after: nil
            )
        )
        #expect(rows.events.map(\.id) == [id(1), id(7)])
        #expect(rows.skipped == 5)
    }

    @Test func `of tracked channels messages and voice are stored, of the guild everything else`() throws {
        let rows = try #require(
            batch(
                [
                    Self.told(1, 1, Self.settings(channels: [5])), message(2),
                    event(3, .messageDeleted, #"{"messageId":"7","channelId":"5"}"#),
                    Self.voice(4, from: "6", to: "5"), Self.voice(5, from: "5", to: "6"),
                    Self.voice(6, from: "6", to: "8"), event(7, .memberLeft, "{\(user),\"members\":3}"),
                ],
                after: nil
            )
        )
        #expect(rows.events.map(\.id) == [id(3), id(4), id(5), id(7)])
        let others = Batch(of: .only, after: rows.position, storesContent: false, rules: rows.rules)
        #expect(others.rules == rows.rules)
    }

    private static func edit(_ number: UInt64, of message: UInt64) -> StreamEvent {
        event(
            number,
            .messageUpdated,
            "{\"messageId\":\"\(message)\",\(channel),\(user),\"content\":\"new\"}"
        )
    }

    @Test func `what is stored already does not outlive its deletion or edit, whatever the rules`()
        async throws
    {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            let store = EventStore(database, storesContent: true)
            let claim = try #require(try await store.claim(.only))
            let elsewhere = Self.settings(channels: [5])
            let rows = try #require(
                batch(
                    [
                        message(1), Self.edit(2, of: 1), Self.told(3, 1, Self.settings(history: false)),
                        Self.edit(4, of: 1), event(5, .messageDeleted, "{\"messageId\":\"1\",\(channel)}"),
                        message(6), Self.told(7, 2, elsewhere), Self.edit(8, of: 1),
                        event(9, .messageDeleted, "{\"messageId\":\"1\",\(channel)}"), message(10),
                    ],
                    after: nil,
                    storesContent: true
                )
            )
            #expect(try await store.store(rows, claim: claim) == 0)
            let stored = try await database.query(
                "SELECT concat_ws(' ', number, kind, coalesce(content, '-')) AS row FROM message_events ORDER BY number"
            )
            #expect(
                stored.all.map { $0.string("row") ?? "" } == [
                    "1 created Grüße", "2 updated new", "4 updated -", "5 deleted -", "8 updated -",
                    "9 deleted -",
                ]
            )
        }
    }

    @Test func `a reader begins with what the table says`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            let text = Self.settings(history: false).encoded()
            try await database.query(
                "INSERT INTO guild_settings (guild_id, version, settings, updated_by) VALUES ($1, 9, $2, 7), (2, 1, '{}', 7)",
                [.int(Int64(Self.guild.rawValue)), .json(text)]
            )
            let rules = try await EventStore(database, storesContent: false).rules()
            #expect(rules.share(of: message(1), .message) == .nothing)
            var expected = StoringRules()
            expected.take(
                NumberedSettings(version: 9, settings: Self.settings(history: false)),
                of: Self.guild
            )
            #expect(rules == expected, "what cannot be read counts for nothing")
        }
    }

    @Test func `rows go when the guild's days are over, and others' stay`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            func insert(_ number: Int, guild: Int64, days: Int) async throws {
                try await database.query(
                    """
                    INSERT INTO role_events (shard, epoch, number, at, guild_id, kind, user_id, bot, role_id, role_name)
                    VALUES ('0/1', 1, $1, now() - make_interval(days => $2::int), $3, 'granted', 1, false, 1, 'r')
                    """,
                    [.int(Int64(number)), .int(Int64(days)), .int(guild)]
                )
            }
            for (guild, days) in [(Int64(1), "10"), (3, "300"), (4, "null")] {
                let text = Self.settings(days: Int(days)).encoded()
                try await database.query(
                    "INSERT INTO guild_settings (guild_id, version, settings, updated_by) VALUES ($1, 1, $2, 7)",
                    [.int(guild), .json(text)]
                )
            }
            for (number, row) in [(1, 9), (1, 11), (2, 11), (2, 29), (3, 29), (3, 31), (4, 29), (4, 31)]
                .enumerated()
            {
                try await insert(number, guild: Int64(row.0), days: row.1)
            }
            try await Retention(database, days: 30, readiness: Readiness(), log: .silent).removeOld()
            let left = try await database.query("SELECT number FROM role_events ORDER BY number")
            #expect(left.all.map { $0.int64("number") } == [0, 2, 3, 4, 6])
        }
    }
}
