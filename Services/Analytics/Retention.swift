package import Lifecycle
package import PostgresClient
package import Telemetry

/// Removes rows that are older than the days they are to be kept, every hour, a bounded number per statement so that
/// storing never waits long.
package struct Retention: Service {
    private let database: PostgresClient
    private let days: Int
    private let readiness: Readiness
    private let log: Log

    private static let interval = Duration.seconds(3600)
    private static let retryWait = Duration.seconds(10)
    private static let rowsPerStatement = 5000
    /// Of the audit log, whatever is set for what people do: specs/access.md, "Audit".
    private static let auditDays = 400

    package init(_ database: PostgresClient, days: Int, readiness: Readiness, log: Log) {
        self.database = database
        self.days = days
        self.readiness = readiness
        self.log = log
    }

    package func run() async throws {
        while true {
            guard readiness.isReady else {
                try await Task.sleep(for: Self.retryWait)
                continue
            }
            do {
                try await removeOld()
                try await Task.sleep(for: Self.interval)
            } catch let error as PostgresError {
                log.warning("old rows could not be removed", [.error: .error(error)])
                try await Task.sleep(for: Self.retryWait)
            }
        }
    }

    package func removeOld() async throws {
        let tables = (EventTable.allCases.map(\.rawValue) + ["dead_letters"]).map { ($0, days) }
        for (table, days) in tables + [("audit_log", Self.auditDays)] {
            var removed = 0
            while case let count = try await removeSome(from: table, after: days), count > 0 {
                removed += count
                try Task.checkCancellation()
            }
            while EventTable(rawValue: table) != nil,
                case let count = try await removeSomeOfGuilds(from: table),
                count > 0
            {
                removed += count
                try Task.checkCancellation()
            }
            if removed > 0 { log.info("old rows removed", [.table: .string(table), .rows: .int(removed)]) }
        }
    }

    /// Of guilds whose managers keep rows for fewer days.
    private func removeSomeOfGuilds(from table: String) async throws -> Int {
        try await database.query(
            """
            DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
                SELECT rows.ctid FROM guild_settings AS own JOIN \(table) AS rows USING (guild_id)
                WHERE (own.settings->>'retentionDays')::int < $1
                    AND rows.at < now() - make_interval(days => (own.settings->>'retentionDays')::int) LIMIT $2
            ))
            """,
            [.int(Int64(days)), .int(Int64(Self.rowsPerStatement))]
        )
        .affected
    }

    private func removeSome(from table: String, after days: Int) async throws -> Int {
        try await database.query(
            """
            DELETE FROM \(table) WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM \(table) WHERE at < now() - make_interval(days => $1::int) LIMIT $2
            ))
            """,
            [.int(Int64(days)), .int(Int64(Self.rowsPerStatement))]
        )
        .affected
    }
}
