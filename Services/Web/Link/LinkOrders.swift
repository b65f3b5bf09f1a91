import Base
import EventModels
package import LinkProtocol

/// What came of an order.
package enum OrderOutcome: Sendable, Equatable {
    case done
    /// A gateway says why it never will, however often it is asked: as a rule it is older than the order.
    case refused(String)
    /// Nobody says that it was done. With the same key it may be asked again.
    case failed
}

/// Who has things done at the gateways.
package protocol OrderTaker: Sendable {
    /// An order that names the same key again is done once.
    func carryOut(_ order: LinkOrder) async -> OrderOutcome
}

/// Over this replica's links.
package struct LinkOrders: OrderTaker {
    private let links: [LinkReceiver]

    package init(links: [LinkReceiver]) { self.links = links }

    /// Asks the gateways that have the guild's shard, one after the other. It is refused where all of them refuse it.
    package func carryOut(_ order: LinkOrder) async -> OrderOutcome {
        var outcome: OrderOutcome?
        for link in links {
            let shards = await link.shards.map(\.shard)
            let hasGuild = order.guild.map { guild in
                shards.contains { guild.shard(of: $0.count) == $0.index }
            }
            guard hasGuild == true else { continue }
            switch await link.ask(.order(order)) {
            case .value: return .done
            case .refused(let failure) where failure.code.isFinal:
                outcome = outcome ?? .refused(failure.message)
            case .refused, .member, .timedOut, .lost, .unsent: outcome = .failed
            }
        }
        return outcome ?? .failed
    }
}
