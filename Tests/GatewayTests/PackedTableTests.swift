import Base
import Gateway
import JSON
import Testing

/// A record of any length.
private struct Text: PackedRecord {
    var text: String
    init(_ text: String) { self.text = text }
    func pack(into packer: inout Packer) { packer.text(text) }
    init(id: Snowflake, packed reader: inout Unpacker) { text = reader.text() }
}

@Suite struct PackedTableTests {
    @Test func `the lowest ids behind one are found, those that count alone`() {
        var random = SeededRandom(seed: 7)
        var table = PackedTable<Text>()
        for _ in 0..<5_000 {
            table[Snowflake(UInt64.random(in: 1..<20_000, using: &random) << 22)] = Text("x")
        }
        let all = table.keys.sorted()
        let isEven = { (id: Snowflake) in (id.rawValue >> 22).isMultiple(of: 2) }
        for after in [
            Snowflake(0), all[0], all[17], all[4_000 % all.count], all[all.count - 1], Snowflake(.max),
        ] {
            for limit in [1, 2, 100, 101] {
                let behind = all.filter { $0 > after }
                #expect(table.keys(after: after, limit: limit) { _ in true } == Array(behind.prefix(limit)))
                let even = Array(behind.filter(isEven).prefix(limit))
                #expect(table.keys(after: after, limit: limit, where: isEven) == even)
            }
        }
        #expect(PackedTable<Text>().keys(after: Snowflake(0), limit: 5) { _ in true } == [])
    }

