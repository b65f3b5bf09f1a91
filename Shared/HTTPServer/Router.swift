/// Finds the route for a method and a path. Few routes: a walk over all of them, the most specific first.
struct Router: Sendable {
    enum Match: Sendable {
        case found(Route, PathParameters)
        /// The path is known; these are its methods, sorted.
        case methodNotAllowed([String])
        case notFound
    }

    private enum Segment: Sendable, Equatable {
        case literal(Substring)
        case parameter(Substring)
        case rest

        /// Smaller is more specific.
        var rank: Int {
            switch self {
            case .literal: 0
            case .parameter: 1
            case .rest: 2
            }
        }
    }

    private struct Entry: Sendable {
        let route: Route
        let segments: [Segment]
        var ranks: [Int] { segments.map(\.rank) }
    }

    private let entries: [Entry]

    init(_ routes: [Route]) {
        var seen: Set<String> = []
        for route in routes {
            let isNew = seen.insert("\(route.method) \(route.pattern)").inserted
            precondition(isNew, "two routes for \(route.method) \(route.pattern)")
        }
        entries = routes.map { Entry(route: $0, segments: Self.segments(of: $0.pattern)) }
            .sorted { $0.ranks.lexicographicallyPrecedes($1.ranks) }
    }

    /// HEAD falls back on the GET route.
    func match(method: String, path: String) -> Match {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var allowed: Set<String> = []
        var headFallback: (Route, PathParameters)?
        for entry in entries {
            guard let parameters = Self.match(entry.segments, parts) else { continue }
            if entry.route.method == method { return .found(entry.route, parameters) }
            allowed.insert(entry.route.method)
            if entry.route.method == "GET" {
                allowed.insert("HEAD")
                if method == "HEAD", headFallback == nil { headFallback = (entry.route, parameters) }
            }
        }
        if let (route, parameters) = headFallback { return .found(route, parameters) }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(allowed.sorted())
    }

    private static func segments(of pattern: String) -> [Segment] {
        precondition(pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return parts.enumerated().map { index, part in
            if part == "*" {
                precondition(index == parts.count - 1, "only the end of a pattern can be *: \(pattern)")
                return .rest
            }
            if part.hasPrefix("{"), part.hasSuffix("}") { return .parameter(part.dropFirst().dropLast()) }
            return .literal(part)
        }
    }

    private static func match(_ segments: [Segment], _ parts: ArraySlice<Substring>) -> PathParameters? {
        var parameters = PathParameters()
        var rest = parts
        for segment in segments {
            if segment == .rest {
                if rest.isEmpty { return nil }
                parameters.values["*"] = rest.joined(separator: "/")
                return parameters
            }
            guard let part = rest.popFirst() else { return nil }
            switch segment {
            case .literal(let text): if text != part { return nil }
            case .parameter(let name):
                if part.isEmpty { return nil }
                parameters.values[String(name)] = String(part)
            case .rest: break
            }
        }
        return rest.isEmpty ? parameters : nil
    }
}
