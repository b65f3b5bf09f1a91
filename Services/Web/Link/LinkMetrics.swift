package import Telemetry

/// What the links count.
package struct LinkMetrics: Sendable {
    package let connected: Gauge
    package let appended: Counter
    package let refused: Counter
    package let failed: Counter
    package let malformed: Counter

    package init(_ metrics: Metrics) {
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
}
