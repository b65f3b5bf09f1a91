package import HTTPServer
package import Lifecycle
package import Telemetry

/// What endpoints may use of the service.
package final class EndpointContext: Sendable {
    let authorizer: Authorizer
    let metrics: Metrics
    let readiness: Readiness
    let viewerLoop: ViewerLoop
    let pages: StaticFiles
    let queries: StreamQueries

    package init(
        authorizer: Authorizer,
        metrics: Metrics,
        readiness: Readiness,
        viewerLoop: ViewerLoop,
        pages: StaticFiles,
        queries: StreamQueries = StreamQueries()
    ) {
        self.authorizer = authorizer
        self.metrics = metrics
        self.readiness = readiness
        self.viewerLoop = viewerLoop
        self.pages = pages
        self.queries = queries
    }
}

/// One address of the web service. A new one needs a file here and a line in `Catalog`.
protocol Endpoint: Sendable {
    static func routes(_ context: EndpointContext) -> [Route]
}
