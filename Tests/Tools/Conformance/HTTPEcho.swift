import HTTPServer
import HTTPWire

/// Our HTTP server with handlers of every kind.
enum HTTPEcho {
    struct Options {
        /// The folder behind `/files/`.
        var files: String?
        var limits = HTTPServerLimits.standard
    }

    static func routes(files: String?) -> [Route] {
        var routes = [
            Route(method: "GET", pattern: "/") { _, _ in .text("conformance\n") },
            Route(method: "POST", pattern: "/") { request, _ in echo(request) },
            Route(method: "POST", pattern: "/*") { request, _ in echo(request) },
            Route.get("/later") { _, _ in
                // A handler that waits: whatever the client does meanwhile, this answer is for it.
                try? await Task.sleep(for: .milliseconds(200))
                return .text(Task.isCancelled ? "cancelled" : "later")
            },
            Route.get("/pieces") { _, _ in
                HTTPResponse(
                    body: .stream { writer in
                        for piece in ["one ", "two ", "three"] { try await writer.write(Array(piece.utf8)) }
                    }
                )
            },
            Route(method: "GET", pattern: "/large") { _, _ in
                HTTPResponse(body: .bytes(large))
            },
        ]
        if let files {
            let folder = StaticFiles(root: files)
            routes.append(.get("/files/*") { await folder.response(to: $0, path: $1.rest) })
        }
        return routes
    }

    private static let large = [UInt8](repeating: UInt8(ascii: "x"), count: 8 << 20)

    private static func echo(_ request: HTTPRequest) -> HTTPResponse {
        HTTPResponse(
            headers: ["Content-Type": request.headers["content-type"] ?? "application/octet-stream"],
            body: .bytes(request.body)
        )
    }
}
