import Base
import EventBus
import EventLoop
import EventModels
import LinkProtocol
import RedisClient
import Telemetry
import TestSupport
import Web

/// Replicas' receivers between a gateway of the test's and a real Redis, and a tail that hears what comes out.
struct LinkedStack {
    let gateway: TestGateway
    let redis: RedisServer
    let loop: EventLoop
    let heard: Heard

    final class Heard: Sendable {
        private let state = Locked<(ids: [EventID], gaps: Int)>(([], 0))
        var ids: [EventID] { state.withLock { $0.ids } }
        var gaps: Int { state.withLock { $0.gaps } }
        func add(_ delivery: TailDelivery) {
            state.withLock { state in
                state.ids += delivery.events.map(\.id)
                if delivery.gapAfter != nil { state.gaps += 1 }
            }
        }
    }

    /// One replica: its bus, its receiver, and what it counts.
    struct Replica {
        let bus: RedisBus
        let receiver: LinkReceiver
        let metrics: LinkMetrics

        /// What `HubKeeper` does, faster.
        func keep() async {
            while !Task.isCancelled {
                do {
                    await receiver.busIs(try await bus.identity())
                    await receiver.tendLogs()
                } catch {
                    await receiver.busFailed("\(error)")
                }
                await withCheckedContinuation { turn in
                    let loop = bus.loop
                    loop.execute { _ = loop.schedule(after: .milliseconds(50)) { turn.resume() } }
                }
            }
        }
    }

    func replica(
        _ name: String,
        url: String? = nil,
        at gateway: TestGateway? = nil,
        commands: OpenCommands = OpenCommands(),
        drainMax: Duration = .seconds(3)
    ) async throws -> Replica {
        let gateway = gateway ?? self.gateway
        var config = try RedisConfig(url: url ?? redis.url)
        config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
        let bus = RedisBus(config, on: loop)
        await bus.start()
        await bus.whenConnected()
        let registry = Metrics()
        let metrics = LinkMetrics(registry)
        let receiver = LinkReceiver(
            url: "ws://127.0.0.1:\(await gateway.port)/link",
            token: Secret("link"),
            name: name,
            bus: bus,
            hub: Hub(bus: bus, log: .silent, metrics: HubMetrics(registry)),
            log: .silent,
            metrics: metrics,
            commands: commands,
            drainMax: drainMax
        )
        await receiver.connect()
        return Replica(bus: bus, receiver: receiver, metrics: metrics)
    }

    /// Everything that was made is heard, once and in order, and acknowledged.
    func settle(_ what: String) async throws {
        try await eventually(what) {
            let (made, unacked) = await (gateway.made.count, gateway.unacked)
            return heard.ids.count >= made && unacked == 0
        }
    }

    func run(_ replicas: [Replica], _ body: () async throws -> Void) async throws {
        let bus = replicas[0].bus
        let tail = BusTail(bus, shard: .only, after: nil) { heard.add($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await tail.run() }
            for replica in replicas { group.addTask { await replica.keep() } }
            let outcome: (any Error)?
            do {
                try await body()
                outcome = nil
            } catch { outcome = error }
            group.cancelAll()
            if let outcome { throw outcome }
        }
        for replica in replicas {
            await replica.receiver.stop()
            await replica.bus.close()
        }
    }

    func withClient(_ body: (RedisClient) async throws -> Void) async throws {
        let client = RedisClient(try RedisConfig(url: redis.url), on: loop)
        await client.start()
        await client.whenConnected()
        try await body(client)
        await client.close()
    }
}

/// A stack on a Redis with these arguments.
func withLinkedStack(_ arguments: [String] = [], _ body: (LinkedStack) async throws -> Void) async throws {
    let redis = try await RedisServer(arguments)
    try await withEventLoop { loop in
        let gateway = TestGateway(loop: loop)
        try await gateway.start()
        try await body(LinkedStack(gateway: gateway, redis: redis, loop: loop, heard: .init()))
        await gateway.stop()
    }
}
