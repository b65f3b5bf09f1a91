package import Telemetry

/// What the hub counts.
package struct HubMetrics: Sendable {
    package let events: Counter
    package let repeated: Counter
    package let unreadable: Counter
    package let gaps: Counter
    package let claims: Counter
    package let topLooks: Counter
    package let snapshotsSaved: Counter
    package let unknownViewers: Counter
    package let lateAnswers: Counter
    package let followers: Gauge
    package let sights: Gauge
    /// From the gateway hearing of it to this replica reading it off the log.
    package let logHop = HopFigures()

    package init(_ metrics: Metrics) {
        events = metrics.counter("guildwire_web_events_total", help: "Events taken from the logs.")
        repeated = metrics.counter(
            "guildwire_web_events_repeated_total",
            help: "Events that the tail passed twice; each is a fault that was caught."
        )
        unreadable = metrics.counter(
            "guildwire_web_events_unreadable_total",
            help: "Entries of the logs that are no events and were left out."
        )
        gaps = metrics.counter(
            "guildwire_web_log_gaps_total",
            help: "Holes: a log was shortened before it was read, or holds a log.gap."
        )
        claims = metrics.counter(
            "guildwire_web_guilds_resharded_total",
            help: "Guilds that another shard tells of now, since the number of shards was changed."
        )
        topLooks = metrics.counter(
            "guildwire_web_top_looks_total",
            help: "Looks at a log's end for viewers whose cursor is ahead of this replica."
        )
        snapshotsSaved = metrics.counter(
            "guildwire_web_snapshots_saved_total",
            help: "Snapshots and anchors of guilds that were written to Redis."
        )
        unknownViewers = metrics.counter(
            "guildwire_web_unknown_viewers_total",
            help: "Streams sent away because no gateway said in time what their viewer is in a guild."
        )
        lateAnswers = metrics.counter(
            "guildwire_web_late_answers_total",
            help:
                "Requests refused because the log did not come in time to what the gateway said of the caller."
        )
        followers = metrics.gauge(
            "guildwire_web_followers",
            help: "Viewers, by whom and which guilds, whose sight is kept current."
        )
        sights = metrics.gauge("guildwire_web_sights", help: "Different sights that viewers have.")
    }
}
