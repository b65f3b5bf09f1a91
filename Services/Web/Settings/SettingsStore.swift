package import Base
package import EventModels
package import PostgresClient

/// The table `guild_settings`.
package struct SettingsStore: Sendable {
    /// Settings that the log does not have yet.
    package struct Waiting: Sendable, Equatable {
        package let guild: Snowflake
        package let by: Snowflake
        package let numbered: NumberedSettings
    }

    /// Of one look at what waits.
    package static let waitingMax = 50

    private let database: PostgresClient

    package init(_ database: PostgresClient) { self.database = database }

    /// Nil where none are stored.
    package func settings(of guild: Snowflake) async throws(PostgresError) -> NumberedSettings? {
        try await database.query(
            "SELECT version, settings FROM guild_settings WHERE guild_id = $1",
            [Self.id(guild)]
        ).first.flatMap(Self.numbered)
    }

    package func all() async throws(PostgresError) -> [(guild: Snowflake, settings: NumberedSettings)] {
        try await database.query(
            "SELECT guild_id, version, settings FROM guild_settings LIMIT $1",
            [.int(Int64(SettingsBook.countMax))]
        ).all.compactMap { row in
            guard let guild = row.int64("guild_id"), let numbered = Self.numbered(row) else { return nil }
            return (Snowflake(UInt64(bitPattern: guild)), numbered)
        }
    }

    /// Replaces what has the version `expected`, 0 for none. Gives the new version; nil where another was faster.
    static func replace(
        _ settings: GuildSettings,
        of guild: Snowflake,
        expecting expected: Int64,
        by user: Snowflake,
        in session: PostgresConnection
    ) async throws(PostgresError) -> Int64? {
        let statement =
            expected == 0
            ? """
            INSERT INTO guild_settings (guild_id, version, settings, updated_by)
            VALUES ($1, greatest($4::bigint + 1, \(milliseconds)), $2, $3)
            ON CONFLICT DO NOTHING RETURNING version
            """
            : """
            UPDATE guild_settings SET version = greatest(version + 1, \(milliseconds)), settings = $2,
                updated_at = now(), updated_by = $3, tried_at = NULL
            WHERE guild_id = $1 AND version = $4 RETURNING version
            """
        let values: [PostgresValue] = [
            id(guild), .json(settings.encoded()), id(user), .int(expected),
        ]
        return try await session.query(statement, values).first?.int64("version")
    }

    private static let milliseconds = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

    /// Whether the database knows the zone.
    package func hasTimeZone(_ name: String) async throws(PostgresError) -> Bool {
        do throws(PostgresError) {
            try await database.query("SELECT now() AT TIME ZONE $1", [.text(name)])
            return true
        } catch {
            guard error.isStatementAtFault else { throw error }
            return false
        }
    }

    /// Changes that are still to be told, those first that were tried longest ago.
    package func waiting() async throws(PostgresError) -> [Waiting] {
        try await database.query(
            """
            SELECT guild_id, version, settings, updated_by FROM guild_settings
            WHERE emitted < version ORDER BY tried_at NULLS FIRST, guild_id LIMIT $1
            """,
            [.int(Int64(Self.waitingMax))]
        ).all.compactMap { row in
            guard let guild = row.int64("guild_id"), let user = row.int64("updated_by"),
                let numbered = Self.numbered(row)
            else { return nil }
            return Waiting(
                guild: Snowflake(UInt64(bitPattern: guild)),
                by: Snowflake(UInt64(bitPattern: user)),
                numbered: numbered
            )
        }
    }

    /// Notes what came of telling a version.
    package func tried(_ waiting: Waiting, isTold: Bool) async throws(PostgresError) {
        try await database.query(
            """
            UPDATE guild_settings SET tried_at = now(), emitted = greatest(emitted, $2) WHERE guild_id = $1
            """,
            [Self.id(waiting.guild), .int(isTold ? waiting.numbered.version : 0)]
        )
    }

    private static func numbered(_ row: PostgresRow) -> NumberedSettings? {
        guard let version = row.int64("version"), let text = row.bytes("settings"),
            let settings = GuildSettings(decoding: text)
        else { return nil }
        return NumberedSettings(version: version, settings: settings)
    }

    private static func id(_ id: Snowflake) -> PostgresValue { .int(Int64(bitPattern: id.rawValue)) }
}
