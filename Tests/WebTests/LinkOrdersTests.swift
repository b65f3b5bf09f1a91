import Base
import EventBus
import EventModels
import LinkProtocol
import TestSupport
import Testing
import Web

/// Orders over real links: what gateways say comes of them.
@Suite struct LinkOrdersTests {
    private static let order = LinkOrder(
        .emit(event: EventKind.overlayUpdated.rawValue, payload: Array("{}".utf8)),
        guild: Snowflake(8),
        key: "k"
    )

    @Test func `done by one is done; refused is what all refuse for good; of the rest nobody knows`()
        async throws
    {
        try await withLinkedStack { stack async throws in
            let other = TestGateway(loop: stack.loop)
            try await other.start()
            let replicas = [try await stack.replica("one"), try await stack.replica("two", at: other)]
            let links = replicas.map(\.receiver)
            for link in links { try await eventually("a link") { await !link.shards.isEmpty } }
            let orders = LinkOrders(links: links)
            let done = LinkResult.Outcome.value(Array("{}".utf8))
            func failed(_ code: LinkFailure.Code) -> LinkResult.Outcome { .failed(LinkFailure(code, "no")) }
            let table: [(LinkResult.Outcome, LinkResult.Outcome, OrderOutcome)] = [
                (done, done, .done), (failed(.invalid), done, .done), (failed(.goingDown), done, .done),
                (failed(.invalid), failed(.unknownCommand), .refused("no")),
                (failed(.invalid), failed(.overloaded), .failed),
                (failed(.overloaded), failed(.invalid), .failed),
                (failed(.unknownOutcome), failed(.unknownOutcome), .failed),
            ]
            for (first, second, outcome) in table {
                await stack.gateway.answers { _ in first }
                await other.answers { _ in second }
                #expect(await orders.carryOut(Self.order) == outcome, "\(first), \(second)")
            }
            for replica in replicas {
                await replica.receiver.stop()
                await replica.bus.close()
            }
            #expect(await orders.carryOut(Self.order) == .failed, "no link")
            await other.stop()
        }
    }
}
