package import Base
package import EventModels
internal import JSON

/// What a replica asks of a gateway. See specs/link.md, "Commands".
package struct LinkCommand: Sendable, Equatable {
    package enum Request: Sendable, Equatable {
        /// `fetch member`: roles and time-out.
        case fetchMember(Snowflake, guild: Snowflake, shard: ShardName)
        /// A name of another version.
        case unknown(name: String)
    }

    /// The replica's choice; used once on a link.
    package let id: UInt64
    package let request: Request

    /// Whom it asks; nil where the name is not known.
    package var shard: ShardName? {
        switch request {
        case .fetchMember(_, _, let shard): shard
        case .unknown: nil
        }
    }

    package init(id: UInt64, _ request: Request) {
        self.id = id
        self.request = request
    }
}

/// What the gateway answers.
package struct LinkResult: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case member(MemberAnswer)
        /// It is not known; why, for people.
        case refused(String)
    }

    /// The command's.
    package let id: UInt64
    package let outcome: Outcome

    package init(id: UInt64, _ outcome: Outcome) {
        self.id = id
        self.outcome = outcome
    }
}

extension LinkCommand {
    private static let fetchMember = "fetch member"

    func writeMembers(into writer: inout JSONWriter) {
        writer.member("id", id)
        switch request {
        case .fetchMember(let user, let guild, let shard):
            writer.member("name", Self.fetchMember)
            writer.member("shard", shard.description)
            writer.member("guild", guild)
            writer.member("user", user)
        case .unknown(let name): writer.member("name", name)
        }
    }

    init(_ data: JSONValue?) throws(LinkMessageError) {
        guard let id = data?["id"]?.uint64 else { throw .missing("id") }
        guard let name = data?["name"]?.string else { throw .missing("name") }
        guard name == Self.fetchMember else {
            self.init(id: id, .unknown(name: String(name.prefix(32))))
            return
        }
        guard let shard = data?["shard"]?.string.flatMap({ ShardName($0) }) else { throw .missing("shard") }
        guard let guild = data?["guild"]?.snowflake else { throw .missing("guild") }
        guard let user = data?["user"]?.snowflake else { throw .missing("user") }
        self.init(id: id, .fetchMember(user, guild: guild, shard: shard))
    }
}

extension LinkResult {
    func writeMembers(into writer: inout JSONWriter) {
        writer.member("id", id)
        switch outcome {
        case .refused(let reason): writer.member("error", reason)
        case .member(let answer):
            writer.member("at", answer.at.description)
            writer.key("member")
            guard let facts = answer.facts else { return writer.null() }
            writer.beginObject()
            writer.snowflakes("roles", facts.roles)
            writer.key("timeoutUntil")
            if let until = facts.timedOutUntil { writer.int(until) } else { writer.null() }
            writer.endObject()
        }
    }

    /// Nothing in it may be taken for less than it says: a role that is no id, or a time-out that is no time, is no answer.
    init(_ data: JSONValue?) throws(LinkMessageError) {
        guard let id = data?["id"]?.uint64 else { throw .missing("id") }
        if let reason = data?["error"]?.string {
            self.init(id: id, .refused(String(reason.prefix(128))))
            return
        }
        guard let at = data?["at"]?.string.flatMap({ EventID($0) }) else { throw .missing("at") }
        guard let member = data?["member"] else { throw .missing("member") }
        guard !member.isNull else {
            self.init(id: id, .member(MemberAnswer(facts: nil, at: at)))
            return
        }
        guard let list = member["roles"]?.array else { throw .missing("roles") }
        var roles: Set<Snowflake> = []
        for value in list {
            guard let role = value.snowflake else { throw .missing("roles") }
            roles.insert(role)
        }
        guard let end = member["timeoutUntil"], end.isNull || end.int64 != nil else {
            throw .missing("timeoutUntil")
        }
        let facts = MemberFacts(roles: roles, timedOutUntil: end.int64)
        self.init(id: id, .member(MemberAnswer(facts: facts, at: at)))
    }
}
