package import Base
internal import JSON

/// What a channel grants and denies one role or member.
package struct Overwrite: Sendable, Equatable {
    package let id: Snowflake
    /// Otherwise of a role.
    package let isMember: Bool
    package var allow: Permissions
    package var deny: Permissions

    package init(role id: Snowflake, allow: Permissions = [], deny: Permissions = []) {
        self.init(id, isMember: false, allow, deny)
    }

    package init(member id: Snowflake, allow: Permissions = [], deny: Permissions = []) {
        self.init(id, isMember: true, allow, deny)
    }

    init(_ id: Snowflake, isMember: Bool, _ allow: Permissions = [], _ deny: Permissions = []) {
        self.id = id
        self.isMember = isMember
        self.allow = allow
        self.deny = deny
    }

    init?(_ value: JSONValue) {
        guard let id = value["id"]?.snowflake else { return nil }
        self.init(
            id,
            isMember: value["type"]?.int == 1,
            Permissions(text: value["allow"]?.string),
            Permissions(text: value["deny"]?.string)
        )
    }

    package var json: [UInt8] {
        JSONText.object { writer in
            writer.member("id", id)
            writer.member("type", isMember ? 1 : 0)
            writer.member("allow", allow.text)
            writer.member("deny", deny.text)
        }
    }

    func applied(to permissions: Permissions) -> Permissions { permissions.subtracting(deny).union(allow) }
}

/// What of a channel or thread decides who may do what in it, parsed once per change.
package struct ChannelAccess: Sendable, Equatable {
    package let type: Int
    package let parent: Snowflake?
    package let overwrites: [Overwrite]

    init(_ fields: JSONFields) {
        type = fields.int("type") ?? 0
        parent = fields.snowflake("parent_id")
        overwrites = fields.value("permission_overwrites")?.array?.compactMap { Overwrite($0) } ?? []
    }

    package var isThread: Bool { (10...12).contains(type) }
    package var isPrivateThread: Bool { type == 12 }
    package var isVoice: Bool { type == 2 || type == 13 }

    package func overwrite(of id: Snowflake) -> Overwrite? { overwrites.first { $0.id == id } }
}
