package import PostgresClient

/// Writes what keys asked for, and reads it back for people.
package struct UsageWriter: Sendable {
    private let usage: KeyUsage
    private let database: PostgresClient?

    /// What was counted is written so often.
    package static let interval = Duration.seconds(5)

    package init(_ usage: KeyUsage, _ database: PostgresClient?) {
        self.usage = usage
        self.database = database
    }

    /// Writes what waits, in one transaction; what could not be written waits on. False then.
    @discardableResult package func write() async -> Bool {
        guard let database else { return true }
        let taken = usage.take()
        guard !taken.isEmpty else { return true }
        do {
            try await database.transaction { session in try await Self.write(taken, session) }
            return true
        } catch {
            usage.putBack(taken)
            return false
        }
    }

    /// Keys that are not in the table, of a database that was made anew, are passed over.
    private static func write(_ taken: [KeyUsage.Place: KeyUsage.Count], _ session: PostgresConnection)
        async throws(PostgresError)
    {
        // In one order everywhere: two replicas must not wait for each other's rows.
        let all = taken.sorted { ($0.key.key, $0.key.minute) < ($1.key.key, $1.key.minute) }
        let values: [PostgresValue] = [
            .array(all.map(\.key.key)), .array(all.map(\.key.minute)), .array(all.map(\.value.requests)),
            .array(all.map(\.value.last)),
        ]
        let source = """
            (SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS u (id, minute, n, last)
            WHERE id IN (SELECT id FROM access_keys)) AS u
            """
        try await session.query(
            """
            INSERT INTO key_usage (key_id, day, requests)
            SELECT u.id, (to_timestamp(u.minute * 60) AT TIME ZONE 'UTC')::date AS day, sum(u.n)
            FROM \(source) GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (key_id, day) DO UPDATE SET requests = key_usage.requests + excluded.requests
            """,
            values
        )
        // Of each key its newest minute.
        try await session.query(
            """
            UPDATE access_keys AS k SET
                last_used_at = greatest(k.last_used_at, to_timestamp(u.last)),
                minute_requests = CASE WHEN k.minute = u.minute THEN k.minute_requests ELSE 0 END + u.n,
                minute = u.minute
            FROM (SELECT DISTINCT ON (id) * FROM \(source) ORDER BY id, minute DESC) AS u
            WHERE k.id = u.id AND k.minute <= u.minute
            """,
            values
        )
    }

    // MARK: For people

    package struct Shown: Sendable, Equatable {
        package let minute: Int64
        package let day: Int64
        /// Newest first, days as `2026-11-22`, UTC's.
        package let days: [Day]

        package struct Day: Sendable, Equatable {
            package let day: String
            package let requests: Int64
        }
    }

    /// Days that are shown.
    static let daysShown = 31

    /// What this replica has not written yet is in it, what others have not is missing: 5 s of it at most.
    func shown(of key: String, now: Int64, _ session: PostgresConnection) async throws(PostgresError) -> Shown
    {
        let minute = now / 60_000
        let dayBegin = now / 86_400_000 * 1440
        let today = """
            SELECT CASE WHEN minute = $2 THEN minute_requests ELSE 0 END AS n,
                (to_timestamp($2::bigint * 60) AT TIME ZONE 'UTC')::date AS today
            FROM access_keys WHERE id = $1
            """
        let row = try await session.query(today, [.text(key), .int(minute)]).first
        let select = """
            SELECT day, requests FROM key_usage WHERE key_id = $1 ORDER BY day DESC LIMIT \(Self.daysShown)
            """
        var days = try await session.query(select, [.text(key)]).all.compactMap { row in
            row.string("day").map { Shown.Day(day: $0, requests: row.int64("requests") ?? 0) }
        }
        let waiting = usage.waiting(of: key, minutes: dayBegin...minute)
        var day = waiting
        if let name = row?.string("today") {
            if days.first?.day == name { day += days.removeFirst().requests }
            if day > 0 { days.insert(Shown.Day(day: name, requests: day), at: 0) }
        }
        let inMinute = (row?.int64("n") ?? 0) + usage.waiting(of: key, minutes: minute...minute)
        return Shown(minute: inMinute, day: day, days: days)
    }
}
