internal import Base
package import JSON
internal import PostgresClient

/// An overlay as somebody has set it up: specs/access.md, "Overlays".
package struct OverlayPreset: Sendable, Equatable {
    package let id: String
    package let draft: Draft
    /// Grows with each change.
    package let version: Int64
    /// Unix milliseconds.
    package let changed: Int64

    package static let overlays = ["voice", "feed", "stat", "milestones", "scene"]
    package static let nameMax = 64
    package static let queryBytesMax = 2_048

    /// What somebody wants it to be, checked.
    package struct Draft: Sendable, Equatable {
        package let name: String
        package let overlay: String
        /// As in an address, without the question mark.
        package let query: String

        /// `body` is of the shape that the table says.
        package init(_ body: JSONValue?) throws(Problem) {
            guard let name = body?["name"]?.string, let overlay = body?["overlay"]?.string,
                let query = body?["query"]?.string
            else { throw .invalid("The body must have name, overlay and query.") }
            guard name.contains(where: { !$0.isWhitespace }),
                name.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else { throw .invalid("name must have something to read, and no control characters.") }
            guard query.utf8.count <= OverlayPreset.queryBytesMax, query.utf8.allSatisfy(Self.isQueryByte)
            else {
                throw .invalid(
                    "query must be what stands behind the question mark of an address: percent-encoded, 2,048 bytes at most."
                )
            }
            // More people read presets than may have a key.
            guard !Self.holdsKey(query) else {
                throw .invalid("query must not hold a key: it stays in the overlay's own address.")
            }
            (self.name, self.overlay, self.query) = (name, overlay, query)
        }

        init(name: String, overlay: String, query: String) {
            (self.name, self.overlay, self.query) = (name, overlay, query)
        }

        /// RFC 3986 section 3.4: unreserved, sub-delims, `:@/?` and escapes.
        private static func isQueryByte(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-._~!$&'()*+,;=:@/?%".utf8.contains(byte)
            }
        }

        /// So often may an address be escaped; nobody's is.
        private static let passesMax = 8

        /// Whatever is escaped, however often: a page may decode it again.
        private static func holdsKey(_ query: String) -> Bool {
            var text = Array(query.utf8)
            for _ in 0..<passesMax {
                let items = text.split { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "?") }
                if items.contains(where: { $0.prefix { $0 != UInt8(ascii: "=") }.elementsEqual("key".utf8) })
                {
                    return true
                }
                if String(decoding: text, as: UTF8.self).contains("gwk1.") { return true }
                let decoded = unescaped(text)
                if decoded.count == text.count { return false }
                text = decoded
            }
            return true
        }

        /// Shorter by each escape, so that this comes to an end; what is none stays.
        private static func unescaped(_ text: [UInt8]) -> [UInt8] {
            var out: [UInt8] = []
            var rest = text[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"),
                    let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                    rest.count >= 2, rest.first != UInt8(ascii: "+"), rest.first != UInt8(ascii: "-")
                {
                    out.append(code)
                    rest = rest.dropFirst(2)
                } else {
                    out.append(byte)
                }
            }
            return out
        }
    }

    package init(id: String, draft: Draft, version: Int64, changed: Int64) {
        self.id = id
        self.draft = draft
        self.version = version
        self.changed = changed
    }

    static let columns = """
        id, name, overlay, query, version, (extract(epoch FROM changed_at) * 1000)::bigint AS changed
        """

    init(_ row: PostgresRow) throws(PostgresError) {
        guard let id = row.string("id"), let name = row.string("name"), let overlay = row.string("overlay"),
            let query = row.string("query"), let version = row.int64("version"),
            let changed = row.int64("changed")
        else { throw .unexpectedResult("a preset's row") }
        self.init(
            id: id,
            draft: Draft(name: name, overlay: overlay, query: query),
            version: version,
            changed: changed
        )
    }

    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.member("id", id)
        json.member("name", draft.name)
        json.member("overlay", draft.overlay)
        json.member("query", draft.query)
        json.member("version", version)
        json.member("changed", changed)
        json.endObject()
    }

    var tag: String { "\"\(version)\"" }
}
