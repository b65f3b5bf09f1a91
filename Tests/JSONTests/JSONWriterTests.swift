import Base
import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func `puts commas and escapes where they belong`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", Snowflake(.max))
        writer.member("name", "a\"\\\n\u{1}\u{1f}ä\u{2028}😀")
        writer.member("none", Optional<Snowflake>.none)
        writer.member("count", -12)
        writer.member("big", UInt64.max)
        writer.member("small", Int64.min)
        writer.member("ratio", 0.25)
        writer.member("nan", Double.nan)
        writer.key("list")
        writer.beginArray()
        writer.int(0)
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.raw(Array("[1]".utf8))
        writer.endArray()
        writer.memberNull("end")
        writer.endObject()
        let expected =
            #"{"id":"18446744073709551615","name":"a\"\\\n\u0001\u001fä"# + "\u{2028}😀"
            + #"","none":null,"count":-12,"big":18446744073709551615,"small":-9223372036854775808,"ratio":0.25,"#
            + #""nan":null,"list":[0,true,null,{},[],[1]],"end":null}"#
        #expect(String(decoding: writer.takeBytes(), as: UTF8.self) == expected)
        #expect(writer.takeBytes().isEmpty)
    }

    /// Texts of every length around the eight bytes that are looked at together, with each byte in each place.
    @Test func `escapes what has to be, wherever it stands`() throws {
        for length in 1...17 {
            for at in 0..<length {
                for byte in 0..<0x80 as Range<UInt8> {
                    var text = [UInt8](repeating: 0x61, count: length)
                    text[at] = byte
                    var writer = JSONWriter(reserving: 0)
                    writer.string(String(decoding: text, as: UTF8.self))
                    let written = writer.takeBytes()
                    #expect(try JSONDocument(parsing: written).root.string.map { Array($0.utf8) } == text)
                    let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5C
                    #expect((written.count == length + 2) == isPlain)
                }
            }
        }
    }

    @Test func `a string in pieces, and one of another document`() throws {
        let document = try JSONDocument(parsing: #"["plain ä","a\/bA",7]"#)
        var writer = JSONWriter()
        writer.beginArray()
        writer.beginString()
        writer.piece("https://x/")
        writer.piece(Snowflake(100))
        writer.piece("/" + "b")
        writer.endString()
        document.root.withView { view in
            for element in view.array?.map(\.self) ?? [] { writer.string(element) }
        }
        for number in [0, 9, 10, 99, 100, 12345, UInt64.max / 2, .max] as [UInt64] { writer.uint64(number) }
        writer.endArray()
        #expect(
            String(decoding: writer.takeBytes(), as: UTF8.self)
                == #"["https://x/100/b","plain ä","a/bA","",0,9,10,99,100,12345,9223372036854775807,18446744073709551615]"#
        )
    }

    /// Seeded documents: what the writer wrote, the reader reads, and writing that again gives the same bytes.
    @Test(arguments: [UInt64(1), 2, 3]) func `writes what it reads`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var writer = JSONWriter()
            write(random: &random, depth: 0, into: &writer)
            let bytes = writer.takeBytes()
            let document = try JSONDocument(parsing: bytes)
            var again = JSONWriter()
            copy(document.root, into: &again)
            #expect(again.takeBytes() == bytes)
            for index in bytes.indices where index % 7 == 0 { mutated(bytes, at: index, random: &random) }
        }
    }

    /// Broken texts are refused or read, but never crash; views on what was read stay inside the text.
    private func mutated(_ bytes: [UInt8], at index: Int, random: inout SeededRandom) {
        var broken = bytes
        broken[index] = UInt8.random(in: .min ... .max, using: &random)
        guard let document = try? JSONDocument(parsing: broken) else { return }
        var writer = JSONWriter()
        copy(document.root, into: &writer)
    }

    private func write(random: inout SeededRandom, depth: Int, into writer: inout JSONWriter) {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &random) {
        case 0: writer.null()
        case 1: writer.bool(Bool.random(using: &random))
        case 2: writer.int64(Int64.random(in: .min ... .max, using: &random))
        case 3: writer.double(Double.random(in: -1e6...1e6, using: &random))
        case 4, 5: writer.string(text(&random))
        case 6:
            writer.beginArray()
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                write(random: &random, depth: depth + 1, into: &writer)
            }
            writer.endArray()
        default:
            writer.beginObject()
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                writer.key(text: text(&random))
                write(random: &random, depth: depth + 1, into: &writer)
            }
            writer.endObject()
        }
    }

    private func text(_ random: inout SeededRandom) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "\"", "\\", "\n", "\u{0}", "\u{1f}", "é", "€", "😀", "\u{2028}", "/",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            if let scalar = alphabet.randomElement(using: &random) { text.append(scalar) }
        }
        return String(text)
    }

    private func copy(_ value: JSONValue, into writer: inout JSONWriter) {
        if let array = value.array {
            writer.beginArray()
            for element in array { copy(element, into: &writer) }
            writer.endArray()
        } else if let object = value.object {
            writer.beginObject()
            for member in object {
                writer.key(text: member.key)
                copy(member.value, into: &writer)
            }
            writer.endObject()
        } else if let string = value.string {
            writer.string(string)
        } else {
            writer.raw(value.raw)
        }
    }
}
