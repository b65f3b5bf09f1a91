import HTTPServer

/// `GET /` and `/overlays/<name>`, and the modules and styles they load.
enum PagesEndpoint: Endpoint {
    static func operations(_ context: EndpointContext) -> [Operation] {
        let pages = context.pages
        return [
            operation("/", "dashboard", "The dashboard") { _ in "dashboard/index.html" },
            operation("/dashboard/*", "dashboardFile", "What the dashboard loads") { "dashboard/\($0.rest)" },
            operation("/shared/*", "sharedFile", "What several pages load") { "shared/\($0.rest)" },
            operation("/favicon.ico", "icon", "The sign of the site", ["image/svg+xml"]) { _ in
                "shared/favicon.svg"
            },
            operation("/account", "account", "Who one is, and where one is logged in") { _ in
                "account/index.html"
            },
            operation("/account/*", "accountFile", "What that page loads") { "account/\($0.rest)" },
            operation("/manage", "manage", "Which guild to manage") { _ in "manage/index.html" },
            operation("/manage/*", "manageFile", "What the pages that manage a guild load") {
                "manage/\($0.rest)"
            },
            operation("/guilds/{guild}/{view}", "manageGuild", "A guild's keys, settings and audit log") {
                Self.isPlace($0) ? "manage/index.html" : nil
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
            _ types: [String]? = nil,
            file: @escaping @Sendable (PathParameters) -> String?
        ) -> Operation {
            let route = Route.get(pattern) { request, path in
                guard let file = file(path) else { return .problem(status: 404) }
                return await pages.response(to: request, path: file)
            }
            let parameters = names.compactMap { name, schema, about in
                pattern.contains("{\(name)}") ? Operation.Parameter.path(name, schema, about) : nil
            }
            let isFolder = pattern.hasSuffix("/*")
            let types = types ?? (isFolder ? fileTypes : ["text/html"])
            return Operation(
                route,
                name,
                tag: .pages,
                summary,
                parameters: parameters,
                answers: types.map { .content($0, "The page or file") }
                    + (parameters.isEmpty && !isFolder ? [] : [.problem(404, "It is not there")])
            )
        }
    }

    /// What stands in the patterns.
    private static let names: [(String, Schema, String)] = [
        ("name", .string(1...64), "The overlay's name"), ("guild", .snowflake, "The guild's id"),
        ("view", .choice(views), "What of it"),
    ]
    private static let views = ["keys", "settings", "audit"]
    private static let fileTypes = ["text/html", "text/javascript", "text/css", "image/svg+xml"]

    private static func isPlace(_ path: PathParameters) -> Bool {
        SchemaCheck.lack(ofText: path["guild"] ?? "", .snowflake) == nil && views.contains(path["view"] ?? "")
    }
}
