import Base
import Testing
import Web

@Suite struct EventRingTests {
    /// A record whose bytes tell its number, so that a reader can check what it was given.
    private static func record(_ number: Int, count: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: max(1, count))
    }

    private static func read(_ ring: EventRing<Int>, from position: Int64, limit: Int = .max) -> [UInt8] {
        let (first, second) = ring.ranges(from: position, limit: limit)
        return ring.copy(position..<position + Int64(first.count + second.count))
    }

    @Test(arguments: 0..<64 as Range<UInt64>) func `what is held is the newest whole records, in order`(
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        var ring = EventRing<Int>(startingAfter: 0, bytesMin: 16, bytesMax: 256)
        var model: [(number: Int, bytes: [UInt8], end: Int64)] = []
        var end: Int64 = 0
        for number in 1...300 {
            let bytes = Self.record(number, count: Int.random(in: 1...70, using: &random))
            ring.append(bytes, cursor: number)
            end += Int64(bytes.count)
            model.append((number, bytes, end))
            let held = model.filter { $0.end > ring.start }
            #expect(ring.end == end)
            #expect(ring.end - ring.start <= 256)
            #expect(Self.read(ring, from: ring.start) == held.flatMap(\.bytes))
        }
        for (number, _, recordEnd) in model.suffix(ring.count) {
            #expect(ring.position(after: number, isBehind: <) == recordEnd)
            #expect(ring.recordEnd(at: recordEnd) == recordEnd)
        }
    }

    @Test func `a cursor goes on behind the last record it has seen, and is refused before the first held`() {
        var ring = EventRing<Int>(startingAfter: 10, bytesMin: 8, bytesMax: 8)
        #expect(ring.position(after: 9, isBehind: <) == nil)
        #expect(ring.position(after: 10, isBehind: <) == 0)
        ring.append([1, 1, 1], cursor: 20)
        ring.append([2, 2, 2], cursor: 30)
        // 25 is between two records: what the ring leaves out was not for this group.
        let places = [10: 0, 15: 0, 20: 3, 25: 3, 30: 6, 99: 6].sorted { $0.key < $1.key }
        for (cursor, place) in places { #expect(ring.position(after: cursor, isBehind: <) == Int64(place)) }
        ring.append([3, 3, 3], cursor: 40)
        #expect(ring.position(after: 15, isBehind: <) == nil)
        #expect(ring.position(after: 20, isBehind: <) == 3)
        #expect(Self.read(ring, from: 3) == [2, 2, 2, 3, 3, 3])
        #expect(Self.read(ring, from: 3, limit: 4) == [2, 2, 2, 3])
        #expect((3...9).map { ring.recordEnd(at: $0) } == [3, 6, 6, 6, 9, 9, 9])
    }

    @Test func `a cut forgets what was before, and positions go on`() {
        var ring = EventRing<Int>(startingAfter: 0, bytesMin: 8, bytesMax: 8)
        ring.append([1, 1, 1], cursor: 1)
        ring.cut(at: 2)
        ring.append([3, 3, 3], cursor: 3)
        #expect(ring.count == 1)
        #expect([1, 2, 3].map { ring.position(after: $0, isBehind: <) } == [nil, 3, 6])
        #expect(Self.read(ring, from: 3) == [3, 3, 3])
    }

    @Test func `a cursor that saw the events in another order has no place`() {
        let isBehind: ([Int], [Int]) -> Bool = { zip($0, $1).contains { $0 < $1 } }
        var ring = EventRing<[Int]>(startingAfter: [0, 0], bytesMin: 8, bytesMax: 8)
        for cursor in [[1, 0], [1, 1], [2, 1], [2, 3]] { ring.append([1], cursor: cursor) }
        let places: [([Int], Int64?)] = [
            ([0, 0], 0), ([1, 0], 1), ([1, 1], 2), ([2, 1], 3), ([2, 2], 3), ([2, 3], 4),
            ([0, 1], nil), ([2, 0], nil), ([0, 3], nil), ([1, 3], nil),
        ]
        for (cursor, place) in places { #expect(ring.position(after: cursor, isBehind: isBehind) == place) }
    }

    @Test func `a record larger than the ring is admitted all the same`() {
        var ring = EventRing<Int>(startingAfter: 0, bytesMin: 4, bytesMax: 8)
        ring.append([1, 1], cursor: 1)
        ring.append(Self.record(2, count: 100), cursor: 2)
        #expect(ring.count == 1)
        #expect(Self.read(ring, from: ring.start) == Self.record(2, count: 100))
    }
}
