package import Telemetry

/// What the streams count. Labels are bounded: none.
package struct StreamMetrics: Sendable {
    package let viewers: Gauge
    package let groups: Gauge
    package let opened: Counter
    package let resumed: Counter
    package let replays: Counter
    package let ahead: Gauge
    package let refused: Counter
    package let resets: Counter
    package let stalled: Counter
    package let sends: Counter
    package let bytes: Counter
    package let hop: Histogram
    package let backlog: Gauge
    package let overruns: Counter
    package let feed: FeedMetrics
    /// From the hub handing events over to their being written to viewers.
    package let deliveryHop = HopFigures()

    package init(_ metrics: Metrics) {
        feed = FeedMetrics(metrics)
        viewers = metrics.gauge("guildwire_web_viewers", help: "Open event streams.")
        groups = metrics.gauge(
            "guildwire_web_groups",
            help: "Groups of viewers with equal sight and equal wishes."
        )
        opened = metrics.counter(
            "guildwire_web_streams_opened_total",
            help: "Event streams that were accepted."
        )
        resumed = metrics.counter(
            "guildwire_web_streams_resumed_total",
            help: "Event streams that came with a Last-Event-ID."
        )
        replays = metrics.counter(
            "guildwire_web_replays_total",
            help: "Resumed streams that were given what they missed one by one."
        )
        ahead = metrics.gauge(
            "guildwire_web_viewers_ahead",
            help: "Viewers who wait because another replica was ahead of this one."
        )
        refused = metrics.counter(
            "guildwire_web_streams_refused_total",
            help: "Event streams sent away with a retry, over capacity or while draining."
        )
        resets = metrics.counter(
            "guildwire_web_resets_total",
            help: "Resets sent to viewers that could not go on."
        )
        stalled = metrics.counter(
            "guildwire_web_viewers_stalled_total",
            help: "Viewers closed for not reading."
        )
        sends = metrics.counter("guildwire_web_sends_total", help: "Writes to viewers' sockets.")
        bytes = metrics.counter("guildwire_web_sent_bytes_total", help: "Bytes that viewers' sockets took.")
        hop = metrics.histogram(
            "guildwire_web_event_age_seconds",
            help: "From the gateway making an event to a replica handing it to its viewers.",
            buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
        )
        backlog = metrics.gauge(
            "guildwire_web_loop_backlog_bytes",
            help: "Events handed to the viewers' loops and not taken by them yet."
        )
        overruns = metrics.counter(
            "guildwire_web_loop_overruns_total",
            help: "Times that a viewers' loop was handed more than it took, and its streams were sent away."
        )
    }

    /// What one loop has told so far.
    package struct Reported {
        fileprivate var counts = ViewerCounts()
        fileprivate var groups = 0
        fileprivate var ahead = 0
        package init() {}
    }

    /// Adds what changed at a loop since its last report.
    package func report(_ counts: ViewerCounts, ahead: Int, groups: Int, since last: inout Reported) {
        let told = last.counts
        if counts.viewers != told.viewers { viewers.add(counts.viewers - told.viewers) }
        if groups != last.groups { self.groups.add(groups - last.groups) }
        if ahead != last.ahead { self.ahead.add(ahead - last.ahead) }
        resets.increment(by: counts.resets - told.resets)
        stalled.increment(by: counts.stalled - told.stalled)
        sends.increment(by: counts.sends - told.sends)
        bytes.increment(by: counts.bytes - told.bytes)
        last.counts = counts
        last.groups = groups
        last.ahead = ahead
    }
}
