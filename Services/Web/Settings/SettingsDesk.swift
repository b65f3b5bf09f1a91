package import PostgresClient
package import Telemetry

/// What a replica has of all guilds' settings, and how it tells of changes.
package final class SettingsDesk: Sendable {
    package let book = SettingsBook()
    /// Nil without a database.
    package let outbox: SettingsOutbox?

    package init(database: PostgresClient?, orders: (any OrderTaker)?, metrics: Metrics, log: Log) {
        let book = book
        outbox = database.flatMap { database in
            orders.map { orders in
                SettingsOutbox(
                    SettingsStore(database),
                    orders: orders,
                    book: book,
                    metrics: metrics,
                    log: log
                )
            }
        }
    }

    /// A row was changed: the log is told now, and by the keeper should that fail.
    func changed() {
        guard let outbox else { return }
        // Outside of the request's task: who asked need not wait for the gateway.
        Task { await outbox.sweep() }
    }
}
