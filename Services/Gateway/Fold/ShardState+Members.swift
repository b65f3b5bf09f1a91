package import Base
package import EventModels

extension ShardState {
    /// What is known of a member once everyone is, in this session: nobody is taken for no member before.
    package func member(_ user: Snowflake, of guild: Snowflake) throws(CommandRefusal) -> MemberAnswer {
        guard guilds[guild] != nil, let last, let memory = memory[guild] else { throw .unknownGuild }
        guard memory.hasAllMembers, !awaited.contains(guild) else { throw .incomplete }
        let record = memory.members[user].flatMap { $0.isMember ? $0 : nil }
        return MemberAnswer(facts: record?.facts, at: last)
    }
}

extension MemberRecord {
    var facts: MemberFacts {
        MemberFacts(roles: Set(roles), timedOutUntil: MemberFacts.timeoutEnd(timeoutUntil))
    }
}
