import Base
import DiscordProtocol
import Gateway
import JSON

/// A guild of many, as Discord tells of it: names of 12 letters, an avatar, three roles, everyone online, and a third of them
/// at something.
struct Crowd {
    let count: Int
    private var random = SeededRandom(seed: 1)

    init(_ count: Int) { self.count = count }

    static func id(_ number: Int) -> UInt64 { 80_351_110_224_678_912 + UInt64(number) << 26 }

    private mutating func letters(_ count: Int, of alphabet: String) -> String {
        String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "x" })
    }

    mutating func member(_ number: Int) -> String {
        let name = letters(12, of: "abcdefghijklmnopqrstuvwxyz._0123456789")
        let shown = letters(12, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz")
        let roles = (0..<3).map { _ in #""\#(200 + Int.random(in: 0..<50, using: &random))""# }
        return #"{"user":{"id":"\#(Self.id(number))","username":"\#(name)","discriminator":"0","#
            + #""global_name":"\#(shown)","avatar":"\#(letters(32, of: "0123456789abcdef"))"},"nick":null,"#
            + #""roles":[\#(roles.joined(separator: ","))],"joined_at":"2024-05-06T07:08:09.123000+00:00","#
            + #""pending":false,"communication_disabled_until":null}"#
    }

    mutating func presence(_ number: Int) -> String {
        let status = ["online", "idle", "dnd"].randomElement(using: &random) ?? "online"
        let client = ["desktop", "mobile", "web"].randomElement(using: &random) ?? "web"
        let game = #"{"type":0,"name":"\#(letters(14, of: "abcdefghijklm "))","created_at":1732147200123}"#
        return #"{"guild_id":"800","user":{"id":"\#(Self.id(number))"},"status":"\#(status)","#
            + #""client_status":{"\#(client)":"\#(status)"},"activities":[\#(number % 3 == 0 ? game : "")]}"#
    }

    /// Its session, the guild without members, its members in chunks of 1,000, and a presence of each of the first `online`.
    mutating func records(online: Int) throws -> [JournalRecord] {
        var made = [JournalRecord(wall: 1, .sessionBegan(id: "s", resumeURL: "ws://r", epoch: 5))]
        func add(_ name: String, _ json: String) throws {
            let data = try JSONDocument(parsing: json).root
            let dispatch = Dispatch(sequence: UInt64(made.count), name: name, data: data)
            made.append(JournalRecord(wall: Int64(made.count), .dispatch(dispatch)))
        }
        let channels = (1...200).map {
            #"{"id":"\#($0)","type":0,"name":"channel \#($0)","position":\#($0)}"#
        }
        try add(
            "GUILD_CREATE",
            #"{"id":"800","name":"G","owner_id":"\#(Self.id(1))","member_count":\#(count),"large":true,"roles":[],"#
                + #""channels":[\#(channels.joined(separator: ","))],"members":[],"voice_states":[],"presences":[]}"#
        )
        let chunks = count / 1000
        for chunk in 0..<chunks {
            let list = (0..<1000).map { member(chunk * 1000 + $0) }.joined(separator: ",")
            try add(
                "GUILD_MEMBERS_CHUNK",
                #"{"guild_id":"800","members":[\#(list)],"chunk_index":\#(chunk),"chunk_count":\#(chunks)}"#
            )
        }
        for number in 0..<online { try add("PRESENCE_UPDATE", presence(number)) }
        return made
    }
}
