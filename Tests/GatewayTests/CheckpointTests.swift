import Base
import DiscordProtocol
import EventModels
import Gateway
import Testing

@Suite struct CheckpointTests {
    private static func checkpoint() throws -> Checkpoint {
        let fixture = try FoldFixture.started()
        let event = StreamEvent(
            id: EventID(epoch: 5, number: 9),
            kind: .logGap,
            guild: Snowflake(0),
            ts: 1,
            payload: Array("{}".utf8)
        )
        let folded = try fixture.folded(quarantine: [FoldMark(epoch: 5, sequence: 7)])
        return Checkpoint(
            folded: folded,
            frames: [EventFrame(shard: .only, prev: EventID("5-1"), events: [event])],
            acknowledged: EventID("5-1")
        )
    }

    @Test func `a checkpoint is read back whole, with and without a session`() throws {
        var checkpoint = try Self.checkpoint()
        #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
        _ = checkpoint.folded.apply(JournalRecord(wall: 1, .resync), fold: FoldFixture().fold)
        _ = checkpoint.folded.apply(JournalRecord(wall: 1, .sessionLost), fold: FoldFixture().fold)
        #expect(try Checkpoint(decoding: checkpoint.encoded()) == checkpoint)
    }

    @Test func `a checkpoint cut anywhere, or of another version, is refused`() throws {
        let bytes = try Self.checkpoint().encoded()
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(throws: CheckpointError.self) { try Checkpoint(decoding: Array(bytes[..<count])) }
        }
        let later = String(decoding: bytes, as: UTF8.self).replacing(#""version":3"#, with: #""version":4"#)
        #expect(throws: CheckpointError.otherVersion(4)) { try Checkpoint(decoding: Array(later.utf8)) }
    }

    @Test func `a checkpoint of version 1 is read`() throws {
        let checkpoint = try Self.checkpoint()
        let old = String(decoding: checkpoint.encoded(), as: UTF8.self)
            .replacing(#""version":3"#, with: #""version":1"#)
            .replacing(#""position":\(checkpoint.folded.position),"#, with: "")
        let read = try Checkpoint(decoding: Array(old.utf8))
        #expect(read.folded.state == checkpoint.folded.state && read.frames == checkpoint.frames)
    }

    @Test func `since when somebody is in voice is in it; one of an older version does not say`() throws {
        var fixture = try FoldFixture.started()
        try fixture.feed("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
        let bytes = Checkpoint(folded: try fixture.folded(), frames: [], acknowledged: nil).encoded()
        func since(_ bytes: [UInt8]) throws -> [Snowflake: Int64?]? {
            try Checkpoint(decoding: bytes).folded.state.guilds[FoldFixture.guild]?.voice.mapValues(\.since)
        }
        #expect(try since(bytes) == [Snowflake(11): nil, Snowflake(12): 1003])
        let text = String(decoding: bytes, as: UTF8.self)
        let older = text.replacing(#","since":1003"#, with: "").replacing(#","since":null"#, with: "")
        #expect(try since(Array(older.utf8)) == [Snowflake(11): nil, Snowflake(12): nil])
    }

    @Test func `a resync names every guild once more, under ids that are used once`() throws {
        var fixture = try FoldFixture.started()
        let first = fixture.fold.resync(epoch: 5, sequence: 2, ts: 9, state: &fixture.state)
        let second = fixture.fold.resync(epoch: 5, sequence: 2, ts: 9, state: &fixture.state)
        #expect(first.kinds == ["guild.synced"] && second.kinds == ["guild.synced"])
        #expect(first[0].id == EventID(epoch: 5, sequence: 2, ordinal: EventID.ordinalOfWorkers))
        #expect(first[0].id < second[0].id && fixture.state.last == second[0].id)
        #expect(GuildState(decoding: Array(first[0].payloadBytes)) == fixture.state.guilds[FoldFixture.guild])
        let next = try fixture.feed("VOICE_STATE_UPDATE", FoldFixture.voice(12, channel: 2))
        #expect(second[0].id < next[0].id)
    }
}
