import Analytics
import EventModels
import Lifecycle
import PostgresClient
import Telemetry
import TestSupport
import Testing

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
        }
    }
}
