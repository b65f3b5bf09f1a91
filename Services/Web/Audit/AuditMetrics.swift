package import Telemetry

/// What the audit log counts.
package struct AuditMetrics: Sendable {
    package let written: Counter
    package let dropped: Counter
    package let failed: Counter

    package init(_ metrics: Metrics) {
        written = metrics.counter(
            "guildwire_web_audit_written_total",
            help: "Entries written to the audit log."
        )
        dropped = metrics.counter(
            "guildwire_web_audit_dropped_total",
            help: "Entries of the audit log that found no place among those that wait, and are lost."
        )
        failed = metrics.counter(
            "guildwire_web_audit_failed_total",
            help: "Batches of the audit log that could not be written; they wait."
        )
    }
}
