package import DiscordProtocol
internal import JSON

/// A dispatch that was not understood, kept for diagnosis: what it is made of, without what it says.
///
/// Of its `d` the names of members stay, the kinds of values, numbers, booleans, and ids where the name says that it is one.
/// Every other text is only its length: it may be a name, a token or what someone wrote.
package struct Aside: Sendable, Equatable {
    package let kind: DispatchKind
    package let sequence: UInt64
    package let problem: NotUnderstood
    /// Unix milliseconds.
    package let wall: Int64
    /// One line of JSON.
    package let line: [UInt8]

    package init(_ kind: DispatchKind, _ dispatch: Dispatch, _ problem: NotUnderstood, wall: Int64) {
        self.kind = kind
        sequence = dispatch.sequence
        self.problem = problem
        self.wall = wall
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("at", wall)
        writer.member("t", kind.rawValue)
        writer.member("s", sequence)
        writer.member("field", problem.field)
        writer.key("d")
        var outline = Outline()
        outline.write(dispatch.data, isID: false, depth: 0, into: &writer)
        writer.endObject()
        line = writer.takeBytes()
    }
}

/// The form of a JSON value, bounded: at most 96 values, six levels deep, three elements of a list.
private struct Outline {
    private static let valuesMax = 96
    private static let depthMax = 6
    private static let elementsMax = 3
    private var values = 0

    mutating func write(_ value: JSONValue, isID: Bool, depth: Int, into writer: inout JSONWriter) {
        values += 1
        switch value.kind {
        case .null: writer.null()
        case .bool: writer.bool(value.bool ?? false)
        case .number where value.raw.count <= 20: writer.raw(value.raw)
        case .number: writer.string("number")
        case .string:
            let content = value.raw.dropFirst().dropLast()
            let isDigits = (1...20).contains(content.count) && content.allSatisfy { 0x30...0x39 ~= $0 }
            writer.string(
                isID && isDigits ? String(decoding: content, as: UTF8.self) : "text of \(content.count)"
            )
        case .array:
            guard depth < Self.depthMax, let list = value.array else { return writer.string("list") }
            writer.beginArray()
            for element in list.prefix(Self.elementsMax) where values < Self.valuesMax {
                write(element, isID: isID, depth: depth + 1, into: &writer)
            }
            if list.count > Self.elementsMax { writer.string("\(list.count) in all") }
            writer.endArray()
        case .object:
            guard depth < Self.depthMax, let members = value.object else { return writer.string("object") }
            writer.beginObject()
            for (name, member) in members where values < Self.valuesMax {
                writer.key(text: Self.isName(name) ? name : "a name of \(name.utf8.count)")
                write(member, isID: Self.isIDName(name), depth: depth + 1, into: &writer)
            }
            writer.endObject()
        }
    }

    /// What Discord calls members; others may be anything.
    private static func isName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && name.utf8.allSatisfy { 0x61...0x7A ~= $0 || $0 == 0x5F }
    }

    private static func isIDName(_ name: String) -> Bool {
        name == "id" || name == "ids" || name == "roles" || name.hasSuffix("_id") || name.hasSuffix("_ids")
    }
}

/// The newest of those lines: at most 32, and 64 KiB in all.
package struct AsideShelf: Sendable, Equatable {
    package static let linesMax = 32
    package static let bytesMax = 64 << 10

    private var lines: [[UInt8]] = []
    private var count = 0

    package init() {}

    /// What `content` was.
    package init(content: [UInt8]) {
        for line in content.split(separator: 0x0A) { put(Array(line)) }
    }

    package mutating func put(_ line: [UInt8]) {
        guard line.count < Self.bytesMax else { return }
        lines.append(line)
        count += line.count + 1
        while lines.count > Self.linesMax || count > Self.bytesMax {
            count -= lines.removeFirst().count + 1
        }
    }

    /// Oldest first, each with a line feed behind it.
    package var content: [UInt8] { lines.flatMap { $0 + [0x0A] } }
}
