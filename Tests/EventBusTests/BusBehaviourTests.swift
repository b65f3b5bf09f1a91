import Base
import EventBus
import EventModels
import TestSupport
import Testing

@Suite struct BusBehaviourTests {
    @Test(arguments: BusUnderTest.allCases)
    func `a frame is appended where the log ends and nowhere else`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            #expect(try await bus.top(of: .only) == nil)
            #expect(try await bus.shards() == [])
            #expect(try await bus.append(frame(1...3)) == .appended(top: id(3)))
            #expect(try await bus.append(frame(4...5)) == .appended(top: id(5)))
            for refused in [
                frame(4...5), frame(6...6, prev: 4), frame(9...9, prev: 8), frame(7...7, prev: 6),
            ] {
                #expect(try await bus.append(refused) == .refused(top: id(5)))
            }
            let fresh = EventFrame(shard: .only, prev: nil, events: [event(6)])
            #expect(try await bus.append(fresh) == .refused(top: id(5)))
            #expect(try await bus.read(.only, after: nil, limit: 100) == (1...5).map { event($0) })
            #expect(try await bus.bounds(of: .only) == LogBounds(first: id(1), top: id(5)))
            #expect(try await bus.shards() == [.only])
            #expect(try await bus.append(frame(6...6)) == .appended(top: id(6)))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `an empty log begins only with a frame that says so`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            #expect(try await bus.append(frame(50...51, prev: 40)) == .refused(top: nil))
            #expect(try await bus.bounds(of: .only) == LogBounds())
            let first = EventFrame(shard: .only, prev: nil, events: [event(50), event(51)])
            #expect(try await bus.append(first) == .appended(top: id(51)))
            #expect(try await bus.bounds(of: .only).first == id(50))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `ids are ordered as two integers up to their last bit`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            let ids = [
                EventID(epoch: 9, number: 10), EventID(epoch: 10, number: 9),
                EventID(epoch: 10, number: 1 << 63),
                EventID(epoch: 10, number: .max), EventID(epoch: .max, number: 0),
            ]
            var prev: EventID?
            for id in ids {
                let event = StreamEvent(
                    id: id,
                    kind: .logGap,
                    guild: Snowflake(.max),
                    ts: 1,
                    payload: [0x7B, 0x7D]
                )
                let frame = EventFrame(shard: .only, prev: prev, events: [event])
                #expect(try await bus.append(frame) == .appended(top: id))
                prev = id
            }
            #expect(try await bus.read(.only, after: ids[1], limit: 10).map(\.id) == Array(ids[2...]))
            #expect(try await bus.recent(.only, before: nil, count: 2).map(\.id) == Array(ids[3...]))
            #expect(try await bus.recent(.only, before: ids[3], count: 2).map(\.id) == Array(ids[1..<3]))
            #expect(try await bus.recent(.only, before: ids[0], count: 2).isEmpty)
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a frame out of order is an error and changes nothing`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            _ = try await bus.append(frame(1...2))
            let twice = EventFrame(shard: .only, prev: id(2), events: [event(3), event(5), event(4)])
            await #expect(throws: BusError.self) { try await bus.append(twice) }
            let backwards = EventFrame(shard: .only, prev: id(2), events: [event(2)])
            await #expect(throws: BusError.self) { try await bus.append(backwards) }
            #expect(try await bus.top(of: .only) == id(2))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `pages are read on from any position, also one that is not in the log`(kind: BusUnderTest)
        async throws
    {
        try await kind.withBus { bus async throws in
            _ = try await bus.append(frame(10...19, prev: 0))
            let first = try await bus.page(of: .only, after: nil, limit: 4)
            #expect(first.entries.map(\.id.number) == [10, 11, 12, 13])
            #expect(first.bounds == LogBounds(first: id(10), top: id(19)))
            #expect(try await bus.read(.only, after: id(13), limit: 100).map(\.id.number) == Array(14...19))
            #expect(try await bus.read(.only, after: id(3), limit: 1).map(\.id.number) == [10])
            #expect(try await bus.read(.only, after: id(19), limit: 1) == [])
            #expect(try await bus.read(.only, after: id(5, epoch: 2), limit: 1) == [])
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a page is bounded by its bytes, and has one entry at least`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            let kilo = String(repeating: "x", count: 1 << 10)
            let sizes = [1, 1500, 1500, 1500, 5000, 1, 1, 1500]
            var prev: EventID?
            for (index, size) in sizes.enumerated() {
                let event = StreamEvent(
                    id: id(UInt64(index) + 1),
                    kind: .guildSynced,
                    guild: Snowflake(7),
                    ts: 1,
                    payload: Array("{\"x\":\"\(String(repeating: kilo, count: size))\"}".utf8)
                )
                _ = try await bus.append(EventFrame(shard: .only, prev: prev, events: [event]))
                prev = event.id
            }
            var pages: [[UInt64]] = []
            var position: EventID?
            while true {
                let page = try await bus.page(of: .only, after: position, limit: 100)
                guard let last = page.entries.last?.id else { break }
                pages.append(page.entries.map(\.id.number))
                position = last
                #expect(page.bounds == LogBounds(first: id(1), top: id(8)))
                #expect(page.hasMore == (last < id(8)))
            }
            #expect(pages == [[1, 2, 3], [4], [5], [6, 7, 8]])
            let ends = [nil, id(6), id(5), id(4)]
            var newest: [[UInt64]] = []
            for end in ends {
                newest.append(try await bus.recent(.only, before: end, count: 100).map(\.id.number))
            }
            #expect(newest == [[6, 7, 8], [5], [3, 4], [1, 2, 3]])
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `frames sent all at once each get their own answer`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            // In whatever order they come: who is refused for being early tries again.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...100 as ClosedRange<UInt64> {
                    group.addTask {
                        while true {
                            switch try await bus.append(frame(number...number)) {
                            case .appended(let top):
                                #expect(top == id(number))
                                return
                            case .refused(let top):
                                let reached = top?.number ?? 0
                                if number <= reached {
                                    Issue.record("\(number) is refused behind \(reached)")
                                }
                                guard reached < number else { return }
                                // Who came early waits for its turn, instead of crowding out the one whose turn it is.
                                try await eventually("the turn of \(number)") {
                                    (try await bus.top(of: .only)?.number ?? 0) >= number - 1
                                }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await bus.read(.only, after: nil, limit: 1000).map(\.id.number) == Array(1...100))
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `the bus keeps its name`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            let name = try await bus.identity()
            #expect(name.count == 32)
            #expect(try await bus.identity() == name)
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `the latest snapshot of a guild is kept`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            let large = EventID(epoch: 10, number: (1 << 60) + 1)
            let guild = Snowflake(42)
            func save(_ id: EventID, _ state: String) async throws {
                try await bus.saveSnapshot(
                    GuildSnapshot(guild: guild, id: id, state: Array(state.utf8)),
                    of: .only
                )
            }
            try await save(large, "one {\"a\": 1}")
            try await save(EventID(epoch: 10, number: 1 << 60), "older by one")
            try await save(EventID(epoch: 9, number: .max), "older by an epoch")
            var kept = try await bus.loadSnapshots(of: .only)
            #expect(kept == [GuildSnapshot(guild: guild, id: large, state: Array("one {\"a\": 1}".utf8))])
            try await save(EventID(epoch: 10, number: (1 << 60) + 2), "")
            kept = try await bus.loadSnapshots(of: .only)
            #expect(kept.map(\.state) == [[]])
            try await bus.removeSnapshot(of: guild, shard: .only)
            #expect(try await bus.loadSnapshots(of: .only) == [])
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a tail hands on what was there and what comes, once and in order`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            _ = try await bus.append(frame(1...1200))
            try await withTail(bus, after: id(10)) { received async throws in
                try await eventually("the past") { received.isCaughtUp }
                #expect(received.numbers == Array(11...1200))
                for start in stride(from: UInt64(1201), to: 1400, by: 2) {
                    _ = try await bus.append(frame(start...start + 1))
                }
                try await eventually("the rest") { received.numbers.last == 1400 }
                #expect(received.numbers == Array(11...1400))
                #expect(received.all.allSatisfy { $0.gapAfter == nil })
            }
        }
    }

    @Test(arguments: BusUnderTest.allCases)
    func `a tail on an empty log is caught up at once`(kind: BusUnderTest) async throws {
        try await kind.withBus { bus async throws in
            try await withTail(bus) { received async throws in
                try await eventually("the end of nothing") { received.isCaughtUp }
                _ = try await bus.append(frame(1...2))
                try await eventually("the first events") { received.numbers == [1, 2] }
            }
        }
    }
}
