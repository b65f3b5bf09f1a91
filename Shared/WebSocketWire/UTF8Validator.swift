/// Checks UTF-8 as it arrives and refuses at the first byte that cannot be right (RFC 3629, Unicode table
/// 3-7).
///
/// A text message may be cut anywhere, also within a character, so the standard library's whole-string check
/// would find a fault only when the message ends.
package struct UTF8Validator: Sendable, Equatable {
    /// Continuation bytes still to come.
    private var missing = 0
    /// What the next continuation byte may be.
    private var range: ClosedRange<UInt8> = 0x80...0xBF

    package init() {}

    /// Whether what has arrived ends between characters.
    package var isComplete: Bool { missing == 0 }

    /// False when the bytes cannot be part of UTF-8; the validator is of no use from then on.
    package mutating func accepts(_ bytes: [UInt8]) -> Bool {
        for byte in bytes {
            if missing > 0 {
                guard range.contains(byte) else { return false }
                missing -= 1
                range = 0x80...0xBF
                continue
            }
            switch byte {
            case 0x00...0x7F: continue
            case 0xC2...0xDF: missing = 1
            case 0xE0: (missing, range) = (2, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: missing = 2
            case 0xED: (missing, range) = (2, 0x80...0x9F)
            case 0xF0: (missing, range) = (3, 0x90...0xBF)
            case 0xF1...0xF3: missing = 3
            case 0xF4: (missing, range) = (3, 0x80...0x8F)
            default: return false
            }
        }
        return true
    }
}
