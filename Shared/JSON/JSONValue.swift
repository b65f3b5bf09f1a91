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

    /// How many bytes `raw` are.
    package var rawCount: Int {
        let entry = entry
        return Int(entry.end - entry.start)
    }

    package var string: String? { look { $0.string } }
    package var bool: Bool? { look { $0.bool } }

    /// A string of decimal digits, or a number: Discord writes the first and echoes wrong ids as the second.
    package var snowflake: Snowflake? { look { $0.snowflake } }
    /// Exact, or nil: a number with a fraction or an exponent, or one that does not fit, is no integer here.
    package var int64: Int64? { look { $0.int64 } }
    package var uint64: UInt64? { look { $0.uint64 } }
    package var int: Int? { look { $0.int } }
    /// The nearest double; nil where that is infinite.
    package var double: Double? { look { $0.double } }

    package var array: JSONArray? { kind == .array ? JSONArray(value: self) : nil }
    package var object: JSONObject? { kind == .object ? JSONObject(value: self) : nil }

    /// The object's member of this name; of duplicates the first. Nil also where this is no object.
    package subscript(_ key: String) -> JSONValue? { look { $0[key].map { $0.kept } } }

    /// The same for names out of a table of the program.
    @_disfavoredOverload
    package subscript(_ key: StaticString) -> JSONValue? { look { $0[key].map { $0.kept } } }

    package subscript(key text: String) -> JSONValue? { self[text] }
}
