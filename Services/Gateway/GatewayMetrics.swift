internal import DiscordProtocol
internal import EventModels
internal import LinkProtocol
internal import Telemetry

/// The gateway's numbers. Labels come from closed lists only.
struct GatewayMetrics: Sendable {
    let registry: Metrics
    /// By place of the kind.
    private let dispatches: [Counter]
    private let otherDispatches: Counter
    /// By place of the kind.
    private let events: [Counter]
    let identifies: Counter
    let resumes: Counter
    let identifiesDay: Gauge
    let identifiesHeld: Counter
    let connectFailures: Counter
    let badPayloads: Counter
    let unknownPayloads: Counter
    let unknownFields: Counter
    private let unknownValues: [KnownValues.Name: Counter]
    private let asides: [DispatchKind: Counter]
    let links: Gauge
    let linkRefusals: Counter
    let quarantined: Counter
    private let asked: (answered: Counter, refused: Counter)
    let commands: CommandMetrics
    let unackedBytes: Gauge
    let tailBytes: Gauge

    init(_ metrics: Metrics) {
        registry = metrics
        dispatches = DispatchKind.allCases.map { Self.dispatchCounter(metrics, $0.rawValue) }
        otherDispatches = Self.dispatchCounter(metrics, "other")
        events = Self.eventCounters(metrics)
        identifies = metrics.counter("guildwire_gateway_identifies_total", help: "New sessions asked for.")
        resumes = metrics.counter("guildwire_gateway_resumes_total", help: "Sessions asked to be resumed.")
        identifiesDay = metrics.gauge(
            "guildwire_gateway_identifies_day",
            help: "New sessions asked for in 24 h, by all processes that count together."
        )
        identifiesHeld = metrics.counter(
            "guildwire_gateway_identifies_held_total",
            help: "New sessions that had to wait because too many were asked for."
        )
        connectFailures = metrics.counter(
            "guildwire_gateway_connect_failures_total",
            help: "Attempts to connect to Discord that failed."
        )
        badPayloads = metrics.counter(
            "guildwire_gateway_bad_payloads_total",
            help: "Messages from Discord that could not be read."
        )
        unknownPayloads = metrics.counter(
            "guildwire_gateway_unknown_payloads_total",
            help:
                "Messages from Discord with an opcode that is not known, or a dispatch without name, number or data."
        )
        unknownFields = metrics.counter(
            "guildwire_gateway_unknown_fields_total",
            help:
                "Members of dispatches' data that Discord does not document, looked for in one dispatch of 64."
        )
        unknownValues = Self.valueCounters(metrics)
        asides = Self.asideCounters(metrics)
        links = metrics.gauge("guildwire_gateway_links", help: "Replicas that are linked.")
        linkRefusals = metrics.counter(
            "guildwire_gateway_link_refusals_total",
            help: "Requests for a link with a wrong token."
        )
        quarantined = metrics.counter(
            "guildwire_gateway_events_quarantined_total",
            help: "Events that ended two replicas in turn and were replaced by event.quarantined."
        )
        asked = Self.commandCounters(metrics)
        commands = CommandMetrics(metrics)
        unackedBytes = metrics.gauge(
            "guildwire_gateway_unacked_bytes",
            help: "Bytes of events that no bus has confirmed."
        )
        tailBytes = metrics.gauge(
            "guildwire_gateway_tail_bytes",
            help: "Bytes of confirmed events that are kept for a bus that comes back older."
        )
    }

    private static func dispatchCounter(_ metrics: Metrics, _ name: String) -> Counter {
        metrics.counter(
            "guildwire_gateway_dispatches_total",
            help: "Dispatches received from Discord, by name.",
            labels: [("type", name)]
        )
    }

    private static func asideCounters(_ metrics: Metrics) -> [DispatchKind: Counter] {
        Dictionary(
            uniqueKeysWithValues: DispatchKind.allCases.map { kind in
                let counter = metrics.counter(
                    "guildwire_gateway_dispatches_aside_total",
                    help: "Dispatches of a known name that were not understood, by name.",
                    labels: [("type", kind.rawValue)]
                )
                return (kind, counter)
            }
        )
    }

    private static func valueCounters(_ metrics: Metrics) -> [KnownValues.Name: Counter] {
        Dictionary(
            uniqueKeysWithValues: KnownValues.Name.allCases.map { name in
                let counter = metrics.counter(
                    "guildwire_gateway_unknown_values_total",
                    help:
                        "Types, levels and states that Discord does not document; of frequent dispatches one in 64 is looked at.",
                    labels: [("enum", name.rawValue)]
                )
                return (name, counter)
            }
        )
    }

    private static func eventCounters(_ metrics: Metrics) -> [Counter] {
        EventKind.allCases.map { kind in
            metrics.counter(
                "guildwire_gateway_events_total",
                help: "Events made from dispatches, by kind.",
                labels: [("event", kind.rawValue)]
            )
        }
    }

    private static func commandCounters(_ metrics: Metrics) -> (answered: Counter, refused: Counter) {
        (
            metrics.counter(
                "guildwire_gateway_commands_answered_total",
                help: "Commands of replicas that were answered."
            ),
            metrics.counter(
                "guildwire_gateway_commands_refused_total",
                help: "Commands of replicas that were answered with an error: what they ask for is not known."
            )
        )
    }

    func dispatched(_ name: String) {
        (DispatchKind(name: name).map { dispatches[$0.place] } ?? otherDispatches).increment()
    }

    func unknown(_ counts: [KnownValues.Name: Int]) {
        for (name, count) in counts { unknownValues[name]?.increment(by: count) }
    }

    func setAside(_ kind: DispatchKind) { asides[kind]?.increment() }

    func answered(_ result: LinkResult) {
        if case .failed = result.outcome { asked.refused.increment() } else { asked.answered.increment() }
    }

    /// Counted together: of one kind there are often many.
    func made(_ frames: [EventFrame]) {
        var counts = [Int](repeating: 0, count: events.count)
        for frame in frames {
            for event in frame.events { if let kind = event.kind { counts[kind.place] += 1 } }
        }
        for (place, count) in counts.enumerated() where count > 0 { events[place].increment(by: count) }
    }
}
