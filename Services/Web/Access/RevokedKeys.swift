import Base
package import PostgresClient

/// Reads from PostgreSQL which keys were revoked: Redis may forget. See specs/access.md, "Keys".
package final class RevokedKeys: Sendable {
    private struct Reading {
        /// Revoked up to then is known, in Unix milliseconds of PostgreSQL's clock.
        var upTo: Int64 = 0
        var hasBeenRead = false
        /// How often all was asked for.
        var round = 0
    }

    private let database: PostgresClient
    private let reading = Locked(Reading())

    /// A revocation has the time at which its change began, and is seen when that has ended: what is this much older than the last
    /// reading is read again. Milliseconds.
    static let overlap: Int64 = 60_000

    package init(_ database: PostgresClient) { self.database = database }

    package func start() async { await database.start() }
    package func stop() async { await database.close() }

    package var hasBeenRead: Bool { reading.withLock { $0.hasBeenRead } }

    /// The next reading is of all: Redis was away, and may have forgotten, or there was no room for some.
    package func readAllAnew() {
        reading.withLock { reading in
            reading.upTo = 0
            reading.round += 1
        }
    }

    /// Keys that were revoked since the last reading, or whose end is still to come.
    package func read() async throws(PostgresError) -> [KeyEnding] {
        let (after, round) = reading.withLock { ($0.upTo, $0.round) }
        let select = """
            SELECT id, (extract(epoch FROM revoked_at) * 1000)::bigint AS ends,
                ceil(extract(epoch FROM expires_at))::bigint AS expires
            FROM access_keys WHERE revoked_at > $1 AND expires_at > now()
            ORDER BY revoked_at LIMIT \(RevocationList.idsMax + 1)
            """
        let clock = try await database.query("SELECT (extract(epoch FROM now()) * 1000)::bigint AS now")
        let rows = try await database.query(select, [.timestamp(milliseconds: after)])
        let upTo = (clock.first?.int64("now") ?? 0) - Self.overlap
        // What came in between, such as that Redis was lost, counts for the next reading.
        reading.withLock { reading in
            reading.hasBeenRead = true
            if reading.round == round { reading.upTo = max(upTo, 0) }
        }
        return rows.all.compactMap { row in
            guard let id = row.string("id"), let ends = row.int64("ends"), let expires = row.int64("expires")
            else { return nil }
            return KeyEnding(entry: RevocationList.Entry(id: id, expires: expires), at: ends)
        }
    }
}
