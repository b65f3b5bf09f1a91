package import Base
package import EventModels

/// Why a member cannot be told.
package enum MemberRefusal: String, Error, Equatable {
    case unknownGuild = "the guild is not known"
    case incomplete = "not all members of the guild are known yet"
}

extension ShardState {
    /// What is known of a member once everyone is: nobody is taken for no member before.
    package func member(_ user: Snowflake, of guild: Snowflake) throws(MemberRefusal) -> MemberAnswer {
        guard guilds[guild] != nil, let last, let memory = memory[guild] else { throw .unknownGuild }
        guard memory.hasAllMembers else { throw .incomplete }
        let record = memory.members[user].flatMap { $0.isMember ? $0 : nil }
        return MemberAnswer(facts: record?.facts, at: last)
    }
}

extension MemberRecord {
    var facts: MemberFacts {
        MemberFacts(roles: Set(roles), timedOutUntil: MemberFacts.timeoutEnd(timeoutUntil))
    }
}
