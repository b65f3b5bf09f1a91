import Base
import EventLoop
import EventModels
import HTTPServer
import JSON
import PostgresClient
import TestSupport
import Testing
import Web

/// Series and messages out of a real PostgreSQL.
@Suite struct HistoryDataTests {
    /// 2026-03-28T22:30Z, the evening before Berlin's clocks go forward.
    private static let start: Int64 = 1_774_737_000_000
    private static let hour: Int64 = 3_600_000

    private func withHistory(_ body: (Replica, PostgresClient) async throws -> Void) async throws {
        let server = try await PostgresServer()
        try await withEventLoop { loop in
            var config = try PostgresConfig(url: Secret(server.url))
            config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
            let database = PostgresClient(config, on: loop)
            await database.start()
            await database.whenConnected()
            _ = try await Migrator(try Migration.read(folder: "Services/Analytics/Migrations")).run(
                on: database
            )
            let replica = try await Replica(access: .login, teller: Town.told(), database: database)
            let state = String(decoding: Town.state().encoded(), as: UTF8.self)
            try await replica.publish([Guild.event(1, .guildSynced, state)])
            await replica.follow()
            try await body(replica, database)
            await database.close()
        }
    }

    private func points(_ answer: Answered, _ name: String) -> [Int64: Int64] {
        var points: [Int64: Int64] = [:]
        for point in answer.json?["points"]?.array.map({ Array($0) }) ?? [] {
            if let at = point["at"]?.int64, let value = point[name]?.int64 { points[at] = value }
        }
        return points
    }

    private func message(
        _ database: PostgresClient,
        _ number: Int64,
        _ kind: String,
        channel: Int64,
        id: Int64,
        at: Int64 = Self.start,
        content: String?
    ) async throws {
        try await database.query(
            """
            INSERT INTO message_events (shard, epoch, number, at, guild_id, kind, channel_id, message_id, user_id, bot,
                content, reply_to, attachments) VALUES ('0/1', 5, $1, $2, 1, $3, $4, $5, 3, false, $6, $7, $8)
            """,
            [
                .int(number), .timestamp(milliseconds: at), .text(kind), .int(channel), .int(id),
                content.map { .text($0) } ?? .null, kind == "created" ? .int(7) : .null,
                kind == "created" ? .int(2) : .null,
            ]
        )
    }

