import Base
import EventBus
import EventLoop
import EventModels
import RedisClient
import TestSupport

/// The two implementations of the seam; every behaviour is tested on both.
enum BusUnderTest: String, CaseIterable, Sendable {
    case memory
    case redis

    func withBus(
        _ limits: LogLimits = LogLimits(),
        _ body: (any EventBus) async throws -> Void
    ) async throws {
        try await withEventLoop { loop in
            switch self {
            case .memory: try await body(MemoryBus(on: loop, limits: limits))
            case .redis:
                let redis = try await RedisServer()
                try await withRedisBus(redis, on: loop, limits) { try await body($0) }
            }
        }
    }
}

func withRedisBus(
    _ redis: RedisServer,
    on loop: EventLoop,
    _ limits: LogLimits = LogLimits(),
    _ body: (RedisBus) async throws -> Void
) async throws {
    let bus = RedisBus(try quick(redis.url), on: loop, limits: limits)
    await bus.start()
    await bus.whenConnected()
    try await body(bus)
    await bus.close()
}

func quick(_ url: String) throws -> RedisConfig {
    var config = try RedisConfig(url: url)
    config.backoff = Backoff(base: .milliseconds(10), limit: .milliseconds(50))
    return config
}

func id(_ number: UInt64, epoch: UInt64 = 1) -> EventID { EventID(epoch: epoch, number: number) }

func event(_ number: UInt64, epoch: UInt64 = 1) -> StreamEvent {
    StreamEvent(
        id: id(number, epoch: epoch),
        kind: .messageCreated,
        guild: Snowflake(7),
        ts: 1000 + Int64(number),
        payload: Array("{\"content\":\"Nr. \(number), ü\"}".utf8)
    )
}

/// The events `numbers` behind `prev` (0: the log's beginning).
func frame(_ numbers: ClosedRange<UInt64>, prev: UInt64? = nil) -> EventFrame {
    let before = prev ?? numbers.lowerBound - 1
    return EventFrame(
        shard: .only,
        prev: before == 0 ? nil : id(before),
        events: numbers.map { event($0) }
    )
}

/// What a tail handed on.
final class Received: Sendable {
    private let deliveries = Locked<[TailDelivery]>([])

    func add(_ delivery: TailDelivery) { deliveries.withLock { $0.append(delivery) } }
    var all: [TailDelivery] { deliveries.withLock { $0 } }
    var numbers: [UInt64] { all.flatMap { $0.events.map(\.id.number) } }
    var isCaughtUp: Bool { all.contains { $0.isCaughtUp } }
}

/// Runs a tail beside `body`.
func withTail(
    _ bus: any EventBus,
    after position: EventID? = nil,
    _ body: (Received) async throws -> Void
) async throws {
    let received = Received()
    let tail = BusTail(bus, shard: .only, after: position) { received.add($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await tail.run() }
        do {
            try await body(received)
        } catch {
            group.cancelAll()
            throw error
        }
        group.cancelAll()
    }
}

/// A connection of its own to ask and change things beside the bus.
func withClient(_ redis: RedisServer, on loop: EventLoop, _ body: (RedisClient) async throws -> Void)
    async throws
{
    let client = RedisClient(try quick(redis.url), on: loop)
    await client.start()
    await client.whenConnected()
    try await body(client)
    await client.close()
}
