/// The document's components: shapes that several operations speak of, by name.
package enum Schemas {
    private static let parts = [own, login, settings, data, audit, keys, overlays, system]

    /// Each part's in a file of its own; a name stands for one shape.
    package static let all: [String: Schema] = parts.reduce(into: [:]) { all, part in
        all.merge(part) { _, _ in preconditionFailure("two shapes have one name") }
    }

    private static let own: [String: Schema] = ["Problem": problem]

    /// RFC 9457.
    private static let problem = Schema.object([
        .init("type", .string(1...200), "about:blank"),
        .init("title", .string(1...200), "The status in words"),
        .init("status", .integer(100...599), "The status"),
        .optional("detail", .string(0...2_000), "What is wrong, and what to do"),
    ])
}
