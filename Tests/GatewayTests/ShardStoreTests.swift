import Base
import DiscordProtocol
import EventModels
import Gateway
import Glibc
import JSON
import Testing

@Suite struct ShardStoreTests {
    private struct Full: Error {}

    private func records(_ range: Range<Int>) -> [JournalRecord] {
        range.map { JournalRecord(wall: Int64($0), .passed(sequence: UInt64($0))) }
    }

    private func withStore(
        beforeWrite: @escaping @Sendable (Int) throws -> Void = { _ in },
        _ body: (StoreFixture) throws -> Void
    ) throws {
        let fixture = try StoreFixture(beforeWrite: beforeWrite)
        defer { try? fixture.remove() }
        try body(fixture)
    }

    @Test func `what was appended is found, over segments`() throws {
        try withStore { fixture in
            try fixture.append(records(0..<3), first: 1, epoch: 7)
            try fixture.append(records(3..<5), first: 4, isNewSegment: true)
            let found = try fixture.found()
            #expect(found.recovery.records == records(0..<5) && found.recovery.epochFloor == 7)
            #expect(found.remarks.isEmpty && fixture.store.segments() == [1, 4])
        }
    }

    @Test func `a last record cut anywhere is dropped, with a word`() throws {
        try withStore { fixture in
            try fixture.append(records(0..<2), first: 1)
            let name = ShardStore.segmentName(1)
            let sound = try fixture.bytes(name)
            try fixture.append(records(2..<3), first: 3)
            let whole = try fixture.bytes(name)
            for count in sound.count + 1..<whole.count {
                try fixture.write(Array(whole[..<count]), to: name)
                let found = try fixture.found()
                #expect(found.recovery.records == records(0..<2) && found.remarks.count == 1)
                #expect(try fixture.bytes(name) == sound)
            }
            var wrong = whole
            wrong[whole.count - 1] ^= 1
            try fixture.write(wrong, to: name)
            #expect(try fixture.found().recovery.records == records(0..<2))
            try fixture.write(whole + [UInt8](repeating: 0, count: 4096), to: name)
            #expect(try fixture.found().recovery.records == records(0..<3))
            #expect(fixture.names("unreadable").isEmpty)
        }
    }

    @Test func `damage in the middle: what is before stays, the rest is set aside`() throws {
        try withStore { fixture in
            try fixture.append(records(0..<2), first: 1)
            let sound = try fixture.bytes(ShardStore.segmentName(1)).count
            try fixture.append(records(2..<4), first: 3)
            try fixture.append(records(4..<6), first: 5, isNewSegment: true)
            var bytes = try fixture.bytes(ShardStore.segmentName(1))
            bytes[sound + 9] ^= 1
            try fixture.write(bytes, to: ShardStore.segmentName(1))
            #expect(try fixture.found().recovery.records == records(0..<2))
            #expect(fixture.names("unreadable").count == 2)
            #expect(try fixture.bytes(ShardStore.segmentName(1) + ".unreadable") == bytes)
            // The next process goes on behind what is left.
            let next = try StoreFixture.again(fixture)
            try next.append(records(2..<3), first: 3)
            #expect(try fixture.found().recovery.records == records(0..<3))
            #expect(try fixture.found().remarks.isEmpty)
        }
    }

