internal import Telemetry

/// What becomes of requests for pictures.
struct PictureMetrics: Sendable {
    private static let answers = ["picture", "missing", "away", "busy"]
    private static let outcomes = ["picture", "missing", "failed"]

    private let answered: [String: Counter]
    private let fetched: [String: Counter]

    init(_ metrics: Metrics) {
        answered = Self.counters(
            metrics,
            "guildwire_web_pictures_total",
            "Requests for Discord's pictures by their answer.",
            Self.answers
        )
        fetched = Self.counters(
            metrics,
            "guildwire_web_picture_fetches_total",
            "Pictures that Discord was asked for, by what came of it.",
            Self.outcomes
        )
    }

    private static func counters(
        _ metrics: Metrics,
        _ name: StaticString,
        _ help: StaticString,
        _ outcomes: [String]
    )
        -> [String: Counter]
    {
        Dictionary(
            uniqueKeysWithValues: outcomes.map { outcome in
                (outcome, metrics.counter(name, help: help, labels: [("outcome", outcome)]))
            }
        )
    }

    static func watch(
        _ metrics: Metrics,
        _ figures: @escaping @Sendable () -> (held: Int, bytes: Int, waiting: Int)
    ) {
        metrics.gauge("guildwire_web_pictures_held", help: "Pictures in memory.") { Double(figures().held) }
        metrics.gauge("guildwire_web_pictures_held_bytes", help: "Bytes of pictures in memory.") {
            Double(figures().bytes)
        }
        metrics.gauge("guildwire_web_pictures_waiting", help: "Requests that wait for a picture.") {
            Double(figures().waiting)
        }
    }

    func count(_ answer: PictureCache.Answer) {
        let name =
            switch answer {
            case .held: "picture"
            case .missing: "missing"
            case .away: "away"
            case .busy: "busy"
            }
        answered[name]?.increment()
    }

    func count(_ outcome: PictureCache.Outcome) {
        let name =
            switch outcome {
            case .picture: "picture"
            case .missing: "missing"
            case .failed: "failed"
            }
        fetched[name]?.increment()
    }
}