    @Test func `it holds what a dictionary holds, in one part and in many`() {
        for seed in 1...4 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var table = PackedTable<Text>()
            var model: [Snowflake: Text] = [:]
            for step in 0..<6000 {
                let key = Snowflake(UInt64.random(in: 0..<3000, using: &random) << 22)
                let letters = Int.random(in: 0..<200, using: &random)
                let value = step % 3 == 0 ? nil : Text(String(repeating: "x", count: letters) + "\(step)")
                table[key] = value
                model[key] = value
                #expect(table.count == model.count && table[key] == value)
                #expect(table.contains(key) == (value != nil))
            }
            #expect(table.keys.sorted() == model.keys.sorted())
            #expect(model.allSatisfy { table[$0.key] == $0.value })
            table.updateEach { record in
                guard record.text.hasSuffix("1") else { return false }
                record.text += "!"
                return true
            }
            for (key, value) in model where value.text.hasSuffix("1") { model[key]?.text += "!" }
            #expect(model.allSatisfy { table[$0.key] == $0.value } && table.count == model.count)
        }
    }

    @Test func `equal is who holds the same, however it came to it`() {
        var grown = PackedTable<Text>()
        for id in 0..<2000 as Range<UInt64> { grown[Snowflake(id)] = Text("1") }
        for id in 2..<2000 as Range<UInt64> { grown[Snowflake(id)] = nil }
        func table(_ records: [UInt64: String]) -> PackedTable<Text> {
            var table = PackedTable<Text>()
            for (id, text) in records { table[Snowflake(id)] = Text(text) }
            return table
        }
        #expect(grown == table([0: "1", 1: "1"]) && table([0: "1", 1: "1"]) == grown)
        #expect(grown != table([0: "1", 1: "2"]) && grown != table([0: "1"]))
        #expect(grown != table([0: "1", 2: "1"]) && table([3: "a"]) != table([3: "b"]))
    }

    @Test func `a copy stays as it was`() {
        var table = PackedTable<Text>()
        for id in 0..<1000 as Range<UInt64> { table[Snowflake(id)] = Text("old \(id)") }
        let copy = table
        for id in 0..<1000 as Range<UInt64> { table[Snowflake(id)] = id % 2 == 0 ? nil : Text("newer \(id)") }
        #expect(copy.count == 1000 && table.count == 500)
        for id in 0..<1000 as Range<UInt64> { #expect(copy[Snowflake(id)] == Text("old \(id)")) }
        #expect(table[Snowflake(7)] == Text("newer 7"))
    }

    @Test func `parts stay small, whatever the ids have in common`() {
        for shift in [0, 12, 22, 40] as [UInt64] {
            var table = PackedTable<Text>()
            for id in 1...20_000 as ClosedRange<UInt64> { table[Snowflake(id << shift)] = Text("t") }
            #expect(table.largestPart < 4 * PackedTable<Text>.partRecordsMax, "shift \(shift)")
        }
    }

    // MARK: What a guild's members are held as

    private static let hashes: [String?] = [
        nil, "", "0123456789abcdef0123456789abcdef", "a_fedcba9876543210fedcba9876543210", "a_",
        "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdeg", "0123456789abcdef",
        "a_0123456789abcdef0123456789abcdef00", "é",
    ]
    private static let texts: [String?] = [
        nil, "", "0", "ann", "Łucja \u{1F525}", String(repeating: "long ", count: 60),
    ]

    /// As a checkpoint holds it, which has all that is known.
    private static func text(_ member: MemberRecord) -> String {
        var writer = JSONWriter()
        member.write(into: &writer)
        return String(decoding: writer.takeBytes(), as: UTF8.self)
    }

    private static func value(_ json: String) throws -> JSONValue { try JSONDocument(parsing: json).root }

    private static func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }

    private static func member(_ random: inout SeededRandom) throws -> MemberRecord {
        func any(_ list: [String?]) -> String { quoted(list.randomElement(using: &random) ?? nil) }
        let roles = (0..<Int.random(in: 0..<5, using: &random)).map { _ in
            "\"\(UInt64.random(in: 0 ... .max, using: &random))\""
        }
        let json =
            #"{"id":"\#(UInt64.random(in: 0 ... .max, using: &random))","username":\#(any(["ann", ""])),"#
            + #""global_name":\#(any(texts)),"discriminator":\#(any(texts)),"avatar":\#(any(hashes)),"#
            + #""bot":\#(Bool.random(using: &random)),"stranger":\#(Bool.random(using: &random)),"#
            + #""member":{"nick":\#(any(texts)),"avatar":\#(any(hashes)),"roles":[\#(roles.joined(separator: ","))],"#
            + #""pending":\#(Bool.random(using: &random)),"communication_disabled_until":\#(any(texts))}}"#
        return try #require(try value(json).withView { MemberRecord(checkpoint: $0) })
    }

    @Test func `a member is held as they were, whatever is known of them`() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<2000 {
            let member = try Self.member(&random)
            var table = PackedTable<MemberRecord>()
            table[member.id] = member
            let held = try #require(table[member.id])
            #expect(held == member && Self.text(held) == Self.text(member))
        }
    }

    @Test func `a presence is held as it was, whatever it says`() throws {
        let statuses = ["online", "idle", "dnd", "streaming", ""]
        let clients = [
            "{}", #"{"web":"a"}"#, #"{"vr":"a","mobile":"b","desktop":"c","embedded":"d","web":"e"}"#,
            #"{"web":"a","web":"b","fridge":"c"}"#,
        ]
        let activities = ["[]", #"[{"type":4},{"type":2,"name":"é","state":"\n","url":"u"}]"#, "null"]
        for status in statuses {
            for client in clients {
                for activity in activities {
                    let json =
                        #"{"status":"\#(status)","client_status":\#(client),"activities":\#(activity)}"#
                    let presence = try #require(try Self.value(json).withView { PresenceRecord($0) })
                    var table = PackedTable<PresenceRecord>()
                    table[Snowflake(1)] = presence
                    #expect(table[Snowflake(1)] == presence)
                }
            }
        }
        let value = try Self.value(#"{"status":"idle","client_status":\#(clients[3])}"#)
        let named = try #require(value.withView { PresenceRecord($0) })
        #expect(named.clientNames == ["fridge", "web", "web"])
    }
}
