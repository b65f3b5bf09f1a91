package import Base
package import JSON

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

/// One of a guild's members, as lists of them show them.
package struct ListedMember: Sendable, Equatable {
    package let card: UserCard
    /// Sorted, without @everyone.
    package let roles: [Snowflake]

    package init(card: UserCard, roles: [Snowflake]) {
        self.card = card
        self.roles = roles
    }
}

/// A guild's members by id, from a place in the order on.
package struct MemberPage: Sendable, Equatable {
    package let members: [ListedMember]
    /// Nobody is behind the last of them.
    package let isEnd: Bool

    /// Members of one page.
    package static let countMax = 100

    package init(members: [ListedMember], isEnd: Bool) {
        self.members = members
        self.isEnd = isEnd
    }

    /// `members` and `isEnd`, into an object that the caller has begun.
    package func write(into writer: inout JSONWriter) {
        writer.key("members")
        writer.beginArray()
        for member in members {
            writer.beginObject()
            member.card.write(into: &writer)
            writer.key("roles")
            writer.beginArray()
            for role in member.roles { writer.snowflake(role) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.member("isEnd", isEnd)
    }

    /// From what `write` has written; nil where anything in it is not as it should be.
    package init?(decoding bytes: [UInt8]) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: bytes).root } catch { return nil }
        guard let list = root["members"]?.array, let isEnd = root["isEnd"]?.bool else { return nil }
        var members: [ListedMember] = []
        for value in list {
            guard let card = UserCard(payload: value), let roles = value["roles"]?.array else { return nil }
            members.append(ListedMember(card: card, roles: roles.compactMap(\.snowflake)))
        }
        self.init(members: members, isEnd: isEnd)
    }
}
