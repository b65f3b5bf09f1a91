internal import Base
internal import JSON

/// Whom a text names, as far as it is allowed to. Discord, "Allowed Mentions".
struct Mentions {
    private(set) var users: [Snowflake] = []
    private(set) var roles: [Snowflake] = []
    private(set) var isEveryone = false

    /// `standard`: what is parsed where the sender does not say.
    init(
        in text: String,
        allowed: JSONValue?,
        standard: [String] = ["users", "roles", "everyone"],
        guild: Guild,
        mayNameAll: Bool
    ) {
        let isGiven = allowed.map { !$0.isNull } ?? false
        let parse = isGiven ? allowed?["parse"]?.array?.compactMap(\.string) ?? [] : standard
        let namedUsers = allowed?["users"]?.array?.compactMap(\.snowflake) ?? []
        let namedRoles = allowed?["roles"]?.array?.compactMap(\.snowflake) ?? []
        for tag in Self.tags(in: text) {
            if tag.hasPrefix("@&"), let role = Snowflake(tag.dropFirst(2)), !roles.contains(role) {
                guard let known = guild.roles[role], mayNameAll || known.bool("mentionable") == true else {
                    continue
                }
                if parse.contains("roles") || namedRoles.contains(role) { roles.append(role) }
            } else if tag.hasPrefix("@"), let user = Snowflake(tag.dropFirst().drop { $0 == "!" }) {
                guard !users.contains(user), parse.contains("users") || namedUsers.contains(user) else {
                    continue
                }
                users.append(user)
            }
        }
        let names = text.contains("@everyone") || text.contains("@here")
        isEveryone = names && mayNameAll && parse.contains("everyone")
    }

    /// What stands between `<` and `>`.
    private static func tags(in text: String) -> [Substring] {
        text.split(separator: "<", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: ">").map { part[..<$0] }
        }
    }

    func write(into message: inout JSONFields, _ world: World, _ guild: Guild) {
        let accounts = users.compactMap { user -> [UInt8]? in
            guard let member = guild.members[user] ?? world.account(user) else { return nil }
            var account = member.user
            if guild.members.contains(user), guild.id != world.directs.id {
                account["member"] = member.partialJSON
            }
            return account.encoded()
        }
        message["mentions"] = JSONText.array(accounts)
        message.set("mention_roles", roles)
        message.set("mention_everyone", isEveryone)
    }
}
