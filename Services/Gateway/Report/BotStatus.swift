internal import Base
package import DiscordProtocol
internal import EventLoop
package import LinkProtocol

/// What the process has learnt of its token and its bot. Any thread.
package final class BotStatus: Sendable {
    package struct Facts: Sendable, Equatable {
        package var token = GatewayReport.Token.unknown
        package var application: DiscordREST.Application?
    }

    private let held = Locked(Facts())
    /// When the process began, in Unix milliseconds.
    package let since: Int64

    package init(since: Int64 = WallClock.unixMilliseconds()) { self.since = since }

    package var facts: Facts { held.withLock { $0 } }

    package func know(token: GatewayReport.Token) { held.withLock { $0.token = token } }

    package func know(_ application: DiscordREST.Application) {
        held.withLock { facts in
            facts.token = .accepted
            facts.application = application
        }
    }
}

extension BotStatus.Facts {
    /// `refusals`: with which codes shards were refused for good.
    package func intents(refusals: some Sequence<CloseCode>) -> GatewayReport.Intents {
        GatewayReport.Intents(
            wanted: Intents.product.names,
            refused: refusals.contains(.disallowedIntents) ? Intents.privileged.names : [],
            off: application.map { Intents.off(flags: $0.flags).intersection(.product).names }
        )
    }
}
