package import HTTPServer
package import Lifecycle
package import Telemetry

/// What endpoints may use of the service.
package final class EndpointContext: Sendable {
    let authorizer: Authorizer
    let metrics: Metrics
    let readiness: Readiness
    package let viewerLoop: ViewerLoop
    let pages: StaticFiles
    let queries: StreamQueries
    /// Other people's scripts, where Debian puts them.
    let libraries: StaticFiles
    /// Where people reach the service: whose pages are ours. Nil: nobody's.
    let publicURL: String?
    /// Nil where there is no more than streams and pages: tests of those.
    let api: APIContext?

    package init(
        authorizer: Authorizer,
        metrics: Metrics,
        readiness: Readiness,
        viewerLoop: ViewerLoop,
        pages: StaticFiles,
        queries: StreamQueries = StreamQueries(),
        libraries: StaticFiles = StaticFiles(root: LibrariesEndpoint.folder),
        publicURL: String? = nil,
        api: APIContext? = nil
    ) {
        self.authorizer = authorizer
        self.metrics = metrics
        self.readiness = readiness
        self.viewerLoop = viewerLoop
        self.pages = pages
        self.queries = queries
        self.libraries = libraries
        self.publicURL = publicURL
        self.api = api
    }
}

/// A few addresses of the web service that belong together, each described and answered. A new one needs a file here and a
/// line in `Catalog`.
protocol Endpoint: Sendable {
    static func operations(_ context: EndpointContext) -> [Operation]
}

/// The same, of the API: what needs more than streams and pages do.
protocol APIEndpoint: Sendable {
    static func operations(_ api: APIContext) -> [Operation]
}
