/// Header fields in the order of the message. Names compare without regard to ASCII case (RFC 9110 section
/// 5.1).
package struct HTTPHeaders: Sendable, Equatable, Sequence, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    private var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    package var count: Int { fields.count }

    /// The first field of that name.
    package subscript(name: String) -> String? {
        for field in fields where asciiEqual(field.name, name) { return field.value }
        return nil
    }

    /// Every field of that name, in order.
    package func all(_ name: String) -> [String] {
        var values: [String] = []
        for field in fields where asciiEqual(field.name, name) { values.append(field.value) }
        return values
    }

    /// Adds a field that goes out on a wire. Control characters in the value become blanks, so that no value
    /// can end its line early and forge another field. The name comes from code and must be a token.
    package mutating func add(_ name: String, _ value: String) {
        precondition(!name.isEmpty && name.utf8.allSatisfy(isTokenByte), "a header name must be a token")
        if value.utf8.contains(where: isControlByte) {
            let cleaned = value.utf8.map { isControlByte($0) ? UInt8(ascii: " ") : $0 }
            fields.append(Field(name: name, value: String(decoding: cleaned, as: UTF8.self)))
        } else {
            fields.append(Field(name: name, value: value))
        }
    }

    /// Adds a field unless one of that name is there.
    package mutating func addIfMissing(_ name: String, _ value: String) {
        if self[name] == nil { add(name, value) }
    }

    package mutating func remove(_ name: String) {
        fields.removeAll { asciiEqual($0.name, name) }
    }

    package mutating func replace(_ name: String, _ value: String) {
        remove(name)
        add(name, value)
    }

    /// Whether a comma-separated list field holds `token`, compared without case (`Connection: keep-alive,
    /// Upgrade`).
    package func list(_ name: String, contains token: String) -> Bool {
        for value in all(name) {
            for part in value.utf8.split(separator: UInt8(ascii: ","))
            where asciiEqual(trimmed(part), token.utf8) {
                return true
            }
        }
        return false
    }

    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// Appends a field that a parser has already checked.
    mutating func appendParsed(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }
}
