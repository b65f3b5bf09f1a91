import Base
import JSON
import PostgresClient

/// What is stored of a key, all but its text. See specs/access.md, "Keys".
package struct KeyRecord: Sendable, Equatable {
    package let grant: KeyGrant
    package let name: String
    package let tier: String
    /// Unix milliseconds, here and below.
    package let created: Int64
    package let expires: Int64
    package let lastUsed: Int64?
    /// In the future where it was rotated and goes on for a while.
    package let revoked: Int64?

    package init(
        grant: KeyGrant,
        name: String,
        tier: String = KeyTiers.standard,
        created: Int64,
        lastUsed: Int64? = nil,
        revoked: Int64? = nil
    ) {
        self.grant = grant
        self.name = name
        self.tier = tier
        self.created = created
        expires = grant.expires * 1000
        self.lastUsed = lastUsed
        self.revoked = revoked
    }

    package func isLive(at now: Int64) -> Bool { now < expires && revoked.map { now < $0 } ?? true }

    static let columns = """
        id, guild_id, kind, name, maker_id, scopes, channels, events, tier,
        (extract(epoch FROM created_at) * 1000)::bigint AS created,
        (extract(epoch FROM expires_at) * 1000)::bigint AS expires,
        (extract(epoch FROM last_used_at) * 1000)::bigint AS last_used,
        (extract(epoch FROM revoked_at) * 1000)::bigint AS revoked
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        guard let id = row.string("id"), let guild = row.int64("guild_id"),
            let kind = row.string("kind").flatMap({ KeyGrant.Kind(rawValue: $0) }),
            let maker = row.int64("maker_id"), let created = row.int64("created"),
            let expires = row.int64("expires"), let name = row.string("name"), let tier = row.string("tier")
        else { throw .unexpectedResult("a key's row") }
        self.init(
            grant: KeyGrant(
                kind: kind,
                id: id,
                guild: Snowflake(UInt64(bitPattern: guild)),
                maker: Snowflake(UInt64(bitPattern: maker)),
                issued: created / 1000,
                expires: expires / 1000,
                scopes: Self.list(row, "scopes") { Scope(rawValue: $0) },
                channels: Self.list(row, "channels") { Snowflake($0) },
                events: Self.list(row, "events") { KindPattern($0) }
            ),
            name: name,
            tier: tier,
            created: created,
            lastUsed: row.int64("last_used"),
            revoked: row.int64("revoked")
        )
    }

    private static func list<One: Hashable>(
        _ row: PostgresRow,
        _ column: String,
        _ one: (String) -> One?
    ) -> Set<One> {
        Set((row.string(column) ?? "").split(separator: ",").compactMap { one(String($0)) })
    }

    // MARK: As JSON

    package var encoded: [UInt8] {
        var json = JSONWriter()
        write(into: &json)
        return json.takeBytes()
    }

    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.member("id", grant.id)
        json.member("kind", grant.kind.rawValue)
        json.member("name", name)
        json.member("maker", grant.maker)
        json.strings("scopes", grant.scopes.sorted().map(\.rawValue))
        json.strings("channels", grant.channels.sorted().map(\.description))
        json.strings("events", grant.events.map(\.text).sorted())
        json.member("tier", tier)
        json.member("created", created)
        json.member("expires", expires)
        json.time("lastUsed", lastUsed)
        json.time("revoked", revoked)
        json.endObject()
    }
}

extension JSONWriter {
    /// A time, or null.
    mutating func time(_ name: StaticString, _ milliseconds: Int64?) {
        key(name)
        if let milliseconds { int64(milliseconds) } else { null() }
    }
}
