import HTTPServer

/// `GET /` and `/overlays/<name>`, and the modules and styles they load.
enum PagesEndpoint: Endpoint {
    static func routes(_ context: EndpointContext) -> [Route] {
        let pages = context.pages
        return [
            Route.get("/") { request, _ in await page(pages, "dashboard/index.html", request) },
            Route.get("/dashboard/*") { request, path in await page(pages, "dashboard/\(path.rest)", request)
            },
            Route.get("/shared/*") { request, path in await page(pages, "shared/\(path.rest)", request) },
            Route.get("/favicon.ico") { request, _ in await page(pages, "shared/favicon.svg", request) },
            Route.get("/overlays/{name}") { request, path in
                await page(pages, "overlays/\(path["name"] ?? "")/index.html", request)
            },
            Route.get("/overlays/{name}/*") { request, path in
                await page(pages, "overlays/\(path["name"] ?? "")/\(path.rest)", request)
            },
        ]
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
