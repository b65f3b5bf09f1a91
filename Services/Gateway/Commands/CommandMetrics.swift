internal import Base
internal import LinkProtocol
internal import Telemetry

/// The numbers of commands and interactions. Labels come from closed lists only.
struct CommandMetrics: Sendable {
    private let outcomes: [LinkOrder.Deed.Name: [String: Counter]]
    let open: Gauge
    private let deferrals: [String: Counter]
    let deferralSeconds: Histogram
    private let metrics: Metrics

    init(_ metrics: Metrics) {
        self.metrics = metrics
        let codes = ["done"] + LinkFailure.Code.allCases.map(\.rawValue)
        outcomes = Dictionary(
            uniqueKeysWithValues: LinkOrder.Deed.Name.allCases.map { name in
                let counters = codes.map { code in
                    let counter = metrics.counter(
                        "guildwire_gateway_commands_total",
                        help:
                            "Commands that were carried out or given up, by name and outcome; a repeated key is not one.",
                        labels: [("command", name.rawValue), ("outcome", code)]
                    )
                    return (code, counter)
                }
                return (name, Dictionary(uniqueKeysWithValues: counters))
            }
        )
        open = metrics.gauge(
            "guildwire_gateway_commands_open",
            help: "Commands of all links that were taken and are not answered."
        )
        deferrals = Dictionary(
            uniqueKeysWithValues: ["done", "already", "gone", "failed"].map { outcome in
                let counter = metrics.counter(
                    "guildwire_gateway_interactions_deferred_total",
                    help: "Interactions that nobody answered in time and the gateway deferred, by outcome.",
                    labels: [("outcome", outcome)]
                )
                return (outcome, counter)
            }
        )
        deferralSeconds = metrics.histogram(
            "guildwire_gateway_interaction_deferral_seconds",
            help:
                "From an interaction's making, by Discord's time in its id, to its deferral; 3 s are too late."
        )
    }

    func ended(_ name: LinkOrder.Deed.Name, _ outcome: LinkResult.Outcome) {
        let code = if case .failed(let failure) = outcome { failure.code.rawValue } else { "done" }
        outcomes[name]?[code]?.increment()
    }

    func deferred(_ outcome: InteractionMachine.Outcome, after: Duration) {
        deferrals["\(outcome)"]?.increment()
        if outcome == .done { deferralSeconds.observe(after) }
    }

    /// A shard's ledger of idempotency keys.
    func ledger(_ ledger: CommandLedger, of shard: String) {
        let labels: Metrics.Labels = [("shard", shard)]
        metrics.gauge(
            "guildwire_gateway_command_keys",
            help: "Idempotency keys of commands that are remembered, with their results.",
            labels: labels
        ).set(ledger.ended.count + ledger.open.count)
        metrics.gauge(
            "guildwire_gateway_command_key_bytes",
            help: "Bytes that the remembered commands and results take.",
            labels: labels
        ).set(ledger.endedBytes + ledger.openBytes)
        metrics.gauge(
            "guildwire_gateway_command_keys_forgotten",
            help:
                "Keys forgotten for want of room before their 24 h, since the process or its checkpoint began.",
            labels: labels
        ).set(Int(clamping: ledger.forgottenEarly))
    }
}
