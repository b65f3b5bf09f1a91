internal import Base
package import HTTPServer
package import HTTPWire
package import Telemetry

/// Counts what an HTTP server did. Labels are bounded: patterns of routes, never paths; the status' class.
package struct HTTPMetrics: HTTPServerObserver {
    private struct Series: Hashable {
        let route: String
        let statusClass: Int
    }

    private let metrics: Metrics
    private let malformed: Counter
    private let refused: Counter
    private let duration: Histogram
    /// By what requests are counted: making the labels' text costs more than the rest of an answer.
    private let requests = Locked<[Series: Counter]>([:])

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
        duration = metrics.histogram(
            "guildwire_http_request_duration_seconds",
            help: "From a request's head to its response.",
            buckets: Histogram.latencyBuckets
        )
    }

    package func requestFinished(route: String?, method: String, status: Int, duration: Duration) {
        let series = Series(route: route ?? "none", statusClass: status / 100)
        let known = requests.withLock { $0[series] }
        (known ?? counter(series)).increment()
        self.duration.observe(duration)
    }

    private func counter(_ series: Series) -> Counter {
        let counter = metrics.counter(
            "guildwire_http_requests_total",
            help: "Requests answered.",
            labels: [("route", series.route), ("status", "\(series.statusClass)xx")]
        )
        requests.withLock { $0[series] = counter }
        return counter
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