    @Test func `whatever happens to the file, what is found is how it began`() throws {
        try withStore { fixture in
            let all = records(0..<40)
            try fixture.append(all, first: 1)
            let name = ShardStore.segmentName(1)
            let whole = try fixture.bytes(name)
            for seed in 1...200 as ClosedRange<UInt64> {
                var random = SeededRandom(seed: seed)
                var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
                for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255,
                        using: &random
                    )
                }
                if bytes.count % 3 == 0 { bytes += bytes.suffix(30) }
                try fixture.write(bytes, to: name)
                let found = try fixture.found().recovery.records
                #expect(found == Array(all.prefix(found.count)), "seed \(seed)")
                #expect(try fixture.found().recovery.records == found, "seed \(seed)")
            }
        }
    }

    @Test func `a segment of another version, shard or kind is set aside`() throws {
        try withStore { fixture in
            try fixture.append(records(0..<1), first: 1)
            let name = ShardStore.segmentName(1)
            let whole = try fixture.bytes(name)
            for (offset, byte) in [(3, 0x33), (0, 0), (6, 0x31)] as [(Int, UInt8)] {
                var other = whole
                other[offset] = byte
                try fixture.write(other, to: name)
                let found = try fixture.found()
                #expect(found.recovery.records.isEmpty && found.remarks.count == 1)
                #expect(fixture.names("unreadable") == [name + ".unreadable"])
            }
        }
    }

    @Test func `a write that fails counts for nothing, and later ones follow on what was sound`() throws {
        let isFull = Locked(false)
        try withStore(beforeWrite: { _ in if isFull.withLock({ $0 }) { throw Full() } }) { fixture in
            try fixture.append(records(0..<2), first: 1)
            isFull.withLock { $0 = true }
            #expect(throws: Full.self) { try fixture.append(records(2..<3), first: 3) }
            isFull.withLock { $0 = false }
            try fixture.append(records(2..<4), first: 3, epoch: 4)
            let found = try fixture.found()
            #expect(found.recovery.records == records(0..<4) && found.recovery.epochFloor == 4)
            #expect(fixture.store.segments() == [1, 3])
        }
    }

    /// In a process of its own: the limit is the process'. The kernel writes the part that fits, as a full disk does.
    @Test func `a group of which only a part fitted is cut off again`() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            let fixture = try StoreFixture()
            defer { try? fixture.remove() }
            let records = (0..<20).map { JournalRecord(wall: $0, .passed(sequence: UInt64($0))) }
            try fixture.append(Array(records[..<2]), first: 1)
            let sound = try fixture.bytes(ShardStore.segmentName(1))
            var limit = rlimit(rlim_cur: UInt(sound.count + 100), rlim_max: .max)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #expect(throws: FileFailure.self) { try fixture.append(Array(records[2...]), first: 3) }
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #expect(try fixture.bytes(ShardStore.segmentName(1)) == sound)
            try fixture.append(Array(records[2...]), first: 3)
            #expect(try fixture.found().recovery.records == records && fixture.found().remarks.isEmpty)
        }
    }

    @Test func `segments go when two checkpoints are behind them; either checkpoint will do`() throws {
        try withStore { fixture in
            var folded = FoldedShard(shard: .only)
            let all = records(0..<8)
            for step in 0..<4 {
                try fixture.append(
                    Array(all[step * 2..<step * 2 + 2]),
                    first: step * 2 + 1,
                    isNewSegment: true
                )
                for record in all[step * 2..<step * 2 + 2] {
                    _ = folded.apply(record, fold: FoldFixture().fold)
                }
                if step < 3 {
                    let checkpoint = Checkpoint(folded: folded, frames: [], acknowledged: nil)
                    _ = try fixture.store.write(checkpoint)
                }
            }
            #expect(fixture.store.checkpoints() == [4, 6] && fixture.store.segments() == [5, 7])
            #expect(try fixture.found().recovery.records == Array(all[6...]))
            try fixture.write([1], to: ShardStore.checkpointName(6))
            let found = try fixture.found()
            #expect(
                found.recovery.checkpoint?.folded.position == 4 && found.recovery.records == Array(all[4...])
            )
            #expect(fixture.names("unreadable").count == 1)
        }
    }

    @Test func `a file of a gateway before the journal is taken over`() throws {
        try withStore { fixture in
            var checkpoint = Checkpoint(
                folded: try FoldFixture.started().folded(),
                frames: [],
                acknowledged: nil
            )
            checkpoint.folded.position = 0
            let old = String(decoding: checkpoint.encoded(), as: UTF8.self)
                .replacing(#""version":2"#, with: #""version":1"#)
            try fixture.store.oldCheckpoint.write(Array(old.utf8))
            try fixture.append(records(0..<1), first: 1)
            #expect(try fixture.found().recovery.checkpoint == checkpoint)
            #expect(try fixture.found().recovery.records.count == 1)
            checkpoint.folded.position = 1
            _ = try fixture.store.write(checkpoint)
            // The first checkpoint may yet turn out unreadable.
            try fixture.write([1], to: ShardStore.checkpointName(1))
            #expect(try fixture.found().recovery.checkpoint?.folded.position == 0)
            #expect(try fixture.found().recovery.records.count == 1)
            for position in 2...3 as ClosedRange<UInt64> {
                checkpoint.folded.position = position
                _ = try fixture.store.write(checkpoint)
            }
            #expect(try fixture.store.oldCheckpoint.read() == nil)
        }
    }

    @Test func `one process holds the lock, the next gets it when it is let go`() throws {
        try withStore { fixture in
            func isTaken() throws -> Bool {
                if case .taken = try fixture.store.lock() { true } else { false }
            }
            do {
                guard case .taken(let lock) = try fixture.store.lock() else {
                    Issue.record("not free")
                    return
                }
                #expect(try !isTaken())
                withExtendedLifetime(lock) {}
            }
            #expect(try isTaken())
        }
    }

    @Test func `the mark of a fold is counted where the process ended within it`() throws {
        try withStore { fixture in
            let mark = FoldMark(epoch: 5, sequence: 9)
            let marker = try fixture.store.marker()
            #expect(marker.lastCrash() == nil)
            marker.begin(mark)
            marker.end()
            #expect(try fixture.store.marker().lastCrash() == nil)
            for count in 1...2 as ClosedRange<UInt64> {
                marker.begin(mark)
                #expect(try fixture.store.marker().lastCrash() == FoldMarker.Crash(mark: mark, count: count))
            }
            marker.begin(FoldMark(epoch: 5, sequence: 10))
            let once = try fixture.found()
            #expect(once.crash?.count == 1 && once.recovery.quarantine.isEmpty)
            marker.begin(FoldMark(epoch: 5, sequence: 10))
            #expect(try fixture.found().recovery.quarantine == [FoldMark(epoch: 5, sequence: 10)])
        }
    }
}

extension StoreFixture {
    /// Another process with the same folder.
    static func again(_ other: StoreFixture) throws -> StoreFixture { try StoreFixture(state: other.state) }
}
