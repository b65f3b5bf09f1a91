import Base
import EventBus
import EventLoop
import EventModels
import Testing
import Web

/// What a replica reads before it follows a log.
@Suite struct LogStartTests {
    /// A bus that keeps the last `kept` of them.
    private static func bus(_ numbers: ClosedRange<UInt64>, kept: Int = 100_000) async throws -> MemoryBus {
        let cost =
            Guild.event(numbers.upperBound, .presenceUpdated, "{}").envelope.count + LogLimits.entryOverhead
        let bus = MemoryBus(on: try EventLoop(name: "bus"), limits: LogLimits(bytesMax: kept * cost))
        for number in numbers {
            let event = Guild.event(number, .presenceUpdated, "{}")
            let prev = try await bus.top(of: .only)
            guard case .appended = try await bus.append(EventFrame(shard: .only, prev: prev, events: [event]))
            else {
                Issue.record("the bus refused what follows its top")
                break
            }
        }
        return bus
    }

    private static func keep(_ guild: UInt64, at number: UInt64, in bus: MemoryBus) async throws {
        let snapshot = GuildSnapshot(
            guild: Snowflake(guild),
            id: EventID(epoch: 5, number: number),
            state: GuildState(id: Snowflake(guild), name: "g").encoded()
        )
        try await bus.saveSnapshot(snapshot, of: .only)
    }

    @Test func `a log of several pages is read back from its end, and goes on behind its first`() async throws
    {
        let bus = try await Self.bus(1...2_500)
        try await Self.keep(1, at: 2_400, in: bus)
        let start = try await LogStart.read(.only, from: bus)
        #expect(start.after == EventID(epoch: 5, number: 1))
        #expect(start.events.map(\.id.number) == Array(2...2_500))
    }

    @Test func `without a snapshot the whole log is followed, for it alone tells the guilds`() async throws {
        let start = try await LogStart.read(.only, from: try await Self.bus(1...20))
        #expect(start.after == nil && start.events.isEmpty && start.snapshots.isEmpty)
    }

    /// Followed from such a snapshot, the log would have a gap at each try, and no replica would ever start.
    @Test func `a snapshot from before the log's start is left out, also where it is the only one`()
        async throws
    {
        let bus = try await Self.bus(1...20, kept: 5)
        try await Self.keep(1, at: 3, in: bus)
        let alone = try await LogStart.read(.only, from: bus)
        #expect(alone.snapshots.isEmpty && alone.after == nil && alone.events.isEmpty)
        try await Self.keep(2, at: 18, in: bus)
        let start = try await LogStart.read(.only, from: bus)
        #expect(start.snapshots.map(\.guild) == [Snowflake(2)])
        #expect(start.after == EventID(epoch: 5, number: 16))
        #expect(start.events.map(\.id.number) == [17, 18, 19, 20])
    }
}
