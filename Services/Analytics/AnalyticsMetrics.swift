internal import Base
package import EventModels
package import Telemetry

/// What analytics counts.
package struct AnalyticsMetrics: Sendable {
    private let metrics: Metrics
    private let shards = Locked<[ShardName: ShardMetrics]>([:])

    package init(_ metrics: Metrics) { self.metrics = metrics }

    package func shard(_ shard: ShardName) -> ShardMetrics {
        let made = ShardMetrics(metrics, shard)
        shards.withLock { $0[shard] = made }
        return made
    }

    /// How far each shard is stored whose log this process reads, by name.
    package var stored: [ServiceRecord.Stored] {
        shards.withLock { $0 }.compactMap { $0.value.lag.held.withLock { $0 } }.sorted { $0.shard < $1.shard }
    }
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
    fileprivate let lag: Lag

    /// What was told of it last; nil before, and while another process reads the shard.
    fileprivate final class Lag: Sendable {
        let shard: ShardName
        let held = Locked<ServiceRecord.Stored?>(nil)
        init(_ shard: ShardName) { self.shard = shard }
    }

    package init(_ metrics: Metrics, _ shard: ShardName) {
        let labels: Metrics.Labels = [("shard", shard.description)]
        lag = Lag(shard)
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
            return note(events: 0, milliseconds: 0)
        }
        let age = madeAt.flatMap { $0 > 0 ? max(0, now - $0) : nil }
        if let age { lagSeconds.set(Double(age) / 1000) }
        let sameSession = position?.epoch == top.epoch
        let dispatches = sameSession ? top.sequence - (position?.sequence ?? 0) : nil
        lagDispatches.set(dispatches.map { Double($0) } ?? -1)
        let before = lag.held.withLock { $0?.milliseconds }
        note(
            events: dispatches.map { Int(clamping: $0) },
            milliseconds: age.map { Int(clamping: $0) } ?? before
        )
    }

    private func note(events: Int?, milliseconds: Int?) {
        let stored = ServiceRecord.Stored(shard: lag.shard, events: events, milliseconds: milliseconds)
        lag.held.withLock { $0 = stored }
    }

    /// Another process is the shard's reader.
    package func forgetLag() { lag.held.withLock { $0 = nil } }
}
