package import HTTPServer
internal import HTTPWire
package import Lifecycle
package import Telemetry

/// What every service answers to those who run it: alive, ready, metrics.
package enum OperationsRoutes {
    /// `<prefix>/health` says alive and touches nothing; `<prefix>/ready` says able to do its job, 200 or 503, and names
    /// what is missing; `/metrics` is Prometheus text.
    package static func routes(prefix: String = "", readiness: Readiness, metrics: Metrics) -> [Route] {
        [
            Route(method: "GET", pattern: "\(prefix)/health") { _, _ in
                .json(Array("{\"status\":\"ok\"}\n".utf8)).with("Cache-Control", "no-store")
            },
            Route(method: "GET", pattern: "\(prefix)/ready") { _, _ in
                let (status, body) = readiness.report()
                return .json(body, status: status).with("Cache-Control", "no-store")
            },
            Route.get("/metrics") { _, _ in
                HTTPResponse(
                    headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
                    body: .bytes(metrics.render())
                )
            },
        ]
    }
}
