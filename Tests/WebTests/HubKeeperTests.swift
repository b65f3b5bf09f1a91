import Base
import EventBus
import EventLoop
import EventModels
import Lifecycle
import RedisClient
import Telemetry
import TestSupport
import Testing
import Web

/// What `/api/ready` says of Redis.
@Suite struct HubKeeperTests {
    @Test func `a Redis without an append-only file is noted, a lost one is missing`() async throws {
        try await withLinkedStack(["--appendonly", "no"]) { stack async throws in
            let replica = try await stack.replica("one")
            let readiness = Readiness(waitingFor: ["bus", "log"])
            let hub = Hub(
                bus: replica.bus,
                log: .silent,
                metrics: HubMetrics(Metrics())
            )
            let keeper = HubKeeper(
                hub: hub,
                bus: replica.bus,
                receivers: [replica.receiver],
                readiness: readiness,
                log: .silent
            )
            func says(_ words: String) -> Bool {
                (readiness.missing + readiness.notes).contains { $0.reason.contains(words) }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keeper.run() }
                try await eventually("the note") {
                    says("without an append-only file") && !says("does not answer")
                }
                try await stack.withClient { client async throws in
                    _ = try await client.send(["CONFIG", "SET", "appendonly", "yes"])
                }
                try await eventually("the note to go") { !says("without an append-only file") }
                try await stack.redis.crash()
                try await eventually("the loss") { says("Redis does not answer") }
                try await eventually("the gateway to be told") { await stack.gateway.statuses.last == false }
                try await stack.redis.start()
                try await eventually("the end of it") { !says("Redis does not answer") }
                try await eventually("the gateway to be told") { await stack.gateway.statuses.last == true }
                group.cancelAll()
                do { try await group.waitForAll() } catch is CancellationError {}
            }
            try await eventually("goodbye") { await stack.gateway.linked == 0 }
            await replica.bus.close()
        }
    }
}
