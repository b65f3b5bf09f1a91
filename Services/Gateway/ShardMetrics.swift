internal import EventModels
internal import Telemetry

/// The numbers of one shard, labelled with its name.
struct ShardMetrics: Sendable {
    let connected: Gauge
    let heartbeatSeconds: Gauge
    let guilds: Gauge
    let journal: JournalMetrics

    init(_ metrics: Metrics, _ shard: ShardName) {
        let labels: Metrics.Labels = [("shard", shard.description)]
        connected = metrics.gauge(
            "guildwire_gateway_discord_connected",
            help: "1 while the shard's session with Discord is live.",
            labels: labels
        )
        heartbeatSeconds = metrics.gauge(
            "guildwire_gateway_heartbeat_latency_seconds",
            help: "Round trip of the shard's last acknowledged heartbeat.",
            labels: labels
        )
        guilds = metrics.gauge("guildwire_gateway_guilds", help: "Guilds held by the shard.", labels: labels)
        journal = JournalMetrics(metrics, shard)
    }
}
