package import Base

/// Puts a record's fields behind one another. Counts take a byte for each seven bits.
package struct Packer: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(128) }

    package mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    package mutating func count(_ value: Int) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    package mutating func text(_ text: String) {
        count(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func blob(_ blob: [UInt8]) {
        count(blob.count)
        bytes.append(contentsOf: blob)
    }

    package mutating func snowflake(_ id: Snowflake) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: id.rawValue >> shift))
        }
    }
}

/// Takes them off again, in the same order; only what a `Packer` has written is read.
package struct Unpacker: Sendable {
    private let bytes: [UInt8]
    private var at: Int
    private let end: Int

    package init(bytes: [UInt8], at: Int, end: Int) {
        self.bytes = bytes
        self.at = at
        self.end = end
    }

    package mutating func byte() -> UInt8 {
        defer { at += 1 }
        return bytes[at]
    }

    package mutating func count() -> Int {
        var (value, shift) = (0, 0)
        while true {
            let byte = byte()
            value |= Int(byte & 0x7F) << shift
            guard byte & 0x80 != 0 else { return value }
            shift += 7
        }
    }

    package mutating func text() -> String {
        let count = count()
        defer { at += count }
        return String(decoding: bytes[at..<at + count], as: UTF8.self)
    }

    package mutating func blob() -> [UInt8] {
        let count = count()
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    package mutating func snowflake() -> Snowflake {
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[at + index]) << UInt64(8 * index) }
        at += 8
        return Snowflake(value)
    }
}

/// How an image's hash is held: as Discord makes them it is 16 bytes, in lower-case hexadecimal digits, behind `a_` where
/// it moves; another is held as text.
enum PackedHash: UInt8 {
    case none, still, moving, text

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    init(_ hash: String?) {
        guard let utf8 = hash?.utf8 else {
            self = .none
            return
        }
        let isMoving = utf8.count == 34 && utf8.starts(with: "a_".utf8)
        let isHash = (isMoving || utf8.count == 32) && utf8.suffix(32).allSatisfy(Self.isDigit)
        self = !isHash ? .text : isMoving ? .moving : .still
    }

    private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte || 0x61...0x66 ~= byte }

    func pack(_ hash: String?, into packer: inout Packer) {
        guard let hash, self != .none else { return }
        if self == .text { return packer.text(hash) }
        var high: UInt8?
        for byte in hash.utf8.suffix(32) {
            let digit = byte < 0x40 ? byte - 0x30 : byte - 0x57
            if let held = high {
                packer.byte(held << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
    }

    func unpack(_ reader: inout Unpacker) -> String? {
        switch self {
        case .none: return nil
        case .text: return reader.text()
        case .still, .moving:
            let start = self == .moving ? 2 : 0
            return unsafe String(unsafeUninitializedCapacity: 34) { text in
                if start > 0 { unsafe (text[0], text[1]) = (0x61, 0x5F) }
                for index in 0..<16 {
                    let byte = reader.byte()
                    unsafe text[start + 2 * index] = Self.digit(byte >> 4)
                    unsafe text[start + 2 * index + 1] = Self.digit(byte & 15)
                }
                return start + 32
            }
        }
    }
}
