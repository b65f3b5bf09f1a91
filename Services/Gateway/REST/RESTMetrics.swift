internal import DiscordProtocol
internal import EventLoop
internal import Telemetry

/// What the requests to Discord come to. Labels come from closed lists only.
struct RESTMetrics: Sendable {
    enum Outcome: String, CaseIterable {
        case answered, refused, unauthorized, timed_out, overloaded, budget_spent, quarantined, cancelled,
            unknown
    }

    private let requests: [Outcome: Counter]
    private let limited: [RESTAnswer.Scope: Counter]
    private let retries: Counter
    private let lifted: Counter
    private let forgotten: Counter
    private let lineSeconds: Histogram
    let waiting: Gauge
    let inFlight: Gauge
    let buckets: Gauge
    let invalid: Gauge
    let quarantined: Gauge

    init(_ metrics: Metrics) {
        requests = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let counter = metrics.counter(
                    "guildwire_gateway_rest_requests_total",
                    help: "Requests to Discord's REST API, by what became of them.",
                    labels: [("outcome", outcome.rawValue)]
                )
                return (outcome, counter)
            }
        )
        limited = Dictionary(
            uniqueKeysWithValues: RESTAnswer.Scope.allCases.map { scope in
                let counter = metrics.counter(
                    "guildwire_gateway_rest_limited_total",
                    help:
                        "Answers 429, by the limit that they speak of. Only shared ones are no fault of ours.",
                    labels: [("scope", scope.rawValue)]
                )
                return (scope, counter)
            }
        )
        retries = metrics.counter(
            "guildwire_gateway_rest_retries_total",
            help: "Requests to Discord that were put back in line."
        )
        lifted = metrics.counter(
            "guildwire_gateway_rest_quarantine_lifted_total",
            help: "Targets that were left alone and may be asked again, since the bot's rights have changed."
        )
        forgotten = metrics.counter(
            "guildwire_gateway_rest_buckets_forgotten_total",
            help: "Rate-limit buckets forgotten because too many were known."
        )
        lineSeconds = metrics.histogram(
            "guildwire_gateway_rest_line_seconds",
            help: "How long requests to Discord stood in line before they were first sent.",
            buckets: Histogram.latencyBuckets + [30, 60]
        )
        waiting = metrics.gauge("guildwire_gateway_rest_waiting", help: "Requests to Discord in line.")
        inFlight = metrics.gauge(
            "guildwire_gateway_rest_in_flight",
            help: "Requests to Discord on their way."
        )
        invalid = metrics.gauge(
            "guildwire_gateway_rest_invalid_requests",
            help:
                "Requests that Discord refused with 401, 403 or 429 in the last 10 minutes, all processes of the host."
        )
        quarantined = metrics.gauge(
            "guildwire_gateway_rest_quarantined_targets",
            help: "Targets remembered because Discord refused them of late, 10,000 at most."
        )
        buckets = metrics.gauge("guildwire_gateway_rest_buckets", help: "Rate-limit buckets remembered.")
    }

    func finished(_ result: Result<RESTReply, RESTError>) { requests[Self.outcome(result)]?.increment() }

    func noted(_ notes: RESTLimiter.Notes) {
        for (scope, count) in notes.limited { limited[scope]?.increment(by: count) }
        if notes.retries > 0 { retries.increment(by: notes.retries) }
        if notes.lifted > 0 { lifted.increment(by: notes.lifted) }
        if notes.bucketsForgotten > 0 { forgotten.increment(by: notes.bucketsForgotten) }
        for wait in notes.waits { lineSeconds.observe(wait.inSeconds) }
    }

    private static func outcome(_ result: Result<RESTReply, RESTError>) -> Outcome {
        switch result {
        case .success: .answered
        case .failure(.refused): .refused
        case .failure(.unauthorized): .unauthorized
        case .failure(.timedOut): .timed_out
        case .failure(.overloaded): .overloaded
        case .failure(.invalidRequestBudgetSpent): .budget_spent
        case .failure(.quarantined): .quarantined
        case .failure(.cancelled): .cancelled
        case .failure(.unknownOutcome): .unknown
        }
    }
}
