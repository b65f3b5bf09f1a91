package import Base
internal import DiscordProtocol
internal import EventModels
package import JSON

/// What the gateway remembers of a member, so that an event can be told from a repetition and drawn without a request.
package struct MemberRecord: Sendable, Equatable {
    package let id: Snowflake
    package var username: String
    var globalName: String?
    var discriminator: String?
    var avatarHash: String?
    var bot = false
    var nick: String?
    var memberAvatarHash: String?
    /// Sorted; never the @everyone role.
    var roles: [Snowflake] = []
    var pending = false
    /// As Discord says it, RFC 3339.
    var timeoutUntil: String?
    /// Whether a list or a dispatch about members said so; others are known by what they did, and may have left since.
    var isMember = true

    package init(id: Snowflake, username: String) {
        self.id = id
        self.username = username
    }

    /// From a User object; nil where it is partial, as presences have it.
    init?(user: JSONView) {
        guard let id = user["id"]?.snowflake, let username = user["username"]?.string else { return nil }
        self.init(id: id, username: username)
        takeUser(user)
    }

    /// The fields that the User object has.
    mutating func takeUser(_ user: JSONView) {
        if let name = user["username"]?.string { username = name }
        if let value = user["global_name"] { globalName = value.string }
        if let value = user["discriminator"] { discriminator = value.string }
        if let value = user["avatar"] { avatarHash = value.string }
        if let value = user["bot"]?.bool { bot = value }
    }

    /// The fields that the Member object has, besides its user; those it lacks stay as they are.
    mutating func takeMember(_ member: JSONView) {
        if let value = member["nick"] { nick = value.string }
        if let value = member["avatar"] { memberAvatarHash = value.string }
        if let list = member["roles"]?.array { roles = list.compactMap(\.snowflake).sorted() }
        if let value = member["pending"]?.bool { pending = value }
        if let value = member["communication_disabled_until"] { timeoutUntil = value.string }
    }

    /// Display name: nick, global name, user name; the guild's own avatar before the user's.
    func card(guild: Snowflake, cdn: CDN) -> UserCard {
        UserCard(
            id: id,
            username: username,
            displayName: nick ?? globalName ?? username,
            avatar: memberAvatarHash.flatMap { cdn.memberAvatar(guild: guild, user: id, hash: $0) }
                ?? cdn.avatar(user: id, hash: avatarHash, discriminator: discriminator),
            bot: bot
        )
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("username", username)
        writer.member("global_name", globalName)
        writer.member("discriminator", discriminator)
        writer.member("avatar", avatarHash)
        writer.member("bot", bot)
        if !isMember { writer.member("stranger", true) }
        writer.key("member")
        writer.beginObject()
        writer.member("nick", nick)
        writer.member("avatar", memberAvatarHash)
        writer.key("roles")
        writer.beginArray()
        for role in roles { writer.snowflake(role) }
        writer.endArray()
        writer.member("pending", pending)
        writer.member("communication_disabled_until", timeoutUntil)
        writer.endObject()
        writer.endObject()
    }

    /// What `write` has written.
    package init?(checkpoint value: JSONView) {
        self.init(user: value)
        isMember = value["stranger"]?.bool != true
        if let member = value["member"] { takeMember(member) }
    }
}
