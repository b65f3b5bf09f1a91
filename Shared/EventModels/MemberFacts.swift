package import Base

/// What permissions depend on of one member: held for each viewer, kept current by the log.
package struct MemberFacts: Sendable, Hashable {
    /// Without @everyone.
    package var roles: Set<Snowflake>
    /// Unix milliseconds; nil: not timed out.
    package var timedOutUntil: Int64?

    package init(roles: Set<Snowflake> = [], timedOutUntil: Int64? = nil) {
        self.roles = roles
        self.timedOutUntil = timedOutUntil
    }
}

/// What the gateway answers when it is asked for a member.
package struct MemberAnswer: Sendable, Equatable {
    /// Nil: no member of the guild.
    package let facts: MemberFacts?
    /// The id of the shard's last event that is in it.
    package let at: EventID

    package init(facts: MemberFacts?, at: EventID) {
        self.facts = facts
        self.at = at
    }
}
