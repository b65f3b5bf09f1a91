/// A JSON text that was checked once against RFC 8259, UTF-8 included.
///
/// Reading costs about a nanosecond per byte and two allocations; values are views that copy nothing until
/// asked for a `String`. Refuses a byte order mark, trailing bytes, and what exceeds `JSONLimits`.
package struct JSONDocument: Sendable {
    final class Storage: Sendable {
        let bytes: [UInt8]
        let tape: [TapeEntry]

        init(bytes: [UInt8], tape: [TapeEntry]) {
            self.bytes = bytes
            self.tape = tape
        }
    }

    private let storage: Storage

    package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        var builder = TapeBuilder(limits: limits, bytes: bytes.count)
        try builder.read(bytes.span)
        storage = Storage(bytes: bytes, tape: builder.tape.entries)
    }

    package init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    package var root: JSONValue { JSONValue(storage: storage, index: 0) }
    package var bytes: [UInt8] { storage.bytes }
}
