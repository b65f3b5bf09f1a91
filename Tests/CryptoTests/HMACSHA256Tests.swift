import Base
import Crypto
import Testing

@Suite struct HMACSHA256Tests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private struct Vector {
        let key: [UInt8]
        let message: [UInt8]
        /// Of the fifth only the first 16 bytes are published.
        let code: String
    }

    /// RFC 4231, sections 4.2 to 4.8.
    private static let vectors = [
        Vector(
            key: Array(repeating: 0x0B, count: 20),
            message: Array("Hi There".utf8),
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        Vector(
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        Vector(
            key: Array(repeating: 0xAA, count: 20),
            message: Array(repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        Vector(
            key: Array(1...25),
            message: Array(repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        Vector(
            key: Array(repeating: 0x0C, count: 20),
            message: Array("Test With Truncation".utf8),
            code: "a3b6167473100ee06e0c796c2955552b"
        ),
        Vector(
            key: Array(repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        Vector(
            key: Array(repeating: 0xAA, count: 131),
            message: Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8
            ),
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test func `the vectors of RFC 4231`() {
        for vector in Self.vectors {
            let code = HMACSHA256.code(of: vector.message, key: Secret(vector.key))
            #expect(Self.hex(code).hasPrefix(vector.code))
            #expect(code.count == HMACSHA256.size)
        }
    }

    @Test func `only the whole code of that message and key matches`() {
        let key = Secret("k")
        let message = Array("message".utf8)
        let code = HMACSHA256.code(of: message, key: key)
        #expect(HMACSHA256.matches(code, message, key: key))
        #expect(!HMACSHA256.matches(code, message, key: Secret("l")))
        #expect(!HMACSHA256.matches(code, message + [0], key: key))
        #expect(!HMACSHA256.matches(code.dropLast(), message, key: key))
        #expect(!HMACSHA256.matches(code + [0], message, key: key))
        #expect(!HMACSHA256.matches([UInt8](), message, key: key))
        for place in 0..<code.count {
            var other = code
            other[place] ^= 1
            #expect(!HMACSHA256.matches(other, message, key: key))
        }
    }

    @Test func `an empty key and an empty message have a code`() {
        let code = HMACSHA256.code(of: [], key: Secret(""))
        #expect(Self.hex(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
