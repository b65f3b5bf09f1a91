/// Base64 in its two common forms (RFC 4648). Each text has one form only: what is read and written again is the same.
package enum Base64: Sendable {
    /// Section 4: `+`, `/`, and `=` up to a whole group.
    case standard
    /// Section 5, for addresses and cookies: `-`, `_`, and no padding.
    case url

    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let padding = UInt8(ascii: "=")

    private static let standardDigits = Array("\(common)+/".utf8)
    private static let urlDigits = Array("\(common)-_".utf8)

    private static let standardValues = values(of: standardDigits)
    private static let urlValues = values(of: urlDigits)

    /// What each byte stands for as a digit; 0xFF: it is none.
    private static func values(of digits: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }

    private var isPadded: Bool { self == .standard }

    package func encoded(_ bytes: [UInt8]) -> String {
        let digits = self == .standard ? Self.standardDigits : Self.urlDigits
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (offset < group.count ? UInt32(group[start + offset]) : 0)
            }
            for digit in 0...group.count { text.append(digits[Int(bits >> UInt32(18 - 6 * digit) & 63)]) }
            if isPadded { text += repeatElement(Self.padding, count: 3 - group.count) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for anything that `encoded` does not write: other signs, padding that is wrong or too much, spare bits set.
    package func decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
        text.withContiguousStorageIfAvailable(decoded) ?? Array(text).withUnsafeBufferPointer(decoded)
    }

    private func decoded(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var count = text.count
        if isPadded {
            guard count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where count > 0 && text[count - 1] == Self.padding { count -= 1 }
        }
        let values = self == .standard ? Self.standardValues : Self.urlValues
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 3 / 4)
        var bits: UInt32 = 0
        var held = 0
        for index in 0..<count {
            let value = values[Int(text[index])]
            guard value != 0xFF else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            guard held >= 8 else { continue }
            held -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            bits &= 1 << UInt32(held) - 1
        }
        // Six bits left over are a digit alone, which no byte is written as.
        return held < 6 && bits == 0 ? bytes : nil
    }
}
