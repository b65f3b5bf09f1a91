package import JSON

/// One message from Discord's gateway: `{"op","d","s","t"}`. Unknown fields and ops are not errors.
package struct GatewayPayload: Sendable {
    package let op: Int
    /// Of a dispatch: its number in the session.
    package let sequence: UInt64?
    /// Largest number of a dispatch: the ids of events have 44 bits for it. Beyond it the dispatch counts as unnumbered.
    package static let sequenceMax: UInt64 = 1 << 44 - 1
    /// Of a dispatch: its name.
    package let name: String?
    package let data: JSONValue?

    /// Whether the opcode has a meaning for a client, and a dispatch what every dispatch has.
    package var isKnown: Bool {
        switch op {
        case 0: name == "RESUMED" || (name != nil && sequence != nil && data != nil)
        case 1, 7, 9, 10, 11: true
        default: false
        }
    }

    package init(parsing bytes: [UInt8]) throws(GatewayPayloadError) {
        let root: JSONValue
        do throws(JSONError) { root = try JSONDocument(parsing: bytes).root } catch { throw .notJSON(error) }
        try self.init(root)
    }

    /// One of several that came together.
    package init(_ number: Int, of documents: JSONDocuments) throws(GatewayPayloadError) {
        let root: JSONValue
        do throws(JSONError) { root = try documents.root(number) } catch { throw .notJSON(error) }
        try self.init(root)
    }

    private init(_ root: JSONValue) throws(GatewayPayloadError) {
        var found: (op: Int?, sequence: UInt64?, name: String?, data: JSONValue?)
        root.visit { view in
            found = (view["op"]?.int, view["s"]?.uint64, view["t"]?.string, view["d"]?.kept)
        }
        guard let op = found.op else { throw .noOp }
        self.op = op
        sequence = found.sequence.flatMap { $0 <= Self.sequenceMax ? $0 : nil }
        name = found.name
        data = found.data
    }
}

package enum GatewayPayloadError: Error, Equatable {
    case notJSON(JSONError)
    case noOp
}

/// Op 0: something happened.
package struct Dispatch: Sendable, Equatable {
    package let sequence: UInt64
    package let name: String
    package let data: JSONValue

    package init(sequence: UInt64, name: String, data: JSONValue) {
        self.sequence = sequence
        self.name = name
        self.data = data
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.sequence == right.sequence && left.name == right.name && left.data.raw == right.data.raw
    }
}
