package import HTTPServer
package import HTTPWire
package import Telemetry

/// Counts what an HTTP server did. Labels are bounded: patterns of routes, never paths; the status' class.
package struct HTTPMetrics: HTTPServerObserver {
    private let metrics: Metrics
    private let malformed: Counter
    private let refused: Counter

    package init(_ metrics: Metrics) {
        self.metrics = metrics
        malformed = metrics.counter(
            "guildwire_http_malformed_requests_total",
            help: "Bytes that were no acceptable request."
        )
        refused = metrics.counter(
            "guildwire_http_connections_refused_total",
            help: "Connections over the limit."
        )
    }

    package func requestFinished(route: String?, method: String, status: Int, duration: Duration) {
        let labels: [(StaticString, String)] = [("route", route ?? "none"), ("status", "\(status / 100)xx")]
        metrics.counter("guildwire_http_requests_total", help: "Requests answered.", labels: labels)
            .increment()
        metrics.histogram(
            "guildwire_http_request_duration_seconds",
            help: "From a request's head to its response.",
            buckets: Histogram.latencyBuckets
        )
        .observe(duration)
    }

    package func requestRefused(_ error: HTTPWireError) { malformed.increment() }
    package func connectionRefused() { refused.increment() }

    package func connectionTimedOut(_ timeout: HTTPTimeout) {
        metrics.counter(
            "guildwire_http_timeouts_total",
            help: "Connections cut off for being slow.",
            labels: [("phase", timeout.rawValue)]
        )
        .increment()
    }
}
