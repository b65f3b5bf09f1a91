import Analytics
import EventModels
import Lifecycle
import PostgresClient
import Telemetry
import TestSupport
import Testing

private struct Undone: Error {}

/// Against a real PostgreSQL.
@Suite struct EventStoreTests {
    @Test func `rows and position move together or not at all`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            let store = EventStore(database, storesContent: false)
            let claim = try #require(try await store.claim(.only))
            #expect(claim.position == nil)
            let first = try #require(batch([message(1), message(2)], after: nil))
            #expect(try await store.store(first, claim: claim) == 0)
            #expect(try await count(database, "message_events") == 2)

            // Stored again, as after a commit whose answer was lost: the position has moved, so nothing is written.
            await #expect(throws: PositionMoved()) { try await store.store(first, claim: claim) }
            #expect(try await count(database, "message_events") == 2)

            // Somebody else moves the position: the rows of this batch must not appear.
            try await database.query("UPDATE shard_positions SET number = 99")
            let second = try #require(batch([message(3), message(4)], after: id(2)))
            await #expect(throws: PositionMoved()) { try await store.store(second, claim: claim) }
            #expect(try await count(database, "message_events") == 2)
            #expect(try await count(database, "shard_positions", where: "number = 99") == 1)

            // The update itself fails: again no rows, and the position stays.
            try await database.query("UPDATE shard_positions SET number = 2")
            try await database.query(
                "ALTER TABLE shard_positions ADD CONSTRAINT refused CHECK (number < 3) NOT VALID"
            )
            await #expect(throws: PostgresError.self) { try await store.store(second, claim: claim) }
            #expect(try await count(database, "message_events") == 2)
            try await database.query("ALTER TABLE shard_positions DROP CONSTRAINT refused")
            #expect(try await store.store(second, claim: claim) == 0)
            #expect(try await count(database, "message_events") == 4)
            #expect(
                try await count(database, "message_events", where: "content_length = 5 AND content IS NULL")
                    == 4
            )
        }
    }

    @Test func `an event that PostgreSQL refuses does not hold up the others`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            let store = EventStore(database, storesContent: false)
            let claim = try #require(try await store.claim(.only))
            let poison = event(2, .memberTimeout, "{\(user),\"timeoutUntil\":\"not a time\"}")
            let roles = event(4, .roleGranted, "{\(user)}")
            let events = [
                message(1), poison, message(3), roles, event(5, .memberLeft, "{\(user),\"members\":3}"),
            ]
            let mixed = try #require(batch(events, after: nil))
            #expect(try await store.store(mixed, claim: claim) == 2)
            #expect(try await count(database, "message_events") == 2)
            #expect(try await count(database, "member_events") == 1)
            let letters = try await database.query(
                "SELECT number, event, reason FROM dead_letters ORDER BY number"
            )
            #expect(letters.all.map { $0.string("event") } == ["member.timeout", "role.granted"])
            #expect(letters[0].string("reason")?.contains("not a time") == true)
            #expect(letters[1].string("reason") == "roleId is missing")
            #expect(try await count(database, "shard_positions", where: "number = 5") == 1)

            // Rows that stand there already, as when someone set the position back, are no dead letters.
            try await database.query("UPDATE shard_positions SET epoch = 0, number = 0")
            let again = try #require(batch([message(1), message(6)], after: nil))
            #expect(try await store.store(again, claim: claim) == 0)
            #expect(try await count(database, "message_events") == 3)
        }
    }

    /// One event of each table and form: the columns' widths and types are the table's, or COPY is refused.
    private var oneOfEach: [StreamEvent] {
        let voice = "{\(user),\(channel),\"fromChannelId\":\"5\",\"selfMute\":true,\"video\":true}"
        return [
            message(1, "a\\tb\\\\n\\u0000ü\\ud83d\\ude00 Grüße"),
            event(2, .messageDeleted, "{\"messageId\":\"7\",\(channel)}"),
            event(
                3,
                .messageUpdated,
                "{\"messageId\":\"7\",\(channel),\"attachments\":2,\"replyTo\":\"9\",\"content\":\"\"}"
            ),
            event(4, .voiceMoved, voice), event(5, .voiceLeft, "{\(user),\(channel)}"),
            event(6, .memberLeft, "{\(user),\"members\":3,\"pending\":true}"),
            event(7, .memberTimeout, "{\(user),\"timeoutUntil\":\"2026-11-21T06:00:00.123456+00:00\"}"),
            event(8, .roleGranted, "{\(user),\"roleId\":\"11\",\"roleName\":\"M\\\"ods\"}"),
            event(
                9,
                .presenceUpdated,
                "{\(user),\"status\":\"dnd\",\"clients\":[\"web\",\"mobile\"],\"online\":-1}"
            ),
            event(
                10,
                .presenceUpdated,
                "{\(user),\"status\":\"dnd\",\"activity\":{\"type\":4,\"name\":\"Ö\"}}"
            ),
            event(11, .messageDeleted, "{\"messageId\":\"8\",\(channel)}"),
        ]
    }

    @Test func `copied and inserted, an event is the same row`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            let store = EventStore(database, storesContent: true)
            let claim = try #require(try await store.claim(.only))
            let all = try #require(batch(oneOfEach, after: nil, storesContent: true))
            #expect(all.apart.count == 1)
            // As the store would see to it row by row where COPY is refused: COPY alone first.
            await #expect(throws: Undone.self) {
                try await database.transaction { session in
                    for table in EventTable.allCases {
                        let rows = all.copy(of: table)
                        let copied = try await session.copy(
                            into: table.rawValue,
                            columns: table.columns,
                            rows
                        )
                        #expect(copied == rows.count)
                    }
                    throw Undone()
                }
            }
            #expect(try await store.store(all, claim: claim) == 0)
            for table in EventTable.allCases {
                try await database.query(
                    "CREATE TABLE copied_\(table.rawValue) AS SELECT * FROM \(table.rawValue)"
                )
                try await database.query("DELETE FROM \(table.rawValue) WHERE number < 11")
            }
            try await database.query("UPDATE shard_positions SET epoch = 0, number = 0")
            // The row that is there already makes COPY fail, so that all go one by one.
            #expect(try await store.store(all, claim: claim) == 0)
            var rows: Int64 = 0
            for table in EventTable.allCases {
                let name = table.rawValue
                let others = try await database.query(
                    """
                    SELECT count(*) AS n FROM \(name) NATURAL FULL JOIN
                    (SELECT epoch, number, c::text AS copied FROM copied_\(name) AS c) AS one
                    WHERE copied IS DISTINCT FROM \(name)::text
                    """
                )
                #expect(others.first?.int64("n") == 0, "\(name)")
                rows += try await count(database, name) ?? 0
            }
            #expect(rows == 11)
            #expect(
                try await count(
                    database,
                    "message_events",
                    where:
                        "content = E'a\\tb\\\\nü😀 Grüße' AND content_length = 14 AND at = '2024-11-21 00:00:00.151+00'"
                ) == 1
            )
        }
    }

    @Test func `one process at a time reads a shard, and the lock ends with the session`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { one, _ in
            try await withDatabase(server) { other, _ in
                let (store, standby) = (
                    EventStore(one, storesContent: false), EventStore(other, storesContent: false)
                )
                let claim = try #require(try await store.claim(.only))
                #expect(try await standby.claim(.only) == nil)
                let another = ShardName(index: 1, count: 2)
                #expect(try await standby.claim(try #require(another)) != nil)

                let killed = try await other.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_locks
                    WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
                    """
                )
                #expect(killed.count == 1)
                try await eventually("the lock") { try await standby.claim(.only) != nil }
                await one.whenConnected()
                let late = try #require(batch([message(1)], after: nil))
                // What the old reader still holds in hand is not stored by its new session.
                try await eventually("the new session") {
                    do {
                        _ = try await store.store(late, claim: claim)
                        return false
                    } catch is PositionMoved {
                        return true
                    } catch {
                        return false
                    }
                }
                #expect(try await count(other, "message_events") == 0)
            }
        }
    }

    @Test func `rows are removed when their days are over`() async throws {
        let server = try await PostgresServer()
        try await withDatabase(server) { database, _ in
            try await database.query(
                """
                INSERT INTO role_events (shard, epoch, number, at, guild_id, kind, user_id, bot, role_id, role_name)
                SELECT '0/1', 1, n, now() - make_interval(hours => n), 1, 'granted', 1, false, 1, ''
                FROM generate_series(1, 12000) AS n
                """
            )
            let retention = Retention(database, days: 10, readiness: Readiness(), log: .silent)
            try await retention.removeOld()
            #expect(try await count(database, "role_events") == 239)
            try await database.query(
                """
                INSERT INTO audit_log (at, action, detail, outcome, count)
                SELECT now() - make_interval(days => n) - interval '1 hour', 'makeKey', '{}', 'changed', 1
                FROM generate_series(1, 450) AS n
                """
            )
            try await retention.removeOld()
            #expect(try await count(database, "audit_log") == 399)
        }
    }
}
