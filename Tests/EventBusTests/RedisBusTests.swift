import Base
import EventBus
import EventModels
import RedisClient
import TestSupport
import Testing

/// What only a bus with a server of its own can go through.
@Suite struct RedisBusTests {
    @Test func `a tail started without Redis goes on when it is there, and outlives its absence`()
        async throws
    {
        let redis = try await RedisServer()
        try await redis.stop()
        try await withEventLoop { loop in
            let bus = RedisBus(try quick(redis.url), on: loop)
            await bus.start()
            await #expect(throws: BusError.self) { try await bus.append(frame(1...1)) }
            try await withTail(bus) { received async throws in
                try await redis.start()
                await bus.whenConnected()
                _ = try await bus.append(frame(1...5))
                try await eventually("the first events") { received.numbers == [1, 2, 3, 4, 5] }
                #expect(bus.connections == 1)
                try await redis.stop()
                try await redis.start()
                try await eventually("the next append") {
                    (try? await bus.append(frame(6...9))) == .appended(top: id(9))
                }
                try await eventually("what follows") { received.numbers == Array(1...9) }
                #expect(bus.connections == 2)
            }
            await bus.close()
        }
    }

    @Test func `an emptied Redis that is filled again from its last event makes no repeat and no gap`()
        async throws
    {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop) { bus async throws in
                let name = try await bus.identity()
                _ = try await bus.append(frame(1...6))
                try await withTail(bus) { received async throws in
                    try await eventually("the first events") { received.numbers == Array(1...6) }
                    try await redis.loseEverything()
                    try await redis.start()
                    await bus.whenConnected()
                    try await eventually("the append of older and newer events") {
                        (try? await bus.append(frame(4...8, prev: 0))) == .appended(top: id(8))
                    }
                    try await eventually("the newer ones") { received.numbers == Array(1...8) }
                    #expect(received.all.allSatisfy { $0.gapAfter == nil })
                    #expect(try await bus.identity() != name)
                }
            }
        }
    }

    @Test func `a Redis without memory is an error, and nothing of the frame is in the log`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop) { bus async throws in
                let client = RedisClient(try quick(redis.url), on: loop)
                await client.start()
                await client.whenConnected()
                _ = try await bus.append(frame(1...2))
                _ = try await client.send(["CONFIG", "SET", "maxmemory", "1"])
                do throws(BusError) {
                    _ = try await bus.append(frame(3...9))
                    Issue.record("appended without memory")
                } catch {
                    #expect(error.code == .refused)
                }
                // What is there can still be read, by a newcomer too, who has to load the scripts.
                try await withRedisBus(redis, on: loop) { newcomer async throws in
                    #expect(try await newcomer.read(.only, after: nil, limit: 9).count == 2)
                    #expect(try await newcomer.top(of: .only) == id(2))
                }
                _ = try await client.send(["CONFIG", "SET", "maxmemory", "0"])
                #expect(try await bus.top(of: .only) == id(2))
                #expect(try await bus.append(frame(3...9)) == .appended(top: id(9)))
                #expect(try await bus.isDurable() == true)
                _ = try await client.send(["CONFIG", "SET", "appendonly", "no"])
                #expect(try await bus.isDurable() == false)
                _ = try await client.send(["ACL", "SETUSER", "default", "-info"])
                #expect(try await bus.isDurable() == nil, "it may not be asked")
                await client.close()
            }
        }
    }

    @Test func `a log of another type is an error, never an acknowledgement`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop) { bus async throws in
                let client = RedisClient(try quick(redis.url), on: loop)
                await client.start()
                await client.whenConnected()
                _ = try await client.send(["SET", RedisKeys.log(.only), "x"])
                await #expect(throws: BusError.self) { try await bus.append(frame(1...1)) }
                await #expect(throws: BusError.self) { try await bus.top(of: .only) }
                await #expect(throws: BusError.self) { try await bus.page(of: .only, after: nil, limit: 1) }
                await client.close()
            }
        }
    }

    @Test func `a log is kept short, and a tail that was away too long is told of the gap`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            let bus = RedisBus(try quick(redis.url), on: loop, limits: LogLimits(bytesMax: 200 * 160))
            await bus.start()
            await bus.whenConnected()
            for start in stride(from: UInt64(1), to: 2000, by: 100) {
                _ = try await bus.append(frame(start...start + 99))
            }
            let bounds = try await bus.bounds(of: .only)
            #expect(bounds.top == id(2000))
            let first = try #require(bounds.first)
            #expect(first > id(1000))
            try await withTail(bus, after: id(5)) { received async throws in
                try await eventually("what is left") { received.numbers.last == 2000 }
                #expect(received.numbers == Array(first.number...2000))
                #expect(received.all.first?.gapAfter == id(5))
            }
            await bus.close()
        }
    }

    @Test func `two replicas hear each other`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop) { one in
                try await withRedisBus(redis, on: loop) { other in
                    try await withTail(other) { received async throws in
                        try await eventually("the start") { received.isCaughtUp }
                        #expect(try await one.append(frame(1...2)) == .appended(top: id(2)))
                        #expect(try await other.append(frame(1...2)) == .refused(top: id(2)))
                        #expect(try await other.append(frame(3...3)) == .appended(top: id(3)))
                        try await eventually("all of it") { received.numbers == [1, 2, 3] }
                    }
                }
            }
        }
    }
}
