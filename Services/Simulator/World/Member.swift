package import Base
internal import JSON

/// Somebody in a guild: the account and what the guild knows about it.
package struct Member: Sendable {
    package let id: Snowflake
    package private(set) var user: JSONFields
    /// The member object without `user`.
    package private(set) var fields: JSONFields
    package private(set) var roles: [Snowflake]
    package private(set) var isBot: Bool
    package private(set) var username: String
    package private(set) var displayName: String
    /// Unix milliseconds; may be past, as Discord leaves it where it was.
    package private(set) var timedOutUntil: Int64?
    /// `user`, the member without it, and the member with it, encoded once per change.
    package private(set) var userJSON: [UInt8] = []
    package private(set) var partialJSON: [UInt8] = []
    package private(set) var json: [UInt8] = []

    package init(id: Snowflake, user: JSONFields, fields: JSONFields) {
        self.id = id
        self.user = user
        self.fields = fields.without("user", "guild_id")
        roles = []
        isBot = false
        username = ""
        displayName = ""
        refresh()
    }

    package mutating func update(user changes: JSONFields? = nil, fields changed: JSONFields? = nil) {
        if let changes { user.merge(changes) }
        if let changed { fields.merge(changed.without("user", "guild_id")) }
        refresh()
    }

    package mutating func removeRole(_ role: Snowflake) {
        guard roles.contains(role) else { return }
        fields.set("roles", roles.filter { $0 != role })
        refresh()
    }

    private mutating func refresh() {
        roles = fields.value("roles")?.array?.compactMap(\.snowflake) ?? []
        isBot = user.bool("bot") ?? false
        username = user.string("username") ?? ""
        displayName = fields.string("nick") ?? user.string("global_name") ?? username
        timedOutUntil = fields.string("communication_disabled_until")
            .flatMap { Timestamp.unixMilliseconds($0) }
        userJSON = user.encoded()
        partialJSON = fields.encoded()
        var writer = JSONWriter(reserving: userJSON.count + partialJSON.count + 16)
        writer.beginObject()
        writer.member("user", raw: userJSON)
        fields.writeMembers(into: &writer)
        writer.endObject()
        json = writer.takeBytes()
    }
}
