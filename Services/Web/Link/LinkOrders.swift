import Base
import EventModels
package import LinkProtocol

/// Who has things done at the gateways.
package protocol OrderTaker: Sendable {
    /// True where a gateway says that it is done. An order that names the same key again is done once.
    func carryOut(_ order: LinkOrder) async -> Bool
}

/// Over this replica's links.
package struct LinkOrders: OrderTaker {
    private let links: [LinkReceiver]

    package init(links: [LinkReceiver]) { self.links = links }

    /// Asks the gateways that have the guild's shard, one after the other.
    package func carryOut(_ order: LinkOrder) async -> Bool {
        for link in links {
            let shards = await link.shards.map(\.shard)
            let hasGuild = order.guild.map { guild in
                shards.contains { guild.shard(of: $0.count) == $0.index }
            }
            guard hasGuild == true else { continue }
            if case .value = await link.ask(.order(order)) { return true }
        }
        return false
    }
}
