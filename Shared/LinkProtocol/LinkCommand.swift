package import Base
package import EventModels
internal import JSON

/// What is asked of a gateway. See specs/commands.md.
package struct LinkCommand: Sendable, Equatable {
    package enum Request: Sendable, Equatable {
        /// `fetch member`: roles and time-out.
        case fetchMember(Snowflake, guild: Snowflake, shard: ShardName)
        /// `fetch members`: those behind `after`, by id, `limit` at most.
        case fetchMembers(guild: Snowflake, after: Snowflake, limit: Int, shard: ShardName)
        /// `fetch guild`: its whole state.
        case fetchGuild(Snowflake, shard: ShardName?)
        /// `fetch gateway`: how the process and its shards are. No shard is asked for.
        case fetchGateway
        /// Something is to be done.
        case order(LinkOrder)
        /// A name of another version.
        case unknown(name: String)
        /// A name of this version, and what is wrong with its arguments.
        case invalid(LinkFailure)
    }

    /// The asker's choice; used once on a link.
    package let id: UInt64
    package let request: Request

    package init(id: UInt64, _ request: Request) {
        self.id = id
        self.request = request
    }

    /// Whom it names; nil where it names none.
    package var shard: ShardName? {
        switch request {
        case .fetchMember(_, _, let shard): shard
        case .fetchMembers(_, _, _, let shard): shard
        case .fetchGuild(_, let shard): shard
        case .order(let order): order.shard
        case .fetchGateway, .unknown, .invalid: nil
        }
    }

    /// Says which shard, where none is named.
    package var guild: Snowflake? {
        switch request {
        case .fetchMember(_, let guild, _): guild
        case .fetchMembers(let guild, _, _, _): guild
        case .fetchGuild(let guild, _): guild
        case .order(let order): order.guild
        case .fetchGateway, .unknown, .invalid: nil
        }
    }

    /// Which of these shards is asked: the one that is named, else the guild's, else the first. Nil: none of them.
    package func shard(among shards: some Collection<ShardName>) -> ShardName? {
        if let shard { return shards.contains(shard) ? shard : nil }
        guard let guild else { return shards.min() }
        return shards.filter { guild.shard(of: $0.count) == $0.index }.max()
    }
}

/// What the gateway answers.
package struct LinkResult: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case member(MemberAnswer)
        /// A JSON object without blanks.
        case value([UInt8])
        case failed(LinkFailure)
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
    private static let fetchMembers = "fetch members"
    private static let fetchGuild = "fetch guild"
    private static let fetchGateway = "fetch gateway"

    func writeMembers(into writer: inout JSONWriter) {
        writer.member("id", id)
        switch request {
        case .fetchMember(let user, let guild, let shard):
            writer.member("name", Self.fetchMember)
            writer.member("shard", shard.description)
            writer.member("guild", guild)
            writer.member("user", user)
        case .fetchMembers(let guild, let after, let limit, let shard):
            writer.member("name", Self.fetchMembers)
            writer.member("shard", shard.description)
            writer.member("guild", guild)
            writer.member("after", after)
            writer.member("limit", limit)
        case .fetchGuild(let guild, let shard):
            writer.member("name", Self.fetchGuild)
            if let shard { writer.member("shard", shard.description) }
            writer.member("guild", guild)
        case .fetchGateway: writer.member("name", Self.fetchGateway)
        case .order(let order): order.writeMembers(into: &writer)
        case .unknown(let name): writer.member("name", name)
        case .invalid: writer.member("name", "")
        }
    }

    init(_ data: JSONValue?) throws(LinkMessageError) {
        guard let data, let id = data["id"]?.uint64 else { throw .missing("id") }
        guard let name = data["name"]?.string else { throw .missing("name") }
        if name == Self.fetchMember {
            guard let shard = data["shard"]?.string.flatMap({ ShardName($0) }) else {
                throw .missing("shard")
            }
            guard let guild = data["guild"]?.snowflake else { throw .missing("guild") }
            guard let user = data["user"]?.snowflake else { throw .missing("user") }
            self.init(id: id, .fetchMember(user, guild: guild, shard: shard))
        } else if name == Self.fetchMembers {
            self.init(id: id, try Self.members(data))
        } else if name == Self.fetchGuild {
            guard let guild = data["guild"]?.snowflake else { throw .missing("guild") }
            self.init(id: id, .fetchGuild(guild, shard: data["shard"]?.string.flatMap { ShardName($0) }))
        } else if name == Self.fetchGateway {
            self.init(id: id, .fetchGateway)
        } else if let deed = LinkOrder.Deed.Name(rawValue: name) {
            do throws(LinkFailure) {
                self.init(id: id, .order(try LinkOrder(deed, data)))
            } catch {
                self.init(id: id, .invalid(error))
            }
        } else {
            self.init(id: id, .unknown(name: String(name.prefix(32))))
        }
    }

    private static func members(_ data: JSONValue) throws(LinkMessageError) -> Request {
        guard let shard = data["shard"]?.string.flatMap({ ShardName($0) }) else { throw .missing("shard") }
        guard let guild = data["guild"]?.snowflake else { throw .missing("guild") }
        guard let after = data["after"]?.snowflake else { throw .missing("after") }
        guard let limit = data["limit"]?.int, 1...MemberPage.countMax ~= limit else {
            return .invalid(.invalid("limit: 1 to \(MemberPage.countMax)"))
        }
        return .fetchMembers(guild: guild, after: after, limit: limit, shard: shard)
    }
}

