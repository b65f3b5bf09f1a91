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
            operation("/account", "account", "Who one is, and where one is logged in") { _ in
                "account/index.html"
            },
            operation("/account/*", "accountFile", "What that page loads") { "account/\($0.rest)" },
            operation("/manage", "manage", "Which guild to manage") { _ in "manage/index.html" },
            operation("/manage/*", "manageFile", "What the pages that manage a guild load") {
                "manage/\($0.rest)"
            },
            operation("/guilds/{guild}/{view}", "manageGuild", "A guild's keys, settings and audit log") {
                _ in
                "manage/index.html"
            },
            operation("/api/docs", "docs", "The API's document, to read and to try") { _ in
                "docs/index.html"
            },
            operation("/docs/*", "docsFile", "What that page loads") { "docs/\($0.rest)" },
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
            let route = Route.get(pattern) { request, path in
                await pages.response(to: request, path: file(path))
            }
            let parameters = names.compactMap { name, about in
                pattern.contains("{\(name)}")
                    ? Operation.Parameter.path(name, .string(1...64), about) : nil
            }
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

    /// What stands in the patterns.
    private static let names = [
        ("name", "The overlay's name"), ("guild", "The guild's id"), ("view", "keys, settings or audit"),
    ]
}
