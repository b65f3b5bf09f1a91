/// Base64 with padding (RFC 4648 section 4), as the handshake's keys are written.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    static func encoded(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (offset < group.count ? UInt32(group[start + offset]) : 0)
            }
            for digit in 0..<4 {
                let index = Int(bits >> UInt32(18 - 6 * digit) & 63)
                text.append(digit <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` is the encoding of exactly 16 bytes: 22 digits and two signs of padding, spare bits
    /// zero.
    static func isEncodingOf16Bytes(_ text: String) -> Bool {
        let digits = Array(text.utf8)
        guard digits.count == 24, digits.suffix(2) == [UInt8(ascii: "="), UInt8(ascii: "=")] else {
            return false
        }
        guard digits.prefix(22).allSatisfy(alphabet.contains), let last = alphabet.firstIndex(of: digits[21])
        else {
            return false
        }
        return last % 16 == 0
    }
}
