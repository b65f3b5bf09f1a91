import Base
import Crypto
package import PostgresClient

/// Keys in PostgreSQL: `access_keys`, `key_usage`, `api_tiers`. Statements are run in a session of the caller's, so that what belongs
/// together is one transaction.
package struct KeyStore: Sendable {
    /// Nil without `DATABASE_URL`.
    package let database: PostgresClient?

    /// Keys of a guild that count.
    package static let liveMax: Int64 = 50
    /// Keys of a guild that have not expired, revoked ones too: each replica remembers those until they have.
    package static let keptMax: Int64 = 1_000
    /// Of a list of keys.
    static let listMax = 1_000
    /// Revoked and expired keys are listed for so long, in milliseconds.
    package static let endedShown: Int64 = 30 * 86_400_000

    package init(_ database: PostgresClient?) { self.database = database }

    // MARK: Running

    /// Runs `body` in a transaction. A problem that it throws undoes all it did.
    func change<Result: Sendable>(_ body: (PostgresConnection) async throws -> Result) async throws(Problem)
        -> Result
    {
        guard let database else { throw .noDatabase }
        do { return try await database.transaction(body) } catch { throw Self.problem(error) }
    }

    func read<Result: Sendable>(_ body: (PostgresConnection) async throws -> Result) async throws(Problem)
        -> Result
    {
        guard let database else { throw .noDatabase }
        do { return try await database.withSession(body) } catch { throw Self.problem(error) }
    }

    private static func problem(_ error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        if case .server(let server)? = error as? PostgresError, ["42P01", "42703"].contains(server.sqlState) {
            return .unavailable("The database has no such tables yet: start analytics, which makes them.")
        }
        return .unavailable("The database does not answer. Look whether it was done before you try again.")
    }

    // MARK: Keys

    /// Who makes keys of a guild does so one after the other, so that they count what others make.
    static func lock(_ guild: Snowflake, _ session: PostgresConnection) async throws(PostgresError) {
        let lock = "SELECT pg_advisory_xact_lock(hashtext('access_keys'), hashtext($1))"
        try await session.query(lock, [.text(guild.description)])
    }

    /// How many keys the guild has: that count, and that have not expired.
    static func count(_ guild: Snowflake, now: Int64, _ session: PostgresConnection)
        async throws(PostgresError) -> (live: Int64, kept: Int64)
    {
        let counts = """
            SELECT count(*) FILTER (WHERE revoked_at IS NULL OR revoked_at > $2::timestamptz) AS live, count(*) AS kept
            FROM access_keys WHERE guild_id = $1 AND expires_at > $2::timestamptz
            """
        let rows = try await session.query(counts, [id(guild), .timestamp(milliseconds: now)])
        guard let row = rows.first, let live = row.int64("live"), let kept = row.int64("kept") else {
            throw .unexpectedResult("no count of keys")
        }
        return (live, kept)
    }

    /// `token` is hashed here, and kept nowhere.
    static func insert(
        _ record: KeyRecord,
        token: String,
        rotatedFrom: String? = nil,
        _ session: PostgresConnection
    ) async throws(PostgresError) {
        let grant = record.grant
        let insert = """
            INSERT INTO access_keys (id, guild_id, kind, name, maker_id, scopes, channels, events, tier, token_hash,
                created_at, expires_at, rotated_from)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """
        let values: [PostgresValue] = [
            .text(grant.id), id(grant.guild), .text(grant.kind.rawValue), .text(record.name), id(grant.maker),
            list(grant.scopes.map(\.rawValue)), list(grant.channels.map(\.description)),
            list(grant.events.map(\.text)), .text(record.tier), .bytes(SHA256.digest(of: Array(token.utf8))),
            .timestamp(milliseconds: record.created), .timestamp(milliseconds: record.expires),
            rotatedFrom.map { .text($0) } ?? .null,
        ]
        try await session.query(insert, values)
    }

    /// Newest first; those that have ended for `endedShown`.
    static func list(of guild: Snowflake, now: Int64, _ session: PostgresConnection)
        async throws(PostgresError) -> [KeyRecord]
    {
        let select = """
            SELECT \(KeyRecord.columns) FROM access_keys
            WHERE guild_id = $1 AND expires_at > $2::timestamptz AND (revoked_at IS NULL OR revoked_at > $2::timestamptz)
            ORDER BY created_at DESC, id LIMIT \(listMax)
            """
        let values = [id(guild), PostgresValue.timestamp(milliseconds: now - endedShown)]
        var records: [KeyRecord] = []
        for row in try await session.query(select, values).all { records.append(try KeyRecord(row)) }
        return records
    }

    /// Nil for one that is not the guild's. `forChange`: nobody else changes it until the transaction's end.
    static func find(
        _ key: String,
        of guild: Snowflake,
        forChange: Bool = false,
        _ session: PostgresConnection
    ) async throws(PostgresError) -> KeyRecord? {
        let select = """
            SELECT \(KeyRecord.columns) FROM access_keys WHERE id = $1 AND guild_id = $2\(forChange ? " FOR UPDATE" : "")
            """
        guard let row = try await session.query(select, [.text(key), id(guild)]).first else { return nil }
        return try KeyRecord(row)
    }

    /// From `time` on it counts no more; from now on where that is past. `RevokedKeys` reads what was revoked since it read last, so
    /// the time is that of the row's change by the database's clock, and not when the request began.
    static func revoke(_ key: String, at time: Int64, _ session: PostgresConnection)
        async throws(PostgresError)
    {
        let update = """

            UPDATE access_keys SET revoked_at = greatest($2::timestamptz, date_trunc('milliseconds', clock_timestamp()))
            WHERE id = $1
            """

        try await session.query(update, [.text(key), .timestamp(milliseconds: time)])
    }

    // MARK: Tiers

    static func tiers(_ session: PostgresConnection) async throws(PostgresError) -> [KeyTier] {
        try await session.query(
            "SELECT name, per_minute, per_day FROM api_tiers ORDER BY per_minute, name LIMIT 100"
        )
        .all.compactMap { KeyTier($0) }
    }

    /// Nil where there is none of the name.
    static func set(_ tier: KeyTier, _ session: PostgresConnection) async throws(PostgresError) -> KeyTier? {
        let update = """
            UPDATE api_tiers SET per_minute = $2, per_day = $3 WHERE name = $1 RETURNING name, per_minute, per_day
            """
        let values: [PostgresValue] = [.text(tier.name), .int(tier.perMinute), .int(tier.perDay)]
        return try await session.query(update, values).first.flatMap { KeyTier($0) }
    }

    /// False where there is no such tier.
    static func setTier(of key: String, to tier: String, _ session: PostgresConnection)
        async throws(PostgresError) -> Bool
    {
        let update = """
            UPDATE access_keys SET tier = $2 WHERE id = $1 AND EXISTS (SELECT FROM api_tiers WHERE name = $2)
            """
        return try await session.query(update, [.text(key), .text(tier)]).affected == 1
    }

    // MARK: Values

    static func id(_ id: Snowflake) -> PostgresValue { .int(Int64(bitPattern: id.rawValue)) }

    private static func list(_ texts: [String]) -> PostgresValue {
        .text(texts.sorted().joined(separator: ","))
    }
}
