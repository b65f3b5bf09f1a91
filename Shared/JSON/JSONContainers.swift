/// The elements of an array, in the order of the text.
package struct JSONArray: Sequence, Sendable {
    let value: JSONValue

    package var count: Int { value.entry.childCount }
    package var isEmpty: Bool { count == 0 }
    package var first: JSONValue? {
        isEmpty ? nil : JSONValue(storage: value.storage, index: value.index + 1)
    }
    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator {
        Iterator(storage: value.storage, index: value.index + 1, end: Int(value.entry.next))
    }

    package struct Iterator: IteratorProtocol {
        let storage: JSONDocument.Storage
        var index: Int
        let end: Int

        package mutating func next() -> JSONValue? {
            guard index < end else { return nil }
            defer { index = Int(storage.tape[index].next) }
            return JSONValue(storage: storage, index: index)
        }
    }
}

/// The members of an object, in the order of the text, duplicates included.
package struct JSONObject: Sequence, Sendable {
    let value: JSONValue

    package var count: Int { value.entry.childCount }
    package var isEmpty: Bool { count == 0 }
    package var underestimatedCount: Int { count }

    package func makeIterator() -> Iterator {
        Iterator(storage: value.storage, index: value.index + 1, end: Int(value.entry.next))
    }

    package struct Iterator: IteratorProtocol {
        let storage: JSONDocument.Storage
        var index: Int
        let end: Int

        package mutating func next() -> (key: String, value: JSONValue)? {
            guard index < end else { return nil }
            let key = JSONValue(storage: storage, index: index)
            let member = JSONValue(storage: storage, index: index + 1)
            index = Int(storage.tape[index + 1].next)
            return (key.string ?? "", member)
        }
    }
}
