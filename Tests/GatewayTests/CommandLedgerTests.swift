import Base
import DiscordProtocol
import EventModels
import Gateway
import LinkProtocol
import Testing

@Suite struct CommandLedgerTests {
    @Test func `shards of another number go on with what the ones before had done and begun`() throws {
        var before: [CommandFixture] = []
        for number in 0..<2 as Range<UInt64> {
            var world = try CommandFixture.live()
            world.ask(CommandFixture.send("done \(number)", key: "done \(number)"), id: 1)
            world.work()
            world.ask(CommandFixture.send("open \(number)", key: "open \(number)"), id: 2)
            try world.fixture.dispatch("INTERACTION_CREATE", DeferralTests.command(id: 5 + number))
            before.append(world)
        }
        let folded = before.map(\.fixture.machine.folded)
        for index in 0..<3 {
            let shard = try #require(ShardName(index: index, count: 3))
            let new = FoldedShard(shard: shard, after: folded, wall: 1_800_000_001_000)
            let keys = ["done 0", "done 1", "open 0", "open 1"]
            #expect(new.commands.ended.keys.sorted() == keys && new.commands.open.isEmpty)
            #expect(new.interactions.count == 2 && new.epoch == folded[0].epoch)
            let outcomes = keys.map { key in
                new.commands.ended[key].flatMap { LinkResult.Outcome(stored: $0.result) }?.isUnknown
            }
            #expect(outcomes == [false, false, true, true])
            let written = Checkpoint(folded: new, frames: [], acknowledged: nil)
            #expect(written.folded == new)
        }
    }

    private static let done = Array(#"{"value":{"messageId":"1"}}"#.utf8)
    private static let arguments = LinkOrder(.deferAnswer(Snowflake(1), ephemeral: true), key: "x").arguments

    private static func ledger(_ keys: Range<Int>, limits: CommandLedger.Limits = .init()) -> CommandLedger {
        var ledger = CommandLedger(limits: limits)
        for key in keys {
            ledger.begin("\(key)", arguments: arguments, wall: Int64(key), deadline: 9)
            ledger.end("\(key)", result: done, wall: Int64(key))
        }
        return ledger
    }

    @Test func `past its bounds the oldest that have ended are forgotten, never one that is under way`() {
        var limits = CommandLedger.Limits()
        limits.countMax = 10
        var ledger = CommandLedger(limits: limits)
        ledger.begin("open", arguments: Self.arguments, wall: 0, deadline: 9)
        for key in 0..<15 {
            ledger.begin("\(key)", arguments: Self.arguments, wall: 1, deadline: 9)
            ledger.end("\(key)", result: Self.done, wall: Int64(key))
        }
        #expect(ledger.open.keys.sorted() == ["open"] && ledger.forgottenEarly == 5)
        #expect(ledger.ended.keys.compactMap { Int($0) }.sorted() == Array(5..<15))
        limits.countMax = 100
        limits.bytesMax = ledger.endedBytes / 2
        #expect(Self.ledger(0..<10, limits: limits).ended.count == 5)
        limits.ageMax = 3
        limits.bytesMax = 1 << 20
        let aged = Self.ledger(0..<10, limits: limits)
        #expect(aged.ended.keys.sorted() == ["6", "7", "8", "9"] && aged.forgottenEarly == 0)
    }

    @Test func `what is forgotten leaves no bytes behind, and neither does what ended in nothing`() {
        var limits = CommandLedger.Limits()
        limits.ageMax = 0
        var ledger = Self.ledger(0..<3000, limits: limits)
        ledger.begin("last", arguments: Self.arguments, wall: 9000, deadline: 9)
        ledger.end("last", result: nil, wall: 9000)
        #expect(ledger.openBytes == 0 && ledger.ended.count == 1 && ledger.endedBytes < 300)
        ledger.begin("2999", arguments: Self.arguments, wall: 9001, deadline: 9)
        #expect(ledger.ended.isEmpty && ledger.endedBytes == 0 && ledger.open["2999"]?.begun == 2999)
    }

    @Test func `a nonce is short enough for Discord, and no key has another's`() {
        let nonces = Set((0..<1000).map { CommandLedger.nonce(of: "key \($0)") })
        #expect(nonces.count == 1000 && nonces.allSatisfy { $0.utf8.count <= 25 })
        #expect(CommandLedger.nonce(of: "key 1") == CommandLedger.nonce(of: "key 1"))
    }

    @Test func `a checkpoint keeps what is under way, what has ended and what may be answered`() throws {
        var world = try CommandFixture.live()
        world.ask(CommandFixture.send(#"ä\""#, key: "é"), id: 1)
        world.ask(CommandFixture.send(key: "b"), id: 2)
        world.work()
        world.ask(CommandFixture.send(key: "under way"), id: 3)
        try world.fixture.dispatch("INTERACTION_CREATE", DeferralTests.command(id: 5))
        let checkpoint = world.fixture.machine.checkpoint(held: nil, acknowledged: nil)
        let read = try Checkpoint(decoding: checkpoint.encoded())
        #expect(read == checkpoint && read.folded.commands.ended.count == 2)
        #expect(
            read.folded.commands.open.keys.sorted() == ["under way"] && read.folded.interactions.count == 1
        )
        let old = String(decoding: checkpoint.encoded(), as: UTF8.self)
            .replacing(#""version":3"#, with: #""version":2"#)
            .replacing("commandsOpen", with: "was").replacing("commandsEnded", with: "not")
            .replacing(#""interactions""#, with: #""there""#)
        let before = try Checkpoint(decoding: Array(old.utf8))
        #expect(before.folded.commands == CommandLedger() && before.folded.state == checkpoint.folded.state)
        var recovery = Recovery(checkpoint: read)
        recovery.records = [JournalRecord(wall: 1, .commandEnded(key: "under way", result: Self.done))]
        let recovered = Recovered(recovery, shard: .only, fold: FoldFixture().fold)
        #expect(recovered.folded.commands.ended["under way"]?.result == Self.done)
    }

    @Test func `a segment of version 1 is read`() throws {
        let fixture = try StoreFixture()
        defer { try? fixture.remove() }
        let records = [JournalRecord(wall: 1, .resync), JournalRecord(wall: 2, .passed(sequence: 3))]
        try fixture.append(records, first: 1)
        let name = ShardStore.segmentName(1)
        var bytes = try fixture.bytes(name)
        #expect(bytes[3] == 0x32)
        bytes[3] = 0x31
        // The head's own check covers its version.
        let head = try #require(StoreFixture.headBytes(bytes))
        let crc = StoreFixture.crc(bytes[..<(head - 4)])
        bytes.replaceSubrange(head - 4..<head, with: crc)
        try fixture.write(bytes, to: name)
        let found = try fixture.found()
        #expect(found.recovery.records == records && found.remarks.isEmpty)
    }
}
