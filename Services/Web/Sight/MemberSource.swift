package import Base
package import EventModels

/// Where a replica asks for the members that it does not know: the gateway that has the guild, over the link.
package protocol MemberSource: Sendable {
    /// Nil where nobody can say now: no gateway of the shard is linked, it does not know all members of the guild yet,
    /// or does not answer within 5 s.
    func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer?

    /// Members of a guild behind `after`, by id, `limit` (at most `MemberPage.countMax`) of them; nil as above.
    func members(of guild: Snowflake, after: Snowflake, limit: Int, in shard: ShardName) async -> MemberPage?

    /// Whether a gateway of the shard is linked.
    func isLinked(to shard: ShardName) async -> Bool
}

extension MemberSource {
    /// Of who knows no lists.
    package func members(of guild: Snowflake, after: Snowflake, limit: Int, in shard: ShardName) async
        -> MemberPage?
    { nil }
}
