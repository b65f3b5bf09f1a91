/// The document's components: shapes that several operations speak of, by name.
package enum Schemas {
    package static let all: [String: Schema] = ["Problem": problem]
        .merging(login) { $1 }

    /// RFC 9457.
    private static let problem = Schema.object([
        .init("type", .string(1...200), "about:blank"),
        .init("title", .string(1...200), "The status in words"),
        .init("status", .integer(100...599), "The status"),
        .optional("detail", .string(0...2_000), "What is wrong, and what to do"),
    ])
}
