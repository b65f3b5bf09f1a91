/// One method on one pattern of paths.
///
/// A pattern is a path whose segments may be `{name}`, one segment of any content, and whose last may be `*`,
/// the rest of the path, which may be empty but not its slash. The most specific pattern wins, not the first.
package struct Route: Sendable {
    package typealias Handler = @Sendable (HTTPRequest, PathParameters) async -> HTTPResponse
    package typealias ImmediateHandler = @Sendable (HTTPRequest, PathParameters) -> HTTPResponse

    enum Kind: Sendable {
        case task(Handler)
        case immediate(ImmediateHandler)
    }

    package let method: String
    package let pattern: String
    let kind: Kind

    /// `handler` runs in a task on the connection's loop; it is cancelled when the connection
    /// fails. A client that only ends its side still gets its answer.
    package init(method: String, pattern: String, handler: @escaping Handler) {
        self.method = method
        self.pattern = pattern
        kind = .task(handler)
    }

    /// `immediate` is called on the loop without a task: for answers that are at hand.
    package init(method: String, pattern: String, immediate: @escaping ImmediateHandler) {
        self.method = method
        self.pattern = pattern
        kind = .immediate(immediate)
    }

    private init(method: String, pattern: String, kind: Kind) {
        self.method = method
        self.pattern = pattern
        self.kind = kind
    }

    /// The same route, whose responses go through `change`.
    package func answering(_ change: @escaping @Sendable (HTTPResponse) -> HTTPResponse) -> Route {
        switch kind {
        case .task(let handler):
            Route(method: method, pattern: pattern, kind: .task { change(await handler($0, $1)) })
        case .immediate(let handler):
            Route(method: method, pattern: pattern, kind: .immediate { change(handler($0, $1)) })
        }
    }

    package static func get(_ pattern: String, _ handler: @escaping Handler) -> Route {
        Route(method: "GET", pattern: pattern, handler: handler)
    }

    package static func post(_ pattern: String, _ handler: @escaping Handler) -> Route {
        Route(method: "POST", pattern: pattern, handler: handler)
    }
}

/// What the variable parts of a pattern matched, decoded.
package struct PathParameters: Sendable, Equatable {
    var values: [String: String] = [:]

    package init(_ values: [String: String] = [:]) { self.values = values }

    package subscript(name: String) -> String? { values[name] }

    /// What `*` matched, without a leading slash; empty when the pattern has none.
    package var rest: String { values["*"] ?? "" }
}
