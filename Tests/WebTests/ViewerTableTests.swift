import Base
import EventLoop
import Testing
import Web

/// Peers that take as many bytes as the script lets them.
private struct ScriptedOutput: ViewerOutput {
    var room: [CInt: Int] = [:]
    var received: [CInt: [UInt8]] = [:]
    var gone: Set<CInt> = []

    mutating func send(
        _ descriptor: CInt,
        _ storage: borrowing [UInt8],
        _ first: Range<Int>,
        _ second: Range<Int>
    ) -> SocketIO.Sent {
        guard !gone.contains(descriptor) else { return .gone }
        let taken = min(first.count + second.count, room[descriptor, default: .max])
        if let left = room[descriptor] { room[descriptor] = left - taken }
        received[descriptor, default: []] += Array(
            (Array(storage[first]) + Array(storage[second])).prefix(taken)
        )
        return .bytes(taken)
    }
}

@Suite struct ViewerTableTests {
    private typealias Table = ViewerTable<String, Int, ScriptedOutput>

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A record as `number:padding;`, so that what a viewer got can be taken apart again.
    private static func record(_ number: Int, padding: Int = 0) -> [UInt8] {
        bytes("\(number):\(String(repeating: "x", count: padding));")
    }

    private static func text(_ table: borrowing Table, _ viewer: CInt) -> String {
        String(decoding: table.output.received[viewer] ?? [], as: UTF8.self)
    }

    private static func table() -> Table {
        var table = Table(output: ScriptedOutput(), isBehind: <)
        table.openGroup("g", after: 0, ring: EventRing(startingAfter: 0, bytesMin: 32, bytesMax: 64))
        return table
    }

    @Test func `a fresh viewer gets its head and the snapshot in one write, then what follows it`() {
        var table = Self.table()
        table.append(Self.record(1), to: "g", cursor: 1)
        table.admit(4, to: "g", head: Self.bytes("head "), after: nil)
        #expect(table.takeEffects().snapshots == ["g"])
        table.append(Self.record(2), to: "g", cursor: 2)
        table.flush()
        #expect(Self.text(table, 4) == "")
        table.snapshotArrived("g", fresh: Self.bytes("snapshot2 "), reset: Self.bytes("reset2 "))
        #expect(Self.text(table, 4) == "head snapshot2 ")
        #expect(table.counts.sends == 1)
        table.append(Self.record(3), to: "g", cursor: 3)
        table.flush()
        #expect(Self.text(table, 4) == "head snapshot2 3:;")
    }

    @Test func `a cursor goes on behind itself, and one that is not held or lies ahead is reset`() {
        let expected: [(cursor: Int, text: String)] = [
            (0, "1:;2:;"), (1, "2:;"), (2, ""), (3, "reset"), (99, "reset"),
        ]
        for (cursor, text) in expected {
            var table = Self.table()
            for number in 1...2 { table.append(Self.record(number), to: "g", cursor: number) }
            table.admit(4, to: "g", head: [], after: cursor)
            table.snapshotArrived("g", fresh: Self.bytes("snapshot"), reset: Self.bytes("reset"))
            #expect(Self.text(table, 4) == text)
        }
        var table = Self.table()
        for number in 1...40 { table.append(Self.record(number), to: "g", cursor: number) }
        table.admit(4, to: "g", head: [], after: 3)
        #expect(table.takeEffects().snapshots == ["g"])
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `whatever the peers' pace, each viewer gets whole records in order, or a reset`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = Self.table()
        let viewers: [CInt] = [3, 4, 5, 9]
        for viewer in viewers {
            table.output.room[viewer] = 0
            table.admit(viewer, to: "g", head: Self.bytes("0:;"), after: 0)
        }
        var resets = 0
        for number in 1...200 {
            table.append(
                Self.record(number, padding: Int.random(in: 0...12, using: &random)),
                to: "g",
                cursor: number
            )
            if Bool.random(using: &random) { table.flush() }
            let viewer = viewers[Int.random(in: 0..<4, using: &random)]
            table.output.room[viewer] = Int.random(in: 0...90, using: &random)
            table.writable(viewer)
            if Int.random(in: 0..<8, using: &random) == 0, !table.takeEffects().snapshots.isEmpty {
                table.snapshotArrived("g", fresh: [], reset: Self.bytes("R\(number):;"))
                resets += 1
            }
        }
        for viewer in viewers {
            table.output.room[viewer] = .max
            table.writable(viewer)
        }
        table.flush()
        table.snapshotArrived("g", fresh: [], reset: Self.bytes("R200:;"))
        for viewer in viewers {
            var last = -1
            for record in Self.text(table, viewer).split(separator: ";") {
                let name = record.prefix { $0 != ":" }
                guard name.hasPrefix("R") else {
                    #expect(Int(name) == last + 1)
                    last += 1
                    continue
                }
                last = Int(name.dropFirst()) ?? -2
            }
            #expect(last == 200)
        }
    }

