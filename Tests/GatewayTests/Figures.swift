import Base
import DiscordProtocol
import EventModels
import Gateway
import JSON

/// What one guild of many members costs: the figures in specs/discord-gateway.md.
struct Figures {
    let members: Int
    let now: () -> Duration

    private func document(_ json: String) throws -> JSONValue { try JSONDocument(parsing: json).root }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = now()
        try body()
        let (seconds, attoseconds) = (now() - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Lines of `name value`, times in milliseconds.
    func measure() throws -> [String] {
        let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
        var crowd = Crowd(members)
        let records = try crowd.records(online: members)
        var (folded, journal) = (FoldedShard(shard: .only), [UInt8]())
        for record in records { record.encode(into: &journal) }
        let folding = seconds { for record in records { _ = folded.apply(record, fold: fold) } }
        func next(_ name: String, _ json: String) throws -> JournalRecord {
            let sequence = folded.session?.sequence ?? 0
            let dispatch = Dispatch(sequence: sequence + 1, name: name, data: try document(json))
            return JournalRecord(wall: 9, .dispatch(dispatch))
        }
        func change(_ id: Int) throws -> [JournalRecord] {
            let renamed = crowd.member(id).replacing(#""nick":null"#, with: #""guild_id":"800","nick":"n""#)
            let presence = crowd.presence(id)
            return [try next("PRESENCE_UPDATE", presence), try next("GUILD_MEMBER_UPDATE", renamed)]
        }
        var alone: [Double] = []
        for record in try change(1) { alone.append(seconds { _ = folded.apply(record, fold: fold) }) }
        let checkpoint = Checkpoint(folded: folded, frames: [], acknowledged: nil)
        var shared: [Double] = []
        for record in try change(2) { shared.append(seconds { _ = folded.apply(record, fold: fold) }) }
        var bytes: [UInt8] = []
        let encoding = seconds { bytes = checkpoint.encoded() }
        let decoding = try seconds { _ = try Checkpoint(decoding: bytes) }
        func text(_ name: String, _ value: Double) -> String {
            "\(name) \((value * 100_000).rounded() / 100) ms"
        }
        let held = folded.state.memory[Snowflake(800)]?.allocatedBytes ?? 0
        return [
            "members \(members)", "held of each, with presence, \(held / members) bytes",
            "journal \(journal.count) bytes in \(records.count) records",
            text("fold of it", folding), "checkpoint \(bytes.count) bytes", text("encode", encoding),
            text("decode", decoding), text("a presence", alone[0]), text("a member's change", alone[1]),
            text("the first presence while a checkpoint is written", shared[0]),
            text("the first member's change then", shared[1]),
        ]
    }
}
