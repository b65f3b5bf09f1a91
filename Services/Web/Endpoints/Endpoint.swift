package import HTTPServer
package import Lifecycle
package import Telemetry

/// What endpoints may use of the service.
package struct EndpointContext: Sendable {
    let authorizer: Authorizer
    let metrics: Metrics
    let readiness: Readiness
    let viewerLoop: ViewerLoop
    let pages: StaticFiles

    package init(
        authorizer: Authorizer,
        metrics: Metrics,
        readiness: Readiness,
        viewerLoop: ViewerLoop,
        pages: StaticFiles
    ) {
        self.authorizer = authorizer
        self.metrics = metrics
        self.readiness = readiness
        self.viewerLoop = viewerLoop
        self.pages = pages
    }
}

/// One address of the web service. A new one needs a file here and a line in `Catalog`.
protocol Endpoint: Sendable {
    static func routes(_ context: EndpointContext) -> [Route]
}
