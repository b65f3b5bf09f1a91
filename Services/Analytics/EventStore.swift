internal import Base
package import EventModels
package import PostgresClient

/// The tables of events, and how far they reach: rows and position move in one transaction, or not at all.
package struct EventStore: Sendable {
    private let database: PostgresClient
    package let storesContent: Bool

    package init(_ database: PostgresClient, storesContent: Bool) {
        self.database = database
        self.storesContent = storesContent
    }

    /// Becomes the shard's one reader, if nobody else is, until the session ends: gives the session's number and the
    /// position, nil for the log's start. Nil: another process reads it.
    package func claim(_ shard: ShardName) async throws -> Claim? {
        try await database.withSession { session in
            let lock = try await session.query(
                "SELECT pg_try_advisory_lock($1::bigint) AS taken",
                [.int(Self.lockKey(of: shard))]
            )
            guard lock.first?.bool("taken") == true else { return nil }
            return Claim(session: session.number, position: try await Self.position(of: shard, session))
        }
    }

    package struct Claim: Sendable, Equatable {
        package let session: Int
        package let position: EventID?
    }

    /// "gwrd" in front of the shard's two numbers.
    private static func lockKey(of shard: ShardName) -> Int64 {
        0x6777_7264 << 34 | Int64(shard.count) << 17 | Int64(shard.index)
    }

    private static func position(of shard: ShardName, _ session: PostgresConnection) async throws -> EventID?
    {
        try await session.query(
            "INSERT INTO shard_positions (shard, epoch, number) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
            [.text(shard.description)]
        )
        let rows = try await session.query(
            "SELECT epoch, number FROM shard_positions WHERE shard = $1",
            [.text(shard.description)]
        )
        guard let row = rows.first, let epoch = row.int64("epoch"), let number = row.int64("number") else {
            throw PostgresError.unexpectedResult("no position of shard \(shard)")
        }
        let position = EventID(epoch: UInt64(bitPattern: epoch), number: UInt64(bitPattern: number))
        return position == Self.start ? nil : position
    }

    private static let start = EventID(epoch: 0, number: 0)

    /// What guilds' managers have set by now.
    package func rules() async throws -> StoringRules {
        var rules = StoringRules()
        for row in try await database.query("SELECT guild_id, version, settings FROM guild_settings").all {
            guard let guild = row.int64("guild_id"), let version = row.int64("version"),
                let settings = row.bytes("settings").flatMap({ GuildSettings(decoding: $0) })
            else { continue }
            let numbered = NumberedSettings(version: version, settings: settings)
            rules.take(numbered, of: Snowflake(UInt64(bitPattern: guild)))
        }
        return rules
    }

    /// Stores a batch, which is not empty, and moves the position behind it. Where PostgreSQL refuses the rows as a whole, they
    /// are stored one by one, and those that it refuses become dead letters. Gives how many dead letters there are.
    ///
    /// Throws `PositionMoved` when the position is not where the batch begins: somebody else stored meanwhile.
    package func store(_ batch: Batch, claim: Claim) async throws -> Int {
        do {
            return try await database.transaction { session in
                try await Self.move(batch, claim, session)
                for table in EventTable.allCases {
                    let rows = batch.copy(of: table)
                    guard rows.count > 0 else { continue }
                    try await session.copy(into: table.rawValue, columns: table.columns, rows)
                }
                return try await insert(batch.apart, of: batch, session)
            }
        } catch let error as PostgresError where error.isStatementAtFault {
            return try await storeOneByOne(batch, claim: claim)
        }
    }

    private func storeOneByOne(_ batch: Batch, claim: Claim) async throws -> Int {
        try await database.transaction { session in
            try await Self.move(batch, claim, session)
            return try await insert(batch.events, of: batch, session)
        }
    }

    /// Inserts rows one by one, and the batch's dead letters with those that are refused. Gives how many dead letters there are.
    private func insert(
        _ events: [StreamEvent],
        of batch: Batch,
        _ session: PostgresConnection
    ) async throws -> Int {
        var letters = batch.deadLetters
        for event in events {
            guard let table = event.kind.flatMap({ EventRow.table(of: $0) }) else { continue }
            let values: [PostgresValue]
            do throws(RowProblem) {
                values = try EventRow.values(
                    event,
                    table,
                    shard: batch.shard,
                    storesContent: batch.storesText(of: event)
                )
            } catch {
                letters.append(letter(event, batch, error.reason))
                continue
            }
            try await session.query("SAVEPOINT row")
            do throws(PostgresError) {
                try await session.query(table.insertStatement, values)
            } catch {
                guard error.isStatementAtFault else { throw error }
                try await session.query("ROLLBACK TO SAVEPOINT row")
                letters.append(letter(event, batch, error.description))
            }
            try await session.query("RELEASE SAVEPOINT row")
        }
        try await Self.insert(letters, batch.shard, session)
        return letters.count
    }

    private func letter(_ event: StreamEvent, _ batch: Batch, _ reason: String) -> DeadLetter {
        let envelope = EventRow.keptEnvelope(of: event, storesContent: batch.storesText(of: event))
        return DeadLetter(id: event.id, name: event.name, reason: reason, envelope: envelope)
    }

    /// First in the transaction: it makes a second writer wait, and then see that the position has moved.
    private static func move(_ batch: Batch, _ claim: Claim, _ session: PostgresConnection) async throws {
        // The lock that made this process the reader ended with the session it was taken on.
        guard session.number == claim.session else { throw PositionMoved() }
        guard let last = batch.last else { preconditionFailure("an empty batch is not stored") }
        let previous = batch.previous ?? start
        let moved = try await session.query(
            """
            UPDATE shard_positions SET epoch = $2, number = $3, updated_at = now()
            WHERE shard = $1 AND epoch = $4 AND number = $5
            """,
            [
                .text(batch.shard.description), .bits(last.epoch), .bits(last.number),
                .bits(previous.epoch), .bits(previous.number),
            ]
        )
        guard moved.affected == 1 else { throw PositionMoved() }
    }

    /// Longest reason that is kept.
    private static let reasonMax = 500

    private static func insert(
        _ letters: [DeadLetter],
        _ shard: ShardName,
        _ session: PostgresConnection
    ) async throws {
        guard !letters.isEmpty else { return }
        for letter in letters {
            try await session.query(
                """
                INSERT INTO dead_letters (shard, epoch, number, event, reason, envelope)
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                """,
                EventRow.key(shard, letter.id) + [
                    letter.name.map { .text($0) } ?? .null, .text(String(letter.reason.prefix(reasonMax))),
                    letter.envelope.map { .bytes($0) } ?? .null,
                ]
            )
        }
    }
}

/// The position is not where this reader left it, or it may no longer be the shard's reader: nothing was stored.
package struct PositionMoved: Error, Equatable {
    package init() {}
}
