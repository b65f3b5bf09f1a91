package import Base

/// What a key that we signed allows: specs/access.md, "Keys".
package struct KeyGrant: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// For `?key=` in an overlay's address: streams alone.
        case overlay
        /// For programs.
        case api
    }

    package let kind: Kind
    /// 32 hex digits: by it the key is revoked and its record found.
    package let id: String
    package let guild: Snowflake
    /// Whoever made it: never more than they may see now.
    package let maker: Snowflake
    /// Unix seconds.
    package let issued: Int64
    package let expires: Int64
    package let scopes: Set<Scope>
    /// Empty: all that the maker may see.
    package let channels: Set<Snowflake>
    /// Empty: all kinds.
    package let events: Set<KindPattern>

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
        self.kind = kind
        self.id = id
        self.guild = guild
        self.maker = maker
        self.issued = issued
        self.expires = expires
        self.scopes = scopes
        self.channels = channels
        self.events = events
    }
}
