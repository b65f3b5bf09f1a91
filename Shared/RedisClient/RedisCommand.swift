/// One command, encoded as it is built: an array of bulk strings.
package struct RedisCommand: Sendable, ExpressibleByArrayLiteral {
    private var parts: [UInt8] = []
    private var count = 0

    package init(arrayLiteral parts: String...) {
        for part in parts { append(part) }
    }

    package init(_ parts: [String]) {
        for part in parts { append(part) }
    }

    package mutating func append(_ part: String) {
        var part = part
        part.withUTF8 { append(bytes: $0) }
    }

    package mutating func append(_ part: some BinaryInteger) { append(String(part)) }

    package mutating func append(bytes: some Collection<UInt8>) {
        count += 1
        parts.append(UInt8(ascii: "$"))
        parts.append(contentsOf: String(bytes.count).utf8)
        parts.append(contentsOf: Self.lineEnd)
        parts.append(contentsOf: bytes)
        parts.append(contentsOf: Self.lineEnd)
    }

    /// What goes out on the wire.
    package var encoded: [UInt8] {
        var bytes = [UInt8]("*\(count)\r\n".utf8)
        bytes.reserveCapacity(bytes.count + parts.count)
        bytes.append(contentsOf: parts)
        return bytes
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
}
