package import Telemetry

/// What the limits count. Labels are bounded: the policies' names.
package struct LimitMetrics: Sendable {
    package let local: Gauge
    package let locally: Counter
    package let shared: Counter
    private let refused: [String: Counter]

    package init(_ metrics: Metrics) {
        local = metrics.gauge(
            "guildwire_web_limits_local",
            help: "1 while requests are counted by this replica alone, because Redis cannot be asked."
        )
        locally = metrics.counter(
            "guildwire_web_limits_locally_counted_total",
            help: "Requests that were counted by this replica alone."
        )
        shared = metrics.counter(
            "guildwire_web_limits_overflow_total",
            help: "Requests that shared a counter with others, because this replica's table was full."
        )
        var refused: [String: Counter] = [:]
        for policy in ["address", "session", "login", "user-login", "key-minute", "key-day"] {
            refused[policy] = metrics.counter(
                "guildwire_web_limits_refused_total",
                help: "Requests refused for their number, by policy.",
                labels: [("policy", policy)]
            )
        }
        self.refused = refused
    }

    package func count(_ policy: LimitPolicy) { refused[policy.name]?.increment() }
}
