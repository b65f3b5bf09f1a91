import Base
import JSON
import PostgresClient

/// The audit log's rows in PostgreSQL; `Migrations/…_audit.sql` has the table.
enum AuditRows {
    private static let columns =
        "at, guild_id, actor_id, session_id, key_id, action, target, detail, outcome, count, fold"

    static func insert(_ entry: AuditEntry, _ session: PostgresConnection) async throws(PostgresError) {
        _ = try await session.query(statement, [.json(json([entry]))])
    }

    static func insert(_ entries: [AuditEntry], _ database: PostgresClient) async throws(PostgresError) {
        try await database.query(statement, [.json(json(entries))])
    }

    /// One statement for any number of rows. A refusal that has a row this minute is counted there, whichever replica wrote it.
    private static let statement = """
        INSERT INTO audit_log AS log (\(columns))
        SELECT to_timestamp(at / 1000.0), guild_id, actor_id, session_id, key_id, action, target, detail, outcome, count, fold
        FROM jsonb_to_recordset($1::jsonb) AS row (
            at bigint, guild_id bigint, actor_id bigint, session_id text, key_id text, action text, target text,
            detail jsonb, outcome text, count integer, fold text
        )
        ON CONFLICT (fold) DO UPDATE SET count = log.count + excluded.count
        """

    private static func json(_ entries: [AuditEntry]) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for entry in entries {
            json.beginObject()
            json.member("at", entry.at)
            json.member("guild_id", entry.guild)
            json.member("actor_id", entry.actor)
            json.member("session_id", entry.session)
            json.member("key_id", entry.key)
            json.member("action", entry.action)
            json.member("target", entry.target)
            json.member("detail", raw: entry.detail)
            json.member("outcome", entry.outcome.rawValue)
            json.member("count", entry.count)
            json.member("fold", entry.fold)
            json.endObject()
        }
        json.endArray()
        return json.takeBytes()
    }

    /// Of a guild, the newest first, behind `before` where that is given.
    static func page(
        of guild: Snowflake,
        before: Int64?,
        limit: Int,
        _ database: PostgresClient
    ) async throws(PostgresError) -> PostgresRows {
        try await database.query(
            """
            SELECT id, (extract(epoch FROM at) * 1000)::bigint AS at, actor_id, key_id, action, target, detail, outcome, count
            FROM audit_log WHERE guild_id = $1::bigint AND id < $2::bigint ORDER BY id DESC LIMIT $3::bigint
            """,
            [.int(Int64(bitPattern: guild.rawValue)), .int(before ?? .max), .int(Int64(limit))]
        )
    }
}