    @Test func `one who leaves takes nothing of the others, and a stalled one is sent away`() {
        var table = Self.table()
        for viewer: CInt in [3, 4, 5] { table.admit(viewer, to: "g", head: [], after: 0) }
        table.remove(3)
        table.output.room[5] = 0
        table.append(Self.record(1), to: "g", cursor: 1)
        table.flush()
        #expect(table.counts.viewers == 2)
        #expect(Self.text(table, 4) == "1:;")
        #expect(
            table.takeEffects()
                == {
                    var e = Table.Effects(); e.watch = [5]; e.close = [3]; return e
                }()
        )
        for tick: Int32 in 2...20 { table.tick(tick) { _, _ in [] } }
        #expect(table.takeEffects().close == [])
        table.tick(21) { _, _ in [] }
        #expect(table.takeEffects().close == [5])
        #expect(table.counts.stalled == 1)
    }

    @Test func `who takes not even the end of a group that is sent away is let go of`() {
        var table = Self.table()
        for viewer: CInt in [4, 5] { table.admit(viewer, to: "g", head: [], after: 0) }
        table.output.room[5] = 0
        table.append(Self.record(1), to: "g", cursor: 1)
        table.flush()
        table.retireGroup("g", farewell: Self.bytes("end"))
        #expect(table.takeEffects().close == [4])
        for tick: Int32 in 2...20 { table.tick(tick) { _, _ in [] } }
        #expect(table.takeEffects().close == [] && table.counts.viewers == 1)
        table.tick(21) { _, _ in [] }
        #expect(table.takeEffects().close == [5])
        #expect(table.counts.stalled == 1 && table.counts.viewers == 0)
    }

    @Test func `a beat comes where nothing else has for as long as one, and only there`() {
        var table = Self.table()
        table.openGroup("quiet", after: 0)
        table.admit(4, to: "g", head: [], after: 0)
        table.admit(5, to: "quiet", head: [], after: 0)
        for tick: Int32 in 2...16 {
            // One event in each third tick keeps the beat away.
            if tick % 3 == 0 { table.append(Self.record(Int(tick)), to: "g", cursor: Int(tick)) }
            table.tick(tick) { Self.bytes("beat\($1);") }
        }
        #expect(Self.text(table, 4) == "3:;6:;9:;12:;15:;")
        #expect(Self.text(table, 5) == "beat0;beat0;beat0;")
        for tick: Int32 in 17...19 { table.tick(tick) { Self.bytes("beat\($1);") } }
        // The last event came before tick 15: no five ticks have passed since without anything.
        #expect(Self.text(table, 4) == "3:;6:;9:;12:;15:;beat15;")
    }

    @Test func `who comes back from before a reset of the group starts over, who has got it goes on`() {
        var table = Self.table()
        table.append(Self.record(1), to: "g", cursor: 1)
        table.append(Self.record(2), to: "g", cursor: 2)
        table.resetGroup("g")
        table.append(Self.record(3), to: "g", cursor: 3)
        for (viewer, cursor) in [(4, 1), (5, 2), (6, 3)] {
            table.admit(CInt(viewer), to: "g", head: [], after: cursor)
        }
        table.snapshotArrived("g", fresh: [], reset: Self.bytes("R;"))
        #expect([4, 5, 6].map { Self.text(table, $0) } == ["R;", "3:;", ""])
    }

    @Test func `a snapshot asked for on the way comes behind what was missed and before what follows`() {
        var table = Self.table()
        for number in 1...2 { table.append(Self.record(number), to: "g", cursor: number) }
        table.output.room[5] = 3
        for viewer: CInt in [4, 5] {
            table.admit(viewer, to: "g", head: [], after: 1, wantsSnapshot: true)
        }
        #expect(table.takeEffects().snapshots == ["g"])
        table.append(Self.record(3), to: "g", cursor: 3)
        table.flush()
        table.snapshotArrived("g", fresh: Self.bytes("S3;"), reset: Self.bytes("R;"))
        table.append(Self.record(4), to: "g", cursor: 4)
        table.flush()
        table.output.room[5] = .max
        table.writable(5)
        #expect([4, 5].map { Self.text(table, $0) } == ["2:;3:;S3;4:;", "2:;3:;S3;4:;"])
        #expect(table.counts.resets == 0)
        // Once is enough.
        table.snapshotArrived("g", fresh: Self.bytes("S4;"), reset: [])
        #expect(Self.text(table, 4) == "2:;3:;S3;4:;")
    }

    @Test func `a snapshot asked for on the way is a reset for who cannot go on, and nobody's once it left`()
    {
        var table = Self.table()
        for number in 1...2 { table.append(Self.record(number), to: "g", cursor: number) }
        for viewer: CInt in [4, 5] { table.admit(viewer, to: "g", head: [], after: 1, wantsSnapshot: true) }
        table.admit(6, to: "g", head: [], after: 99, wantsSnapshot: true)
        table.resetGroup("g")
        table.remove(5)
        table.admit(5, to: "g", head: Self.bytes("new;"), after: 2)
        table.snapshotArrived("g", fresh: Self.bytes("S;"), reset: Self.bytes("R;"))
        #expect([4, 5, 6].map { Self.text(table, $0) } == ["2:;R;", "2:;new;", "R;"])
    }

    @Test func `at the end each viewer gets what it is owed and has room for, then the farewell`() {
        var table = Self.table()
        for viewer: CInt in [4, 5, 6] { table.admit(viewer, to: "g", head: [], after: 0) }
        table.admit(7, to: "g", head: [], after: nil)
        table.output.room[5] = 0
        table.output.room[6] = 2
        table.append(Self.record(1), to: "g", cursor: 1)
        table.endAll { _ in Self.bytes("bye") }
        #expect([4, 5, 6, 7].map { Self.text(table, $0) } == ["1:;bye", "", "1:", "bye"])
        #expect(table.counts.viewers == 2)
        for viewer: CInt in [5, 6] {
            table.output.room[viewer] = .max
            table.writable(viewer)
        }
        #expect(Self.text(table, 6) == "1:;bye")
        #expect(["1:;bye", "bye"].contains(Self.text(table, 5)))
        #expect(table.counts.viewers == 0)
        #expect(table.takeEffects().close.sorted() == [4, 5, 6, 7])
    }

    @Test func `a reset of the group comes behind what it had and before what follows`() {
        var table = Self.table()
        table.admit(4, to: "g", head: [], after: 0)
        table.output.room[4] = 2
        table.append(Self.record(1), to: "g", cursor: 1)
        table.append(Self.record(2), to: "g", cursor: 2)
        table.flush()
        table.resetGroup("g")
        table.snapshotArrived("g", fresh: [], reset: Self.bytes("R;"))
        table.append(Self.record(3), to: "g", cursor: 3)
        table.flush()
        table.output.room[4] = .max
        table.writable(4)
        #expect(Self.text(table, 4) == "1:;2:;R;3:;")
    }

    @Test func `an answer goes at once to who has room, and to others when they stand between two records`() {
        var table = Self.table()
        for viewer: CInt in [4, 5, 6] { table.admit(viewer, to: "g", head: [], after: 0) }
        table.output.room[5] = 1
        table.output.room[6] = 3
        table.append(Self.record(1), to: "g", cursor: 1)
        table.append(Self.record(2), to: "g", cursor: 2)
        table.flush()
        // 5 stands within a record, 6 between two of them but its peer takes no more.
        #expect([4, 5, 6].map { Self.text(table, $0) } == ["1:;2:;", "1", "1:;"])
        for viewer: CInt in [4, 5, 6] {
            for pong in ["a;", "b;"] { table.answer(viewer, Self.bytes(pong)) }
        }
        table.append(Self.record(3), to: "g", cursor: 3)
        table.flush()
        for viewer: CInt in [5, 6] {
            table.output.room[viewer] = .max
            table.writable(viewer)
        }
        // Only the newest of those that had to wait.
        #expect([4, 5, 6].map { Self.text(table, $0) } == ["1:;2:;a;b;3:;", "1:;b;2:;3:;", "1:;b;2:;3:;"])
    }

    @Test(arguments: 0..<64 as Range<UInt64>)
    func `whatever the peers' pace, an answer never cuts a record, and who reads gets the last one`(
        seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        var table = Self.table()
        for viewer: CInt in [3, 4, 5] {
            table.output.room[viewer] = 0
            table.admit(viewer, to: "g", head: [], after: 0)
        }
        for number in 1...100 {
            let padding = Int.random(in: 0...12, using: &random)
            table.append(Self.record(number, padding: padding), to: "g", cursor: number)
            if Bool.random(using: &random) { table.flush() }
            let viewer = CInt.random(in: 3...5, using: &random)
            table.output.room[viewer] = Int.random(in: 0...40, using: &random)
            if Bool.random(using: &random) { table.writable(viewer) }
            table.answer(viewer, Self.bytes("A\(number):;"))
        }
        for viewer: CInt in [3, 4, 5] {
            table.answer(viewer, Self.bytes("A101:;"))
            table.output.room[viewer] = .max
            table.writable(viewer)
        }
        table.flush()
        table.snapshotArrived("g", fresh: [], reset: Self.bytes("R:;"))
        for viewer: CInt in [3, 4, 5] {
            let records = Self.text(table, viewer).split(separator: ";")
            for record in records {
                #expect(record.wholeMatch(of: /(R|A?\d+):x*/) != nil, "\(record)")
            }
            #expect(records.contains("A101:"))
        }
    }

    @Test func `who is on the way out gets no answer and no second farewell`() {
        var table = Self.table()
        table.admit(4, to: "g", head: [], after: 0)
        table.output.room[4] = 1
        table.append(Self.record(1), to: "g", cursor: 1)
        table.flush()
        table.answer(4, Self.bytes("a;"))
        table.end(4, Self.bytes("bye"))
        let isOpen = table.isOpen(4)
        #expect(!isOpen)
        table.answer(4, Self.bytes("b;"))
        table.end(4, Self.bytes("again"))
        table.endAll { _ in Self.bytes("late") }
        table.output.room[4] = .max
        table.writable(4)
        #expect(Self.text(table, 4) == "1:;bye")
        #expect(table.takeEffects().close == [4])
        // The next one with the descriptor owes nothing of it.
        table.output.received[4] = nil
        table.admit(4, to: "g", head: Self.bytes("h;"), after: 1)
        #expect(Self.text(table, 4) == "h;")
    }

    @Test func `an answer goes before the snapshot that is waited for`() {
        var table = Self.table()
        table.admit(4, to: "g", head: Self.bytes("head;"), after: nil)
        table.answer(4, Self.bytes("pong;"))
        table.snapshotArrived("g", fresh: Self.bytes("S;"), reset: [])
        #expect(Self.text(table, 4) == "head;pong;S;")
    }
}
