/// Finds the route for a method and a path. Few routes: a walk over all of them, the most specific first.
struct Router: Sendable {
    enum Match: Sendable {
        case found(Route, PathParameters)
        /// The path is known; these are its methods, sorted.
        case methodNotAllowed([String])
        case notFound
    }

    private enum Segment: Sendable {
        case literal([UInt8])
        case parameter(String)
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

    /// An object, so that passing over one copies nothing.
    private final class Entry: Sendable {
        let route: Route
        let segments: [Segment]
        /// The whole path, where no part of it varies.
        let fixed: [UInt8]?
        var ranks: [Int] { segments.map(\.rank) }

        init(_ route: Route, _ segments: [Segment], fixed: [UInt8]?) {
            self.route = route
            self.segments = segments
            self.fixed = fixed
        }
    }

    private let entries: [Entry]

    init(_ routes: [Route]) {
        var seen: Set<String> = []
        for route in routes {
            let isNew = seen.insert("\(route.method) \(route.pattern)").inserted
            precondition(isNew, "two routes for \(route.method) \(route.pattern)")
        }
        entries = routes.map(Self.entry)
            .sorted { $0.ranks.lexicographicallyPrecedes($1.ranks) }
    }

    /// HEAD falls back on the GET route. `path` is decoded.
    func match(method: String, path: ArraySlice<UInt8>) -> Match {
        var allowed: Set<String> = []
        var headFallback: (Route, PathParameters)?
        for entry in entries {
            guard let parameters = Self.match(entry, path) else { continue }
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

    private static func entry(_ route: Route) -> Entry {
        let pattern = route.pattern
        precondition(pattern.hasPrefix("/"), "a pattern begins with a slash: \(pattern)")
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var isFixed = true
        let segments = parts.enumerated().map { index, part -> Segment in
            if part == "*" {
                precondition(index == parts.count - 1, "only the end of a pattern can be *: \(pattern)")
                isFixed = false
                return .rest
            }
            if part.hasPrefix("{"), part.hasSuffix("}") {
                isFixed = false
                return .parameter(String(part.dropFirst().dropLast()))
            }
            return .literal(Array(part.utf8))
        }
        return Entry(route, segments, fixed: isFixed ? Array(pattern.utf8) : nil)
    }

    private static func match(_ entry: Entry, _ path: ArraySlice<UInt8>) -> PathParameters? {
        if let fixed = entry.fixed { return path == fixed[...] ? PathParameters() : nil }
        var parameters = PathParameters()
        // From a slash on; empty when all of the path is matched.
        var rest = path
        for segment in entry.segments {
            guard rest.first == slash else { return nil }
            let tail = rest.dropFirst()
            let part = tail.prefix { $0 != slash }
            rest = tail[part.endIndex...]
            switch segment {
            case .literal(let text): if part != text[...] { return nil }
            case .parameter(let name):
                if part.isEmpty { return nil }
                parameters.values[name] = String(decoding: part, as: UTF8.self)
            case .rest:
                parameters.values["*"] = String(decoding: tail, as: UTF8.self)
                return parameters
            }
        }
        return rest.isEmpty ? parameters : nil
    }

    private static let slash = UInt8(ascii: "/")
}
