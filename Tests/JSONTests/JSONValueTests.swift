import Base
import JSON
import Testing

@Suite struct JSONValueTests {
    private func root(_ text: String) throws -> JSONValue { try JSONDocument(parsing: text).root }

    @Test func `finds members through several levels`() throws {
        let value = try root(#" {"op":0,"d":{"user":{"id":"42","tag":null},"list":[1,[2],{"x":3}]},"s":7} "#)
        #expect(value["d"]?["user"]?["id"]?.string == "42")
        #expect(value["d"]?["user"]?["id"]?.snowflake == Snowflake(42))
        #expect(value["d"]?["user"]?["tag"]?.isNull == true)
        #expect(value["s"]?.int == 7)
        #expect(value[key: "op"]?.int == 0)
        #expect(value["x"] == nil && value["s"]?["x"] == nil && value["d"]?["list"]?["x"] == nil)
        #expect(value["d"]?["list"]?.array?.count == 3)
        #expect(
            value["d"]?["list"]?.array?.map { String(decoding: $0.raw, as: UTF8.self) } == [
                "1", "[2]", #"{"x":3}"#,
            ]
        )
        #expect(value.object?.map(\.key) == ["op", "d", "s"])
        #expect(value.object?.count == 3)
    }

    @Test func `takes the first of duplicate names, and names with escapes`() throws {
        let value = try root(#"{"a":1,"a":2,"\u0062\n":3}"#)
        #expect(value["a"]?.int == 1)
        #expect(value["b\n"]?.int == 3)
        #expect(value["b"] == nil)
    }

    @Test func `reads numbers exactly beyond 2^53`() throws {
        let table: [(String, Int64?, UInt64?, Double?)] = [
            ("9007199254740993", 9_007_199_254_740_993, 9_007_199_254_740_993, 9_007_199_254_740_992),
            ("9223372036854775807", .max, 9_223_372_036_854_775_807, 9_223_372_036_854_775_808),
            ("9223372036854775808", nil, 9_223_372_036_854_775_808, 9_223_372_036_854_775_808),
            ("-9223372036854775808", .min, nil, -9_223_372_036_854_775_808),
            ("-9223372036854775809", nil, nil, -9_223_372_036_854_775_808),
            ("18446744073709551615", nil, .max, 18_446_744_073_709_551_616),
            ("18446744073709551616", nil, nil, 18_446_744_073_709_551_616),
            ("0", 0, 0, 0), ("-0", 0, nil, -0.0), ("-7", -7, nil, -7), ("1.0", nil, nil, 1),
            ("1e3", nil, nil, 1000),
            ("0.64", nil, nil, 0.64), ("1e400", nil, nil, nil),
        ]
        for (text, int, unsigned, double) in table {
            let value = try root(text)
            #expect(value.int64 == int && value.uint64 == unsigned && value.double == double, "\(text)")
        }
    }

    @Test func `reads escapes and surrogate pairs`() throws {
        let table: [(String, String)] = [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\ude00!""#, "😀!"), (#""\ud83dx""#, "\u{fffd}x"),
            (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"), (#""\u0000""#, "\0"), (#""plain ä""#, "plain ä"),
        ]
        for (text, expected) in table { #expect(try root(text).string == expected, "\(text)") }
    }

    @Test func `answers nil for another kind`() throws {
        let text = try root("\"1\""), number = try root("1"), truth = try root("true")
        #expect(
            text.int == nil && text.double == nil && text.bool == nil && text.array == nil
                && text.object == nil
        )
        #expect(number.string == nil && number.snowflake == Snowflake(1))
        #expect(truth.bool == true && truth.int == nil && truth.snowflake == nil)
        #expect(try root("\"12x\"").snowflake == nil && root("-1").snowflake == nil)
    }

    @Test func `keeps the raw bytes of a value`() throws {
        let value = try root(#"{ "d" : { "a" : "\u0041" } , "s":1}"#)
        #expect(value["d"].map { String(decoding: $0.raw, as: UTF8.self) } == #"{ "a" : "\u0041" }"#)
        #expect(value["d"]?["a"].map { String(decoding: $0.raw, as: UTF8.self) } == #""\u0041""#)
    }
}
