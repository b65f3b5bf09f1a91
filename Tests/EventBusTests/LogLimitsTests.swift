import Base
import EventBus
import EventModels
import RedisClient
import TestSupport
import Testing

/// Logs are bounded by bytes, then by age.
@Suite struct LogLimitsTests {
    /// What the events count as.
    private func cost(_ numbers: some Sequence<UInt64>) -> Int {
        numbers.reduce(0) { $0 + event($1).envelope.count + LogLimits.entryOverhead }
    }

    /// Trims until nothing more goes; one call cuts a bounded part only.
    private func trimmed(_ bus: any EventBus) async throws -> LogSize {
        var total = try await bus.trim(.only)
        while true {
            let next = try await bus.trim(.only)
            guard next.removed > 0 else { return total }
            let removed = total.removed
            total = next
            total.removed += removed
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a log past its bytes loses its oldest, and says how much there is`(kind: BusUnderTest) async throws
    {
        let limits = LogLimits(bytesMax: 64 * 1000)
        try await kind.withBus(limits) { bus async throws in
            #expect(try await bus.trim(.only) == LogSize())
            for start in stride(from: UInt64(1), to: 2000, by: 5) {
                _ = try await bus.append(frame(start...start + 4))
            }
            let size = try await trimmed(bus)
            let first = try #require(try await bus.bounds(of: .only).first).number
            #expect(size.top == id(2000))
            #expect(size.entries == Int(2000 - first + 1))
            #expect(size.removed + size.entries == 2000)
            #expect(size.bytes <= limits.bytesMax && size.bytes > limits.bytesMax * 9 / 10)
            // Redis keeps the entry that the cut was made at, and does not count it.
            let counted = [cost(first...2000), cost(first + 1...2000)]
            #expect(counted.contains(size.bytes), "\(size.bytes) is none of \(counted)")
            #expect(try await bus.append(frame(2001...2001)) == .appended(top: id(2001)))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a log past its age loses all but its last entry`(kind: BusUnderTest) async throws {
        try await kind.withBus(LogLimits(ageMax: .milliseconds(20))) { bus async throws in
            _ = try await bus.append(frame(1...30))
            var size = LogSize()
            try await eventually("the old ones to go") {
                let now = try await bus.trim(.only)
                let removed = size.removed + now.removed
                size = now
                size.removed = removed
                return size.entries == 1
            }
            #expect(size.removed == 29 && size.top == id(30))
            #expect(try await bus.bounds(of: .only) == LogBounds(first: id(30), top: id(30)))
            #expect(try await bus.append(frame(31...31)) == .appended(top: id(31)))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `age is when an event was appended, never what its id looks like`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            // A session of 1970, and one far ahead.
            for epoch in [1, 9_999_999_999_999] as [UInt64] {
                let events = (1...20).map { event($0, epoch: epoch) }
                let prev = try await bus.top(of: .only)
                _ = try await bus.append(EventFrame(shard: .only, prev: prev, events: events))
                #expect(try await trimmed(bus).removed == 0)
            }
            #expect(try await bus.trim(.only).entries == 40)
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a reader that was overtaken is told after which of its events the hole is`(kind: BusUnderTest)
        async throws
    {
        try await kind.withBus(LogLimits(bytesMax: 20_000)) { bus async throws in
            for start in stride(from: UInt64(1), to: 1000, by: 10) {
                _ = try await bus.append(frame(start...start + 9))
            }
            _ = try await trimmed(bus)
            let first = try #require(try await bus.bounds(of: .only).first)
            let page = try await bus.page(of: .only, after: id(5), limit: 10)
            let gap = try #require(page.gap(after: id(5)))
            #expect(gap.after == id(5) && gap.before == first)
            #expect(page.gap(after: nil) == nil && page.gap(after: first) == nil)
            #expect(try await bus.page(of: .only, after: id(1000), limit: 10).gap(after: id(1000)) == nil)
            try await withTail(bus, after: id(5)) { received async throws in
                try await eventually("what is left") { received.numbers.last == 1000 }
                #expect(received.numbers == Array(first.number...1000))
                #expect(received.all.compactMap(\.gapAfter) == [id(5)], "told once")
            }
        }
    }

    @Test func `appending alone keeps a log near its bounds, whoever else forgets to`() async throws {
        try await BusUnderTest.redis.withBus(LogLimits(bytesMax: 64_000)) { bus async throws in
            for start in stride(from: UInt64(1), to: 3000, by: 10) {
                _ = try await bus.append(frame(start...start + 9))
            }
            try await eventually("the log to be cut") {
                let first = try await bus.bounds(of: .only).first?.number ?? 0
                return cost(first...3000) <= 64_000 + 64_000 / 8
            }
            #expect(try await bus.trim(.only).removed > 2000, "what went unasked is told, too")
        }
    }

    @Test func `a full Redis can be trimmed, and what does not fit in changes nothing`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop, LogLimits(ageMax: .milliseconds(20))) {
                bus async throws in
                try await withClient(redis, on: loop) { client async throws in
                    _ = try await bus.append(frame(1...50))
                    try await eventually("a mark behind all of it") {
                        _ = try await bus.trim(.only)
                        let marks = try await client.send(["LRANGE", RedisKeys.marks(.only), "0", "-1"])
                        return marks.array?.last?.string?.hasSuffix(" \(id(50))") == true
                    }
                    _ = try await bus.append(frame(51...60))
                    _ = try await client.send(["CONFIG", "SET", "maxmemory", "1"])
                    try await eventually("what is marked to go") {
                        try await bus.trim(.only).entries == 11
                    }
                    await #expect(throws: BusError.self) { try await bus.append(frame(61...61)) }
                    // An empty log, too: its first write is one that Redis checks its memory for.
                    let other = try #require(ShardName("1/2"))
                    let fresh = EventFrame(shard: other, prev: nil, events: [event(1)])
                    await #expect(throws: BusError.self) { try await bus.append(fresh) }
                    #expect(try await bus.shards() == [.only])
                    #expect(try await bus.top(of: .only) == id(60))
                    #expect(try await bus.top(of: other) == nil)
                }
            }
        }
    }

    @Test func `counts that were broken or belong to a removed log do no harm`() async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            try await withRedisBus(redis, on: loop) { bus async throws in
                try await withClient(redis, on: loop) { client async throws in
                    _ = try await bus.append(frame(1...2))
                    _ = try await bus.trim(.only)
                    _ = try await client.send(["DEL", RedisKeys.log(.only)])
                    let again = EventFrame(shard: .only, prev: nil, events: [event(7)])
                    #expect(try await bus.append(again) == .appended(top: id(7)))
                    #expect(
                        try await bus.trim(.only).bytes == cost(7...7),
                        "it counts from the new log's start"
                    )
                    _ = try await client.send(["SET", RedisKeys.size(.only), "no hash"])
                    #expect(try await bus.append(frame(8...9)) == .appended(top: id(9)))
                    #expect(try await bus.read(.only, after: nil, limit: 9).map(\.id.number) == [7, 8, 9])
                    await #expect(throws: BusError.self) { try await bus.trim(.only) }
                }
            }
        }
    }
}
