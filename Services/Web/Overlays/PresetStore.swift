import Base
import PostgresClient

/// Presets in PostgreSQL: `overlay_presets`. Statements are run in a session of the caller's, so that a change and its entry in the
/// audit log are one transaction.
enum PresetStore {
    /// Of a guild.
    static let countMax = 100

    private static let nextVersion =
        "greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"

    /// By name.
    static func list(of guild: Snowflake, _ session: PostgresConnection) async throws(PostgresError)
        -> [OverlayPreset]
    {
        let select = """
            SELECT \(OverlayPreset.columns) FROM overlay_presets WHERE guild_id = $1 ORDER BY name, id LIMIT \(countMax)
            """
        var presets: [OverlayPreset] = []
        for row in try await session.query(select, [KeyStore.id(guild)]).all {
            presets.append(try OverlayPreset(row))
        }
        return presets
    }

    /// Nil for one that is not the guild's. `forChange`: nobody else changes it until the transaction's end.
    static func find(
        _ id: String,
        of guild: Snowflake,
        forChange: Bool = false,
        _ session: PostgresConnection
    )
        async throws(PostgresError) -> OverlayPreset?
    {
        let select = """
            SELECT \(OverlayPreset.columns) FROM overlay_presets WHERE id = $1 AND guild_id = $2\(forChange ? " FOR UPDATE" : "")
            """
        guard let row = try await session.query(select, [.text(id), KeyStore.id(guild)]).first else {
            return nil
        }
        return try OverlayPreset(row)
    }

    /// Nil where the guild has as many as it may. Who makes some does so one after the other, so that they count what others make.
    static func insert(
        _ draft: OverlayPreset.Draft,
        id: String,
        of guild: Snowflake,
        by user: Snowflake,
        _ session: PostgresConnection
    ) async throws(PostgresError) -> OverlayPreset? {
        let lock = "SELECT pg_advisory_xact_lock(hashtext('overlay_presets'), hashtext($1))"
        try await session.query(lock, [.text(guild.description)])
        let insert = """
            INSERT INTO overlay_presets (id, guild_id, name, overlay, query, version, changed_by)
            SELECT $1, $2, $3, $4, $5, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, $6
            WHERE (SELECT count(*) FROM overlay_presets WHERE guild_id = $2) < \(countMax)
            RETURNING \(OverlayPreset.columns)
            """
        let values: [PostgresValue] = [
            .text(id), KeyStore.id(guild), .text(draft.name), .text(draft.overlay), .text(draft.query),
            KeyStore.id(user),
        ]
        guard let row = try await session.query(insert, values).first else { return nil }
        return try OverlayPreset(row)
    }

    /// Of one that `find` has locked.
    static func replace(
        _ draft: OverlayPreset.Draft,
        id: String,
        by user: Snowflake,
        _ session: PostgresConnection
    ) async throws(PostgresError) -> OverlayPreset {
        let update = """
            UPDATE overlay_presets SET name = $2, overlay = $3, query = $4, version = \(nextVersion), changed_at = now(),
                changed_by = $5
            WHERE id = $1 RETURNING \(OverlayPreset.columns)
            """
        let values: [PostgresValue] = [
            .text(id), .text(draft.name), .text(draft.overlay), .text(draft.query), KeyStore.id(user),
        ]
        guard let row = try await session.query(update, values).first else {
            throw .unexpectedResult("no preset was changed")
        }
        return try OverlayPreset(row)
    }

    static func delete(_ id: String, _ session: PostgresConnection) async throws(PostgresError) {
        try await session.query("DELETE FROM overlay_presets WHERE id = $1", [.text(id)])
    }
}
