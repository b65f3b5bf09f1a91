package import Base

/// What a key that we signed allows: specs/access.md, "Keys".
///
/// One reference: each stream of a key holds it.
package struct KeyGrant: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// For `?key=` in an overlay's address: streams alone.
        case overlay
        /// For programs.
        case api
    }

    private final class Storage: Sendable {
        let kind: Kind
        let id: String
        let guild: Snowflake
        let maker: Snowflake
        let issued: Int64
        let expires: Int64
        let scopes: Set<Scope>
        let channels: Set<Snowflake>
        let events: Set<KindPattern>

        init(
            _ kind: Kind,
            _ id: String,
            _ guild: Snowflake,
            _ maker: Snowflake,
            _ times: (issued: Int64, expires: Int64),
            _ scopes: Set<Scope>,
            _ channels: Set<Snowflake>,
            _ events: Set<KindPattern>
        ) {
            self.kind = kind
            self.id = id
            self.guild = guild
            self.maker = maker
            issued = times.issued
            expires = times.expires
            self.scopes = scopes
            self.channels = channels
            self.events = events
        }
    }

    private let storage: Storage

    package var kind: Kind { storage.kind }
    /// 32 hex digits: by it the key is revoked and its record found. No two keys have the same.
    package var id: String { storage.id }
    package var guild: Snowflake { storage.guild }
    /// Whoever made it: never more than they may see now.
    package var maker: Snowflake { storage.maker }
    /// Unix seconds.
    package var issued: Int64 { storage.issued }
    package var expires: Int64 { storage.expires }
    package var scopes: Set<Scope> { storage.scopes }
    /// Empty: all that the maker may see.
    package var channels: Set<Snowflake> { storage.channels }
    /// Empty: all kinds.
    package var events: Set<KindPattern> { storage.events }

    package static let channelsMax = 20
    package static let eventsMax = 20
    /// In seconds: two years, whoever signed it.
    package static let lifetimeMax: Int64 = 731 * 86_400

    package init(
        kind: Kind,
        id: String,
        guild: Snowflake,
        maker: Snowflake,
        issued: Int64,
        expires: Int64,
        scopes: Set<Scope>,
        channels: Set<Snowflake> = [],
        events: Set<KindPattern> = []
    ) {
        storage = Storage(kind, id, guild, maker, (issued, expires), scopes, channels, events)
    }

    package static func == (left: KeyGrant, right: KeyGrant) -> Bool {
        left.storage === right.storage
            || (left.id == right.id && left.kind == right.kind && left.guild == right.guild
                && left.maker == right.maker && left.issued == right.issued && left.expires == right.expires
                && left.scopes == right.scopes && left.channels == right.channels
                && left.events == right.events)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}
