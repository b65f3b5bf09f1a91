package import Base
package import EventModels
package import LinkProtocol

/// What became of a command.
package enum LinkReply: Sendable, Equatable {
    case member(MemberAnswer)
    /// What other questions are answered with: JSON.
    case value([UInt8])
    /// The gateway does not know, or will not.
    case refused(LinkFailure)
    case timedOut
    /// There is no link, or it ended.
    case lost
    /// Too many are open.
    case unsent
}

/// Asks the gateways over this replica's links.
package struct LinkMembers: MemberSource {
    private let links: [LinkReceiver]

    package init(links: [LinkReceiver]) { self.links = links }

    /// Of several links that name the shard the next is asked only where one refuses or has ended: who waited for an
    /// answer in vain has waited long enough.
    package func member(_ user: Snowflake, of guild: Snowflake, in shard: ShardName) async -> MemberAnswer? {
        let reply = await ask(.fetchMember(user, guild: guild, shard: shard), of: shard)
        guard case .member(let answer) = reply else { return nil }
        return answer
    }

    package func members(of guild: Snowflake, after: Snowflake, limit: Int, in shard: ShardName) async
        -> MemberPage?
    {
        let request = LinkCommand.Request.fetchMembers(guild: guild, after: after, limit: limit, shard: shard)
        guard case .value(let value) = await ask(request, of: shard) else { return nil }
        return MemberPage(decoding: value)
    }

    private func ask(_ request: LinkCommand.Request, of shard: ShardName) async -> LinkReply? {
        var shards: [[LinkShard]] = []
        for link in links { shards.append(await link.shards) }
        for index in OpenCommands.order(shards, for: shard) {
            switch await links[index].ask(request) {
            case .member(let answer): return .member(answer)
            case .value(let value): return .value(value)
            case .timedOut: return nil
            case .refused, .lost, .unsent: continue
            }
        }
        return nil
    }

    package func isLinked(to shard: ShardName) async -> Bool {
        for link in links where await link.shards.contains(where: { $0.shard == shard }) { return true }
        return false
    }
}
