import HTTPServer

/// `GET /` and `/overlays/<name>`, and the modules and styles they load.
enum PagesEndpoint: Endpoint {
    static func operations(_ context: EndpointContext) -> [Operation] {
        let pages = context.pages
        return [
            operation("/", "dashboard", "The dashboard") { _ in "dashboard/index.html" },
            operation("/dashboard/*", "dashboardFile", "What the dashboard loads") { "dashboard/\($0.rest)" },
            operation("/shared/*", "sharedFile", "What several pages load") { "shared/\($0.rest)" },
            operation("/favicon.ico", "icon", "The sign of the site") { _ in "shared/favicon.svg" },
            operation("/overlays/{name}", "overlay", "An overlay") {
                "overlays/\($0["name"] ?? "")/index.html"
            },
            operation("/overlays/{name}/*", "overlayFile", "What an overlay loads") {
                "overlays/\($0["name"] ?? "")/\($0.rest)"
            },
        ]

        func operation(
            _ pattern: String,
            _ name: String,
            _ summary: String,
            file: @escaping @Sendable (PathParameters) -> String
        ) -> Operation {
            let route = Route.get(pattern) { request, path in await page(pages, file(path), request) }
            let parameters =
                pattern.contains("{name}")
                ? [Operation.Parameter.path("name", .string(1...64), "The overlay's name")] : []
            return Operation(
                route,
                name,
                tag: .pages,
                summary,
                parameters: parameters,
                answers: [
                    .content("text/html", "The page or file"),
                    .content("text/plain", "It is not there", status: 404),
                ]
            )
        }
    }

    private static func page(_ pages: StaticFiles, _ path: String, _ request: HTTPRequest) async
        -> HTTPResponse
    {
        await pages.response(to: request, path: path)
            .with("Content-Security-Policy", policy)
            .with("Referrer-Policy", "no-referrer")
    }

    /// Avatars come from Discord's CDN, or from wherever `DISCORD_CDN_BASE` points.
    private static let policy = [
        "default-src 'self'", "img-src 'self' https: http: data:", "style-src 'self'", "script-src 'self'",
        "worker-src 'self'", "connect-src 'self'", "object-src 'none'", "base-uri 'none'",
        "form-action 'self'",
    ].joined(separator: "; ")
}
