import Base
import EventModels

/// A form that a text must have: what the document says of it, and the check, which must agree.
package struct TextForm: Sendable {
    /// ECMA-262, from the text's start to its end.
    package let pattern: String
    /// In Unicode scalars.
    let length: ClosedRange<Int>
    /// What it is, as the end of a sentence: “must be …”.
    let about: String
    private let holds: @Sendable (String) -> Bool

    package init(
        pattern: String,
        length: ClosedRange<Int>,
        about: String,
        holds: @escaping @Sendable (String) -> Bool
    ) {
        self.pattern = pattern
        self.length = length
        self.about = about
        self.holds = holds
    }

    package func isHeld(by text: String) -> Bool {
        length.contains(text.unicodeScalars.count) && holds(text)
    }

    /// A session's or a key's id.
    package static let hex32 = TextForm(
        pattern: "^[0-9a-f]{32}$",
        length: 32...32,
        about: "32 hex digits in lower case"
    ) { text in text.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 } }

    /// A kind of event, or all of one subject.
    package static let kind = TextForm(
        pattern: "^[a-z_]{1,32}\\.([a-z_]{1,32}|\\*)$",
        length: 3...65,
        about: "a kind of event, like voice.joined or voice.*"
    ) { KindPattern($0) != nil }

    /// An event's place in its shard's log.
    package static let eventID = TextForm(
        pattern: "^(0|[1-9][0-9]{0,18})-(0|[1-9][0-9]{0,18})$",
        length: 3...39,
        about: "an event's id, as a stream gives it"
    ) { text in
        EventID(text) != nil && text.split(separator: "-").allSatisfy { $0.utf8.count <= 19 }
    }
}

/// Where a page of a list ends. Clients pass it on as it is; one of another list is none. It says only behind which id the list
/// goes on, so that who makes one up sees nothing but another part of what they may see.
package struct PageCursor: Sendable {
    /// One letter for each list.
    private let list: String

    static let guilds = PageCursor("g")
    static let members = PageCursor("m")
    static let messages = PageCursor("c")

    package static var forms: [TextForm] { [guilds, members, messages].map(\.form) }

    private init(_ list: String) { self.list = list }

    func text(_ id: Snowflake) -> String { "\(list)\(id)" }

    func id(_ text: String) -> Snowflake? {
        guard text.hasPrefix(list), text.utf8.count <= 20, text.utf8.dropFirst().first != 0x30 else {
            return nil
        }
        return Snowflake(text.dropFirst())
    }

    private var form: TextForm {
        TextForm(
            pattern: "^\(list)[1-9][0-9]{0,18}$",
            length: 2...20,
            about: "the “next” of an answer of this list"
        ) { id($0) != nil }
    }

    /// `?cursor=`.
    var parameter: Operation.Parameter { .query("cursor", .form(form), "Go on behind the page that gave it") }
}

extension Operation.Parameter {
    /// `?limit=`, 50 without.
    static let limit = query("limit", .integer(1...100), "At most so many; 50 without")
    static let guild = path("guild", .snowflake, "The guild's id")
    static let ifNoneMatch = header(
        "If-None-Match",
        .string(1...1_024),
        "The ETag of an answer that is still at hand"
    )
}

extension APICall {
    var limit: Int { integer("limit").map { Int($0) } ?? 50 }

    func cursor(_ list: PageCursor) -> Snowflake? { text("cursor").flatMap { list.id($0) } }
}
