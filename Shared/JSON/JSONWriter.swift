package import Base

/// Appends compact JSON to a buffer; puts the commas itself.
///
/// The caller keeps the nesting right: a key before each value of an object, every begin with its end.
package struct JSONWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private var depth = 0

    package init() {}
    package init(reserving capacity: Int) { bytes.reserveCapacity(capacity) }

    /// What was written; the writer is as new afterwards.
    package mutating func takeBytes() -> [UInt8] {
        precondition(depth == 0, "a text is taken only when every container is closed")
        defer {
            bytes = []
            needsComma = false
        }
        return bytes
    }

    /// Hands on what was written since the last time, in the middle of a text; the buffer is used again.
    package mutating func takePiece<Failure: Error>(
        _ put: (borrowing [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try put(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    package mutating func beginObject() { begin(0x7B) }
    package mutating func endObject() { end(0x7D) }
    package mutating func beginArray() { begin(0x5B) }
    package mutating func endArray() { end(0x5D) }

    package mutating func key(_ name: String) {
        separate()
        appendQuoted(name)
        bytes.append(0x3A)
        needsComma = false
    }

    /// The same as `key(_:)`, for names that are data.
    package mutating func key(text name: String) { key(name) }

    package mutating func string(_ text: String) {
        separate()
        appendQuoted(text)
    }

    package mutating func null() { literal("null") }
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// As a string, the way ids stand on every wire.
    package mutating func snowflake(_ id: Snowflake) {
        separate()
        bytes.append(0x22)
        appendDigits(id.rawValue)
        bytes.append(0x22)
    }

    /// Two numbers joined by a hyphen, as a string.
    package mutating func pair(_ first: UInt64, _ second: UInt64) {
        separate()
        bytes.append(0x22)
        appendDigits(first)
        bytes.append(0x2D)
        appendDigits(second)
        bytes.append(0x22)
    }

    package mutating func int(_ value: Int) { int64(Int64(value)) }
    package mutating func int(_ value: some BinaryInteger) { literal(String(value)) }

    package mutating func int64(_ value: Int64) {
        separate()
        if value < 0 { bytes.append(0x2D) }
        appendDigits(value.magnitude)
    }

    package mutating func uint64(_ value: UInt64) {
        separate()
        appendDigits(value)
    }

    /// Not-a-number and infinities have no JSON; they are written as null.
    package mutating func double(_ value: Double) {
        literal(value.isFinite ? value.description : "null")
    }

    /// A value that is JSON already, unchecked.
    package mutating func raw(_ json: [UInt8]) {
        separate()
        bytes.append(contentsOf: json)
    }

    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        precondition(depth > 0, "nothing is open that could be ended")
        bytes.append(bracket)
        depth -= 1
        needsComma = true
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(0x22)
        if Self.isPlain(text.utf8.span) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 { appendEscaped(byte) }
        }
        bytes.append(0x22)
    }

    @inline(__always)
    private static func isPlain(_ utf8: borrowing Span<UInt8>) -> Bool {
        for index in 0..<utf8.count {
            let byte = utf8[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
        }
        return true
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5C: bytes.append(contentsOf: [0x5C, byte])
        case 0x08: bytes.append(contentsOf: [0x5C, 0x62])
        case 0x09: bytes.append(contentsOf: [0x5C, 0x74])
        case 0x0A: bytes.append(contentsOf: [0x5C, 0x6E])
        case 0x0C: bytes.append(contentsOf: [0x5C, 0x66])
        case 0x0D: bytes.append(contentsOf: [0x5C, 0x72])
        case 0..<0x20:
            let low = byte & 15
            bytes.append(contentsOf: [
                0x5C, 0x75, 0x30, 0x30, 0x30 + byte >> 4, low < 10 ? 0x30 + low : 0x57 + low,
            ])
        default: bytes.append(byte)
        }
    }

    private mutating func appendDigits(_ value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var at = 20
        var rest = value
        repeat {
            at -= 1
            digits[at] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        while at < 20 {
            bytes.append(digits[at])
            at += 1
        }
    }
}
