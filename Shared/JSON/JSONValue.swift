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
        switch kind {
        case .string: UInt64(decimal: raw.dropFirst().dropLast()).map(Snowflake.init)
        case .number: UInt64(decimal: raw).map(Snowflake.init)
        case .null, .bool, .array, .object: nil
        }
    }

    package var array: JSONArray? { kind == .array ? JSONArray(value: self) : nil }
    package var object: JSONObject? { kind == .object ? JSONObject(value: self) : nil }

    /// The object's member of this name; of duplicates the first. Nil also where this is no object.
    package subscript(_ key: String) -> JSONValue? {
        let tape = storage.tape
        let own = tape[index]
        guard own.kind == .object else { return nil }
        let end = Int(own.next)
        var member = index + 1
        while member < end {
            if keyMatches(tape[member], key) { return JSONValue(storage: storage, index: member + 1) }
            member = Int(tape[member + 1].next)
        }
        return nil
    }

    /// The same as `subscript(_:)`, for names that are data.
    package subscript(key text: String) -> JSONValue? { self[text] }

    private func keyMatches(_ entry: TapeEntry, _ key: String) -> Bool {
        let bytes = storage.bytes
        let (start, end) = (Int(entry.start) + 1, Int(entry.end) - 1)
        let name = key.utf8
        // Byte by byte here too: to `==` of strings a letter with its accent is equal to the two in one.
        if entry.isEscaped { return JSONUnescape.text(bytes[start..<end]).utf8.elementsEqual(name) }
        guard name.count == end - start else { return false }
        var at = start
        for byte in name {
            guard bytes[at] == byte else { return false }
            at += 1
        }
        return true
    }
}