extension LinkResult {
    func writeMembers(into writer: inout JSONWriter) {
        writer.member("id", id)
        switch outcome {
        case .failed(let failure):
            writer.key("error")
            failure.write(into: &writer)
        case .value(let value): writer.member("value", raw: value)
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
        guard let data, let id = data["id"]?.uint64 else { throw .missing("id") }
        if let error = data["error"] {
            guard let failure = LinkFailure(error) else { throw .missing("code") }
            self.init(id: id, .failed(failure))
        } else if let value = data["value"] {
            guard value.kind == .object else { throw .missing("value") }
            self.init(id: id, .value(value.compacted))
        } else {
            self.init(id: id, .member(try Self.member(data)))
        }
    }

    private static func member(_ data: JSONValue) throws(LinkMessageError) -> MemberAnswer {
        guard let at = data["at"]?.string.flatMap({ EventID($0) }) else { throw .missing("at") }
        guard let member = data["member"] else { throw .missing("member") }
        guard !member.isNull else { return MemberAnswer(facts: nil, at: at) }
        guard let list = member["roles"]?.array else { throw .missing("roles") }
        var roles: Set<Snowflake> = []
        for value in list {
            guard let role = value.snowflake else { throw .missing("roles") }
            roles.insert(role)
        }
        guard let end = member["timeoutUntil"], end.isNull || end.int64 != nil else {
            throw .missing("timeoutUntil")
        }
        return MemberAnswer(facts: MemberFacts(roles: roles, timedOutUntil: end.int64), at: at)
    }
}

extension LinkResult.Outcome {
    /// As a stored result has it: `{"value":…}` or `{"error":…}`; nil for a member, which nobody stores.
    package var stored: [UInt8]? {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        switch self {
        case .member: return nil
        case .value(let value): writer.member("value", raw: value)
        case .failed(let failure):
            writer.key("error")
            failure.write(into: &writer)
        }
        writer.endObject()
        return writer.takeBytes()
    }

    package init?(stored: [UInt8]) {
        do throws(JSONError) {
            let root = try JSONDocument(parsing: stored).root
            if let failure = root["error"].flatMap({ LinkFailure($0) }) {
                self = .failed(failure)
            } else if let value = root["value"], value.kind == .object {
                self = .value(value.compacted)
            } else {
                return nil
            }
        } catch { return nil }
    }
}
