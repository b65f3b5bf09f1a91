internal import EventModels
internal import Telemetry

/// The numbers of one shard's state folder: journal, checkpoints, recovery. What is counted is counted for all shards together.
struct JournalMetrics: Sendable {
    let checkpointSeconds: Histogram
    let checkpointBytes: Gauge
    let checkpointFailures: Counter
    let flushSeconds: Histogram
    let foldSeconds: Histogram
    let writtenBytes: Counter
    let failures: Counter
    let pendingBytes: Gauge
    let bytes: Gauge
    let segments: Gauge
    let recoverySeconds: Gauge
    let quarantined: Counter

    init(_ metrics: Metrics, _ shard: ShardName) {
        let labels: Metrics.Labels = [("shard", shard.description)]
        checkpointSeconds = metrics.histogram(
            "guildwire_gateway_checkpoint_seconds",
            help: "Time to write a checkpoint, encoding included."
        )
        checkpointBytes = metrics.gauge(
            "guildwire_gateway_checkpoint_bytes",
            help: "Size of the last checkpoint.",
            labels: labels
        )
        checkpointFailures = metrics.counter(
            "guildwire_gateway_checkpoint_failures_total",
            help: "Checkpoints that could not be written."
        )
        flushSeconds = metrics.histogram(
            "guildwire_gateway_journal_flush_seconds",
            help: "Time to write a group of records to the journal and to wait for the disk."
        )
        foldSeconds = metrics.histogram(
            "guildwire_gateway_fold_seconds",
            help: "Time that folding a group of records took on the loop."
        )
        writtenBytes = metrics.counter(
            "guildwire_gateway_journal_written_bytes_total",
            help: "Bytes of records written to the journal."
        )
        failures = metrics.counter(
            "guildwire_gateway_journal_failures_total",
            help: "Groups of records that could not be written; they are tried again."
        )
        pendingBytes = metrics.gauge(
            "guildwire_gateway_journal_pending_bytes",
            help: "Bytes of records that wait for the disk, or for their session's epoch.",
            labels: labels
        )
        bytes = metrics.gauge(
            "guildwire_gateway_journal_bytes",
            help: "Bytes of the journal's segments on disk, after the last checkpoint.",
            labels: labels
        )
        segments = metrics.gauge(
            "guildwire_gateway_journal_segments",
            help: "Segments of the journal on disk, after the last checkpoint.",
            labels: labels
        )
        recoverySeconds = metrics.gauge(
            "guildwire_gateway_recovery_seconds",
            help: "Time that reading and folding the state folder took at the start.",
            labels: labels
        )
        quarantined = metrics.counter(
            "guildwire_gateway_quarantined_total",
            help: "Dispatches that ended the process twice and were passed over."
        )
    }
}
