import Base
import EventBus
import EventLoop
import EventModels
import RedisClient
import TestSupport
import Testing

/// The model of Redis answers as Redis itself with the product's scripts does.
@Suite struct RedisModelTests {
    private static let shards = [ShardName.only, ShardName(index: 1, count: 2) ?? .only]

    @Test(arguments: [1, 2, 3] as [UInt64]) func answersAsRedisDoes(seed: UInt64) async throws {
        let redis = try await RedisServer()
        try await withEventLoop { loop in
            let bus = RedisBus(try RedisConfig(url: redis.url), on: loop)
            await bus.start()
            await bus.whenConnected()
            var pair = Pair(seed: seed)
            for step in 0..<1_000 { try await pair.step(step, bus) }
            await bus.close()
        }
    }

    /// One step on both, and the answers compared.
    private struct Pair {
        var model = RedisModel()
        var random: SeededRandom
        var serial: UInt64 = 0

        init(seed: UInt64) { random = SeededRandom(seed: seed) }

        mutating func frame(_ shard: ShardName, behind prev: EventID?) -> EventFrame {
            var last = prev ?? EventID(epoch: 1_800_000_000_000, number: 0)
            let events = (0...random.below(3)).map { _ -> StreamEvent in
                serial += 1
                let isNewEpoch = random.chance(0.05)
                last = EventID(
                    epoch: last.epoch + (isNewEpoch ? 1 : 0),
                    number: isNewEpoch ? 0 : last.number + 1 + UInt64(random.below(1 << 21))
                )
                return StreamEvent(
                    id: last,
                    kind: .messageCreated,
                    guild: Snowflake(7),
                    ts: Int64(serial),
                    payload: Array("{\"content\":\"Nr. \(serial), ü\"}".utf8)
                )
            }
            return EventFrame(shard: shard, prev: prev, events: events)
        }

        /// An id that is in the log, or near it, or nowhere.
        private mutating func somewhere(_ shard: ShardName) -> EventID? {
            let entries = model.page(of: shard, after: nil, limit: .max).entries
            guard let entry = random.pick(entries), random.chance(0.9) else {
                return random.chance(0.5)
                    ? nil : EventID(epoch: random.next() >> 20, number: random.next() >> 2)
            }
            return random.chance(0.7) ? entry.id : EventID(epoch: entry.id.epoch, number: entry.id.number + 1)
        }

        mutating func step(_ step: Int, _ bus: RedisBus) async throws {
            let shard = random.pick(RedisModelTests.shards) ?? .only
            switch random.below(10) {
            case 0..<5: try await append(shard, step, bus)
            case 5:
                let (position, limit) = (somewhere(shard), 1 + random.below(20))
                let page = try await bus.page(of: shard, after: position, limit: limit)
                #expect(page == model.page(of: shard, after: position, limit: limit), "step \(step)")
            case 6:
                let (end, count) = (somewhere(shard), 1 + random.below(20))
                let recent = try await bus.recent(shard, before: end, count: count)
                #expect(recent == model.recent(shard, before: end, count: count), "step \(step)")
            case 7:
                let bounds = try await bus.bounds(of: shard)
                #expect(bounds == model.bounds(of: shard), "step \(step)")
                #expect(try await bus.shards() == model.shards, "step \(step)")
            case 8: try await save(shard, bus)
            default:
                #expect(
                    try await bus.loadSnapshots(of: shard) == model.loadSnapshots(of: shard),
                    "step \(step)"
                )
            }
        }

        private mutating func append(_ shard: ShardName, _ step: Int, _ bus: RedisBus) async throws {
            // Mostly what follows; now and then what does not, or a frame once more.
            let top = model.bounds(of: shard).top
            let prev = random.chance(0.7) ? top : somewhere(shard)
            let frame = frame(shard, behind: prev)
            let answer = try model.append([frame])
            let wanted: AppendResult =
                answer.accepted == 1 ? .appended(top: frame.last) : .refused(top: answer.top)
            #expect(try await bus.append(frame) == wanted, "step \(step)")
            guard random.chance(0.2) else { return }
            let again = try model.append([frame])
            #expect(try await bus.append(frame) == .refused(top: again.top), "step \(step), again")
        }

        private mutating func save(_ shard: ShardName, _ bus: RedisBus) async throws {
            let guild = Snowflake(UInt64(1 + random.below(3)))
            if random.chance(0.1) {
                model.removeSnapshot(of: guild, shard: shard)
                return try await bus.removeSnapshot(of: guild, shard: shard)
            }
            let id = somewhere(shard) ?? EventID(epoch: 1, number: 1)
            serial += 1
            let snapshot = GuildSnapshot(guild: guild, id: id, state: Array("{\"id\":\"\(serial)\"}".utf8))
            try model.save(snapshot, of: shard)
            try await bus.saveSnapshot(snapshot, of: shard)
        }
    }
}
