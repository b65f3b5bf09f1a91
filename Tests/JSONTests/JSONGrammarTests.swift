import JSON
import Testing

@Suite struct JSONGrammarTests {
    @Test func `accepts what RFC 8259 allows`() {
        let texts = [
            "null", "true", "false", "0", "-0", "10", "-12.5e+3", "1E9", "0.0", "\"\"", "\"a\"", "[]", "{}",
            " [ ] ",
            "[1,2]", "{\"a\":1}", "\t{\r\n\"a\" : [ 1 , {\"b\" : null} ] }\n", "{\"a\":1,\"a\":2}",
            "[[],[[]],{}]",
            "\"\\u0000\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\u{2028}\u{7f}ä€😀\"", "\"\\uD800\"",
            "[\"\\u00e9\"]",
            "1e400", "123456789012345678901234567890",
        ]
        for text in texts {
            #expect(throws: Never.self, "\(text)") { _ = try JSONDocument(parsing: text) }
        }
    }

    @Test func `refuses everything else and says where`() {
        let table: [(String, JSONError.Code, Int)] = [
            ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[", .unexpectedEnd, 1),
            ("{", .unexpectedEnd, 1),
            ("]", .unexpectedByte, 0), ("[1,]", .unexpectedByte, 3), ("[,1]", .unexpectedByte, 1),
            ("[1 2]", .unexpectedByte, 3), ("[1}", .unexpectedByte, 2), ("{\"a\":1]", .unexpectedByte, 6),
            ("{\"a\"}", .unexpectedByte, 4), ("{\"a\":}", .unexpectedByte, 5), ("{a:1}", .unexpectedByte, 1),
            ("{\"a\":1,}", .unexpectedByte, 7), ("{1:1}", .unexpectedByte, 1),
            ("{\"a\":1", .unexpectedEnd, 6),
            ("1 2", .trailingBytes, 2), ("{}x", .trailingBytes, 2), ("01", .invalidNumber, 1),
            ("-", .unexpectedEnd, 1),
            ("+1", .unexpectedByte, 0), (".5", .unexpectedByte, 0), ("1.", .unexpectedEnd, 2),
            ("1.e1", .invalidNumber, 2),
            ("1e", .unexpectedEnd, 2), ("-a", .invalidNumber, 1), ("-01", .invalidNumber, 2),
            ("1a", .trailingBytes, 1),
            ("tru", .invalidLiteral, 0), ("nul ", .invalidLiteral, 0), ("False", .unexpectedByte, 0),
            ("NaN", .unexpectedByte, 0), ("'a'", .unexpectedByte, 0), ("\"a", .unexpectedEnd, 2),
            ("\"\n\"", .controlByteInString, 1), ("\"\\x\"", .invalidEscape, 1),
            ("\"\\u12g4\"", .invalidEscape, 1),
            ("\"\\u12", .unexpectedEnd, 5), ("\"\\", .unexpectedEnd, 2), ("\u{feff}1", .unexpectedByte, 0),
            ("[1]//", .trailingBytes, 3),
        ]
        for (text, code, offset) in table {
            #expect(throws: JSONError(code, at: offset), "\(text)") { _ = try JSONDocument(parsing: text) }
        }
    }

    @Test func `refuses bytes that are no UTF-8`() {
        let contents: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xFF],
        ]
        for content in contents {
            #expect(throws: JSONError(.invalidUTF8, at: 1), "\(content)") {
                _ = try JSONDocument(parsing: [0x22] + content + [0x22])
            }
        }
    }

    @Test func `holds the limits of depth and size exactly`() throws {
        let limits = JSONLimits(bytesMax: 12, depthMax: 3)
        _ = try JSONDocument(parsing: "[[[1]]]", limits: limits)
        #expect(throws: JSONError(.tooDeep, at: 3)) {
            _ = try JSONDocument(parsing: "[[[[1]]]]", limits: limits)
        }
        #expect(throws: JSONError(.tooDeep, at: 6)) {
            _ = try JSONDocument(parsing: "[[{\"\":[]}]]", limits: limits)
        }
        _ = try JSONDocument(parsing: "123456789012", limits: limits)
        #expect(throws: JSONError(.tooLarge, at: 12)) {
            _ = try JSONDocument(parsing: "1234567890123", limits: limits)
        }
        let deep = [UInt8](repeating: 0x5B, count: 100_000)
        #expect(throws: JSONError(.tooDeep, at: 128)) { _ = try JSONDocument(parsing: deep) }
    }
}
