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

    private func member(_ id: Int) -> String {
        let avatar = "a_0123456789abcdef0123456789abcdef"
        return #"{"user":{"id":"\#(1_000_000 + id)","username":"user\#(id)","discriminator":"0","#
            + #""global_name":"User Number \#(id)","avatar":"\#(avatar)"},"nick":null,"#
            + #""roles":["20","\#(21 + id % 5)"],"pending":false}"#
    }

    /// The guild, its members in chunks of 1,000, and a fifth of them online.
    private func records() throws -> [JournalRecord] {
        var made: [JournalRecord] = [
            JournalRecord(wall: 1, .sessionBegan(id: "s", resumeURL: "ws://r", epoch: 5))
        ]
        func add(_ name: String, _ json: String) throws {
            let dispatch = Dispatch(sequence: UInt64(made.count), name: name, data: try document(json))
            made.append(JournalRecord(wall: Int64(made.count), .dispatch(dispatch)))
        }
        let channels = (1...200).map {
            #"{"id":"\#($0)","type":0,"name":"channel \#($0)","position":\#($0)}"#
        }
        try add(
            "GUILD_CREATE",
            #"{"id":"800","name":"G","owner_id":"1000001","member_count":\#(members),"large":true,"roles":[],"#
                + #""channels":[\#(channels.joined(separator: ","))],"members":[],"voice_states":[],"presences":[]}"#
        )
        let chunks = members / 1000
        for chunk in 0..<chunks {
            let list = (0..<1000).map { member(chunk * 1000 + $0) }.joined(separator: ",")
            try add(
                "GUILD_MEMBERS_CHUNK",
                #"{"guild_id":"800","members":[\#(list)],"chunk_index":\#(chunk),"chunk_count":\#(chunks)}"#
            )
        }
        for id in 0..<members / 5 { try add("PRESENCE_UPDATE", presence(id)) }
        return made
    }

    private func presence(_ id: Int) -> String {
        #"{"guild_id":"800","user":{"id":"\#(1_000_000 + id)"},"status":"online","client_status":{"web":"online"},"#
            + #""activities":[{"type":0,"name":"Chess"}]}"#
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = now()
        try body()
        let (seconds, attoseconds) = (now() - start).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Lines of `name value`, times in milliseconds.
    func measure() throws -> [String] {
        let fold = Fold(cdn: CDN(base: "https://cdn.example"), guildFilter: nil)
        let records = try records()
        var (folded, journal) = (FoldedShard(shard: .only), [UInt8]())
        for record in records { record.encode(into: &journal) }
        let folding = seconds { for record in records { _ = folded.apply(record, fold: fold) } }
        func next(_ name: String, _ json: String) throws -> JournalRecord {
            let sequence = folded.session?.sequence ?? 0
            let dispatch = Dispatch(sequence: sequence + 1, name: name, data: try document(json))
            return JournalRecord(wall: 9, .dispatch(dispatch))
        }
        func change(_ id: Int) throws -> [JournalRecord] {
            let renamed = member(id).replacing(#""nick":null"#, with: #""guild_id":"800","nick":"n""#)
            return [try next("PRESENCE_UPDATE", presence(id)), try next("GUILD_MEMBER_UPDATE", renamed)]
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
        return [
            "members \(members)", "journal \(journal.count) bytes in \(records.count) records",
            text("fold of it", folding), "checkpoint \(bytes.count) bytes", text("encode", encoding),
            text("decode", decoding), text("a presence", alone[0]), text("a member's change", alone[1]),
            text("the first presence while a checkpoint is written", shared[0]),
            text("the first member's change then", shared[1]),
        ]
    }
}
