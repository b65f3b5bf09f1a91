/// Rows on their way into a table by COPY, in its binary format: each value goes straight behind the one before, and the
/// server has no text to read.
///
/// The caller appends a row's values in the order of the columns, each in the column's own type; a server that finds another
/// width than it expects refuses the whole. See "COPY, Binary Format" in PostgreSQL's manual.
package struct CopyRows: Sendable, Equatable {
    /// Without the end.
    private var bytes: [UInt8] = header
    package private(set) var count = 0
    private var rowStart = 0

    /// Signature, no flags, no more header.
    private static let header =
        Array("PGCOPY\n\u{FF}\r\n\0".unicodeScalars.map { UInt8($0.value) }) + [UInt8](repeating: 0, count: 8)
    /// A row of -1 values is none: the end.
    private static let trailer: [UInt8] = [0xFF, 0xFF]
    /// Between 1970, where Unix time begins, and 2000, where PostgreSQL's does.
    private static let epochMilliseconds: Int64 = 946_684_800_000

    package init() {}

    /// What goes to the server.
    package var data: [UInt8] { bytes + Self.trailer }

    /// Begins a row of so many values.
    package mutating func beginRow(_ columns: Int) {
        rowStart = bytes.count
        count += 1
        put(Int16(columns).bigEndian)
    }

    /// Takes the last row away, whole or not.
    package mutating func dropRow() {
        bytes.removeSubrange(rowStart...)
        count -= 1
    }

    package mutating func null() { put(Int32(-1)) }
    package mutating func bool(_ value: Bool) { sized(value ? 1 as UInt8 : 0) }
    package mutating func int16(_ value: Int16) { sized(value.bigEndian) }
    package mutating func int32(_ value: Int32) { sized(value.bigEndian) }
    package mutating func int64(_ value: Int64) { sized(value.bigEndian) }

    /// Unix milliseconds, as `timestamptz`; clipped as `PostgresValue.timestamp` is.
    package mutating func timestamp(milliseconds: Int64) {
        int64((PostgresValue.clipped(milliseconds) - Self.epochMilliseconds) * 1000)
    }

    /// A NUL, which PostgreSQL's text cannot hold, is left out.
    package mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { self.text(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// The same of bytes that are UTF-8.
    package mutating func text(utf8 text: UnsafeRawBufferPointer) {
        guard !text.contains(0) else {
            let kept = text.filter { $0 != 0 }
            put(Int32(kept.count).bigEndian)
            return bytes.append(contentsOf: kept)
        }
        put(Int32(text.count).bigEndian)
        bytes.append(contentsOf: text)
    }

    private mutating func sized(_ value: some FixedWidthInteger) {
        put(Int32(value.bitWidth / 8).bigEndian)
        put(value)
    }

    private mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
}
