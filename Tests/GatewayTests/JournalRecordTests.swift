import DiscordProtocol
import Gateway
import JSON
import Testing

@Suite struct JournalRecordTests {
    static func records() throws -> [JournalRecord] {
        let data = try JSONDocument(parsing: #"{"guild_id":"800","name":"ä"}"#).root
        let inputs: [JournalRecord.Input] = [
            .sessionBegan(id: "s", resumeURL: "wss://r", epoch: 5),
            .sessionBegan(id: "", resumeURL: "", epoch: nil), .epochChosen(7),
            .dispatch(Dispatch(sequence: 1 << 43, name: "GUILD_UPDATE", data: data)),
            .passed(sequence: 9), .resync, .sessionLost, .superseded(by: .max),
            .quarantined(FoldMark(epoch: 5, sequence: 3)),
            .commandBegun(key: "ä", deadline: -1, arguments: Array("{}".utf8)),
            .commandEnded(key: "k", result: Array("{}".utf8)), .commandEnded(key: "", result: nil),
        ]
        return inputs.enumerated().map { JournalRecord(wall: Int64($0.offset) - 1, $0.element) }
    }

    @Test func `each record is read back as it was`() throws {
        for record in try Self.records() {
            var bytes: [UInt8] = [0xFF]
            record.encode(into: &bytes)
            #expect(JournalRecord(body: bytes[9...]) == record)
        }
    }

    @Test func `a body cut short is no record`() throws {
        for record in try Self.records() {
            var bytes: [UInt8] = []
            record.encode(into: &bytes)
            for count in 8..<bytes.count - 1 {
                let cut = JournalRecord(body: bytes[8..<count])
                #expect(cut == nil || cut != record)
            }
        }
    }

    @Test func `a record by itself is the same, without what came with it`() throws {
        let texts = [#"{"a":1}"#, #"{"guild_id":"800","name":"ä"}"#, "[2]"].map { Array($0.utf8) }
        let ends = [texts[0].count, texts[0].count + texts[1].count, texts.joined().count]
        let together = JSONDocuments(parsing: Array(texts.joined()), ends: ends)
        let dispatch = Dispatch(sequence: 4, name: "GUILD_UPDATE", data: try together.root(1))
        let alone = JournalRecord(wall: 7, .dispatch(dispatch)).alone()
        guard case .dispatch(let kept) = alone.input else {
            Issue.record("another kind")
            return
        }
        #expect(alone.wall == 7 && kept == dispatch && Array(kept.data.raw) == texts[1])
        for record in try Self.records() { #expect(record.alone() == record) }
    }
}
