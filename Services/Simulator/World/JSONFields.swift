package import Base
package import JSON

/// An object's members in their order, each value as the JSON it came as: what the simulator does not
/// understand it still keeps and gives out again.
package struct JSONFields: Sendable, Equatable {
    private struct Member: Sendable, Equatable {
        let name: String
        var value: [UInt8]
    }

    private var members: [Member] = []

    package init() {}

    /// Nil where the value is no object. Of duplicate names the first counts.
    package init?(_ value: JSONValue?) {
        guard let object = value?.object else { return nil }
        members.reserveCapacity(object.count)
        for (name, value) in object where self[name] == nil {
            members.append(Member(name: name, value: Array(value.raw)))
        }
    }

    package var names: [String] { members.map(\.name) }
    package var isEmpty: Bool { members.isEmpty }

    /// The JSON of a member; setting nil removes it.
    package subscript(name: String) -> [UInt8]? {
        get { members.first { $0.name == name }?.value }
        set {
            let index = members.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    package func value(_ name: String) -> JSONValue? {
        self[name].flatMap { try? JSONDocument(parsing: $0).root }
    }

    package func string(_ name: String) -> String? { value(name)?.string }
    package func snowflake(_ name: String) -> Snowflake? { value(name)?.snowflake }
    package func int(_ name: String) -> Int? { value(name)?.int }
    package func bool(_ name: String) -> Bool? { value(name)?.bool }

    package mutating func set(_ name: String, _ text: String?) {
        self[name] = text.map(JSONText.string) ?? JSONText.null
    }

    package mutating func set(_ name: String, _ id: Snowflake?) {
        self[name] = id.map(JSONText.id) ?? JSONText.null
    }

    package mutating func set(_ name: String, _ number: Int) { self[name] = Array(String(number).utf8) }
    package mutating func set(_ name: String, _ flag: Bool) { self[name] = flag ? JSONText.yes : JSONText.no }
    package mutating func setNull(_ name: String) { self[name] = JSONText.null }
    package mutating func set(_ name: String, _ ids: [Snowflake]) { self[name] = JSONText.ids(ids) }

    /// Adds what is missing; what is there stays.
    package mutating func complete(with other: JSONFields) {
        for member in other.members where self[member.name] == nil { members.append(member) }
    }

    /// Takes over every member of `other`.
    package mutating func merge(_ other: JSONFields) {
        for member in other.members { self[member.name] = member.value }
    }

    package func without(_ names: String...) -> JSONFields {
        var copy = self
        copy.members.removeAll { names.contains($0.name) }
        return copy
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }

    package func writeMembers(into writer: inout JSONWriter) {
        for member in members { writer.member(member.name, raw: member.value) }
    }

    package func encoded() -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        write(into: &writer)
        return writer.takeBytes()
    }
}

/// Small JSON texts.
package enum JSONText {
    package static let null = Array("null".utf8)
    package static let yes = Array("true".utf8)
    package static let no = Array("false".utf8)
    package static let emptyArray = Array("[]".utf8)
    package static let emptyObject = Array("{}".utf8)

    package static func string(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.takeBytes()
    }

    package static func id(_ id: Snowflake) -> [UInt8] { Array("\"\(id.rawValue)\"".utf8) }

    package static func ids(_ ids: [Snowflake]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for id in ids { writer.snowflake(id) }
        writer.endArray()
        return writer.takeBytes()
    }

    package static func array(_ elements: [[UInt8]]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for element in elements { writer.raw(element) }
        writer.endArray()
        return writer.takeBytes()
    }

    /// An object written by `body`.
    package static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        body(&writer)
        writer.endObject()
        return writer.takeBytes()
    }
}
