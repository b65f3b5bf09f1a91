import EventModels
package import Telemetry

/// What the links count.
package struct LinkMetrics: Sendable {
    package let connected: Gauge
    package let appended: Counter
    package let refused: Counter
    package let failed: Counter
    package let malformed: Counter
    private let metrics: Metrics

    package init(_ metrics: Metrics) {
        self.metrics = metrics
        connected = metrics.gauge("guildwire_link_connected", help: "Whether the last link to change is up.")
        appended = metrics.counter("guildwire_link_events_appended_total", help: "Events that the bus took.")
        refused = metrics.counter(
            "guildwire_link_appends_refused_total",
            help: "Appends that did not fit the log's top; the gateway sends on from there."
        )
        failed = metrics.counter(
            "guildwire_link_appends_failed_total",
            help: "Appends that ended in an error."
        )
        malformed = metrics.counter("guildwire_link_malformed_total", help: "Frames that were no messages.")
    }

    func logBytes(_ shard: ShardName) -> Gauge {
        metrics.gauge(
            "guildwire_log_bytes",
            help: "Bytes of events that the shard's log holds, at its publisher; 0 elsewhere.",
            labels: [("shard", shard.description)]
        )
    }

    func trimmed(_ shard: ShardName) -> Counter {
        metrics.counter(
            "guildwire_log_entries_trimmed_total",
            help: "Events that left the shard's log for its bounds, as its publisher saw them go.",
            labels: [("shard", shard.description)]
        )
    }
}
