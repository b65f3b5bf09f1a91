package import EventModels
package import Telemetry

/// What analytics counts.
package struct AnalyticsMetrics: Sendable {
    private let metrics: Metrics

    package init(_ metrics: Metrics) { self.metrics = metrics }

    package func shard(_ shard: ShardName) -> ShardMetrics { ShardMetrics(metrics, shard) }
}

/// The numbers of one shard's reader.
package struct ShardMetrics: Sendable {
    package let stored: Counter
    package let skipped: Counter
    package let deadLetters: Counter
    package let batches: Counter
    package let gaps: Counter
    package let lagSeconds: Gauge
    package let lagDispatches: Gauge

    package init(_ metrics: Metrics, _ shard: ShardName) {
        let labels: Metrics.Labels = [("shard", shard.description)]
        func counter(_ name: StaticString, _ help: StaticString) -> Counter {
            metrics.counter(name, help: help, labels: labels)
        }
        stored = counter("guildwire_analytics_events_stored_total", "Events written into their table.")
        skipped = counter("guildwire_analytics_events_skipped_total", "Events of kinds that are not kept.")
        deadLetters = counter(
            "guildwire_analytics_dead_letters_total",
            "Entries of the log that could not be stored."
        )
        batches = counter("guildwire_analytics_batches_total", "Transactions that stored events.")
        gaps = counter(
            "guildwire_analytics_gaps_total",
            "Holes: the log was shortened before it was read, or holds a log.gap."
        )
        lagSeconds = metrics.gauge(
            "guildwire_analytics_lag_seconds",
            help: "Age of the last stored event while more wait; 0 when all are stored.",
            labels: labels
        )
        lagDispatches = metrics.gauge(
            "guildwire_analytics_lag_dispatches",
            help: "Dispatches between the position and the log's top; -1 across sessions.",
            labels: labels
        )
    }

    /// `madeAt` and `now` in Unix milliseconds; `madeAt` nil when nothing was stored now.
    package func noteLag(position: EventID?, top: EventID?, madeAt: Int64?, now: Int64) {
        guard let top, position.map({ $0 < top }) ?? true else {
            lagSeconds.set(0)
            lagDispatches.set(0)
            return
        }
        if let madeAt, madeAt > 0 { lagSeconds.set(Double(max(0, now - madeAt)) / 1000) }
        let sameSession = position?.epoch == top.epoch
        lagDispatches.set(sameSession ? Double(top.sequence - (position?.sequence ?? 0)) : -1)
    }
}
