import EventModels
package import Telemetry

/// What the links count.
package struct LinkMetrics: Sendable {
    package let connected: Gauge
    package let appended: Counter
    package let refused: Counter
    package let failed: Counter
    package let malformed: Counter
    package let commandsSent: Counter
    package let commandsAnswered: Counter
    package let commandsRefused: Counter
    package let commandsTimedOut: Counter
    package let commandsLost: Counter
    package let commandsUnsent: Counter
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
        commandsSent = metrics.counter(
            "guildwire_link_commands_sent_total",
            help: "Commands that were sent to a gateway."
        )
        commandsAnswered = metrics.counter(
            "guildwire_link_commands_answered_total",
            help: "Commands that the gateway answered."
        )
        commandsRefused = metrics.counter(
            "guildwire_link_commands_refused_total",
            help: "Commands that the gateway answered with an error."
        )
        commandsTimedOut = metrics.counter(
            "guildwire_link_commands_timed_out_total",
            help: "Commands that were not answered in time."
        )
        commandsLost = metrics.counter(
            "guildwire_link_commands_lost_total",
            help: "Commands whose link ended before the answer."
        )
        commandsUnsent = metrics.counter(
            "guildwire_link_commands_unsent_total",
            help: "Commands that were not sent: too many were open on the link."
        )
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
