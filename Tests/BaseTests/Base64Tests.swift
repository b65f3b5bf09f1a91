import Base
import Testing

@Suite struct Base64Tests {
    /// RFC 4648 section 10.
    @Test func `the vectors of RFC 4648, with and without padding`() {
        let table = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
        for (plain, text) in table {
            let bare = text.filter { $0 != "=" }
            #expect(Base64.standard.encoded(Array(plain.utf8)) == text)
            #expect(Base64.url.encoded(Array(plain.utf8)) == bare)
            #expect(Base64.standard.decoded(text.utf8) == Array(plain.utf8))
            #expect(Base64.url.decoded(bare.utf8) == Array(plain.utf8))
        }
    }

    @Test func `the last two digits differ`() {
        #expect(Base64.standard.encoded([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.url.encoded([0xFB, 0xFF]) == "-_8")
        #expect(Base64.standard.decoded("-_8=".utf8) == nil && Base64.url.decoded("+/8".utf8) == nil)
    }

    @Test func `anything that is not written is not read`() {
        let standard = [
            "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zm9v====", "Zh==", "Zm9=", "Z=g=", "Zm9v=", "Zm 9",
            "Zm9v\n",
            "Zm9é",
        ]
        #expect(standard.filter { Base64.standard.decoded($0.utf8) != nil }.isEmpty)
        let url = ["Z", "Zg==", "Zm8=", "Zh", "Zm9", "Zm9vZ", "Zm.9", "Zm9 ", "=", "Zm9é"]
        #expect(url.filter { Base64.url.decoded($0.utf8) != nil }.isEmpty)
    }

    @Test(arguments: 0..<16 as Range<UInt64>) func `any bytes come back`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for count in 0..<40 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            for form in [Base64.standard, .url] {
                #expect(form.decoded(form.encoded(bytes).utf8) == bytes)
            }
        }
    }
}
