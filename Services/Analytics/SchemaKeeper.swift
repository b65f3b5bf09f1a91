package import Lifecycle
package import PostgresClient
package import Telemetry

/// Brings the database to the present schema before anything is written; waits for a database that is away.
package struct SchemaKeeper: Sendable {
    private let migrator: Migrator
    private let database: PostgresClient
    private let readiness: Readiness
    private let log: Log

    private static let retryWait = Duration.seconds(2)

    package init(_ migrator: Migrator, _ database: PostgresClient, readiness: Readiness, log: Log) {
        self.migrator = migrator
        self.database = database
        self.readiness = readiness
        self.log = log
    }

    /// Returns when the schema is as it should be. One that it cannot change is tried again: people may mend it.
    package func run() async throws {
        while true {
            await database.whenConnected()
            try Task.checkCancellation()
            do {
                for name in try await migrator.run(on: database) {
                    log.notice("database changed", [.migration: .string(name)])
                }
                readiness.set("schema", missing: nil)
                return
            } catch {
                readiness.set("schema", missing: "\(error)")
                log.error("the database cannot be brought to the present schema", [.error: .error(error)])
                try await Task.sleep(for: Self.retryWait)
            }
        }
    }
}
