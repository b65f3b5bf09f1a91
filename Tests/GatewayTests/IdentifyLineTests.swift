import Base
import EventLoop
import EventModels
import FoundationEssentials
import Gateway
import RedisClient
import TestSupport
import Testing

/// Who goes first, and who goes not at all.
@Suite struct IdentifyLineTests {
    /// Grants when it is told to, and keeps whom it granted.
    private final class Ledger: IdentifyLedger {
        let isOpen = Locked(false)
        let granted = Locked<[Int]>([])

        func admit(_ shard: ShardName, maxConcurrency: Int) async throws -> IdentifyAdmission {
            guard isOpen.withLock({ $0 }) else { return .wait(.milliseconds(1)) }
            granted.withLock { $0.append(shard.index) }
            return .granted
        }

        func budget() async throws -> IdentifyBudget { IdentifyBudget() }
    }

    /// Its host's other processes count before it, a few times.
    private struct SlowLedger: IdentifyLedger {
        let waits = Locked(3)

        func admit(_ shard: ShardName, maxConcurrency: Int) async throws -> IdentifyAdmission {
            waits.withLock { waits in
                waits -= 1
                return waits >= 0 ? .wait(.milliseconds(1)) : .granted
            }
        }

        func budget() async throws -> IdentifyBudget { IdentifyBudget() }
    }

    @Test func `who is counted in Redis is counted once, however long its own host holds it up`() async throws
    {
        let server = try await RedisServer()
        try await withEventLoop { loop in
            let redis = RedisClient(try RedisConfig(url: server.url), on: loop)
            await redis.start()
            await redis.whenConnected()
            let ledger = SharedIdentifyLedger(
                local: SlowLedger(),
                redis: redis,
                token: Secret("t"),
                interval: .seconds(3600)
            )
            var answers: [IdentifyAdmission] = []
            for _ in 0..<4 { answers.append(try await ledger.admit(try Self.shard(0), maxConcurrency: 1)) }
            #expect(answers == Array(repeating: .wait(.milliseconds(1)), count: 3) + [.granted])
            #expect(try await ledger.budget().entries.count == 1)
            guard case .wait = try await ledger.admit(try Self.shard(0), maxConcurrency: 1) else {
                Issue.record("the next session has to wait for the bucket")
                return
            }
            await redis.close()
        }
    }

    private static func shard(_ index: Int) throws -> ShardName {
        try #require(ShardName(index: index, count: 16))
    }

    @Test func `the lowest goes first; who has left is passed over, and another connection of theirs is not`()
        async throws
    {
        try await withEventLoop { loop in
            let ledger = Ledger()
            let line = IdentifyLine(ledger: ledger, loop: loop)
            let order = [5, 3, 9, 1, 7]
            let turns = try order.map { index in
                let shard = try Self.shard(index)
                return Task { try await line.turn(of: shard, connection: 1) }
            }
            try await eventually("all to stand in line") { await line.count == order.count }
            await line.leave(try Self.shard(3), 1)
            // What went was an earlier connection.
            await line.leave(try Self.shard(9), 0)
            ledger.isOpen.withLock { $0 = true }
            var come: [Bool] = []
            for turn in turns { come.append(try await turn.value) }
            #expect(come == [true, false, true, true, true])
            #expect(ledger.granted.withLock { $0 } == [1, 5, 7, 9])
        }
    }

    @Test func `who was ended before standing in line does not stand in it`() async throws {
        try await withEventLoop { loop in
            let line = IdentifyLine(ledger: Ledger(), loop: loop)
            let shard = try Self.shard(1)
            let turn = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await line.turn(of: shard, connection: 1)
            }
            #expect(try await turn.value == false)
            #expect(await line.count == 0)
        }
    }

    @Test func `processes of one folder count together`() async throws {
        let folder = "/tmp/identify-tests-\(RandomSource.hex(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ledgers = (0..<2).map { _ in
            FileIdentifyLedger(stateDirectory: folder, token: Secret("t"), interval: .seconds(3600))
        }
        #expect(try await ledgers[0].admit(try Self.shard(0), maxConcurrency: 2) == .granted)
        // Its bucket is taken for everybody, the other is free.
        guard case .wait = try await ledgers[1].admit(try Self.shard(2), maxConcurrency: 2) else {
            Issue.record("two at once in one bucket")
            return
        }
        #expect(try await ledgers[1].admit(try Self.shard(1), maxConcurrency: 2) == .granted)
        #expect(try await ledgers[0].budget().entries.map(\.shard.index).sorted() == [0, 1])
    }

    @Test func `hosts count together in a Redis, and each alone where it is away`() async throws {
        let server = try await RedisServer()
        let folders = (0..<2).map { _ in "/tmp/identify-tests-\(RandomSource.hex(8))" }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        try await withEventLoop { loop in
            let redis = RedisClient(try RedisConfig(url: server.url), on: loop)
            await redis.start()
            await redis.whenConnected()
            let hosts = folders.map { folder in
                SharedIdentifyLedger(
                    local: FileIdentifyLedger(
                        stateDirectory: folder,
                        token: Secret("t"),
                        interval: .seconds(3600)
                    ),
                    redis: redis,
                    token: Secret("t"),
                    interval: .seconds(3600)
                )
            }
            #expect(try await hosts[0].admit(try Self.shard(0), maxConcurrency: 2) == .granted)
            guard case .wait = try await hosts[1].admit(try Self.shard(2), maxConcurrency: 2) else {
                Issue.record("two hosts at once in one bucket")
                return
            }
            #expect(try await hosts[1].admit(try Self.shard(1), maxConcurrency: 2) == .granted)
            #expect(try await hosts[0].budget().entries.map(\.shard.index).sorted() == [0, 1])
            try await server.crash()
            // Host 1 has counted shard 1 alone: without Redis it does not know of shard 0.
            #expect(try await hosts[1].admit(try Self.shard(2), maxConcurrency: 2) == .granted)
            await redis.close()
        }
    }
}
