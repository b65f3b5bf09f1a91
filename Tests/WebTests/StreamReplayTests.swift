import Base
import EventModels
import Testing
import Web

/// Streams of several shards: replicas see the shards' events in different orders.
@Suite struct StreamReplayTests {
    private static let shards = [0, 1].compactMap { ShardName(index: $0, count: 2) }

    /// What one replica has of two shards with a guild each, and one group's feed of it.
    private struct Side {
        let format: StreamFormat
        var views: [ShardView]
        var feed: GroupFeed
        var ring: EventRing<StreamCursor>

        init(_ shards: [ShardName], ringBytes: Int = 1 << 20, _ format: StreamFormat) {
            self.format = format
            let start = EventID(epoch: 5, number: 0)
            views = shards.map { shard in
                var view = ShardView(shard: shard)
                view.load(Guild.state(), at: start)
                view.begin(after: start)
                return view
            }
            let cursor = StreamCursor(ids: shards.map { _ in start })
            let sight = Sight(of: Guild.state(), for: .everyone, at: 0)
            feed = GroupFeed(
                filter: StreamFilter(),
                shards: shards,
                cursor: cursor,
                sights: [Guild.id: sight],
                format: format
            )
            ring = EventRing(startingAfter: cursor, bytesMin: 64, bytesMax: ringBytes)
        }

        mutating func take(_ event: StreamEvent, ofShardAt index: Int) {
            let deliverable = views[index].take(event).deliverable
            if let block = feed.take(deliverable, ofShardAt: index) {
                ring.append(block, cursor: feed.cursor)
            }
        }

        /// The blocks behind a cursor that is not ahead; nil: start over.
        func resume(_ cursor: StreamCursor) -> [String]? {
            if let place = ring.position(after: cursor, isBehind: StreamCursor.isBehind) {
                return ids(ring.copy(place..<ring.end))
            }
            let held = views.map { (name: $0.shard, recent: $0.recent, position: $0.position) }
            let replay = StreamReplay(
                StreamFilter(),
                feed.sights,
                after: cursor,
                shards: held,
                format: format
            )
            return replay.map { ids($0.blocks) }
        }

        private func ids(_ bytes: [UInt8]) -> [String] {
            format == .serverSent ? Said.events(in: bytes).map(\.id) : FeedTranscript(bytes).events.map(\.id)
        }
    }

    private static func message(_ number: UInt64) -> StreamEvent {
        Guild.event(number, .messageCreated, #"{"messageId":"\#(number)","channelId":"20"}"#)
    }

    @Test(arguments: 0..<64 as Range<UInt64>, StreamFormat.allCases)
    func `a viewer that moves between replicas misses nothing of any shard and gets nothing twice`(
        seed: UInt64,
        format: StreamFormat
    ) {
        var random = SeededRandom(seed: seed)
        // Two replicas hear the same logs, each in an order of its own.
        var sides = [Side(Self.shards, ringBytes: 512, format), Side(Self.shards, format)]
        for side in sides.indices {
            var next: [UInt64] = [1, 1]
            while next.contains(where: { $0 <= 20 }) {
                let index = Int.random(in: 0...1, using: &random)
                guard next[index] <= 20 else { continue }
                sides[side].take(Self.message(next[index]), ofShardAt: index)
                next[index] += 1
            }
        }
        let cursor = StreamCursor(
            ids: (0...1).map { _ in EventID(epoch: 5, number: UInt64.random(in: 0...20, using: &random)) }
        )
        for side in sides {
            guard let ids = side.resume(cursor) else {
                Issue.record("both replicas hold all of it")
                continue
            }
            var seen = cursor
            for text in ids {
                guard let now = StreamCursor(text) else {
                    Issue.record("no cursor: \(text)")
                    return
                }
                // Each block is the next event of one shard.
                let steps = zip(seen.ids, now.ids).map { $1.number - $0.number }
                #expect(steps.sorted() == [0, 1], "\(seen.text) → \(now.text)")
                seen = now
            }
            #expect(seen.text == "5-20~5-20")
        }
    }

    @Test(arguments: StreamFormat.allCases)
    func `what is not held is a reset`(format: StreamFormat) throws {
        var side = Side(Self.shards, format)
        for number: UInt64 in 1...3 { side.take(Self.message(number), ofShardAt: 0) }
        func cursor(_ text: String) throws -> StreamCursor { try #require(StreamCursor(text)) }
        #expect(try side.resume(cursor("5-1~5-0")) == ["5-2~5-0", "5-3~5-0"])
        #expect(try side.resume(cursor("4-9~5-0")) == nil)
    }

    @Test func `the newest events that fit, and those behind an id, come with the place before them`() {
        var view = ShardView(shard: .only)
        view.load(Guild.state(), at: EventID(epoch: 5, number: 0))
        view.begin(after: EventID(epoch: 5, number: 0))
        for number: UInt64 in 1...9 { _ = view.take(Self.message(number)) }
        let all = view.recent.newest(bytesMax: .max)
        #expect(all.floor.number == 0 && all.events.count == 9)
        let each = view.recent.events.first?.bytes ?? 0
        let few = view.recent.newest(bytesMax: each * 3 + 1)
        #expect(few.floor.number == 6 && few.events.map(\.id.number) == [7, 8, 9])
        #expect(view.recent.newest(bytesMax: 0).floor.number == 9)
        let after = view.recent.after(EventID(epoch: 5, number: 7))
        #expect(after?.map(\.id.number) == [8, 9])
        #expect(view.recent.after(EventID(epoch: 5, number: 9))?.isEmpty == true)
        #expect(view.recent.after(EventID(epoch: 4, number: 99)) == nil)
    }
}
