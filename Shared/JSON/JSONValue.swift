package import Base

/// One value of a document: a view that keeps the document alive.
///
/// An accessor of another kind than the value's answers nil: `value["d"]?["user"]?["id"]?.snowflake`.
package struct JSONValue: Sendable {
    package enum Kind: UInt8, Sendable { case null, bool, number, string, array, object }

    let storage: JSONDocument.Storage
    let index: Int

    var entry: TapeEntry { storage.tape[index] }

    package var kind: Kind { entry.kind }
    package var isNull: Bool { kind == .null }

    /// The exact bytes of the value in the text, quotes and brackets included.
    package var raw: ArraySlice<UInt8> {
        let entry = entry
        return storage.bytes[Int(entry.start)..<Int(entry.end)]
    }

    package var string: String? {
        let entry = entry
        guard entry.kind == .string else { return nil }
        let content = storage.bytes[Int(entry.start) + 1..<Int(entry.end) - 1]
        return entry.isEscaped ? JSONUnescape.text(content) : String(decoding: content, as: UTF8.self)
    }

    package var bool: Bool? {
        let entry = entry
        guard entry.kind == .bool else { return nil }
        return storage.bytes[Int(entry.start)] == 0x74
    }

    /// A string of decimal digits, or a number: Discord writes the first and echoes wrong ids as the second.
    package var snowflake: Snowflake? {
        let entry = entry
        return switch entry.kind {
        case .string: digits(Int(entry.start) + 1, Int(entry.end) - 1).map(Snowflake.init)
        case .number: digits(Int(entry.start), Int(entry.end)).map(Snowflake.init)
        case .null, .bool, .array, .object: nil
        }
    }

    /// As `UInt64(decimal:)`, without the detour over a slice.
    func digits(_ start: Int, _ end: Int) -> UInt64? {
        guard 1...20 ~= end - start else { return nil }
        var value: UInt64 = 0
        // Nineteen digits always fit.
        for index in start..<min(end, start + 19) {
            let digit = storage.bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        guard end - start == 20 else { return value }
        let digit = storage.bytes[end - 1] &- 0x30
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
        return digit < 10 && !overflow && !carry ? sum : nil
    }

    package var array: JSONArray? { kind == .array ? JSONArray(value: self) : nil }
    package var object: JSONObject? { kind == .object ? JSONObject(value: self) : nil }

    /// The object's member of this name; of duplicates the first. Nil also where this is no object.
    package subscript(_ key: String) -> JSONValue? {
        find(key.utf8.span).map { JSONValue(storage: storage, index: $0) }
    }

    /// The same as `subscript(_:)`, for names that are data.
    package subscript(key text: String) -> JSONValue? { self[text] }

    /// The place of the member's value. Text and tape are looked at where they are: a copy of either would be counted.
    private func find(_ name: borrowing Span<UInt8>) -> Int? {
        let own = storage.tape[index]
        guard own.kind == .object else { return nil }
        let end = Int(own.next)
        var member = index + 1
        while member < end {
            let key = storage.tape[member]
            let start = Int(key.start) + 1
            if key.isEscaped {
                if isEscaped(key, name) { return member + 1 }
            } else if Int(key.end) - 1 - start == name.count, stands(name, at: start) {
                return member + 1
            }
            member = Int(storage.tape[member + 1].next)
        }
        return nil
    }

    /// Byte by byte: to `==` of strings a letter with its accent is equal to the two in one.
    @inline(__always)
    private func stands(_ name: borrowing Span<UInt8>, at start: Int) -> Bool {
        for index in 0..<name.count where storage.bytes[start + index] != name[index] { return false }
        return true
    }

    private func isEscaped(_ entry: TapeEntry, _ name: borrowing Span<UInt8>) -> Bool {
        let content = storage.bytes[Int(entry.start) + 1..<Int(entry.end) - 1]
        let text = Array(JSONUnescape.text(content).utf8)
        guard text.count == name.count else { return false }
        for index in 0..<name.count where text[index] != name[index] { return false }
        return true
    }
}
