package import Base
package import DiscordProtocol
package import EventModels

extension ShardState {
    /// What is known of a member once everyone is, in this session: nobody is taken for no member before.
    package func member(_ user: Snowflake, of guild: Snowflake) throws(CommandRefusal) -> MemberAnswer {
        guard guilds[guild] != nil, let last, let memory = memory[guild] else { throw .unknownGuild }
        guard memory.hasAllMembers, !awaited.contains(guild) else { throw .incomplete }
        let record = memory.members[user].flatMap { $0.isMember ? $0 : nil }
        return MemberAnswer(facts: record?.facts, at: last)
    }

    /// Members behind `after`, by id, once everyone is known.
    package func members(of guild: Snowflake, after: Snowflake, limit: Int, cdn: CDN) throws(CommandRefusal)
        -> MemberPage
    {
        guard guilds.holds(guild), let memory = memory[guild] else { throw .unknownGuild }
        guard memory.hasAllMembers, !awaited.contains(guild) else { throw .incomplete }
        // One more than asked for says whether somebody is behind them.
        let ids = memory.members.keys(after: after, limit: limit + 1) { memory.members[$0]?.isMember == true }
        let members = ids.prefix(limit).compactMap { id in
            memory.members[id].map { ListedMember(card: $0.card(guild: guild, cdn: cdn), roles: $0.roles) }
        }
        return MemberPage(members: members, isEnd: ids.count <= limit)
    }
}

extension MemberRecord {
    var facts: MemberFacts {
        MemberFacts(roles: Set(roles), timedOutUntil: MemberFacts.timeoutEnd(timeoutUntil))
    }
}
