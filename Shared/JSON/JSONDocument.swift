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
        try builder.read(bytes.span, from: 0)
        storage = Storage(bytes: bytes, tape: builder.entries)
    }

    package init(parsing text: String, limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), limits: limits)
    }

    package var root: JSONValue { JSONValue(storage: storage, index: 0) }
    package var bytes: [UInt8] { storage.bytes }
}

/// Several texts that came together, each as a `JSONDocument` would have it, in one block of memory: they cost a few allocations,
/// and not a few each. A value of one keeps all.
package struct JSONDocuments: Sendable {
    private let storage: JSONDocument.Storage
    private let roots: [Result<Int, JSONError>]

    /// `ends`: where in `bytes` each text ends; it begins where the one before it ended.
    package init(parsing bytes: [UInt8], ends: [Int], limits: JSONLimits = .standard) {
        var builder = TapeBuilder(limits: limits, bytes: bytes.count)
        var (roots, start): ([Result<Int, JSONError>], Int) = ([], 0)
        roots.reserveCapacity(ends.count)
        for end in ends {
            let root = builder.count
            do throws(JSONError) {
                try builder.read(bytes.span.extracting(..<end), from: start)
                roots.append(.success(root))
            } catch {
                builder.drop(from: root)
                roots.append(.failure(error))
            }
            start = end
        }
        self.roots = roots
        storage = JSONDocument.Storage(bytes: bytes, tape: builder.entries)
    }

    package var count: Int { roots.count }

    package func root(_ number: Int) throws(JSONError) -> JSONValue {
        JSONValue(storage: storage, index: try roots[number].get())
    }
}
