package import Telemetry

/// What the feed counts beside what all streams count. Labels are bounded: the reasons of a refusal.
package struct FeedMetrics: Sendable {
    package let viewers: Gauge
    package let foreignOrigins: Counter
    private let refused: [FeedInputs.Refusal: Counter]

    package init(_ metrics: Metrics) {
        viewers = metrics.gauge(
            "guildwire_web_feed_viewers",
            help: "Open event streams over WebSocket, which guildwire_web_viewers counts too."
        )
        foreignOrigins = metrics.counter(
            "guildwire_web_feed_origins_refused_total",
            help: "WebSockets of other sites' pages that were refused."
        )
        var refused: [FeedInputs.Refusal: Counter] = [:]
        for reason in FeedInputs.Refusal.allCases {
            refused[reason] = metrics.counter(
                "guildwire_web_feed_refused_total",
                help: "Event streams over WebSocket that ended for what their client sent, by reason.",
                labels: [("reason", reason.rawValue)]
            )
        }
        self.refused = refused
    }

    func count(_ refusal: FeedInputs.Refusal) { refused[refusal]?.increment() }
}
