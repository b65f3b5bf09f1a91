package import Base
import EventLoop
package import PostgresClient
package import Telemetry

/// Who changed what, and who was refused what. Changes are waited for; for refusals nothing ever waits.
///
/// Without a database every entry is a line of the process' own log.
package final class AuditLog: Sendable {
    private let database: PostgresClient?
    private let metrics: AuditMetrics
    private let log: Log
    private let guilds: @Sendable () async -> [Snowflake]
    private let queue: Locked<AuditQueue>
    private let isFailing = Locked(false)

    /// `guilds`: those that are known here.
    package init(
        database: PostgresClient?,
        metrics: Metrics,
        log: Log,
        guilds: @escaping @Sendable () async -> [Snowflake]
    ) {
        self.database = database
        self.metrics = AuditMetrics(metrics)
        self.log = log
        self.guilds = guilds
        let queue = Locked(AuditQueue())
        self.queue = queue
        metrics.gauge(
            "guildwire_web_audit_waiting",
            help: "Entries of the audit log that wait to be written."
        ) {
            Double(queue.withLock { $0.count })
        }
    }

    // MARK: Changes

    /// In the transaction of the change itself: both are stored, or neither.
    package func changed(_ change: AuditChange, by call: APICall, in session: PostgresConnection)
        async throws(PostgresError)
    {
        try await AuditRows.insert(AuditEntry(change, call.caller, .changed, at: Self.now), session)
        metrics.written.increment()
        call.audit.set()
    }

    /// Of a change that is not in PostgreSQL: returns when it is written, or when it waits to be because that failed.
    package func changed(_ change: AuditChange, by call: APICall) async {
        call.audit.set()
        await append(AuditEntry(change, call.caller, .changed, at: Self.now))
    }

    /// Of a change whose maker is not who calls: a log-in.
    package func changed(_ change: AuditChange, by actor: Snowflake, session: String?) async {
        await append(AuditEntry(change, actor: actor, session: session, outcome: .changed, at: Self.now))
    }

    private func append(_ entry: AuditEntry) async {
        guard let database else { return say(entry) }
        do throws(PostgresError) {
            try await AuditRows.insert([entry], database)
            metrics.written.increment()
        } catch {
            failed(error)
            say(entry)
            add(entry)
        }
    }

    // MARK: Refusals

    /// Takes its place among those that wait, or is dropped and counted.
    package func refused(_ change: AuditChange, _ caller: Caller) {
        add(AuditEntry(change, caller, .refused, at: Self.now))
    }

    /// The same of a stream, whose ticket knows no more than this.
    func refused(_ change: AuditChange, by actor: Snowflake, session: String?, key: String?) {
        let session = key == nil ? session : nil
        add(AuditEntry(change, actor: actor, session: session, key: key, outcome: .refused, at: Self.now))
    }

    private func add(_ entry: AuditEntry) {
        guard !queue.withLock({ $0.add(entry) }) else { return }
        metrics.dropped.increment()
    }

    /// Called each second: writes what waits, in one statement.
    package func flush() async {
        guard queue.withLock({ $0.count }) > 0 else { return }
        let held = Set(await guilds())
        let (entries, dropped) = queue.withLock { ($0.take(held: held), $0.takeDropped()) }
        if dropped > 0 { log.warning("entries of the audit log were dropped", [.count: .int(dropped)]) }
        guard let database else {
            for entry in entries { say(entry) }
            return
        }
        do throws(PostgresError) {
            try await AuditRows.insert(entries, database)
            metrics.written.increment(by: entries.count)
            if isFailing.withLock({ failing in
                defer { failing = false }
                return failing
            }) {
                log.notice("the audit log is written again")
            }
        } catch {
            failed(error)
            // They are tried again, as far as there is room beside what came meanwhile.
            for entry in entries { add(entry) }
        }
    }

    private func failed(_ error: PostgresError) {
        metrics.failed.increment()
        let isNew = isFailing.withLock { failing in
            defer { failing = true }
            return !failing
        }
        if isNew { log.error("the audit log cannot be written: its entries wait", [.error: .error(error)]) }
    }

    private func say(_ entry: AuditEntry) {
        log.notice(
            "audit",
            [
                .action: .string(entry.action), .outcome: .string(entry.outcome.rawValue),
                .user: .string(entry.actor.map { "\($0)" } ?? ""),
                .guild: .string(entry.guild.map { "\($0)" } ?? ""), .target: .string(entry.target ?? ""),
                .key: .string(entry.key ?? ""),
                .detail: .string(String(decoding: entry.detail, as: UTF8.self)), .count: .int(entry.count),
            ]
        )
    }

    private static var now: Int64 { WallClock.unixMilliseconds() }
}
