/// Brings a database to the present schema: each migration once, in order, each in a transaction of its own.
///
/// An advisory lock lets one process at a time migrate; the others wait and find the work done. What was carried out
/// stands in `schema_migrations` with the checksum of its text, so that an edited file is noticed.
package struct Migrator: Sendable {
    package let migrations: [Migration]

    /// "guildwir" read as a number: the lock is the database's, not a table's.
    private static let lockKey: Int64 = 0x6775_696C_6477_6972
    /// Another process may be at work on a large table.
    private static let lockTimeout = Duration.seconds(600)

    package init(_ migrations: [Migration]) { self.migrations = migrations }

    /// Returns the names of the migrations that were carried out now.
    package func run(on client: PostgresClient) async throws -> [String] {
        try await client.withSession { session in
            try await session.query(
                "SELECT pg_advisory_lock($1::bigint)",
                [.int(Self.lockKey)],
                timeout: Self.lockTimeout
            )
            do {
                let names = try await migrate(session)
                try await session.query("SELECT pg_advisory_unlock($1::bigint)", [.int(Self.lockKey)])
                return names
            } catch {
                _ = try? await session.query("SELECT pg_advisory_unlock($1::bigint)", [.int(Self.lockKey)])
                throw error
            }
        }
    }

    private func migrate(_ session: PostgresConnection) async throws -> [String] {
        try await session.query(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        let done = try await session.query("SELECT number, checksum FROM schema_migrations ORDER BY number")
        var checksums: [Int: String] = [:]
        for row in done.all {
            guard let number = row.int64("number"), let checksum = row.string("checksum") else { continue }
            checksums[Int(number)] = checksum
        }
        if let newest = checksums.keys.max(), newest > migrations.count {
            throw MigrationError.databaseIsNewer(newest)
        }
        var names: [String] = []
        for migration in migrations {
            let checksum = try await checksum(of: migration, session)
            if let known = checksums[migration.number] {
                guard known == checksum else { throw MigrationError.changed(migration.name) }
                continue
            }
            try await apply(migration, checksum: checksum, session)
            names.append(migration.name)
        }
        return names
    }

    private func checksum(of migration: Migration, _ session: PostgresConnection) async throws -> String {
        let rows = try await session.query(
            "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex') AS checksum",
            [.text(migration.statements)]
        )
        guard let checksum = rows.first?.string("checksum") else {
            throw PostgresError.unexpectedResult("no checksum")
        }
        return checksum
    }

    private func apply(
        _ migration: Migration,
        checksum: String,
        _ session: PostgresConnection
    ) async throws {
        do throws(PostgresError) {
            try await session.query("BEGIN")
            try await session.script(migration.statements, timeout: Self.lockTimeout)
            try await session.query(
                "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)",
                [.int(Int64(migration.number)), .text(migration.name), .text(checksum)]
            )
            let end = try await session.query("COMMIT")
            guard end.command == "COMMIT" else { throw .transactionAborted }
        } catch {
            _ = try? await session.query("ROLLBACK")
            throw MigrationError.failed(migration.name, error)
        }
    }
}
