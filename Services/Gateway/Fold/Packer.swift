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

    package mutating func blob(_ blob: some Collection<UInt8>) {
        count(blob.count)
        bytes.append(contentsOf: blob)
    }

    package mutating func snowflake(_ id: Snowflake) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: id.rawValue >> shift))
        }
    }
}

/// Takes them off again, in the same order; only what a `Packer` has written is read. Good as long as the bytes that it was
/// given: within the closure they came in.
@safe
package struct Unpacker {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    package init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    package mutating func byte() -> UInt8 {
        defer { at += 1 }
        return unsafe bytes[at]
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

    /// The next so many bytes, where they lie.
    mutating func piece(_ count: Int) -> UnsafeRawBufferPointer {
        defer { at += count }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
    }

    /// A text's bytes, where they lie.
    mutating func piece() -> UnsafeRawBufferPointer {
        let count = count()
        return unsafe piece(count)
    }

    package mutating func text() -> String { unsafe String(decoding: piece(), as: UTF8.self) }

    package mutating func blob() -> [UInt8] { unsafe Array(piece()) }

    package mutating func snowflake() -> Snowflake {
        defer { at += 8 }
        return unsafe Snowflake(
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        )
    }
}

/// How an image's hash is held: as Discord makes them it is 16 bytes, in lower-case hexadecimal digits, behind `a_` where
/// it moves; another is held as text.
enum PackedHash: UInt8 {
    case none, still, moving, text

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
}