    @Test func `messages are told as they are now, to who may read them back`() async throws {
        try await withHistory { replica, database in
            let path = "/api/guilds/1/messages"
            let empty = try await replica.call("messages", path, as: Town.session(of: 3))
            #expect(empty.text == #"{"messages":[],"next":null,"stored":false}"#)
            try await message(database, 1, "created", channel: 20, id: 101, content: nil)
            #expect(try await replica.call("messages", path, as: Town.session(of: 3)).text == empty.text)
            try await message(database, 2, "created", channel: 20, id: 102, content: "first")
            try await message(
                database,
                3,
                "updated",
                channel: 20,
                id: 102,
                at: Self.start + 5,
                content: "second"
            )
            try await message(
                database,
                4,
                "updated",
                channel: 20,
                id: 102,
                at: Self.start + 9,
                content: "third"
            )
            try await message(database, 5, "created", channel: 20, id: 103, content: "gone")
            try await message(database, 6, "deleted", channel: 20, id: 103, content: nil)
            for (number, channel) in [(7, 30), (8, 22), (9, 40), (10, 999)] as [(Int64, Int64)] {
                try await message(
                    database,
                    number,
                    "created",
                    channel: channel,
                    id: 97 + number,
                    content: "x"
                )
            }
            let mine = try await replica.call("messages", path, as: Town.session(of: 3))
            #expect(mine.ids("messages") == ["106", "102"], "40 and 20, newest first")
            #expect(
                mine.text.contains(
                    #""author":"3","bot":false,"at":1420070400000,"edited":1774737000009,"content":"third","replyTo":"7","attachments":2"#
                )
            )
            #expect(mine.json?["stored"]?.bool == true)
            let owner = try await replica.call("messages", path, as: Town.session(of: 2))
            #expect(owner.ids("messages") == ["106", "105", "104", "102"])
            #expect(
                try await replica.call("messages", path, as: Town.session(of: 6)).ids("messages") == ["102"]
            )
            let key = Town.key(of: 2, channels: [Snowflake(30)])
            #expect(try await replica.call("messages", path, as: key).ids("messages") == ["104"])
            try await checkChannels(replica, path)
            try await checkPages(replica, path)
        }
    }

    @Test func `what was deleted or edited where nothing new is stored is read back no more`() async throws {
        try await withHistory { replica, database in
            let path = "/api/guilds/1/messages"
            for (number, kind, id, content) in [
                (1, "created", 101, "a"), (2, "created", 102, "b"), (3, "created", 103, "c"),
                (4, "created", 104, "d"),
                (5, "updated", 101, nil), (6, "deleted", 102, nil), (7, "updated", 103, nil),
                (8, "updated", 103, "e"),
            ] as [(Int64, String, Int64, String?)] {
                try await message(database, number, kind, channel: 20, id: id, content: content)
            }
            let answer = try await replica.call("messages", path, as: Town.session(of: 3))
            #expect(answer.ids("messages") == ["104", "103"])
            #expect(answer.text.contains(#""content":"e""#), "stored again since")
        }
    }

    private func checkChannels(_ replica: Replica, _ path: String) async throws {
        let table: [(user: UInt64, channel: String, status: Int)] = [
            (2, "30", 200), (3, "30", 404), (3, "999", 404), (3, "22", 403), (3, "40", 200), (6, "40", 404),
            (3, "20", 200), (99, "20", 404),
        ]
        for (user, channel, status) in table {
            let answer = try await replica.call(
                "messages",
                "\(path)?channel=\(channel)",
                as: Town.session(of: user)
            )
            #expect(answer.status == status, "\(user) in \(channel)")
        }
    }

    private func checkPages(_ replica: Replica, _ path: String) async throws {
        let first = try await replica.call("messages", "\(path)?limit=3", as: Town.session(of: 2))
        let cursor = try #require(first.json?["next"]?.string)
        #expect(first.ids("messages") == ["106", "105", "104"] && cursor == "c104")
        let second = try await replica.call("messages", "\(path)?cursor=\(cursor)", as: Town.session(of: 2))
        #expect(second.ids("messages") == ["102"] && second.json?["next"]?.isNull == true)
        // Made up by somebody who may not see 30: another part of what they may see.
        let forged = try await replica.call("messages", "\(path)?cursor=c105", as: Town.session(of: 6))
        #expect(forged.ids("messages") == ["102"])
        let later = try await replica.call("messages", "\(path)?from=1420070400001", as: Town.session(of: 2))
        #expect(later.ids("messages") == [])
        let before = try await replica.call("messages", "\(path)?to=1420070400001", as: Town.session(of: 2))
        #expect(before.ids("messages").count == 4)
    }

    @Test func `counts of what is hidden are no part of anybody's series`() async throws {
        try await withHistory { replica, database in
            for (number, channel) in [(1, 20), (2, 20), (3, 30), (4, 22), (5, 40), (6, 999)]
                as [(Int64, Int64)]
            {
                try await message(
                    database,
                    number,
                    "created",
                    channel: channel,
                    id: 100 + number,
                    at: Self.start + number,
                    content: nil
                )
            }
            // 8 is in 21 for 90 minutes, goes to 31 for 30, and leaves; 9 was in 31 before, and stays. 10 comes to 31 ten minutes
            // before the end and leaves behind it. That 11 left 21 was never stored, and 11 is not there now: that counts nothing.
            for (number, user, kind, channel, at) in [
                (7, 8, "joined", 21, Self.start), (8, 8, "moved", 31, Self.start + 90 * 60_000),
                (9, 8, "left", 31, Self.start + 2 * Self.hour),
                (6, 9, "joined", 31, Self.start - 2 * Self.hour),
                (10, 10, "joined", 31, Self.start + 3 * Self.hour - 600_000),
                (11, 10, "left", 31, Self.start + 4 * Self.hour),
                (12, 11, "joined", 21, Self.start - Self.hour),
            ] as [(Int64, Int64, String, Int64, Int64)] {
                try await database.query(
                    """
                    INSERT INTO voice_events VALUES ('0/1', 5, $1, $2, 1, $3, $4, false, $5, NULL,
                        false, false, false, false, false, false, false, false)
                    """,
                    [.int(number), .timestamp(milliseconds: at), .text(kind), .int(user), .int(channel)]
                )
            }
            for (number, kind) in [(10, "joined"), (11, "joined"), (12, "left"), (13, "updated")]
                as [(Int64, String)]
            {
                try await database.query(
                    "INSERT INTO member_events VALUES ('0/1', 5, $1, $2, 1, $3, 7, false, NULL, $4, NULL)",
                    [.int(number), .timestamp(milliseconds: Self.start + number), .text(kind), .int(number)]
                )
            }
            let (from, to) = (Self.start, Self.start + 3 * Self.hour)
            let path = "/api/guilds/1/activity?from=\(from)&to=\(to)"
            let table: [(caller: Caller, messages: Int64, voice: [Int64])] = [
                (Town.session(of: 2), 6, [3600, 7200, 5400, 2400]),
                (Town.session(of: 3), 3, [1800, 3600, 0, 0]),
                (Town.session(of: 6), 2, [1800, 3600, 0, 0]),
                (Town.key(of: 2, channels: [Snowflake(30)]), 1, [0, 0, 0, 0]),
            ]
            let first = Self.start - Self.hour / 2
            let hours = (0...3).map { first + $0 * Self.hour }
            for (caller, messages, voice) in table {
                let answer = try await replica.call("activity", path, as: caller)
                #expect(points(answer, "messages").values.reduce(0, +) == messages)
                #expect(points(answer, "joins")[first] == 2 && points(answer, "leaves")[first] == 1)
                #expect(hours.map { points(answer, "voiceSeconds")[$0] } == voice)
            }
            #expect(try await replica.call("activity", path, as: Town.session(of: 99)).status == 404)
        }
    }

    @Test func `days begin where the zone says, also where the clocks change`() async throws {
        try await withHistory { replica, database in
            for (number, at, online) in [
                (1, Self.start - 90_000_000, 9), (2, Self.start, 5), (3, Self.start + Self.hour, 7),
                (4, Self.start + Self.hour + 1, 3), (5, Self.start + 40 * Self.hour, 4),
            ] as [(Int64, Int64, Int64)] {
                try await database.query(
                    "INSERT INTO presence_events VALUES ('0/1', 5, $1, $2, 1, 7, false, 'online', '', NULL, NULL, $3)",
                    [.int(number), .timestamp(milliseconds: at), .int(online)]
                )
            }
            let path =
                "/api/guilds/1/presence?from=\(Self.start)&to=\(Self.start + 48 * Self.hour)&bucket=day"
            let berlin = try await replica.call(
                "presence",
                "\(path)&zone=Europe/Berlin",
                as: Town.session(of: 3)
            )
            // 23:00Z, then 22:00Z: the 29th of March has 23 hours there.
            let days = [-23, 1, 24, 48].map { Self.start + $0 * Self.hour - Self.hour / 2 }
            let online = points(berlin, "online")
            #expect(online.keys.sorted() == days && days.map { online[$0] } == [9, 7, 4, 4])
            #expect(points(berlin, "members").isEmpty, "nobody has told")
            let utc = points(try await replica.call("presence", path, as: Town.session(of: 3)), "online")
            #expect(utc.keys.sorted() == [-22, 2, 26].map { Self.start + $0 * Self.hour - Self.hour / 2 })
        }
    }

    @Test func `a zone is a name and never a part of the statement`() async throws {
        try await withHistory { replica, database in
            for zone in [
                "Nowhere/Land", "FOO%2B3", "Foo/Bar5", "utc%27;DROP%20TABLE%20x;--", "%27", "Europe/berlin",
                "UTC%00",
            ] {
                let answer = try await replica.call(
                    "activity",
                    "/api/guilds/1/activity?zone=\(zone)",
                    as: Town.session(of: 3)
                )
                #expect(answer.status == 400 && answer.text.contains("IANA"), "\(zone)")
            }
            for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Etc/GMT%2B5"] {
                let answer = try await replica.call(
                    "activity",
                    "/api/guilds/1/activity?zone=\(zone)",
                    as: Town.session(of: 3)
                )
                #expect(answer.status == 200, "\(zone)")
            }
            #expect(try await database.query("SHOW TimeZone").first?.string("TimeZone") != "Etc/GMT+5")
        }
    }

    @Test func `a range is bounded, and what takes too long is given up`() async throws {
        try await withHistory { replica, database in
            let day = 24 * Self.hour
            let table: [(query: String, status: Int)] = [
                ("from=\(Self.start)&to=\(Self.start + 92 * day)", 200),
                ("from=\(Self.start)&to=\(Self.start + 92 * day + 1)", 400),
                ("from=\(Self.start)&to=\(Self.start + 93 * day)&bucket=day", 200),
                ("from=0&to=\(1_100 * day)&bucket=day", 200),
                ("from=0&to=\(1_100 * day + 1)&bucket=day", 400),
                ("from=\(Self.start)&to=\(Self.start)", 400), ("from=2&to=1", 400), ("from=-1", 400),
                ("from=253402300799999", 400), ("bucket=week", 400), ("bucket=day", 200), ("", 200),
            ]
            // Ranges that end later than now end now: the table's must not.
            #expect(replica.api.now > Self.start + 93 * day)
            for (query, status) in table {
                for name in ["presence", "activity"] {
                    let answer = try await replica.call(
                        name,
                        "/api/guilds/1/\(name)?\(query)",
                        as: Town.session(of: 3)
                    )
                    #expect(answer.status == status, "\(name) \(query)")
                }
            }
            // Each of two statements would have time enough for itself, and they have not for both.
            try await database.query("ALTER TABLE presence_events RENAME TO hidden_events")
            let missing = try await replica.call(
                "presence",
                "/api/guilds/1/presence",
                as: Town.session(of: 3)
            )
            #expect(missing.status == 503 && missing.text.contains("start analytics"))
            try await database.query(
                "CREATE VIEW presence_events AS SELECT hidden_events.* FROM hidden_events, pg_sleep(3)"
            )
            for (number, days) in [(1, 0), (2, 30)] as [(Int64, Int64)] {
                try await database.query(
                    """
                    INSERT INTO hidden_events VALUES ('0/1', 5, $1, now() - make_interval(days => $2::int, mins => 1), 1, 7,
                        false, 'online', '', NULL, NULL, 1)
                    """,
                    [.int(number), .int(days)]
                )
            }
            let slow = try await replica.call("presence", "/api/guilds/1/presence", as: Town.session(of: 3))
            #expect(slow.status == 503 && slow.text.contains("shorter range"))
            #expect(
                try await database.query("SHOW statement_timeout").first?.string("statement_timeout") == "0"
            )
        }
    }

    @Test func `without a database it is said that there is none`() async throws {
        let replica = try await Town.replica(Town.told())
        for name in ["messages", "presence", "activity"] {
            let answer = try await replica.call(name, "/api/guilds/1/\(name)", as: Town.session(of: 3))
            #expect(answer.status == 503 && answer.text.contains("DATABASE_URL"))
            let stranger = try await replica.call(name, "/api/guilds/1/\(name)", as: Town.session(of: 99))
            #expect(stranger.status == 404)
        }
    }
}
